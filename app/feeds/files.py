"""Files as they come: plain or gzip by their first bytes, lines of bounded length, BOM and old encodings understood."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from app.feeds.errors import Damaged, NotReadable, NotThisFormat

CHUNK_BYTES = 256 * 1024
LONGEST_LINE_BYTES = 1024 * 1024
"""A longer line is read past without being kept, so that memory stays bounded: one refused row."""

OVERLONG = "\0overlong"
"""What stands in for a line that was too long to keep."""

_UTF8_BOM = b"\xef\xbb\xbf"
_FOREIGN = {
    b"PK\x03\x04": "is a zip archive: unpack it first",
    b"\xff\xfe": "is UTF-16: save it as UTF-8",
    b"\xfe\xff": "is UTF-16: save it as UTF-8",
    b"BZh": "is bzip2: unpack it first",
    b"\xfd7zXZ": "is xz: unpack it first",
    b"\x28\xb5\x2f\xfd": "is zstd: unpack it first",
}


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked where it is gzip. Raises NotReadable, NotThisFormat (empty), Damaged."""
    if path.is_dir():
        raise NotReadable(f"{path} is a folder, not a file")
    if path.exists() and not path.is_file():
        raise NotReadable(f"{path} is no regular file: it is read twice, so save it first")
    try:
        file = path.open("rb")
    except OSError as error:
        raise NotReadable(f"{path}: {error.strerror}") from error
    with file:
        head = file.peek(8)[:8]
        if not head:
            raise NotThisFormat(f"{path.name} is empty")
        for magic, sentence in _FOREIGN.items():
            if head.startswith(magic):
                raise NotThisFormat(f"{path.name} {sentence}")
        if head.startswith(b"\x1f\x8b"):
            yield from _unpacked(file, path.name)
        else:
            while block := file.read(CHUNK_BYTES):
                yield block


def _unpacked(file: IO[bytes], name: str) -> Iterator[bytes]:
    """``read1`` hands out what there is before it fails, so nothing in front of the damage is lost."""
    with gzip.GzipFile(fileobj=file) as packed:
        some = False
        while True:
            try:
                block = packed.read1(CHUNK_BYTES)
            except EOFError as error:
                raise Damaged(f"{name} is cut off: the gzip data ends in the middle") from error
            except (zlib.error, gzip.BadGzipFile) as error:
                raise Damaged(f"{name} is damaged: {error}") from error
            if not block:
                break
            some = True
            yield block
    if not some:
        raise NotThisFormat(f"{name} is empty")


class Lines:
    """The lines of a file as texts ending in a newline, for csv.reader and line-wise JSON.

    ``number`` counts the lines handed out, ``overlong`` those that were replaced by OVERLONG, ``recoded`` those that
    were no UTF-8 and were read as Windows-1252 (a superset of the printable Latin-1).
    """

    def __init__(self, path: Path, longest: int = LONGEST_LINE_BYTES) -> None:
        self._path, self._longest = path, longest
        self.number = self.overlong = self.recoded = 0

    def __iter__(self) -> Iterator[str]:
        skipping = False
        tail = b""
        try:
            for block in blocks(self._path):
                parts = (tail + block).split(b"\n")
                tail = parts.pop()
                for part in parts:
                    yield self._skipped() if skipping or len(part) > self._longest else self._text(part)
                    skipping = False
                if skipping or len(tail) > self._longest:
                    skipping, tail = True, b""
        except Damaged as error:
            error.line = self.number + 1
            raise
        if skipping:
            yield self._skipped()
        elif tail:
            yield self._text(tail)

    def _skipped(self) -> str:
        self.number += 1
        self.overlong += 1
        return OVERLONG + "\n"

    def _text(self, line: bytes) -> str:
        self.number += 1
        if self.number == 1 and line.startswith(_UTF8_BOM):
            line = line[3:]
        try:
            return line.decode() + "\n"
        except UnicodeDecodeError:
            self.recoded += 1
            return _recoded(line) + "\n"


def _recoded(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")
