"""The reply that stands is the last one."""

from __future__ import annotations

from geo.model import Disposition
from geo.store.receipt_rows import Progress, Reply
from geo.store.rows import Act


def test_the_last_reply_stands() -> None:
    first = Reply("a", 1, Disposition.ACKNOWLEDGED, "", "phone", 5)
    last = Reply("a", 1, Disposition.HANDLED, "done", "phone", 9)
    known = Progress(officer="a", act=Act.ALERT, reason="", priority=1, seq=1, last_at=1, replies=(first, last))
    assert known.reply == last
    assert Progress(officer="a", act=Act.ALERT, reason="", priority=1, seq=1, last_at=1).reply is None
