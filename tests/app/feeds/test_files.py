"""Files as they come: packed or plain, cut off, in old encodings, or of one endless line."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from app.feeds.errors import Damaged, NotReadable, NotThisFormat
from app.feeds.files import OVERLONG, Lines, blocks


def lines(path: Path, content: bytes, **options: int) -> list[str]:
    path.write_bytes(content)
    return list(Lines(path, **options))


def test_lines_with_and_without_a_last_newline(tmp_path: Path) -> None:
    assert lines(tmp_path / "a", b"a\r\nb\n\nc") == ["a\r\n", "b\n", "\n", "c\n"]


def test_gzip_is_known_by_its_first_bytes_not_by_its_name(tmp_path: Path) -> None:
    assert lines(tmp_path / "a.csv", gzip.compress(b"a\nb\n", mtime=0)) == ["a\n", "b\n"]
    assert lines(tmp_path / "b.csv.gz", b"a\nb\n") == ["a\n", "b\n"]
    assert lines(tmp_path / "two.gz", gzip.compress(b"a\n", mtime=0) + gzip.compress(b"b\n")) == ["a\n", "b\n"]


def test_a_truncated_gzip_gives_what_came_before(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"row {n} {n * 7919 % 104729}\n" for n in range(5_000)).encode())
    path = tmp_path / "cut.gz"
    path.write_bytes(whole[: len(whole) // 2])
    read: list[str] = []
    with pytest.raises(Damaged, match="cut off") as damage:
        read.extend(Lines(path))
    assert len(read) > 1_000
    assert all(line.startswith("row ") and line.endswith("\n") for line in read)
    assert damage.value.line == len(read) + 1


def test_a_damaged_gzip_is_told_apart(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(b"abc\n" * 1_000, mtime=0))
    whole[-6] ^= 0xFF
    path = tmp_path / "bad.gz"
    path.write_bytes(bytes(whole))
    with pytest.raises(Damaged, match="damaged"):
        list(Lines(path))


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert lines(tmp_path / "a", b"\xef\xbb\xbfid\n1\n") == ["id\n", "1\n"]


def test_old_encodings_are_read_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("Caf\xe9 \u20ac\n".encode("cp1252") + b"\x81\n" + "Caf\xe9\n".encode())
    reading = Lines(path)
    assert list(reading) == ["Café €\n", "\x81\n", "Café\n"]
    assert reading.recoded == 2


def test_an_endless_line_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"a\n")
        for _ in range(64):
            file.write(b"x" * 1024 * 1024)
        file.write(b"\nb\n")
    tracemalloc.start()
    try:
        reading = Lines(path)
        assert list(reading) == ["a\n", OVERLONG + "\n", "b\n"]
        assert tracemalloc.get_traced_memory()[1] < 12 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert reading.overlong == 1


def test_an_endless_last_line(tmp_path: Path) -> None:
    assert lines(tmp_path / "a", b"a\n" + b"x" * 300, longest=100) == ["a\n", OVERLONG + "\n"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b"PK\x03\x04rest", "zip"),
        ("id\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(NotThisFormat, match=sentence):
        list(blocks(path))


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotReadable, match="folder"):
        list(blocks(tmp_path))
    with pytest.raises(NotReadable, match="regular file"):
        list(blocks(Path("/dev/null")))
    with pytest.raises(NotReadable, match=r"nothing\.csv: No such file"):
        list(blocks(tmp_path / "nothing.csv"))
