"""What each row of a delivery is called: the table, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.clock import SECOND, parse_instant
from geo.model import Disposition, Verdict
from geo.store.rows import Act, Delivery
from streams.console.states import DeliveryState, counted, is_unconfirmed, state_of, states_of

AT = parse_instant("2026-11-22T18:04:30Z")
OWED = Delivery("o1", 1, Verdict.INTERRUPT, 1, Act.ALERT, AT, None, None, None, "", None, seq=7)
STORED = replace(OWED, stored_at=AT)
SEEN = replace(STORED, seen_at=AT)
ANSWERED = replace(SEEN, answer=Disposition.ATTENDING, answered_at=AT)
P3 = replace(OWED, priority=3)


@pytest.mark.parametrize(
    ("delivery", "sent_seq", "age_s", "state"),
    [
        (OWED, 0, 0, "queued"),
        (OWED, 6, 1, "queued"),
        (OWED, 7, 1, "pushed"),
        (OWED, 9, 10, "pushed"),
        (OWED, 0, 10, "queued"),
        (OWED, 0, 10.001, "unconfirmed"),
        (OWED, 9, 11, "unconfirmed"),
        (P3, 0, 600, "queued"),
        (P3, 7, 600, "pushed"),
        (replace(OWED, seq=0), 9, 1, "queued"),
        (STORED, 7, 600, "stored"),
        (replace(STORED, unconfirmed_at=AT), 7, 600, "stored"),
        (SEEN, 7, 600, "seen"),
        (replace(OWED, seen_at=AT), 0, 600, "seen"),
        (ANSWERED, 0, 600, "answered"),
        (replace(ANSWERED, act=Act.CANCEL, reason="closed"), 0, 600, "answered"),
        (replace(OWED, act=Act.CANCEL, reason="expired"), 0, 600, "expired"),
        (replace(SEEN, act=Act.CANCEL, reason="expired"), 0, 600, "expired"),
        (replace(OWED, act=Act.CANCEL, reason="closed"), 7, 600, "withdrawn"),
        (replace(OWED, act=Act.CANCEL, reason="cancelled"), 7, 1, "withdrawn"),
        (replace(OWED, act=Act.CANCEL, reason="out_of_reach"), 7, 1, "withdrawn"),
        (replace(OWED, act=Act.PURGE, reason="withdrawn"), 0, 1, "withdrawn"),
        (replace(OWED, act=Act.PURGE, reason="not_entitled"), 0, 600, "not_entitled"),
        (replace(ANSWERED, act=Act.PURGE, reason="not_entitled"), 0, 600, "not_entitled"),
        (replace(OWED, act=Act.VERDICT, verdict=Verdict.DROP), 9, 600, "none"),
    ],
)
def test_the_state_of(delivery: Delivery, sent_seq: int, age_s: float, state: str) -> None:
    assert state_of(delivery, sent_seq, AT + int(age_s * SECOND)).value == state


def test_stored_is_said_by_the_device_and_by_nobody_else() -> None:
    """However much was sent, and however long ago."""
    for sent_seq in (0, 7, 1_000):
        for age in (0, SECOND, 3_600 * SECOND):
            assert state_of(OWED, sent_seq, AT + age) in (
                DeliveryState.QUEUED,
                DeliveryState.PUSHED,
                DeliveryState.UNCONFIRMED,
            )


def test_only_a_p1_alert_that_is_on_no_device_is_unconfirmed() -> None:
    late = AT + 11 * SECOND
    assert is_unconfirmed(OWED, late)
    assert not any(is_unconfirmed(one, late) for one in (STORED, P3, replace(OWED, act=Act.CANCEL)))


def test_each_officer_with_what_his_own_sockets_were_handed() -> None:
    rows = [OWED, replace(OWED, officer="o2"), replace(STORED, officer="o3")]
    found = states_of(rows, "r1", lambda officer, record: 7 if (officer, record) == ("o2", "r1") else 0, AT)
    assert [(one.officer, state.value) for one, state in found] == [
        ("o1", "queued"),
        ("o2", "pushed"),
        ("o3", "stored"),
    ]
    assert counted(state for _, state in found) == {"queued": 1, "pushed": 1, "stored": 1}
    assert list(counted([DeliveryState.SEEN, DeliveryState.QUEUED, DeliveryState.SEEN]).items()) == [
        ("queued", 1),
        ("seen", 2),
    ]
