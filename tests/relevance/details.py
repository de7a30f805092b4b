"""The details of a record in a scenario, between commas: each a pattern, an example, a meaning, and what it sets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from geo.clock import SECOND
from geo.marking import Clearance, Grading, Marking
from geo.model import Audience, Grade, Hazard, Interval, Status, Watch, WatchOn
from tests.relevance.phrases import BEARINGS, GAPS, NotUnderstood, Place, place_of, seconds_of

if TYPE_CHECKING:
    from tests.relevance.world import World

Values: TypeAlias = dict[str, Any]
Setting: TypeAlias = Callable[[Values, "re.Match[str]", "World", Place], None]
_TIME, _PLACE = GAPS["time"][0], GAPS["place"][0]
_HAZARDS = {hazard.value.replace("_", " "): hazard for hazard in Hazard}
_EVENTS = "|".join(event.value for event in WatchOn)


@dataclass(frozen=True, slots=True)
class Detail:
    """One sort of detail."""

    pattern: str
    example: str
    meaning: str
    set: Setting


def _micros(text: str) -> int:
    return int(seconds_of(text) * SECOND)


def _marked(values: Values, **changes: Any) -> None:
    values["marking"] = replace(values.get("marking", Marking()), **changes)


def _watched(values: Values, **changes: Any) -> None:
    values["watch"] = replace(values.get("watch", Watch()), **changes)


DETAILS = (
    Detail(
        "|".join(Grade), "emergency, priority, standard or routine", "its grade; without one its category's own",
        lambda values, match, world, place: values.update(grade=Grade(match[0])),
    ),
    Detail(
        "|".join(_HAZARDS), ", ".join(_HAZARDS), "a hazard that is reported with it",
        lambda values, match, world, place: values.update(hazards=(*values.get("hazards", ()), _HAZARDS[match[0]])),
    ),
    Detail(
        rf"({_TIME}) old", "5 min old", "when it was reported; just now without this",
        lambda values, match, world, place: values.update(reported_at=world.now - _micros(match[1])),
    ),
    Detail(
        r"from (\w+)", "from fire", "the system that reports it; cad without this",
        lambda values, match, world, place: values.update(source=match[1]),
    ),
    Detail(
        "attended", "attended", "a unit is there",
        lambda values, match, world, place: values.update(status=Status.ATTENDED),
    ),
    Detail(
        r"in (beat|district) (\w+)", "in beat N1, in district North", "the beat or district that its source names",
        lambda values, match, world, place: values.update(beat=match[2]),
    ),
    Detail(
        r"assigned to (\w+)", "assigned to AB12", "the callsign that is tasked with it",
        lambda values, match, world, place: values.update(assigned=(match[1],)),
    ),
    Detail(
        rf"valid in ({_TIME})", "valid in 10 min", "its time comes then",
        lambda values, match, world, place: values.update(valid=Interval(world.now + _micros(match[1]), None)),
    ),
    Detail(
        rf"valid for ({_TIME})", "valid for 10 min", "it ends then",
        lambda values, match, world, place: values.update(valid=Interval(None, world.now + _micros(match[1]))),
    ),
    Detail(
        r"an area of (\d+) m", "an area of 400 m", "it is an area of that radius round the place",
        lambda values, match, world, place: values.update(place=world.circle(place, float(match[1]))),
    ),
    Detail(
        r"a road of (\d+) m to the ([\w-]+)", "a road of 2000 m to the east", "a road with its middle at the place",
        lambda values, match, world, place: values.update(
            place=world.road(place, float(match[1]), BEARINGS[match[2]])
        ),
    ),
    Detail(
        r"graded (\d-[A-Z]-[A-Z])", "graded 1-A-P", "it is an intelligence report with this 3x5x2 grade",
        lambda values, match, world, place: values.update(grading=Grading.parse(match[1])),
    ),
    Detail(
        r"marked ([\w-]+)", "marked secret", "its marking",
        lambda values, match, world, place: _marked(values, level=Clearance.parse(match[1])),
    ),
    Detail(
        r"only for operation (\w+)", "only for operation OAK", "its compartment",
        lambda values, match, world, place: _marked(values, operations=(match[1],)),
    ),
    Detail(
        r"of force (\w+)", "of force other", "it belongs to another force",
        lambda values, match, world, place: values.update(force=match[1]),
    ),
    Detail(
        r"shared with us", "shared with us", "another force shares it with his",
        lambda values, match, world, place: _marked(values, shared_with=("own",)),
    ),
    Detail(
        rf"watching ((?:{_EVENTS})(?: and (?:{_EVENTS}))*)", "watching enter and exit",
        "it is a watched area, for enter, exit, dwell or cross",
        lambda values, match, world, place: _watched(values, on=tuple(map(WatchOn, match[1].split(" and ")))),
    ),
    Detail(
        rf"dwelling is ({_TIME})", "dwelling is 5 min", "how long he has to stay in a watched area",
        lambda values, match, world, place: _watched(values, dwell_s=int(seconds_of(match[1]))),
    ),
    Detail(
        "must be acknowledged", "must be acknowledged", "of a briefing",
        lambda values, match, world, place: values.update(must_ack=True, escalate_after_s=300),
    ),
)  # fmt: skip


def read_details(text: str) -> list[tuple[Detail, re.Match[str]]]:
    """What each detail is. Raises NotUnderstood."""
    found = []
    for part in text.split(", "):
        for detail in DETAILS:
            if match := re.fullmatch(detail.pattern, part):
                found.append((detail, match))
                break
        else:
            raise NotUnderstood(f"{part!r} is not a detail of a record: {'; '.join(one.example for one in DETAILS)}")
    return found


AUDIENCES = rf"everybody|him|(?:beat|role|skill|crew) \w+|who is within \d+ m of (?:{_PLACE})"


def audience_of(world: World, text: str) -> Audience:
    """Whom a briefing is for."""
    if text in ("everybody", "him"):
        return Audience(officers=("he",) if text == "him" else ())
    if match := re.fullmatch(r"(beat|role|skill|crew) (\w+)", text):
        field: str = {"beat": "beats", "role": "roles", "skill": "skills", "crew": "units"}[match[1]]
        names: dict[str, Any] = {field: (match[2],)}
        return Audience(**names)
    match = re.fullmatch(rf"who is within (\d+) m of ({_PLACE})", text)
    assert match is not None
    return Audience(area=world.circle(place_of(match[2]) or Place(0.0, 0.0), float(match[1])))


GAPS["details"] = (r".+", read_details, "see below")
GAPS["audience"] = (
    AUDIENCES,
    str,
    "everybody, him, beat N1, role dog, skill dog, crew AB12, or who is within 500 m of 2 km north",
)
