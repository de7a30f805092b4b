"""JSON values out of a file of any size, one at a time and of bounded length: a stream's, or a FeatureCollection's.

``json`` would hold the whole file, and its tree on top. This reads past everything but the values asked for: it follows
brackets and strings only, and leaves their meaning to the decoder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_OUTSIDE = re.compile(rb'"[^"\\]*"|["{}\[\]]')
"""A bracket, a plain string in one piece, or the beginning of any other string."""
_INSIDE = re.compile(rb'["\\]')
_BLANK = b" \t\r\n\x1e,"
DEEPEST = 500
"""Brackets inside brackets: more is an attack, not a record."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value's bytes; None where it was longer than allowed and was read past. ``line`` is where it begins."""

    line: int
    text: bytes | None


@dataclass(frozen=True, slots=True)
class Broken:
    """The stream is no JSON from this line on, or ends in the middle of a value (``ended``)."""

    line: int
    ended: bool


class Values:
    """Cuts objects out of a stream of bytes: those at the top, or in the top object's array named ``member``."""

    def __init__(self, member: str, longest: int) -> None:
        self._member, self._longest = member.encode(), longest
        self._stack: list[int] = []
        self._base = 0
        """The depth at which values begin: 0 at the top, 2 inside the array."""
        self._in_string = False
        self._string_from: int | None = None
        self._last_string = b""
        self._start: int | None = None
        self._start_line = 1
        self._line = 1
        self._lined = 0
        """``_line`` is the number of the line at this place of the buffer."""
        self._junk = False
        """Something else than a value stood at the top."""

    def read(self, blocks: Iterable[bytes]) -> Iterator[Value | Broken]:
        """Values in order; a Broken is the last item."""
        buffer, position = b"", 0
        overlong = False
        for block in blocks:
            buffer += block
            while (found := (_INSIDE if self._in_string else _OUTSIDE).search(buffer, position)) is not None:
                at, sign = found.start(), buffer[found.start()]
                if self._in_string:
                    if sign == 0x5C:
                        if at + 1 >= len(buffer):
                            break
                        position = at + 2
                        continue
                    self._end_string(buffer, at)
                elif sign == 0x22 and not self._stack:
                    self._junk = True
                    break
                elif (end := found.end()) > at + 1:
                    if len(self._stack) == 1:
                        self._last_string = buffer[at + 1 : end - 1]
                    position = end
                    continue
                elif sign == 0x22:
                    self._in_string, self._string_from = True, at + 1
                elif not self._bracket(sign, at, buffer, position):
                    yield Broken(self._line_at(buffer, at), ended=False)
                    return
                position = at + 1
                if self._start is not None and len(self._stack) == self._base and sign in b"}]":
                    text = buffer[self._start : position]
                    yield Value(self._start_line, None if overlong or len(text) > self._longest else text)
                    self._start, overlong = None, False
            if self._junk:
                break
            buffer, position, overlong = self._cut(buffer, position, overlong)
        if self._stack or self._in_string:
            yield Broken(self._line_at(buffer, len(buffer)), ended=True)
        elif self._junk:
            yield Broken(self._line_at(buffer, position), ended=False)

    def _end_string(self, buffer: bytes, at: int) -> None:
        self._in_string = False
        if self._string_from is not None and len(self._stack) == 1:
            self._last_string = buffer[self._string_from : at]
        self._string_from = None

    def _bracket(self, sign: int, at: int, buffer: bytes, position: int) -> bool:
        """Follows one bracket; False where it does not fit, or where something else than a value stands at the top."""
        if sign in b"{[":
            if len(self._stack) > DEEPEST:
                return False
            if not self._stack and (sign != 0x7B or self._junk or buffer[position:at].strip(_BLANK)):
                return False
            if sign == 0x5B and len(self._stack) == 1 and self._last_string == self._member:
                self._stack.append(sign)
                self._base, self._start = 2, None
                return True
            if len(self._stack) == self._base:
                self._start, self._start_line = at, self._line_at(buffer, at)
            self._stack.append(sign)
            return True
        if not self._stack or self._stack.pop() != sign - 2:
            return False
        if len(self._stack) < self._base:
            self._base = 0
        return True

    def _line_at(self, buffer: bytes, at: int) -> int:
        self._line += buffer.count(b"\n", self._lined, at)
        self._lined = max(self._lined, at)
        return self._line

    def _cut(self, buffer: bytes, position: int, overlong: bool) -> tuple[bytes, int, bool]:
        """Lets go of what has been read: everything before the value that is being read, and that too if too long."""
        if not self._stack and not self._in_string and buffer[position:].strip(_BLANK):
            self._junk = True
        position = len(buffer) if not buffer.endswith(b"\\") else max(position, len(buffer) - 1)
        keep_from = self._start if self._start is not None else position
        if self._start is None and self._string_from is not None and len(self._stack) == 1:
            keep_from = min(self._string_from, position)
        if position - keep_from > self._longest:
            overlong = overlong or self._start is not None
            keep_from = position
            self._string_from = None
        self._line_at(buffer, keep_from)
        self._lined -= keep_from
        if self._start is not None:
            self._start = max(0, self._start - keep_from)
        if self._string_from is not None:
            self._string_from = max(0, self._string_from - keep_from)
        return buffer[keep_from:], position - keep_from, overlong
