"""The vocabulary about records: what is reported, with its details, and what becomes of it."""

from __future__ import annotations

import re
from typing import Any

from geo.model import Briefing, Emergency, Grade, Hazard, Incident, IntelReport, Record, Status
from tests.relevance.details import Detail, audience_of, read_details
from tests.relevance.phrases import Place, phrase
from tests.relevance.world import FORCE, World

_GRADES = {grade.value for grade in Grade}
_Details = list[tuple[Detail, "re.Match[str]"]]


@phrase("{a} {word} is reported {place}: {details}")
async def reported(world: World, category: str, place: Place | None, details: _Details) -> None:
    """A record comes in, with its details. ``a WORD`` is a category of the policy."""
    await world.put("it", _record(world, "it", category, place, details))


@phrase("{letter}, {a} {word}, is reported {place}: {details}")
async def reported_as(world: World, label: str, category: str, place: Place | None, details: _Details) -> None:
    """The same, with a letter by which the scenario speaks of it."""
    await world.put(label, _record(world, label, category, place, details))


@phrase("a briefing for {audience} is sent: {details}")
async def briefing(world: World, audience: str, details: _Details) -> None:
    """The control room sends a briefing to these."""
    values = _values(world, "it", "other", None, details)
    await world.put("it", Briefing(**values, audience=audience_of(world, audience)))


@phrase("{pc} presses the emergency button {place}")
async def emergency(world: World, name: str, place: Place | None) -> None:
    """An officer's call for help."""
    record = Emergency(
        force=FORCE, source="device", source_id=world.number(), category="officer_emergency", title="Officer emergency",
        grade=Grade.EMERGENCY, reported_at=world.now, place=world.point(place), officer=name, callsign=name,
    )  # fmt: skip
    await world.put("it", record)


# ------------------------------------------------------------------ what becomes of it
@phrase("{it} is now {grade}")
async def is_graded(world: World, it: str, grade: str) -> None:
    """Another grade."""
    await world.changes(it, grade=Grade(grade))


@phrase("{it} is now {state}")
async def becomes(world: World, it: str, status: str) -> None:
    """attended: a unit is there; closed and cancelled: it is over."""
    await world.changes(it, status=Status(status))


@phrase("{it} now involves {word}")
async def involves(world: World, it: str, hazard: str) -> None:
    """A new hazard."""
    await world.changes(it, hazards=(*world.records[it].hazards, Hazard(hazard)))


@phrase("{it} involves no hazard any more")
async def involves_nothing(world: World, it: str) -> None:
    """The hazards are taken back."""
    await world.changes(it, hazards=())


@phrase("{it} is now {place}")
async def is_now_at(world: World, it: str, place: Place | None) -> None:
    """Its place is corrected."""
    await world.changes(it, place=world.point(place))


@phrase("the text of {it} changes")
async def text_changes(world: World, it: str) -> None:
    """Words are added; nothing else."""
    await world.changes(it, text=f"{world.records[it].text} More is known: {world.number()}.".strip())


@phrase("{it} is worded anew")
async def worded_anew(world: World, it: str) -> None:
    """A briefing's substance changes: whoever has acknowledged it is asked again."""
    stored = (await world.store.records([world.id_of(it)]))[world.id_of(it)]
    await world.changes(it, text=f"Corrected: {world.number()}.", ack_version=stored.version + 1)


@phrase("{it} is withdrawn")
async def is_withdrawn(world: World, it: str) -> None:
    """A briefing is taken back by whoever sent it."""
    await world.changes(it, status=Status.CANCELLED, withdrawn=True)


@phrase("{it} is assigned to {name}")
async def assigned(world: World, it: str, callsign: str) -> None:
    """The dispatcher tasks this unit with it."""
    await world.changes(it, assigned=(callsign,))


async def unrelated(world: World, category: str, grade: str, place: Place) -> None:
    """Something else, that the scenario does not speak of again."""
    number = world.number()
    await world.put(number, _record(world, number, category, place, read_details(grade)))


# ------------------------------------------------------------------ the record
def _values(world: World, label: str, category: str, place: Place | None, details: _Details) -> dict[str, Any]:
    values: dict[str, Any] = {
        "force": FORCE, "source": "cad", "source_id": label, "category": category,
        "title": category.replace("_", " ").capitalize(), "grade": world.pipeline.policy.default_grade(category),
        "reported_at": world.now, "place": world.point(place),
    }  # fmt: skip
    for detail, match in details:
        detail.set(values, match, world, place or Place(0.0, 0.0))
    return values


def _record(world: World, label: str, category: str, place: Place | None, details: _Details) -> Record:
    """An incident, or an intelligence report where it is graded 3x5x2."""
    values = _values(world, label, category, place, details)
    return IntelReport(**values) if "grading" in values else Incident(**values)
