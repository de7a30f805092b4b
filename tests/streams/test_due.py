"""One heap of due times."""

from __future__ import annotations

from streams.due import Due, DueKind


def test_what_is_due_comes_once_in_its_kind() -> None:
    due = Due()
    assert due.next() is None
    for at, kind, slot in (
        (30, DueKind.RECORD, 1),
        (10, DueKind.OFFICER, 2),
        (20, DueKind.RECORD, 1),
        (20, DueKind.FREE, 3),
    ):
        due.push(at, kind, slot)
    assert due.next() == 10
    found = due.pop(30)
    assert found == {DueKind.RECORD: [1], DueKind.OFFICER: [2], DueKind.FREE: [3]}
    assert due.pop(1_000) == {kind: [] for kind in DueKind}


def test_what_is_later_stays() -> None:
    due = Due()
    due.push(11, DueKind.RECORD, 1)
    assert due.pop(10)[DueKind.RECORD] == []
    assert due.next() == 11


def test_the_same_entry_again_is_one() -> None:
    due = Due()
    for _ in range(1_000):
        due.push(5, DueKind.OFFICER, 7)
    assert due.pop(5)[DueKind.OFFICER] == [7]
    assert due.next() is None
    due.push(5, DueKind.OFFICER, 7)
    assert due.next() == 5
