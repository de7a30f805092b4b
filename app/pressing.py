"""What a device says that waits for no fan-out, recognised under its mask: an emergency, a status, an answer.

While ten thousand are being told, what they say is read later, so that their acknowledgements do not come between the
first one's alert and the last one's. These three are few, and somebody's safety may hang on them. One letter tells them
from the rest: the field `type` comes first. What is written otherwise waits its half second like all others.
"""

from __future__ import annotations

_KIND = len(b'{"type":"')
"""Where a message's type begins."""
_BEFORE = b':"'
_FIRST = frozenset(b"er")
"""emergency, emergency_cancel, respond (and resume, reauth: rare, and welcome)."""
_STATUS = b"st"


def pressing(data: bytes) -> bool:
    """One of the masked text frames at the front of ``data`` says something that must not wait. A microsecond each."""
    at, end = 0, len(data)
    while end - at >= 6 and data[at] & 0x0F <= 1 and data[at + 1] >= 0x80:
        size, head = data[at + 1] & 0x7F, 6
        if size == 127:
            return False
        if size == 126:
            size, head = data[at + 2] << 8 | data[at + 3], 8
        if end - at < head + _KIND + 2:
            return False
        kind = at + head + _KIND
        mask = data[at + head - 4 : at + head]
        if _plain(data, kind - 2, mask, _KIND - 2) == _BEFORE:
            first = data[kind] ^ mask[_KIND & 3]
            if first in _FIRST or (first == _STATUS[0] and _plain(data, kind, mask, _KIND) == _STATUS):
                return True
        at += head + size
    return False


def _plain(data: bytes, at: int, mask: bytes, number: int) -> bytes:
    """Two letters, the first of which is the ``number``-th of its message."""
    return bytes((data[at] ^ mask[number & 3], data[at + 1] ^ mask[(number + 1) & 3]))
