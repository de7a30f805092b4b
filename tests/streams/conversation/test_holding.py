"""What a device holds: a newer rev replaces, an older one is nothing, a reset replaces everything."""

from __future__ import annotations

import msgspec

from streams.conversation.holding import Ended, Erased, Holding, Replaced, Shown
from streams.conversation.messages import Alert, Cancel, Purge, Reset
from tests.streams.conversation.test_device import tail


def alert(record: str, rev: int = 1, seq: int | None = None) -> Alert:
    raw = b"{" + (b"" if seq is None else b'"seq":%d,"prev_seq":null,' % seq) + tail(record, rev)
    return msgspec.json.decode(raw, type=Alert)


def test_a_newer_rev_replaces_and_an_older_one_is_nothing() -> None:
    holding = Holding()
    assert isinstance(holding.apply(alert("a", 1, 1)), Shown)
    assert isinstance(holding.apply(alert("a", 3, 4)), Shown)
    assert holding.apply(alert("a", 2, 3)) is None
    assert holding.apply(alert("a", 3, 4)) is None
    assert holding.alerts["a"].rev == 3
    assert holding.seq == 4


def test_a_cancelled_alert_stays_in_the_history_and_does_not_come_back() -> None:
    holding = Holding()
    holding.apply(alert("a", 1, 1))
    assert holding.apply(Cancel(2, 1, "a", 2, "closed")) == Ended("a", "closed")
    assert holding.apply(alert("a", 1, 1)) is None
    assert "a" in holding.history
    assert isinstance(holding.apply(alert("a", 3, 5)), Shown)
    assert "a" not in holding.history


def test_a_reset_leaves_no_history() -> None:
    """A purge of it may be among what was missed."""
    holding = Holding()
    holding.replace([Reset("e", 0, (), False)])
    holding.apply(alert("a", 1, 1))
    holding.apply(Cancel(2, 1, "a", 2, "closed"))
    holding.apply(alert("b", 1, 3))
    assert holding.replace([Reset("e", 9, (), False)]).gone == ("b",)
    assert not holding.history


def test_what_a_reset_left_out_is_held_again_when_it_is_said_again_and_does_not_alert_twice() -> None:
    """Off duty a reset is empty; back on duty what he knew is on his list again."""
    holding = Holding()
    holding.replace([Reset("e", 0, (), False)])
    for seq, record in enumerate(("a", "b", "c", "d"), 1):
        holding.apply(alert(record, 2, seq))
    holding.replace([Reset("e", 9, (), False)])
    assert not holding.alerts
    assert holding.apply(alert("a", 2, 1)) is None
    assert holding.apply(alert("b", 1, 2)) is None
    assert holding.apply(Cancel(10, 9, "c", 3, "closed")) is None
    assert holding.apply(alert("c", 2, 3)) is None
    assert holding.apply(Purge(11, 10, "d", "not_entitled")) is None
    assert holding.apply(alert("d", 2, 4)) is None
    assert holding.alerts.keys() == {"a"}
    assert isinstance(holding.apply(alert("b", 3, 12)), Shown)


def test_a_purge_erases_the_history_too() -> None:
    holding = Holding()
    holding.apply(alert("a", 1, 1))
    holding.apply(Cancel(2, 1, "a", 2, "closed"))
    assert holding.apply(Purge(3, 2, "a", "not_entitled")) == Erased("a", "not_entitled")
    assert holding.apply(Purge(3, 2, "a", "not_entitled")) is None
    assert not holding.history


def test_a_reset_in_two_frames_replaces_everything() -> None:
    holding = Holding(epoch="e")
    holding.apply(alert("a", 1, 1))
    holding.apply(alert("b", 1, 2))
    frames = [Reset("e", 9, (alert("b", 1),), True), Reset("e", 9, (alert("c", 4),), False)]
    effect = holding.replace(frames)
    assert isinstance(effect, Replaced)
    assert [new.alert_id for new in effect.new] == ["c"]
    assert effect.gone == ("a",)
    assert set(holding.alerts) == {"b", "c"}
    assert holding.seq == 9


def test_another_officer_finds_nothing() -> None:
    holding = Holding()
    holding.belongs_to("o1")
    holding.apply(alert("a", 1, 1))
    holding.belongs_to("o1")
    assert holding.alerts
    holding.belongs_to("o2")
    assert not holding.alerts
    assert holding.officer == "o2"
