"""What a dispatcher is shown of a record, a unit, a delivery, as bytes; a record only out of what access released."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from heapq import nlargest, nsmallest
from typing import Final, Literal, TypeAlias

import msgspec

from geo.access import Readable
from geo.clock import Instant, format_instant
from geo.marking import marking_text
from geo.model import Briefing, Emergency, Record, RecordKind, Stored
from geo.store.receipt_rows import Reply
from geo.store.rows import Delivery
from streams.console.messages import (
    AnsweredOfficer,
    DeliveriesShown,
    EmergencyShown,
    FixShown,
    IncidentShown,
    ReceiptsShown,
    UnansweredShown,
    UnconfirmedOfficer,
    UnitShown,
    WaitingOfficer,
    encode,
)
from streams.console.states import DeliveryState, SentSeq, counted, state_of
from streams.conversation.frames import place_json
from streams.receipts import Receipt, counts_of, longest_first, unanswered_of
from streams.whereabouts.contract import Sighting

MAX_TEXT = 1_000
_KINDS: Final[dict[RecordKind, Literal["incident", "intel", "briefing"]]] = {
    RecordKind.INCIDENT: "incident",
    RecordKind.INTEL: "intel",
    RecordKind.BRIEFING: "briefing",
}
MOST_ASSIGNED = 50
MOST_WAITING = 100
"""Officers who have not answered a briefing that are named one by one; of more, the number."""
MOST_ANSWERED, MAX_ANSWER = 10, 200
"""Those who answered last, and how much of their words."""
ROWS_AT_ONCE = 200
Who: TypeAlias = Callable[[str], tuple[str, str]]
"""Officer -> name and callsign, "" where unknown."""
MOST_LISTED = 200
"""Officers who have not confirmed a P1 that are named one by one; of more, the number."""


class RecordViews:
    """The messages about records, made once a version for all consoles."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[int, bool, Instant, bytes]] = {}

    def of(self, readable: Readable, lives: Mapping[str, tuple[bool, Instant]]) -> dict[str, bytes]:
        """Record id -> the message, for those that access has released. ``lives``: is it live, and until when."""
        return {item.record.id: self._one(item, *lives[item.record.id]) for item in readable.items}

    def forget(self, record: str) -> None:
        self._made.pop(record, None)

    def _one(self, item: Stored, live: bool, expires_at: Instant) -> bytes:
        record = item.record
        made = self._made.get(record.id)
        if made is not None and made[:3] == (item.version, live, expires_at):
            return made[3]
        shown = _emergency(item, record, live) if isinstance(record, Emergency) else _incident(item, record, expires_at)
        message = encode(shown)
        self._made[record.id] = (item.version, live, expires_at, message)
        return message


def _incident(stored: Stored, record: Record, expires_at: Instant) -> IncidentShown:
    return IncidentShown(
        id=record.id,
        version=stored.version,
        kind=_KINDS[record.kind],
        category=record.category,
        grade=record.grade.value,
        status=record.status.value,
        title=record.title,
        text=_cut(record.text),
        place=_drawn(record),
        place_text=record.place_text,
        beat=record.beat,
        assigned=tuple(record.assigned[:MOST_ASSIGNED]),
        hazards=tuple(hazard.value for hazard in record.hazards),
        sensitive=record.sensitive,
        marking=marking_text(record.marking),
        reported_at=format_instant(record.reported_at),
        updated_at=format_instant(stored.written_at),
        expires_at=format_instant(expires_at),
    )


def _emergency(stored: Stored, record: Emergency, live: bool) -> EmergencyShown:
    return EmergencyShown(
        id=record.id,
        version=stored.version,
        officer=record.officer,
        callsign=record.callsign,
        status=record.status.value,
        live=live,
        recorded=stored.version > 0,
        title=record.title,
        text=_cut(record.text),
        place=_drawn(record),
        reported_at=format_instant(record.reported_at),
        taken_over_by=record.taken_over_by,
        taken_over_at=None if record.taken_over_at is None else format_instant(record.taken_over_at),
        closed_by=record.closed_by,
    )


def _cut(text: str, most: int = MAX_TEXT) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _drawn(record: Record) -> dict[str, object] | None:
    drawn = place_json(record.place)
    return None if drawn is None else msgspec.json.decode(drawn, type=dict[str, object])


def of_unit(sighting: Sighting) -> bytes:
    """The message about a unit."""
    position = None
    if sighting.lon is not None and sighting.lat is not None:
        accuracy_m = None if sighting.accuracy_m is None else round(sighting.accuracy_m, 1)
        at = format_instant(sighting.fix_at)
        position = FixShown(round(sighting.lon, 6), round(sighting.lat, 6), accuracy_m, at)
    return encode(
        UnitShown(
            officer=sighting.officer,
            callsign=sighting.callsign or None,
            beat=sighting.beat or None,
            status=sighting.status,
            node=sighting.node,
            position=position,
        )
    )


class Tally:
    """How far a P1 has got with each officer, taken in piece by piece: 10,000 rows are 50 ms of the loop's time."""

    def __init__(self, record: str, sent_seq: SentSeq, now: Instant) -> None:
        self._record, self._sent_seq, self._now = record, sent_seq, now
        self._counts: Counter[DeliveryState] = Counter()
        self._waiting: list[UnconfirmedOfficer] = []
        self.unsettled = False
        """Some P1 is on no device yet: worth looking at again soon."""

    def add(self, rows: Iterable[Delivery]) -> None:
        for row in rows:
            if row.priority == 1:
                self._add(row, self._sent_seq(row.officer, self._record))

    def message(self) -> bytes | None:
        """The message; None where the record was nobody's P1."""
        if not self._counts:
            return None
        listed = tuple(self._waiting[:MOST_LISTED])
        left_out = len(self._waiting) - len(listed)
        return encode(DeliveriesShown(self._record, counted(self._counts), listed, left_out))

    def _add(self, row: Delivery, sent_seq: int) -> None:
        state = state_of(row, sent_seq, self._now)
        self._counts[state] += 1
        if state in _OPEN:
            self.unsettled = True
        if state is DeliveryState.UNCONFIRMED:
            pushed = 0 < row.seq <= sent_seq
            self._waiting.append(UnconfirmedOfficer(row.officer, format_instant(row.owed_at), pushed))


def of_receipts(stored: Stored, receipts: Collection[Receipt], who: Who) -> bytes:
    """The message about how far a briefing has got."""
    waiting = [one for one in receipts if one.waiting]
    listed = nsmallest(MOST_WAITING, waiting, key=longest_first)
    latest = nlargest(MOST_ANSWERED, (one for one in receipts if one.replies), key=_last_reply)
    must_ack = isinstance(stored.record, Briefing) and stored.record.must_ack
    return encode(
        ReceiptsShown(
            id=stored.record.id,
            version=stored.version,
            must_ack=must_ack,
            counts=counts_of(receipts),
            waiting=tuple(_waiting(one, who) for one in listed),
            left_out=len(waiting) - len(listed),
            answered=tuple(_answered(one, reply, who) for one in latest if (reply := one.reply) is not None),
        )
    )


def of_unanswered(stored: Stored, receipts: Iterable[Receipt], who: Who) -> bytes | None:
    """Its entry in the list of what nobody has brought to an answer; None: there is none."""
    found = unanswered_of(receipts)
    if not found:
        return None
    listed = tuple(_waiting(one, who) for one in found[:MOST_WAITING])
    record = stored.record
    return encode(
        UnansweredShown(
            id=record.id,
            title=record.title,
            marking=marking_text(record.marking),
            count=len(found),
            officers=listed,
            left_out=len(found) - len(listed),
        )
    )


def _waiting(one: Receipt, who: Who) -> WaitingOfficer:
    name, callsign = who(one.officer)
    return WaitingOfficer(one.officer, name, callsign or None, one.state.value, format_instant(one.since), one.step)


def _answered(one: Receipt, reply: Reply, who: Who) -> AnsweredOfficer:
    name, callsign = who(one.officer)
    at, said = format_instant(reply.at), _cut(reply.text, MAX_ANSWER)
    return AnsweredOfficer(one.officer, name, callsign or None, reply.choice.value, said, at)


def _last_reply(one: Receipt) -> tuple[Instant, str]:
    return one.replies[-1].at, one.officer


_OPEN = frozenset({DeliveryState.QUEUED, DeliveryState.PUSHED, DeliveryState.UNCONFIRMED})


def of_deliveries(record: str, rows: Iterable[Delivery], sent_seq: SentSeq, now: Instant) -> bytes | None:
    """The message about how far a P1 has got; None where the record was nobody's P1."""
    tally = Tally(record, sent_seq, now)
    tally.add(rows)
    return tally.message()
