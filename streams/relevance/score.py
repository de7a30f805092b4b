"""The score and its terms: how much a record matters to an officer here and now, all pairs of a tick at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from geo.clock import SECOND, Instant
from geo.model import UnitStatus, hazard_mask
from geo.pairs import Bool, Float32, Int32, Pairs, Released, UInt8, Via
from geo.picture import LivePicture
from geo.place import offsets_m
from streams.held import Held
from streams.officers.situations import Situations
from streams.relevance.feedback import Feedback
from streams.relevance.policy import ACTIVITIES, ACTIVITY_OF, Policy
from streams.relevance.terms import EMERGENCY_KIND, TERMS, PairColumns
from streams.shown_as_one import concerned, sources_behind

TERM_NAMES = tuple(TERMS)
FACT_NAMES = (
    "distance_m",
    "bearing_deg",
    "off_heading_deg",
    "closing_mps",
    "speed_mps",
    "age_s",
    "own_reach_m",
    "fix_age_s",
    "activity",
    "event",
    "also",
    "briefed",
)
"""What the sentences are made of; columns of ``Scored.facts``; NaN where not known. ``activity`` is an index into
``policy.ACTIVITIES``: his status, and faster than walking is moving. ``event`` is a :class:`geo.geofence.Event`,
``also`` the place of another source in ``Fanout.also``, ``briefed`` an item of his patrol briefing and what has changed
of it (:func:`streams.relevance.briefed_words.fact_of`)."""

DISTANCE, BEARING, OFF_HEADING, CLOSING, SPEED, AGE, OWN_REACH, FIX_AGE, ACTIVITY, EVENT, ALSO, BRIEFED = range(
    len(FACT_NAMES)
)

AVAILABLE, MOVING, ENGAGED, BREAK, OFF_DUTY = range(len(ACTIVITIES))
_ACTIVITY = np.array([ACTIVITY_OF[status] for status in UnitStatus], np.float32)

_SURE_WHICH_WAY_M = np.float32(30)
"""Nearer than this, or than the fix is good to, nobody knows whether it is ahead or behind: approach fades out."""

SUSPECTED_FALSE = 5
"""Information E of 3x5x2, as the picture has it: no ground for a threat to life."""
BELOW = 5
"""``priority`` of what is below the lowest band."""


class Must(IntEnum):
    """Why a pair is must-deliver; 0 where it is not."""

    NOT = 0
    OFFICER_EMERGENCY = 1
    THREAT_TO_LIFE = 2
    OWN_TASKING = 3
    MUST_ACK = 4


@dataclass(frozen=True, slots=True)
class Scored:
    """n scored pairs. ``total`` is 0..1, the squashed sum of ``terms`` (log-odds, [n, T], a memory column a term);
    ``facts`` [n, F] likewise. ``must`` holds :class:`Must`, ``priority`` 1..4 or BELOW. ``held_row`` is the pair's
    row in held (-1: none), ``told`` and ``material`` what it says: told before, and different in what matters since.
    """

    pairs: Pairs[Released]
    total: Float32
    terms: Float32
    facts: Float32
    must: UInt8
    priority: UInt8
    held_row: Int32
    told: Bool
    material: Bool

    def __len__(self) -> int:
        return len(self.total)

    @property
    def must_deliver(self) -> Bool:
        return self.must > 0


def score(
    pairs: Pairs[Released],
    picture: LivePicture,
    situations: Situations,
    held: Held,
    policy: Policy,
    now: Instant,
    feedback: Feedback | None = None,
) -> Scored:
    """Scores all pairs in one vectorised call; best in pieces of 32,768, which stay in the core's cache."""
    held_row = held.lookup(pairs.officer, pairs.record)
    told, material = _against_held(pairs, held_row, picture, held, policy)
    facts = _facts(pairs, picture, situations, policy, now)
    columns = _columns(pairs, facts, picture, situations, policy, held, told, material, feedback)
    terms = np.empty((len(TERMS), len(pairs)), np.float32)
    total = np.zeros(len(pairs), np.float32)
    for row, term in enumerate(TERMS.values()):
        terms[row] = term(columns, policy)
        total += terms[row]
    must = _must(pairs, columns, facts, picture, policy)
    _squash(total)
    priority = _priority(total, policy)
    priority[must > 0] = 1
    return Scored(pairs, total, terms.T, facts, must, priority, held_row, told, material)


def _facts(
    pairs: Pairs[Released], picture: LivePicture, situations: Situations, policy: Policy, now: Instant
) -> Float32:
    """Float32 [n, F], a memory column a fact. Heading and speed of a stale fix say nothing about now."""
    facts = np.empty((len(FACT_NAMES), len(pairs)), np.float32)
    officer, record = pairs.officer, pairs.record
    facts[DISTANCE], facts[BEARING] = pairs.distance_m, pairs.bearing_deg
    fix_age = facts[FIX_AGE]
    _ages(situations.fix_at.take(officer), now, fix_age)
    fresh = fix_age <= np.float32(policy.noise.stale_fix_s)
    facts[SPEED] = np.where(fresh, situations.speed_mps.take(officer), np.float32(np.nan))
    off = np.where(fresh, situations.heading_deg.take(officer), np.float32(np.nan))
    np.subtract(pairs.bearing_deg, off, out=off)
    off += np.float32(180)
    off -= np.float32(360) * np.floor(off * np.float32(1 / 360))
    off -= np.float32(180)
    facts[OFF_HEADING] = off
    np.multiply(facts[SPEED], np.cos(off * np.float32(np.pi / 180)), out=facts[CLOSING])
    _ages(picture.reported_at.take(record), now, facts[AGE])
    np.add(picture.reach_m.take(record), situations.extra_m(now, officer), out=facts[OWN_REACH])
    facts[EVENT] = facts[ALSO] = facts[BRIEFED] = np.nan
    facts[ACTIVITY] = _ACTIVITY.take(situations.status.take(officer))
    facts[ACTIVITY][(facts[SPEED] > np.float32(policy.noise.moving_mps)) & (facts[ACTIVITY] == AVAILABLE)] = MOVING
    return facts.T


def _ages(at: np.ndarray[tuple[int], np.dtype[np.int64]], now: Instant, out: Float32) -> None:
    """Seconds since ``at``; an instant of 0 means never, and a very large age."""
    np.subtract(now, at, out=at)
    np.multiply(at, 1.0 / SECOND, out=out, casting="unsafe")


def _columns(
    pairs: Pairs[Released],
    facts: Float32,
    picture: LivePicture,
    situations: Situations,
    policy: Policy,
    held: Held,
    told: Bool,
    material: Bool,
    feedback: Feedback | None,
) -> PairColumns:
    record = pairs.record
    category = policy.bound(picture.books).row.take(picture.category.take(record))
    closing = facts[:, CLOSING].copy()
    closing[np.isnan(closing)] = 0
    accuracy = np.fmax(situations.accuracy_m.take(pairs.officer), _SURE_WHICH_WAY_M)
    closing *= np.fmin(pairs.distance_m / accuracy, np.float32(1))
    return PairColumns(
        reach_x=pairs.distance_m / facts[:, OWN_REACH],
        closing_mps=closing,
        age_s=facts[:, AGE],
        cell=category * 4 + picture.grade.take(record),
        category=category,
        hazards=picture.hazards.take(record),
        status=picture.status.take(record),
        source=picture.grading_source.take(record),
        information=picture.grading_information.take(record),
        via=pairs.via,
        told=told,
        material=material,
        role=_role(pairs, category, picture, situations, policy),
        feedback=feedback.of(record) if feedback is not None else np.zeros(1, np.float32),
        corroborated=_corroborated(pairs, picture, held),
    )


def _corroborated(pairs: Pairs[Released], picture: LivePicture, held: Held) -> Float32:
    """1 where another source's report is shown as one with this; a zero that broadcasts where nothing has two."""
    if not len(picture.twins):
        return np.zeros(1, np.float32)
    column = np.zeros(len(pairs), np.float32)
    rows = concerned(picture).take(pairs.record).nonzero()[0]
    sources, _ = sources_behind(held, picture, pairs.officer[rows], pairs.record[rows])
    column[rows] = [1.0 if source else 0.0 for source in sources]
    return column


def _role(
    pairs: Pairs[Released], category: Int32, picture: LivePicture, situations: Situations, policy: Policy
) -> Float32:
    """-1..1; a zero that broadcasts where the policy has no roles."""
    bound = policy.bound(picture.books)
    if not bound.any_role:
        return np.zeros(1, np.float32)
    index = situations.role.take(pairs.officer)
    index = index * np.int32(bound.role.shape[1])
    index += category
    column: Float32 = bound.role.reshape(-1).take(index)
    column[(situations.skills.take(pairs.officer) & bound.wanted.take(category)) != 0] = 1
    return column


def _against_held(
    pairs: Pairs[Released], held_row: Int32, picture: LivePicture, held: Held, policy: Policy
) -> tuple[Bool, Bool]:
    """(told before, materially different from what he was told): grade up, a new hazard, or moved."""
    told = np.zeros(len(held_row), np.bool_)
    material = np.zeros(len(held_row), np.bool_)
    at = np.flatnonzero(held_row >= 0)
    if not len(at):
        return told, material
    rows, record = held_row[at], pairs.record[at]
    was_told = held.told_style[rows] > 0
    told[at] = was_told
    newer = picture.version[record] != held.told_version[rows]
    check = np.flatnonzero(was_told & newer)
    if len(check):
        at, rows, record = at[check], rows[check], record[check]
        grade_up = picture.grade[record] > held.told_grade[rows]
        new_hazard = (picture.hazards[record] & ~held.told_hazards[rows]) != 0
        east, north = offsets_m(held.told_lon[rows], held.told_lat[rows], picture.lon[record], picture.lat[record])
        moved = np.hypot(east, north) > policy.noise.moved_m
        placed = np.isnan(held.told_lon[rows]) & ~np.isnan(picture.lon[record])
        material[at] = grade_up | new_hazard | moved | placed
    return told, material


def _must(pairs: Pairs[Released], columns: PairColumns, facts: Float32, picture: LivePicture, policy: Policy) -> UInt8:
    """Must-deliver as far as record and tasking make it so; whether he is inside is the noise rules' business.

    What only the widened reach of a stale fix takes in is no threat to his life that anybody knows of.
    """
    rule, must = policy.must_deliver, np.zeros(len(pairs), np.uint8)
    must[(columns.via & Via.ADDRESSED > 0) & picture.must_ack.take(pairs.record)] = Must.MUST_ACK
    threat = columns.hazards & np.int32(hazard_mask(rule.threat_hazards)) != 0
    at = threat.nonzero()[0]
    if len(at):
        cell = columns.cell[at]
        half_lives = columns.age_s[at] / policy.tables.half_life_s.reshape(-1).take(cell)
        graded = (cell & 3) >= rule.threat_grade.rank
        stale = facts[at, FIX_AGE] > np.float32(policy.noise.stale_fix_s)
        reach_m = np.where(stale, picture.reach_m[pairs.record[at]], facts[at, OWN_REACH])
        near = facts[at, DISTANCE] <= reach_m * np.float32(rule.threat_reach_x)
        near |= (columns.via[at] & np.uint8(Via.PASSED)) != 0
        graded &= columns.information[at] != SUSPECTED_FALSE
        must[at[graded & (half_lives <= rule.threat_half_lives) & near]] = Must.THREAT_TO_LIFE
    emergency = picture.kind.take(pairs.record) == EMERGENCY_KIND
    emergency |= columns.category == policy.row_of("officer_emergency")
    must[emergency] = Must.OFFICER_EMERGENCY
    must[columns.via & Via.TASKED > 0] = Must.OWN_TASKING
    return must


def _squash(total: Float32) -> None:
    """Log-odds -> 0..1, in place."""
    np.negative(total, out=total)
    np.exp(total, out=total)
    total += np.float32(1)
    np.reciprocal(total, out=total)


def _priority(total: Float32, policy: Policy) -> UInt8:
    bands = policy.bands
    priority = np.full(len(total), BELOW, np.uint8)
    for edge in (bands.p4, bands.p3, bands.p2, bands.p1):
        priority -= total >= np.float32(edge)
    return priority
