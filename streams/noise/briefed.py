"""Living briefings: what was given with a patrol briefing, and has changed since, is told him wherever he is

Nobody is near to most of what a briefing holds, and half of it is over, so the rules about reach and about what is live
say nothing of it. Here it is settled by what he knows: another version is said as a correction (an alert), the end of
what he takes to be going on as a cancel, what is withdrawn as a purge. Where the usual rules say it themselves, it is
theirs, with the item's number added. Corrections never interrupt by themselves, and none is held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from geo.clock import Instant
from geo.model import Status, Verdict
from geo.pairs import Bool, Int32, Int64, UInt8
from geo.picture import LivePicture
from geo.place import offsets_m
from geo.store.rows import Act
from streams.held import Held, holds_live, suspended
from streams.noise.rules import Reason, Rule
from streams.relevance.briefed_words import MATERIAL, Change, fact_of
from streams.relevance.policy import Policy
from streams.relevance.score import ACTIVITY, AVAILABLE, BRIEFED, MOVING, SUSPECTED_FALSE, Scored

_ATTENDED, _CLOSED, _CANCELLED = (
    list(Status).index(status) for status in (Status.ATTENDED, Status.CLOSED, Status.CANCELLED)
)


@dataclass(slots=True)
class Given:
    """The rows (``at``, ascending) about something of a briefing that lasts. ``going``: it is live, or its time has not
    come; ``knew``: he takes it to be. ``news``: another version than he knows; ``change`` is a mask of Change."""

    at: Int64
    row: Int32
    going: Bool
    knew: Bool
    news: Bool
    change: Int32

    def __len__(self) -> int:
        return len(self.at)

    @property
    def told(self) -> Bool:
        """A correction is owed; where it has just ended, a cancel is instead."""
        return self.news & (self.going | ~self.knew)


class Words(NamedTuple):
    """Columns of what was decided, to be written into."""

    act: UInt8
    verdict: UInt8
    rule: UInt8
    reason: UInt8
    inside: Bool
    told_style: UInt8


def of(scored: Scored, held: Held, picture: LivePicture, policy: Policy, now: Instant) -> Given:
    """Which of the pairs are about something that the officer was briefed on, and what has become of it."""
    at, row = np.zeros(0, np.int64), np.zeros(0, np.int32)
    if held.briefed.ever:
        at = np.flatnonzero(scored.held_row >= 0)
        at = at[held.briefed.lasting(scored.held_row[at], now)]
        row = scored.held_row[at]
    record, given = scored.pairs.record[at], held.briefed
    going = picture.live[record] & (picture.valid_to[record] > now)
    knew, news = given.live[row], picture.version[record] > given.version[row]
    return Given(at, row, going, knew, news, _change(row, record, going, knew, held, picture, policy))


def _change(
    row: Int32, record: Int32, going: Bool, knew: Bool, held: Held, picture: LivePicture, policy: Policy
) -> Int32:
    """Against what he was told, or shown: where nothing was told, that is the version of the briefing."""
    change = np.zeros(len(row), np.int32)
    grade, before = picture.grade[record], held.told_grade[row]
    change[grade > before] |= Change.GRADED_UP
    change[grade < before] |= Change.GRADED_DOWN
    change[(picture.hazards[record] & ~held.told_hazards[row]) != 0] |= Change.HAZARD
    lon, lat = held.told_lon[row], held.told_lat[row]
    east, north = offsets_m(lon, lat, picture.lon[record], picture.lat[record])
    with np.errstate(invalid="ignore"):
        moved = np.hypot(east, north) > policy.noise.moved_m
    change[moved | (np.isnan(lon) & ~np.isnan(picture.lon[record]))] |= Change.MOVED
    change[going & ~knew] |= Change.OPEN_AGAIN
    attended = picture.status[record] == _ATTENDED
    change[attended & (held.briefed.status[row] != _ATTENDED)] |= Change.ATTENDED
    change[~going] |= Change.OVER
    return change


def stay(given: Given, held: Held, inside: Bool) -> None:
    """What his device shows stays there while the briefing lasts, however far away he is."""
    shown = holds_live(held, given.row) | suspended(held, given.row)
    inside[given.at[shown]] = True


def standing(given: Given, live: Bool) -> Bool:
    """``live``, and what he was told as over already: that is shown, and no end of it is to be said."""
    over = ~given.going & ~given.knew
    if not over.any():
        return live
    live = live.copy()
    live[given.at[over]] = True
    return live


def speak(given: Given, words: Words, scored: Scored, held: Held, picture: LivePicture, now: Instant) -> None:
    """After what the other rules say, and before the budget: what they leave unsaid, and how loudly all of it is."""
    if not len(given):
        return
    at, record = given.at, scored.pairs.record[given.at]
    _ended(given, words, record, held, picture, now)
    again = suspended(held, given.row) & ~given.going & ~given.knew
    owed = given.told | again
    unsaid = owed & (words.act[at] == Act.VERDICT)
    _say(words, at[unsaid], held, given.row[unsaid])
    said = given.told & (words.act[at] == Act.ALERT)
    scored.facts[at[said], BRIEFED] = [
        fact_of(item, change)
        for item, change in zip(held.briefed.item[given.row[said]].tolist(), given.change[said].tolist(), strict=True)
    ]
    activity = scored.facts[at, ACTIVITY]
    loud = said & ((given.change & int(MATERIAL)) != 0) & ((activity == AVAILABLE) | (activity == MOVING))
    loud &= (picture.grading_information[record] != SUSPECTED_FALSE) & (words.verdict[at] < Verdict.NOTIFY)
    chosen = at[loud]
    words.verdict[chosen], words.rule[chosen] = Verdict.NOTIFY, Rule.BRIEFED
    words.told_style[chosen] = np.maximum(words.told_style[chosen], np.uint8(Verdict.NOTIFY))


def why_over(record: Int32, picture: LivePicture, now: Instant) -> UInt8:
    """Reasons, for records that are live no more."""
    ended = np.where(picture.valid_to[record] <= now, np.uint8(Reason.EXPIRED), np.uint8(Reason.CANCELLED))
    replaced = ~picture.live[record] & (picture.valid_to[record] > now)  # another one supersedes it
    ended[replaced] = Reason.CLOSED
    ended[picture.status[record] == _CANCELLED] = Reason.CANCELLED
    ended[picture.status[record] == _CLOSED] = Reason.CLOSED
    return ended


def _say(words: Words, at: Int64, held: Held, row: Int32) -> None:
    words.act[at], words.verdict[at], words.rule[at], words.inside[at] = Act.ALERT, Verdict.MAP, Rule.BRIEFED, True
    words.told_style[at] = np.maximum(held.told_style[row], np.uint8(Verdict.MAP))


def _ended(given: Given, words: Words, record: Int32, held: Held, picture: LivePicture, now: Instant) -> None:
    """What he takes to be going on and is over, where no device shows it as an alert: the item of his briefing is; and
    what was withdrawn, over or not."""
    at = given.at
    taken_back = np.isin(record, np.fromiter(picture.withdrawn, np.int32)) & (words.act[at] != Act.PURGE)
    over = ~given.going & given.knew & ~taken_back & (words.act[at] == Act.VERDICT)
    words.reason[at[over]], words.act[at[over]] = why_over(record[over], picture, now), Act.CANCEL
    words.reason[at[taken_back]], words.act[at[taken_back]] = Reason.WITHDRAWN, Act.PURGE
    both = over | taken_back
    chosen = at[both]
    words.verdict[chosen], words.rule[chosen], words.inside[chosen] = Verdict.NONE, Rule.BRIEFED, False
    words.told_style[chosen] = held.told_style[given.row[both]]


def settle(given: Given, words: Words, scored: Scored, held: Held, picture: LivePicture) -> None:
    """At the end: what the budget has taken away is said silently, and what he knows from now on is noted."""
    at = given.at
    unsaid = given.told & (words.act[at] == Act.VERDICT)
    _say(words, at[unsaid], held, given.row[unsaid])
    said = (words.act[at] == Act.ALERT) | (words.act[at] == Act.CANCEL)
    record = scored.pairs.record[at[said]]
    alive = given.going[said] & (words.act[at[said]] == Act.ALERT)
    held.briefed.knows(given.row[said], picture.version[record], picture.status[record], alive)
    held.briefed.forget(given.row[words.act[at] == Act.PURGE])


def kept(rows: Int32, held: Held, now: Instant) -> Int32:
    """Held rows that nothing was said of, without those that a briefing holds on to."""
    return rows[~held.briefed.lasting(rows, now)] if held.briefed.ever else rows
