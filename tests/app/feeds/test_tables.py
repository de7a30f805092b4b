"""CSV as it comes: a bad row is refused by itself, a bad header refuses the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.feeds.contract import Spoilt
from app.feeds.errors import NotThisFormat
from app.feeds.tables import Columns, TableRow, lon_lat, table
from geo.normalise import RawRecord
from geo.reasons import Problem, Reason
from geo.special import WITHHELD

COLUMNS = Columns(needed=("id", "title"), optional=("note",))


class OwnRow(TableRow):
    """A row of a feed that is only here."""

    def raw(self) -> RawRecord:
        return RawRecord(source="own", source_id=self.values[0], category="other", title=self.values[1])


def read(tmp_path: Path, content: str | bytes, said: list[str] | None = None) -> list[tuple[int, object]]:
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    items = table(path, COLUMNS, (said if said is not None else []).append)
    return [(i.line, (i.refused.reason, i.kept)) if isinstance(i, Spoilt) else i for i in items]


def test_columns_are_found_by_name_and_stripped(tmp_path: Path) -> None:
    assert read(tmp_path, "title,x,id\n A ,?, 1 \n") == [(2, ("1", "A", ""))]


def test_quoted_newlines_and_blank_lines(tmp_path: Path) -> None:
    assert read(tmp_path, 'id,title\n1,"a\nb"\n\n2,c\n') == [(2, ("1", "a\nb", "")), (5, ("2", "c", ""))]


def test_a_row_of_another_width_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "id,title\n1,a,b\n2\n3,c\n") == [
        (2, (Reason.BAD_ROW, "1,a,b")),
        (3, (Reason.BAD_ROW, "2")),
        (4, ("3", "c", "")),
    ]


def test_where_special_columns_are_about_such_a_row_is_withheld(tmp_path: Path) -> None:
    assert read(tmp_path, "id,title,Gender\n1,a,Female,x\n") == [(2, (Reason.BAD_ROW, WITHHELD))]


def test_a_line_beyond_bounds_is_one_refused_row(tmp_path: Path) -> None:
    endless = "x" * (2 * 1024 * 1024)
    assert read(tmp_path, f"id,title\n1,{endless}\n2,b\n") == [(2, (Reason.TOO_LONG, "")), (3, ("2", "b", ""))]


def test_a_quote_that_never_ends_does_not_swallow_the_file(tmp_path: Path) -> None:
    rows = "".join(f"{n},{'y' * 90}\n" for n in range(4_000))
    items = read(tmp_path, f'id,title\n1,"open\n{rows}')
    assert items[0] == (2, (Reason.TOO_LONG, ""))
    assert len(items) > 2_000


def test_a_byte_order_mark_and_latin_1(tmp_path: Path) -> None:
    said: list[str] = []
    assert read(tmp_path, b"\xef\xbb\xbfid,title\n1,caf\xe9\n2,caf\xe9\n", said) == [
        (2, ("1", "café", "")),
        (3, ("2", "café", "")),
    ]
    assert len(said) == 1
    assert "line 2" in said[0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,name\n1,a\n", "lacks the column 'title'"),
        ("id,title,id\n1,a,2\n", "column 'id' twice"),
        ("\ufeff", "lacks|empty"),
        ("x" * 2_000_000, "longer than 1 MiB"),
        ("\0\0\0", "lacks"),
    ],
)
def test_headers_that_are_not_this_format(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(NotThisFormat, match=sentence):
        read(tmp_path, content)


def test_a_header_alone_is_a_file_without_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "id,title\n") == []


def test_what_a_dead_letter_keeps_of_a_row() -> None:
    row = OwnRow(7, ("1", "a\0", ""), COLUMNS)
    assert row.kept() == '{"id": "1", "title": "a\\u0000"}'


def test_coordinates() -> None:
    problems: list[Problem] = []
    assert lon_lat("-0.1", "51.5", problems) == (-0.1, 51.5)
    assert lon_lat("", "", problems) is None
    assert problems == []
    assert lon_lat("-0.1", "", problems) is None
    assert lon_lat("Male", "51", problems) is None
    assert [problem.reason for problem in problems] == [Reason.BAD_PLACE] * 2
    assert not any("Male" in problem.message for problem in problems)
