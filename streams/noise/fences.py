"""Watched areas: enter, exit, dwell and cross as verdicts, and what was passed between two fixes.

A record with a watch is on the map of who is near, and no louder; the events that it asks for are told as its priority
asks for, at least as a notify to who is free and on the map to who is engaged. What was said of an area that he has
left or went through, or of a must-deliver record that he passed, stands for a minute and is withdrawn then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.clock import SECOND, Instant
from geo.geofence import Event, Fence, Known, Seen, depth_m, moved_on, next_due
from geo.model import Verdict, WatchOn
from geo.pairs import Bool, Float64, Int32, Int64, UInt8, Via
from geo.picture import LivePicture
from geo.place import local_shape
from geo.store.rows import Act
from streams.held import Held, HeldColumns, holds_live
from streams.noise.rules import MUST_RULE, Cause, Rule
from streams.noise.style import activities, style_table
from streams.officers.situations import Situations
from streams.relevance.policy import ACTIVITIES, Policy
from streams.relevance.score import AVAILABLE, DISTANCE, EVENT, FIX_AGE, MOVING, OWN_REACH, Must, Scored

RULE_OF = np.array(
    [Rule.NONE, Rule.WATCH_ENTER, Rule.WATCH_EXIT, Rule.WATCH_DWELL, Rule.WATCH_CROSS, Rule.PASSED], np.uint8
)
"""By :class:`geo.geofence.Event`."""
_BIT_OF = np.array([0, 1 << 0, 1 << 1, 1 << 2, 1 << 3, 0], np.uint8)
"""By Event: its bit in ``Watch.mask``."""
_DWELL = 1 << list(WatchOn).index(WatchOn.DWELL)
_PASSED = np.uint8(Via.PASSED)
_FLOOR = np.full(len(ACTIVITIES), Verdict.MAP, np.uint8)
_FLOOR[[AVAILABLE, MOVING]] = Verdict.NOTIFY


@dataclass(slots=True)
class Fences:
    """The rows (``at``, ascending) that are about a watched area or were passed: what is known of them now, what has
    happened, and whether the watch asks for it."""

    at: Int64
    known: Known
    before: UInt8
    event: UInt8
    asked: Bool
    due: Int64


def nobody() -> Fences:
    """No row is about a watched area, nor was anything passed."""
    whole, byte = np.zeros(0, np.int64), np.zeros(0, np.uint8)
    return Fences(whole, Known(byte, whole, whole), byte, byte, np.zeros(0, np.bool_), whole)


def watch(
    scored: Scored,
    held: Held,
    situations: Situations,
    picture: LivePicture,
    policy: Policy,
    live: Bool,
    inside: Bool,
    verdict: UInt8,
    now: Instant,
    cause: Cause,
) -> Fences:
    """Moves the states on. Writes into ``inside`` (what stands, stands) and ``verdict`` (no louder than on the map),
    and marks in ``scored`` what an event makes news."""
    at = _concerned(scored, held, picture, live)
    if not len(at):
        return nobody()
    mask = picture.watch.take(scored.pairs.record[at])
    known = _known(scored.held_row[at], held, now)
    before = known.state.copy()
    dwell = np.full(len(at), -1, np.int64)
    for row in np.flatnonzero(mask & _DWELL).tolist():
        dwell[row] = _dwell_of(picture, int(scored.pairs.record[at[row]]))
    seen = _seen(at, mask, before, scored, situations, picture, policy, cause)
    known, event = moved_on(known, seen, dwell, policy.noise.fence_margin_m, now)
    asked = (mask & _BIT_OF[event]) != 0
    known.state[~asked & ((event == Event.EXIT) | (event == Event.CROSS))] = Fence.OUTSIDE
    event[~asked & (event == Event.CROSS)] = Event.NONE
    _no_louder(at, mask, known, scored, verdict)
    fences = Fences(at, known, before, event, asked, np.zeros(0, np.int64))
    _passed(fences, mask, scored, held, policy, inside, verdict, now)
    standing = (known.state != Fence.OUTSIDE) & ((mask != 0) | (known.state == Fence.GONE))
    inside[at[standing]] = True
    news = asked | ((event == Event.ENTER) & ((mask & _DWELL) != 0))
    scored.material[at[news]] = True
    scored.facts[at[event != 0], EVENT] = event[event != 0]
    fences.due = next_due(known, dwell, now)
    return fences


def _concerned(scored: Scored, held: Held, picture: LivePicture, live: Bool) -> Int64:
    """Live rows about watched areas, that were passed, or whose word stands for a moment yet."""
    chosen = picture.watch.take(scored.pairs.record) != 0
    chosen |= (scored.pairs.via & _PASSED) != 0
    known = np.flatnonzero(scored.held_row >= 0)
    gone = held.fence[scored.held_row[known]] == Fence.GONE
    chosen[known[gone]] = True
    return np.flatnonzero(chosen & live)


def _known(row: Int32, held: Held, now: Instant) -> Known:
    is_known = row >= 0
    return Known(
        np.where(is_known, held.fence[row], np.uint8(Fence.OUTSIDE)).astype(np.uint8),
        np.where(is_known, held.since[row], now).astype(np.int64),
        np.where(is_known, held.doubt_at[row], 0).astype(np.int64),
    )


def _dwell_of(picture: LivePicture, slot: int) -> int:
    stored = picture.stored[slot]
    return -1 if stored is None or stored.record.watch is None else stored.record.watch.dwell_s * SECOND


def _seen(
    at: Int64,
    mask: UInt8,
    state: UInt8,
    scored: Scored,
    situations: Situations,
    picture: LivePicture,
    policy: Policy,
    cause: Cause,
) -> Seen:
    """A fix that is stale or vague says nothing, nor does a new policy; what is no watched area has no inside."""
    officer, record = scored.pairs.officer[at], scored.pairs.record[at]
    distance = scored.facts[at, DISTANCE].copy()
    accuracy = np.nan_to_num(situations.accuracy_m[officer], nan=0.0).astype(np.float32)
    fix_at = situations.fix_at[officer]
    fresh = (mask != 0) & (fix_at != 0) & (scored.facts[at, FIX_AGE] <= policy.noise.stale_fix_s)
    fresh &= (accuracy <= policy.noise.vague_fix_m) & np.isfinite(distance) & (cause is not Cause.POLICY)
    crossed = fresh & ((scored.pairs.via[at] & _PASSED) != 0)
    depth = np.zeros(len(at), np.float64)
    entering = np.flatnonzero(fresh & (distance <= 0) & ((state == Fence.OUTSIDE) | (state == Fence.GONE)))
    for slot in np.unique(record[entering]).tolist():
        rows = entering[record[entering] == slot]
        depth[rows] = _depth_m(picture, slot, situations.lon[officer[rows]], situations.lat[officer[rows]])
    return Seen(distance, depth, accuracy, fix_at, fresh, crossed)


def _depth_m(picture: LivePicture, slot: int, lon: Float64, lat: Float64) -> Float64:
    shape = picture.shapes[slot]
    return np.zeros(len(lon)) if shape is None else depth_m(local_shape(shape), lon, lat)


def _no_louder(at: Int64, mask: UInt8, known: Known, scored: Scored, verdict: UInt8) -> None:
    """Being near a watched area is no more than a matter for the map; what changes about one that he is in is told."""
    within = (known.state == Fence.INSIDE) | (known.state == Fence.DWELT)
    quiet = at[(mask != 0) & (scored.must[at] == Must.NOT) & ~(within & scored.material[at])]
    verdict[quiet] = np.minimum(verdict[quiet], Verdict.MAP)


def _passed(
    fences: Fences,
    mask: UInt8,
    scored: Scored,
    held: Held,
    policy: Policy,
    inside: Bool,
    verdict: UInt8,
    now: Instant,
) -> None:
    """What is no watched area and was passed: must-deliver is told, all else is on the map while it is near enough."""
    at, row = fences.at, scored.held_row[fences.at]
    shown = (row >= 0) & holds_live(held, row)
    missed = (mask == 0) & ((scored.pairs.via[at] & _PASSED) != 0) & ~inside[at] & ~shown
    must = missed & (scored.must[at] != Must.NOT)
    fences.known.state[must], fences.known.since[must] = Fence.GONE, now
    fences.event[must] = Event.PASSED
    near = missed & ~must & (scored.facts[at, DISTANCE] < policy.noise.exit_x * scored.facts[at, OWN_REACH])
    near &= verdict[at] >= Verdict.MAP
    fences.event[near] = Event.PASSED
    inside[at[near]] = True
    verdict[at[near]] = Verdict.MAP


def speak_up(fences: Fences, scored: Scored, policy: Policy, verdict: UInt8) -> None:
    """What the watch asks for is told as loudly as the priority asks for, and not below its floor."""
    rows = np.flatnonzero(fences.asked | (fences.event == Event.ENTER))
    if not len(rows):
        return
    at, asked = fences.at[rows], fences.asked[rows]
    activity = activities(scored)[at]
    table = style_table(policy).reshape(len(ACTIVITIES), -1)
    loud = np.maximum(np.maximum(table[activity, scored.priority[at]], _FLOOR[activity]), verdict[at])
    verdict[at] = np.where(asked, loud, np.maximum(verdict[at], np.uint8(Verdict.MAP)))


def name(fences: Fences, act: UInt8, rule: UInt8, keep: Bool) -> None:
    """What is said because of an event carries its rule; being in or out is kept where nothing is said of it."""
    at = fences.at
    must = (rule[at] > MUST_RULE) & (rule[at] <= MUST_RULE + max(Must))
    said = (fences.event != Event.NONE) & (act[at] == Act.ALERT) & ~must
    rule[at[said]] = RULE_OF[fences.event[said]]
    keep[at[_within(fences.known.state) != _within(fences.before)]] = True


def _within(state: UInt8) -> Bool:
    return np.asarray((state == Fence.INSIDE) | (state == Fence.DWELT))


def write(fences: Fences, at: Int64, columns: HeldColumns) -> None:
    """The states into the columns of the rows ``at`` (ascending)."""
    if not len(fences.at) or not len(at):
        return
    place = np.minimum(np.searchsorted(at, fences.at), len(at) - 1)
    mine = np.flatnonzero(at[place] == fences.at)
    known, into = fences.known, place[mine]
    columns.fence[into], columns.since[into] = known.state[mine], known.since[mine]
    columns.doubt_at[into] = known.doubt_at[mine]


def remembered(fences: Fences, scored: Scored, keep: Bool, gone: Int32) -> Int64:
    """Rows of which nothing is said or kept, and whose state is to be remembered all the same."""
    at = fences.at
    row = scored.held_row[at]
    chosen = ~keep[at] & np.where(row >= 0, ~np.isin(row, gone), fences.known.doubt_at != 0)
    return at[chosen]


def later(fences: Fences, officer: Int32) -> list[tuple[int, Instant]]:
    """(officer, when): who is to be decided anew, because a dwell comes true or a word has stood long enough."""
    rows = np.flatnonzero(fences.due)
    return list(zip(officer[fences.at[rows]].tolist(), fences.due[rows].tolist(), strict=True))
