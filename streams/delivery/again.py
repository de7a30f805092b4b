"""What an officer was told, asked again before it is said again: is it live, may he still know, how loud is it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.access import release
from geo.clock import SECOND, Instant
from geo.model import Briefing, Status, Stored, Verdict
from geo.pairs import Int32
from geo.picture import LivePicture
from geo.store.rows import Act, OwedRow
from streams.briefed import CORRECTION
from streams.conversation import frames
from streams.conversation.owed import Word
from streams.delivery.speech import ANSWERED, Again, SharedParts, alert_again
from streams.matching import rematch
from streams.officers.situations import Situations
from streams.pipeline import Pipeline
from streams.relevance.policy import Policy

_MUST = "must"
"""Rules of the must-deliver set begin with this."""


@dataclass(frozen=True, slots=True)
class World:
    """What is asked: the pipeline's live picture, situations and policy, read afresh each time. ``own``: the situations
    of officers for whom another process decides."""

    pipeline: Pipeline
    shared: SharedParts
    own: Situations | None = None

    @property
    def picture(self) -> LivePicture:
        return self.pipeline.picture

    @property
    def situations(self) -> Situations:
        return self.pipeline.situations if self.own is None else self.own

    def on_duty(self, officer: str) -> bool:
        """As far as is decided by; off duty nothing is released, which is no reason to have it erased."""
        slot = self.situations.slot_of.get(officer)
        return slot is None or bool(self.situations.duty[slot])

    @property
    def policy(self) -> Policy:
        return self.pipeline.policy


@dataclass(frozen=True, slots=True)
class Asked:
    """One row and what holds now. ``live``: the record as it is now, if it stands. ``released``: he may know of it."""

    row: OwedRow
    live: Stored | None
    released: bool


def ask(world: World, officer: str, rows: Sequence[OwedRow], now: Instant) -> list[Asked]:
    """Every row against the live picture and through the one door, as of now."""
    slots = [_standing_slot(world.picture, row, now) for row in rows]
    own = world.situations.slot_of.get(officer)
    allowed = _released(world, own, [slot for slot in slots if slot is not None], now)
    return [
        Asked(row, None if slot is None else world.picture.stored[slot], slot in allowed)
        for row, slot in zip(rows, slots, strict=True)
    ]


def _standing_slot(picture: LivePicture, row: OwedRow, now: Instant) -> int | None:
    """Of what is live; and of an item of his briefing that was over already when it was corrected: that stands."""
    slot = picture.slot_of.get(row.record)
    if slot is None:
        return None
    if picture.live[slot] and picture.valid_to[slot] > now:
        return slot
    stored = picture.stored[slot]
    assert stored is not None
    was_over = not stored.record.status.live or picture.valid_to[slot] <= row.at
    return slot if row.rule == CORRECTION and row.version == stored.version and was_over else None


def _released(world: World, own: int | None, slots: list[int], now: Instant) -> set[int]:
    if own is None or not slots:
        return set()
    records: Int32 = np.unique(np.array(slots, np.int32))
    officers: Int32 = np.full(len(records), own, np.int32)
    pairs = rematch(world.picture, world.situations, officers, records, now)
    released, _ = release(pairs, world.picture, world.situations.rights(), now)
    return set(released.record.tolist())


# ------------------------------------------------------------------ as messages
def words_again(world: World, asked: Sequence[Asked], statuses: dict[str, Stored], now: Instant) -> list[Word]:
    """What a replay says: the final state of what is over, a purge of what he may not see, the rest in a style that is
    decided anew. ``statuses`` has the records that are not live."""
    louder = sorted(asked, key=lambda one: (one.row.priority, -one.row.seq))
    words, interrupted = [], False
    for one in louder:
        row = one.row
        if row.act is not Act.ALERT:
            words.append(_word(row, row.act, _final_tail(row)))
        elif one.live is None and _was_withdrawn(statuses.get(row.record)):
            words.append(_word(row, Act.PURGE, frames.purge_tail(row.record, "withdrawn")))
        elif one.live is None:
            reason = _why_over(statuses.get(row.record))
            words.append(_word(row, Act.CANCEL, frames.cancel_tail(row.record, row.rev, reason)))
        elif not one.released:
            words.append(_word(row, Act.PURGE, frames.purge_tail(row.record, "not_entitled")))
        else:
            style = _style(world.policy, row, one.live, now, interrupted)
            interrupted = interrupted or style is Verdict.INTERRUPT
            words.append(_word(row, Act.ALERT, alert_again(row, style, one.live, world.shared)))
    return words


def reset_again(world: World, asked: Sequence[Asked], now: Instant) -> list[bytes]:
    """What a reset holds: live and released, most urgent and newest first."""
    alerts, interrupted = [], False
    for one in sorted(asked, key=lambda one: (one.row.priority, -one.row.seq)):
        if one.live is None or not one.released or one.row.act is not Act.ALERT:
            continue
        style = _style(world.policy, one.row, one.live, now, interrupted)
        interrupted = interrupted or style is Verdict.INTERRUPT
        alerts.append(frames.reset_alert(alert_again(one.row, style, one.live, world.shared)))
    return alerts


def _word(row: OwedRow, act: Act, tail: bytes) -> Word:
    return Word(row.seq, row.record, row.rev, row.priority or 4, act, Again(tail))


def _final_tail(row: OwedRow) -> bytes:
    if row.act is Act.CANCEL:
        return frames.cancel_tail(row.record, row.rev, row.reason)
    return frames.purge_tail(row.record, row.reason)


def _was_withdrawn(stored: Stored | None) -> bool:
    return stored is not None and isinstance(stored.record, Briefing) and stored.record.withdrawn


def _why_over(stored: Stored | None) -> str:
    if stored is not None and stored.record.status is Status.CANCELLED:
        return "cancelled"
    if stored is not None and stored.record.status is Status.CLOSED:
        return "closed"
    return "expired"


def _style(policy: Policy, row: OwedRow, live: Stored, now: Instant, interrupted: bool) -> Verdict:
    """What was urgent an hour ago need not interrupt now, and five stored interrupts must not fire at once. What waits
    for his answer stays a notice, whether it was said for the first time, anew or again."""
    age_s = max(0.0, (now - row.at) / SECOND)
    waits = isinstance(live.record, Briefing) and live.record.must_ack and row.rule != ANSWERED
    style = policy.replay_style(row.verdict, age_s, must_deliver=row.rule.startswith(_MUST) or waits)
    return Verdict.NOTIFY if style is Verdict.INTERRUPT and interrupted else style
