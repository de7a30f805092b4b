"""A device's memory holds by rev, notices holes, resets, and keeps what outlives a connection."""

from __future__ import annotations

from tests.drills.ledger import Gone, Left, Shown, mark
from tests.drills.memory import Json, Memory


def alert(seq: int, before: int | None, rev: int = 1, id: str = "r-1", number: int = 1) -> dict[str, Json]:
    words: dict[str, Json] = {"type": "alert", "seq": seq, "prev_seq": before, "alert_id": id, "rev": rev}
    return {**words, "title": mark(number, rev), "text": None, "style": "interrupt"}


def reset(*alerts: Json, as_of: int = 5, epoch: str = "e", more: bool = False) -> dict[str, Json]:
    return {"type": "reset", "epoch": epoch, "as_of_seq": as_of, "alerts": list(alerts), "more": more}


def begun() -> Memory:
    memory = Memory()
    memory.connected()
    memory.take(reset(as_of=0), 0.0)
    return memory


def test_an_alert_is_shown_once_and_acknowledged() -> None:
    memory = begun()
    assert memory.take(alert(1, None), 1.0) == [Shown(1.0, "e", 1, 1, 1, 1, "interrupt", "r-1")]
    assert (memory.seq, memory.to_ack) == (1, 1)
    assert memory.take(alert(2, 1), 2.0) == []
    assert memory.to_ack == 2


def test_a_hole_is_a_gap_and_nothing_of_it_is_applied() -> None:
    memory = begun()
    memory.take(alert(1, None), 1.0)
    assert memory.take(alert(3, 2, rev=2), 2.0) == []
    assert (memory.gap, memory.seq) == (True, 1)
    memory.connected()
    assert len(memory.take(alert(3, None, rev=2), 3.0)) == 1


def test_a_heartbeat_that_names_more_than_arrived_is_a_gap() -> None:
    memory = begun()
    memory.take({"type": "heartbeat_ack", "sent_seq": 0, "head_seq": 9}, 1.0)
    first = memory.gap
    memory.take({"type": "heartbeat_ack", "sent_seq": 7, "head_seq": 9}, 1.0)
    assert (first, memory.gap) == (False, True)


def test_a_cancel_takes_it_off_and_an_older_alert_does_not_bring_it_back() -> None:
    memory = begun()
    memory.take(alert(1, None), 1.0)
    cancel: dict[str, Json] = {"type": "cancel", "seq": 2, "prev_seq": 1, "alert_id": "r-1", "rev": 2}
    assert memory.take({**cancel, "reason": "closed"}, 2.0) == [Gone(2.0, "e", 1, Left.CANCEL, "closed", "r-1")]
    assert memory.take(alert(3, 2, rev=2), 3.0) == []
    assert memory.held == {}


def test_a_reset_replaces_what_is_held_page_by_page() -> None:
    memory = begun()
    memory.take(alert(1, None), 1.0)
    memory.take(alert(2, 1, id="r-2", number=2), 1.0)
    assert memory.take(reset(alert(0, None, id="r-2", number=2), more=True), 2.0) == []
    events = memory.take(reset(alert(0, None, id="r-3", number=3)), 2.0)
    assert [type(event).__name__ + str(event.number) for event in events] == ["Gone1", "Shown3"]
    assert set(memory.held) == {"r-2", "r-3"}
    assert (memory.seq, memory.to_ack) == (5, 5)


def test_another_epoch_is_another_store() -> None:
    memory = begun()
    memory.take(alert(1, None, rev=7), 1.0)
    events = memory.take(reset(alert(0, None), as_of=1, epoch="f"), 2.0)
    assert [(event.epoch, event.number) for event in events] == [("f", 1)]
    assert memory.revs == {"r-1": 1}


def test_what_is_said_before_it_is_recorded_moves_no_cursor() -> None:
    memory = begun()
    memory.take(alert(1, None), 1.0)
    memory.to_ack = None
    assert len(memory.take(alert(1, 1, id="r-2", number=2), 2.0)) == 1
    assert (memory.to_ack, memory.last, memory.gap) == (None, 1, False)
    assert memory.take(alert(2, 1, id="r-2", number=2), 3.0) == []
    assert memory.to_ack == 2
