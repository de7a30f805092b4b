"""Last night as the store has kept it: verdicts, records, officers, policies and hours on duty; and a side of it."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.policy_diff.hindsight import Hindsight, Night, decided_again, told_of
from app.policy_diff.sides import Source, source_named
from app.policy_diff.told import About, Side, about_of
from geo.clock import HOUR, MINUTE, Instant
from geo.model import Officer, Shift
from geo.store.contract import Store
from geo.store.kept import KeptFanout
from streams.errors import PolicyError
from streams.relevance.policy import SHIPPED, Policy

log = logging.getLogger("beatline.policy")

WARM_UP = 2 * HOUR
"""So long before the window it begins, so that what was told already is no news at its start."""
SILENCE = 30 * MINUTE
"""Without a shift in the roster an officer is taken to have been on duty from verdict to verdict, longer silences
left out."""


@dataclass(frozen=True, slots=True)
class LastNight:
    """Kept verdicts of [since, until), ``warm_up`` before it included in ``night``; hours on duty, and whether they
    are known from shifts. ``as_kept`` counts what was really said."""

    since: Instant
    until: Instant
    night: Night
    hours: float
    from_shifts: bool
    as_kept: Counter[str]
    verdicts: int

    @property
    def about(self) -> dict[str, About]:
        return about_of(stored.record for _, stored in sorted(self.night.records.items()))


@dataclass(frozen=True, slots=True)
class SideOfNight:
    """A side, and what could not be decided anew."""

    side: Side
    lacking: int
    unknown: int


async def last_night(store: Store, since: Instant | None, until: Instant | None, now: Instant, a: Policy) -> LastNight:
    """The window's verdicts: by default the 24 hours up to the newest. Raises ValueError where none are kept."""
    newest = await store.kept_until()
    until = until or min(now, (newest or now)) + 1
    since = until - 24 * HOUR if since is None else since
    fanouts = await _fanouts(store, since - WARM_UP, until)
    inside = [kept for kept in fanouts if kept.at >= since]
    if not inside:
        raise ValueError("no verdict was kept in that time" + ("" if newest else ", nor at any other"))
    records = await store.versions_of(sorted({kept.record for kept in fanouts}))
    names = sorted({name for kept in fanouts for name in kept.officers})
    hours, from_shifts = _hours(await store.shifts(), inside, since, until)
    night = Night(fanouts, records, await _officers(store, names), await _policies(store, a), a)
    rows = sum(len(kept.officers) for kept in inside)
    return LastNight(since, until, night, hours, from_shifts, told_of(inside), rows)


async def side_of(night: LastNight, source: Source) -> SideOfNight:
    """The night under this policy."""
    policy = source.policy()
    found: Hindsight = await decided_again(night.night, policy)
    told = [told for told in found.told if told.at >= night.since]
    return SideOfNight(Side(policy.version, told, night.hours), found.lacking, found.unknown)


async def _fanouts(store: Store, since: Instant, until: Instant) -> list[KeptFanout]:
    found: list[KeptFanout] = []
    while page := await store.kept(since, until, found[-1].n if found else 0):
        found += page
    found.sort(key=lambda kept: (kept.at, kept.n))
    return found


async def _officers(store: Store, names: Sequence[str]) -> dict[str, Officer]:
    """As the roster has them, or as their tokens gave them."""
    known = {state.officer: state.rights for state in await store.heads(names) if state.rights is not None}
    return known | {officer.id: officer for officer in await store.officers(names)}


async def _policies(store: Store, a: Policy) -> dict[str, Policy]:
    """Every policy that verdicts can have been kept under, as far as this Beatline can read it."""
    found = {a.version: a}
    sources = [Source(f"policy {stored.n}", stored.draft.text) for stored in await store.policies()]
    for source in (*sources, *(source_named(name) for name in SHIPPED)):
        try:
            policy = source.policy()
        except PolicyError as error:
            log.warning("a policy of then cannot be read: %s", error)
        else:
            found[policy.version] = policy
    return found


def _hours(
    shifts: Sequence[Shift], fanouts: Sequence[KeptFanout], since: Instant, until: Instant
) -> tuple[float, bool]:
    """(hours on duty of whoever something was decided for, all of them from shifts)."""
    on_shift: dict[str, int] = defaultdict(int)
    for shift in shifts:
        on_shift[shift.officer] += max(0, min(shift.end, until) - max(shift.start, since))
    seen: dict[str, list[Instant]] = defaultdict(list)
    for kept in fanouts:
        for name in kept.officers:
            seen[name].append(kept.at)
    estimated = [name for name in seen if not on_shift.get(name)]
    total = sum(on_shift.values()) + sum(_seen_for(seen[name]) for name in estimated)
    return total / HOUR, not estimated


def _seen_for(times: Sequence[Instant]) -> int:
    return SILENCE + sum(min(after - before, SILENCE) for before, after in pairwise(times))
