"""Receipts: of a briefing and everybody whom it is for, how far it has got, in one word and with every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from geo.clock import Instant
from geo.model import Briefing, Disposition, Stored
from geo.store.briefing_rows import Addressee, Step
from geo.store.receipt_rows import Progress, Reply
from geo.store.rows import Act
from streams.owing import CONFIRMED_WITHIN


class ReceiptState(StrEnum):
    """In the order in which it gets on."""

    QUEUED = "queued"
    """It is for him, and in no socket's hands: not connected, off duty, or his connection is slow."""
    PUSHED = "pushed"
    """Handed to a socket of his, which is not delivered."""
    UNCONFIRMED = "unconfirmed"
    """Must-deliver, owed for more than 10 s, and on no device."""
    STORED = "stored"
    """On a device of his, as the device says itself."""
    SEEN = "seen"
    """It was on the screen."""
    ANSWERED = "answered"
    """He has answered this version of it or a later one; it stands, whatever became of the briefing."""
    EXPIRED = "expired"
    """Its time was over before he answered."""
    WITHDRAWN = "withdrawn"
    """Closed, superseded or taken back before he answered."""
    LEFT = "left"
    """It is not for him any more: another beat, another role, off shift."""
    NOT_ENTITLED = "not_entitled"
    """It would be for him, and he may not have it."""


WAITING = frozenset(
    {ReceiptState.QUEUED, ReceiptState.PUSHED, ReceiptState.UNCONFIRMED, ReceiptState.STORED, ReceiptState.SEEN}
)
"""Whose answer is still to come."""
AT_ONCE = 200
SentSeq: TypeAlias = Callable[[str, str], int]
"""(officer, record) -> the newest seq handed to a socket of his; 0: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One person and one briefing. Times are since the version that has to be acknowledged."""

    officer: str
    state: ReceiptState
    since: Instant
    """When it came to this state."""
    addressed_at: Instant | None = None
    """When it was found to be for him; None: whom the roster does not know."""
    refusal: str = ""
    left_at: Instant | None = None
    words: int = 0
    """How often it was said to him: more than once where it was said again or changed."""
    first_rev: int = 0
    owed_at: Instant | None = None
    stored_at: Instant | None = None
    stored_on: str = ""
    seen_at: Instant | None = None
    seen_on: str = ""
    replies: tuple[Reply, ...] = ()
    step: Step = Step.NONE
    step_at: Instant | None = None
    pushed: bool = False
    """A socket of his has the newest word."""

    @property
    def reply(self) -> Reply | None:
        """The answer that stands."""
        return self.replies[-1] if self.replies else None

    @property
    def answer(self) -> Disposition | None:
        return self.replies[-1].choice if self.replies else None

    @property
    def waiting(self) -> bool:
        """His answer is still to come."""
        return self.state in WAITING

    def with_replies(self, replies: Sequence[Reply]) -> Receipt:
        """The same, with what he has answered; replies to older words do not count."""
        counted = tuple(reply for reply in replies if self.first_rev and reply.rev >= self.first_rev)
        if counted == self.replies or not counted:
            return self
        if self.state is ReceiptState.NOT_ENTITLED:
            return replace(self, replies=counted)
        return replace(self, replies=counted, state=ReceiptState.ANSWERED, since=counted[-1].at)


def acked_from(stored: Stored) -> int:
    """The version from which on an answer counts."""
    return stored.record.ack_version if isinstance(stored.record, Briefing) else 1


def is_over(briefing: Briefing, now: Instant) -> bool:
    """Nobody is asked any more."""
    return not briefing.status.live or (briefing.valid.end is not None and briefing.valid.end <= now)


def receipts_of(
    stored: Stored, addressees: Iterable[Addressee], told: Iterable[Progress], sent_seq: SentSeq, now: Instant
) -> list[Receipt]:
    """Everybody whom it is or was for, or who was told of it, by id. ``told`` is since :func:`acked_from`."""
    return [one for some in in_pieces(stored, addressees, told, sent_seq, now) for one in some]


def in_pieces(
    stored: Stored, addressees: Iterable[Addressee], told: Iterable[Progress], sent_seq: SentSeq, now: Instant
) -> Iterator[list[Receipt]]:
    """The same, about 2 ms of work at a time."""
    assert isinstance(stored.record, Briefing)
    known = {one.officer: one for one in addressees}
    words = {one.officer: one for one in told}
    made = _Maker(stored.record, stored.written_at, sent_seq, now)
    names = sorted(known.keys() | words.keys())
    for start in range(0, len(names), AT_ONCE):
        yield [made.receipt(name, known.get(name), words.get(name)) for name in names[start : start + AT_ONCE]]


def counts_of(receipts: Iterable[Receipt]) -> dict[str, int]:
    """How many are in each state, in the order of a briefing's life; states that nobody is in are left out."""
    found = Counter(one.state for one in receipts)
    return {state.value: found[state] for state in ReceiptState if found[state]}


def waiting_of(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Whose answer is still to come, those first for whom it has climbed highest, then who has waited longest."""
    return sorted((one for one in receipts if one.waiting), key=longest_first)


def longest_first(one: Receipt) -> tuple[int, Instant, str]:
    """In the order in which a dispatcher looks for them."""
    return -one.step, one.since, one.officer


def unanswered_of(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Whom neither a second word nor his sergeant brought to answer: the dispatcher's own list."""
    return [one for one in waiting_of(receipts) if one.step >= Step.DISPATCHER]


class _Maker:
    def __init__(self, briefing: Briefing, written_at: Instant, sent_seq: SentSeq, now: Instant) -> None:
        self._briefing, self._written_at = briefing, written_at
        self._sent_seq, self._now, self._over = sent_seq, now, is_over(briefing, now)

    def receipt(self, officer: str, addressee: Addressee | None, told: Progress | None) -> Receipt:
        pushed = told is not None and told.act is Act.ALERT and 0 < told.seq <= self._sent_seq(officer, self._id)
        state = self._state(addressee, told, pushed)
        receipt = Receipt(
            officer=officer,
            state=state,
            since=self._since(state, addressee, told),
            addressed_at=addressee.at if addressee else None,
            refusal=addressee.refusal if addressee else "",
            left_at=addressee.left_at if addressee else None,
            step=addressee.step if addressee else Step.NONE,
            step_at=addressee.step_at if addressee else None,
            pushed=pushed,
        )
        if told is None:
            return receipt
        return replace(
            receipt,
            words=told.words,
            first_rev=told.first_rev,
            owed_at=told.owed_at,
            stored_at=told.stored_at,
            stored_on=told.stored_on,
            seen_at=told.seen_at,
            seen_on=told.seen_on,
            replies=told.replies,
        )

    @property
    def _id(self) -> str:
        return self._briefing.id

    def _state(self, addressee: Addressee | None, told: Progress | None, pushed: bool) -> ReceiptState:
        """The strongest thing that is known."""
        if told is not None and told.act is Act.PURGE and told.reason == "not_entitled":
            return ReceiptState.NOT_ENTITLED
        if told is not None and told.replies:
            return ReceiptState.ANSWERED
        if addressee is not None and addressee.refusal and (told is None or not told.words):
            return ReceiptState.NOT_ENTITLED
        if self._over:
            return ReceiptState.EXPIRED if self._briefing.status.live else ReceiptState.WITHDRAWN
        if addressee is not None and addressee.left_at is not None:
            return ReceiptState.LEFT
        if told is None or not told.words:
            return ReceiptState.QUEUED
        return self._on_its_way(told, addressee, pushed)

    def _on_its_way(self, told: Progress, addressee: Addressee | None, pushed: bool) -> ReceiptState:
        if told.seen_at is not None:
            return ReceiptState.SEEN
        if told.act is not Act.ALERT:  # taken from his device: it comes again, or he is nobody whom the roster knows
            return ReceiptState.LEFT if addressee is None else ReceiptState.QUEUED
        if told.stored_at is not None:
            return ReceiptState.STORED
        if told.priority == 1 and self._now - told.last_at > CONFIRMED_WITHIN:
            return ReceiptState.UNCONFIRMED
        return ReceiptState.PUSHED if pushed else ReceiptState.QUEUED

    def _since(self, state: ReceiptState, addressee: Addressee | None, told: Progress | None) -> Instant:
        at: Instant | None = None
        if told is not None:
            at = {
                ReceiptState.ANSWERED: told.replies[-1].at if told.replies else None,
                ReceiptState.SEEN: told.seen_at,
                ReceiptState.STORED: told.stored_at,
                ReceiptState.PUSHED: told.last_at,
                ReceiptState.UNCONFIRMED: told.last_at,
                ReceiptState.QUEUED: told.owed_at,
            }.get(state)
        if state is ReceiptState.LEFT and addressee is not None:
            at = addressee.left_at
        elif state is ReceiptState.WITHDRAWN:
            at = self._written_at
        elif state is ReceiptState.EXPIRED:
            at = self._briefing.valid.end
        if at is None:
            at = addressee.at if addressee is not None else (told.last_at if told is not None else self._written_at)
        return at
