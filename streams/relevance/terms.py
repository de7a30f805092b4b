"""The named terms of the score, one function each: log-odds for whole columns of pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.model import RecordKind, Status
from geo.pairs import Bool, Float32, Int32, UInt8, Via
from streams.relevance.policy import Policy

ATTENDED = list(Status).index(Status.ATTENDED)
EMERGENCY_KIND = list(RecordKind).index(RecordKind.EMERGENCY)


@dataclass(frozen=True, slots=True)
class PairColumns:
    """What the terms read, gathered once: n pairs, all columns of one length.

    ``reach_x`` is the distance in units of the pair's own reach (NaN where it has none), ``closing_mps`` is positive
    towards it (0 where the heading is not known), ``age_s`` since it was reported, ``category`` a row of the policy's
    tables, ``cell`` = category x 4 + grade rank. ``told`` says that the officer was told of it before, ``material``
    that it differs from that in what matters. ``wanted`` says that he has a skill which the category requires.
    ``feedback`` is -1..1, ``role`` -1..1, ``corroborated`` 1 where another source's report is shown as one with it.
    """

    reach_x: Float32
    closing_mps: Float32
    age_s: Float32
    cell: Int32
    category: Int32
    hazards: Int32
    status: UInt8
    source: UInt8
    information: UInt8
    via: UInt8
    told: Bool
    material: Bool
    role: Float32
    feedback: Float32
    corroborated: Float32


Term = Callable[[PairColumns, Policy], Float32]

TERMS: dict[str, Term] = {}
"""In the order in which they are added up and kept. To add one, write its function below and its weight's entry in
:data:`streams.relevance.policy_schema.TERMS`."""


def term(function: Term) -> Term:
    """Makes the function a term of the score, by its name."""
    TERMS[function.__name__] = function
    return function


@term
def reach(pairs: PairColumns, policy: Policy) -> Float32:
    """From +w at the spot to -w at the edge of the pair's own reach, and on; 0 where no distance is known."""
    column = np.minimum(pairs.reach_x, np.float32(1.5))
    column *= np.float32(-2.0 * policy.terms["reach"])
    column += np.float32(policy.terms["reach"])
    return _known(column)


@term
def approach(pairs: PairColumns, policy: Policy) -> Float32:
    """Closing speed over full speed, -1..1: what is ahead on the way counts more than what is behind."""
    column = pairs.closing_mps * np.float32(1.0 / policy.terms["full_speed_mps"])
    np.minimum(column, np.float32(1), out=column)
    np.maximum(column, np.float32(-1), out=column)
    column *= np.float32(policy.terms["approach"])
    return column


@term
def severity(pairs: PairColumns, policy: Policy) -> Float32:
    """Of category and grade."""
    return policy.tables.severity.reshape(-1).take(pairs.cell)


@term
def hazard(pairs: PairColumns, policy: Policy) -> Float32:
    """What can hurt an officer there, summed and bounded by the policy's table."""
    table = policy.tables.hazard
    return table.take(pairs.hazards & np.int32(len(table) - 1))


@term
def freshness(pairs: PairColumns, policy: Policy) -> Float32:
    """-ln 2 per half-life: the odds that it matters halve each half-life. Not below -7 (odds of one in a thousand)."""
    column = np.maximum(pairs.age_s, np.float32(0))
    column /= policy.tables.half_life_s.reshape(-1).take(pairs.cell)
    column *= np.float32(-np.log(2) * policy.terms["freshness"])
    np.maximum(column, np.float32(-7), out=column)
    return column


@term
def attended(pairs: PairColumns, policy: Policy) -> Float32:
    """Somebody is there already."""
    column: Float32 = (pairs.status == ATTENDED) * np.float32(policy.terms["attended"])
    return column


@term
def certainty(pairs: PairColumns, policy: Policy) -> Float32:
    """Of the 3x5x2 grading, by the policy's table; 0 for what carries none."""
    table = policy.tables.certainty * np.float32(policy.terms["reliable"])
    return table.take(pairs.source.astype(np.int32) * 6 + pairs.information)


@term
def corroboration(pairs: PairColumns, policy: Policy) -> Float32:
    """Another source reports the same, and he may know of that too."""
    return pairs.corroborated * np.float32(policy.terms["corroboration"])


@term
def role(pairs: PairColumns, policy: Policy) -> Float32:
    """The officer's role or skills are what the category asks for, or it is others' business."""
    return pairs.role * np.float32(policy.terms["role"])


@term
def tasking(pairs: PairColumns, policy: Policy) -> Float32:
    """His own unit is assigned, or a briefing is addressed to him."""
    table = np.zeros(16, np.float32)
    codes = np.arange(16)
    table[(codes & Via.ADDRESSED) > 0] = policy.terms["addressed"]
    table[(codes & Via.TASKED) > 0] = policy.terms["tasking"]
    return table.take(pairs.via & np.uint8(15))


@term
def beat(pairs: PairColumns, policy: Policy) -> Float32:
    """In his own beat."""
    return ((pairs.via & np.uint8(Via.BEAT)) > 0) * np.float32(policy.terms["beat"])


@term
def novelty(pairs: PairColumns, policy: Policy) -> Float32:
    """Held as it is: less; held and materially different by now: more; never told: 0."""
    weight = np.float32(policy.terms["novelty"])
    return np.where(pairs.told, np.where(pairs.material, weight, -weight), np.float32(0))


@term
def feedback(pairs: PairColumns, policy: Policy) -> Float32:
    """What officers answered about it, bounded."""
    return pairs.feedback * np.float32(policy.terms["feedback"])


def _known(column: Float32) -> Float32:
    """NaN -> 0, in place: what is not known says nothing."""
    column[np.isnan(column)] = 0
    return column
