"""A small roster and the body of a briefing: what the tests of the dispatcher's push have in common."""

from __future__ import annotations

from typing import Any

from shapely import box

from app.api.drafting import draft_of
from app.runtime import Runtime
from geo.clock import HOUR, Instant, format_instant
from geo.marking import Clearance
from geo.model import Beat, Briefing, Officer, Shift, Unit
from geo.normalise import Intake

PATH = "/v1/briefings"
NORTH, SOUTH = box(-0.2, 51.5, -0.1, 51.6), box(-0.2, 51.4, -0.1, 51.5)
INSIDE = {
    "type": "Polygon",
    "coordinates": [[[-0.19, 51.52], [-0.12, 51.52], [-0.12, 51.58], [-0.19, 51.58], [-0.19, 51.52]]],
}


def briefing(**fields: Any) -> dict[str, Any]:
    """The body of a briefing for the own force that is taken, with these fields instead; None leaves one out."""
    body = {"title": "Silver van", "body": "**Do not stop it alone.**", "audience": {"force": True}, **fields}
    return {name: value for name, value in body.items() if value is not None}


def key(name: str = "k-1", **more: str) -> dict[str, str]:
    return {"Idempotency-Key": name, **more}


def at(instant: Instant) -> str:
    return format_instant(instant)


async def roster(runtime: Runtime) -> None:
    """Own: a (taser, on N1 in the unit LX21), b (on S1), c (detective, ALPHA), d (cleared). Partner: p."""
    now = runtime.clock.now()
    await runtime.store.put_officers(
        [
            Officer(id="a", force="own", skills=("taser",), name="Ann Able"),
            Officer(id="b", force="own"),
            Officer(id="c", force="own", role="detective", operations=("ALPHA",)),
            Officer(id="d", force="own", clearance=Clearance.OFFICIAL_SENSITIVE),
            Officer(id="p", force="partner"),
        ]
    )
    await runtime.store.put_units(
        [
            Unit(id="u1", callsign="LX21", force="own", officers=("a",), equipment=("drone",)),
            Unit(id="u9", callsign="PX1", force="partner"),
        ]
    )
    await runtime.store.put_beats(
        [
            Beat(id="N1", name="North one", force="own", area=NORTH, district="North"),
            Beat(id="S1", name="South one", force="own", area=SOUTH, district="South"),
            Beat(id="P1", name="Partner one", force="partner", area=box(1, 52, 1.1, 52.1)),
        ]
    )
    await runtime.store.put_shifts(
        [
            Shift(id="1", officer="a", start=now - HOUR, end=now + 8 * HOUR, unit="u1", beat="N1"),
            Shift(id="2", officer="b", start=now - HOUR, end=now + 8 * HOUR, beat="S1"),
        ]
    )


def drafted(body: dict[str, Any], runtime: Runtime, force: str = "own") -> Briefing:
    """The briefing of a body, as a dispatcher of that force would push it."""
    intake = Intake(force, runtime.policy.default_grade, runtime.clock.now(), runtime.ceiling, runtime.area)
    return draft_of(body, intake, "dispatcher-1 k-1").briefing


async def pushed(dispatcher: Any, name: str = "k-1", **fields: Any) -> str:
    """Pushes it -> its id."""
    answer = await dispatcher.post(PATH, json=briefing(**fields), headers=key(name))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def faults(answer: Any) -> list[tuple[str, str]]:
    """(field, reason) of a refusal."""
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["reason"]) for error in answer.json()["errors"]]
