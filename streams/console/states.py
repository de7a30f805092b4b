"""How far one alert has got with one officer, in one word: what a dispatcher may rely on, and no more than that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeAlias

from geo.clock import SECOND, Instant
from geo.store.rows import Act, Delivery

UNCONFIRMED_AFTER = 10 * SECOND
"""A P1 that is on no device after this long is the dispatcher's business (DESIGN section 7)."""


class DeliveryState(StrEnum):
    """In the order of an alert's life."""

    QUEUED = "queued"
    """Owed, and in no socket's hands: no device of his is connected, or his connection is slow."""
    PUSHED = "pushed"
    """Handed to a socket of his. Not "delivered": the device has not said anything yet."""
    UNCONFIRMED = "unconfirmed"
    """A P1, owed for more than 10 s, and on no device."""
    STORED = "stored"
    """On a device of his, durably, as the device says itself."""
    SEEN = "seen"
    """It was on the screen."""
    ANSWERED = "answered"
    """The officer has answered, and the answer stands whatever became of the alert."""
    EXPIRED = "expired"
    """Its time was over: he was told so."""
    WITHDRAWN = "withdrawn"
    """Closed, cancelled, taken back or out of his reach: he was told so."""
    NOT_ENTITLED = "not_entitled"
    """He may not know of it any more: his device was told to erase it."""
    NONE = "none"
    """It was decided not to tell him."""


SentSeq: TypeAlias = Callable[[str, str], int]
"""(officer, record) -> the newest seq handed to a socket of his, as far as that record goes; 0: none."""


def state_of(delivery: Delivery, sent_seq: int, now: Instant) -> DeliveryState:
    """The strongest thing that is known. ``sent_seq``: the newest number of his series handed to a socket of his."""
    if delivery.act is Act.PURGE and delivery.reason == "not_entitled":
        return DeliveryState.NOT_ENTITLED
    if delivery.answered_at is not None:
        return DeliveryState.ANSWERED
    if delivery.act is Act.VERDICT:
        return DeliveryState.NONE
    if delivery.act is not Act.ALERT:
        return DeliveryState.EXPIRED if delivery.reason == "expired" else DeliveryState.WITHDRAWN
    if delivery.seen_at is not None:
        return DeliveryState.SEEN
    if delivery.stored_at is not None:
        return DeliveryState.STORED
    if is_unconfirmed(delivery, now):
        return DeliveryState.UNCONFIRMED
    return DeliveryState.PUSHED if 0 < delivery.seq <= sent_seq else DeliveryState.QUEUED


def is_unconfirmed(delivery: Delivery, now: Instant) -> bool:
    """A P1 alert that has been owed for more than 10 s and that no device of his has stored."""
    waits = delivery.act is Act.ALERT and delivery.stored_at is None and delivery.seen_at is None
    return waits and delivery.priority == 1 and now - delivery.owed_at > UNCONFIRMED_AFTER


def states_of(
    deliveries: Iterable[Delivery], record: str, sent_seq: SentSeq, now: Instant
) -> list[tuple[Delivery, DeliveryState]]:
    """Each officer's row with its state."""
    return [(one, state_of(one, sent_seq(one.officer, record), now)) for one in deliveries]


def counted(states: Iterable[DeliveryState] | Counter[DeliveryState]) -> dict[str, int]:
    """How many officers are in each state, in the order of an alert's life; states that nobody is in are left out."""
    found = Counter(states)
    return {state.value: found[state] for state in DeliveryState if found[state]}
