"""Whom a briefing would reach, and what its sender should know of that before it is sent."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import shapely

from app.errors import FieldError
from app.runtime import Runtime
from geo.access import refusals_of
from geo.model import Audience, Beat, Briefing, Unit
from geo.store.briefing_rows import Addressee

MANY = 10
"""From so many on, an audience that turns out to be the whole force is asked about."""
_WHO_ELSE = "send it with ?confirm=true if that is what you want"


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to know. ``confirm``: it is not sent unless that was asked for."""

    code: str
    field: str
    message: str
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """Everybody of the roster whom it would be for at this moment."""

    people: tuple[Addressee, ...]

    @property
    def entitled(self) -> list[Addressee]:
        return [one for one in self.people if not one.refusal and one.left_at is None]

    @property
    def refused(self) -> list[Addressee]:
        return [one for one in self.people if one.refusal and one.left_at is None]

    def counts(self) -> dict[str, object]:
        """How many may have it, and how many not, by the reason."""
        reasons = Counter(one.refusal for one in self.refused)
        return {
            "would_get": len(self.entitled),
            "not_entitled": len(self.refused),
            "by_reason": dict(sorted(reasons.items())),
        }


def forces_of(briefing: Briefing) -> tuple[str, ...]:
    """The forces that it may go to: its own, and those that its marking shares it with."""
    return (briefing.force, *briefing.marking.shared_with)


async def reach_of(runtime: Runtime, briefing: Briefing) -> Reach:
    """The store's own match, nothing written."""
    return Reach(tuple(await runtime.store.would_address(briefing, refusals_of)))


async def connected_of(runtime: Runtime, briefing: Briefing, reach: Reach) -> int:
    """How many of those who may have it have a device connected at this moment, to whichever process."""
    entitled = {one.officer for one in reach.entitled}
    here = [await runtime.whereabouts.everybody(force) for force in forces_of(briefing)] if entitled else []
    return len(entitled & {unit.officer for found in here for unit in found.units})


# ------------------------------------------------------------------ names that must be there
async def unknown_names(runtime: Runtime, briefing: Briefing) -> list[FieldError]:
    """Beats and units that nobody has heard of, each with the nearest that there are."""
    audience, found = briefing.audience, []
    named = [("beat", briefing.beat)] if briefing.beat else []
    named += [(f"audience.beats.{nth}", beat) for nth, beat in enumerate(audience.beats)]
    if named:
        beats = await _beats(runtime, forces_of(briefing), {name for _, name in named})
        names = {name for beat in beats for name in (beat.id, beat.name, beat.district) if name}
        found += [_unknown(field, "unknown_beat", "beat", name, names) for field, name in named if name not in names]
    if audience.units:
        units = [unit for unit in await runtime.store.units() if unit.force in forces_of(briefing)]
        names = _names_of_units(units)
        for nth, name in enumerate(audience.units):
            if name not in names:
                found.append(_unknown(f"audience.units.{nth}", "unknown_unit", "unit", name, names))
    return found


async def _beats(runtime: Runtime, forces: Collection[str], wanted: set[str]) -> list[Beat]:
    """As this process knows them; where one is missing, as the store does: it may have been put just now."""
    beats = runtime.picture.beats.of(forces)
    if wanted <= {name for beat in beats for name in (beat.id, beat.name, beat.district)}:
        return beats
    return [beat for beat in await runtime.store.beats() if beat.force in forces]


def _names_of_units(units: Iterable[Unit]) -> set[str]:
    return {name for unit in units for name in (unit.id, unit.callsign)}


def _unknown(field: str, reason: str, what: str, name: str, known: Collection[str]) -> FieldError:
    if not known:
        return FieldError(field, reason, f"there is no {what} {name[:60]!r}: the roster has none at all")
    folded = {one.casefold(): one for one in sorted(known, reverse=True)}
    near = [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, 3, 0.5)]
    hint = f"nearest: {', '.join(near)}" if near else f"there are {len(known)}, such as {min(known)}"
    return FieldError(field, reason, f"there is no {what} {name[:60]!r}; {hint}")


# ------------------------------------------------------------------ what to know before it is sent
async def warnings_of(runtime: Runtime, briefing: Briefing, reach: Reach) -> list[Warned]:
    """In the order of their weight: those that ask for a confirmation first."""
    found = [*_reaches_nobody(reach), *await _reaches_everybody(runtime, briefing, reach)]
    found += await _names_of_nobody(runtime, briefing)
    found += await _unknown_officers(runtime, briefing)
    found += _nowhere(runtime, briefing)
    if briefing.must_ack and briefing.escalate_after_s is None:
        message = "nobody is reminded and no sergeant is told where it is not answered"
        found.append(Warned("no_escalation", "escalate_after_s", message))
    if not reach.entitled and (unknown := await _connected_strangers(runtime, briefing)):
        message = f"{_officers(unknown)} connected whom the roster does not know: who of them matches gets it"
        found.append(Warned("strangers", "audience", message))
    return found


def _reaches_nobody(reach: Reach) -> list[Warned]:
    if not reach.people:
        message = f"matches nobody of the roster at this moment; {_WHO_ELSE}"
        return [Warned("nobody", "audience", message, confirm=True)]
    if not reach.entitled:
        reasons = ", ".join(
            f"{count} by {reason}" for reason, count in Counter(p.refusal for p in reach.people).items()
        )
        message = f"matches {_officers(len(reach.people))}, none of whom may have it ({reasons}); {_WHO_ELSE}"
        return [Warned("only_not_entitled", "audience", message, confirm=True)]
    return []


async def _reaches_everybody(runtime: Runtime, briefing: Briefing, reach: Reach) -> list[Warned]:
    """Asked about where it was not said: nothing named, or parts that together leave nobody out."""
    audience = briefing.audience
    if audience == Audience():
        message = (
            f"names nobody, and so is for everybody ({_officers(len(reach.people))}): say force: true, or {_WHO_ELSE}"
        )
        return [Warned("everybody", "audience", message, confirm=True)]
    if audience.officers or audience == Audience(forces=audience.forces) or len(reach.people) < MANY:
        return []
    everybody = sum((await runtime.store.having("officer", "force", forces_of(briefing))).values())
    if len(reach.people) < everybody:
        return []
    message = f"leaves nobody out: all {everybody} officers; {_WHO_ELSE}"
    return [Warned("everybody", "audience", message, confirm=True)]


async def _names_of_nobody(runtime: Runtime, briefing: Briefing) -> list[Warned]:
    """Roles, skills and operations are open words: one that nobody has is perhaps misspelt."""
    audience, found = briefing.audience, []
    for field, trait, values in (
        ("roles", "role", audience.roles),
        ("skills", "skill", audience.skills),
        ("operation", "operation", audience.operations),
    ):
        if not values:
            continue
        known = set(await runtime.store.having("officer", trait, values))
        known |= set(await runtime.store.having("unit", trait, values)) if trait == "skill" else set()
        if missing := [value for value in values if value not in known]:
            message = f"nobody of the roster has: {_some(missing)}"
            found.append(Warned(f"unknown_{field}", f"audience.{field}", message))
    return found


async def _unknown_officers(runtime: Runtime, briefing: Briefing) -> list[Warned]:
    """They may work here all the same, and are matched when they connect."""
    named = briefing.audience.officers
    if not named:
        return []
    forces = forces_of(briefing)
    known = {officer.id for officer in await runtime.store.officers(named) if officer.force in forces}
    missing = [name for name in named if name not in known]
    if not missing:
        return []
    message = f"the roster does not know: {_some(missing)}; who of them connects gets it"
    return [Warned("unknown_officers", "audience.officers", message)]


def _nowhere(runtime: Runtime, briefing: Briefing) -> list[Warned]:
    """An area at sea, or of another town: no beat meets it."""
    area = briefing.audience.area
    beats = runtime.picture.beats.of(forces_of(briefing))
    if area is None or not beats or any(shapely.intersects(beat.area, area) for beat in beats):
        return []
    west, south, east, north = area.bounds
    where = f"between {west:.4f}, {south:.4f} and {east:.4f}, {north:.4f}"
    message = f"meets none of the {len(beats)} beats: {where}. At sea, or is longitude first?"
    return [Warned("area_without_beats", "audience.area", message)]


async def _connected_strangers(runtime: Runtime, briefing: Briefing) -> int:
    here = {unit.officer for unit in (await runtime.whereabouts.everybody(briefing.force)).units}
    return len(here - {officer.id for officer in await runtime.store.officers(sorted(here))}) if here else 0


def _officers(count: int) -> str:
    return f"{count} officer{'' if count == 1 else 's'}"


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(name[:60] for name in names[:most]) + more


def unconfirmed(warnings: Sequence[Warned]) -> list[FieldError]:
    """Those that keep it from being sent until the sender has said that he wants it so."""
    return [FieldError(one.field, one.code, one.message) for one in warnings if one.confirm]
