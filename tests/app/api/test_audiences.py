"""Whom it would reach: names that must be there, and what is said before it is sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from shapely import box

from app.api.audiences import (
    MANY,
    Reach,
    Warned,
    connected_of,
    forces_of,
    reach_of,
    unconfirmed,
    unknown_names,
    warnings_of,
)
from app.runtime import Runtime
from geo.model import Beat, Officer, Unit
from geo.store.briefing_rows import Addressee
from tests.app.api.pushed import briefing, drafted, roster

SHARED = {"tier": "OFFICIAL", "shared_with": ["partner"]}


async def unknown(runtime: Runtime, **fields: Any) -> list[tuple[str, str, str]]:
    found = await unknown_names(runtime, drafted(briefing(**fields), runtime))
    return [(error.field, error.reason, error.message) for error in found]


async def codes(runtime: Runtime, **fields: Any) -> list[str]:
    item = drafted(briefing(**fields), runtime)
    return [one.code for one in await warnings_of(runtime, item, await reach_of(runtime, item))]


def test_counts_leave_out_who_has_left() -> None:
    people = (Addressee("a"), Addressee("b", "clearance"), Addressee("c", "force"), Addressee("d", "force", left_at=1))
    assert Reach(people).counts() == {"would_get": 1, "not_entitled": 2, "by_reason": {"clearance": 1, "force": 1}}


async def test_beats_and_units_are_known_by_every_name_of_theirs(runtime: Runtime) -> None:
    """Put just now: what this process has not yet heard of is looked up in the store."""
    await roster(runtime)
    assert await unknown(runtime, audience={"beats": ["N1", "South one", "North"], "units": ["u1", "LX21"]}) == []
    assert await unknown(runtime, beat="S1") == []
    await runtime.store.put_beats([Beat(id="W1", name="West", force="own", area=box(0, 51, 1, 52))])
    assert await unknown(runtime, audience={"beats": ["West"]}) == []


async def test_the_nearest_names_are_named(runtime: Runtime) -> None:
    await roster(runtime)
    (one, other) = await unknown(runtime, audience={"beats": ["nort one", "Z"]})
    assert one[:2] == ("audience.beats.0", "unknown_beat")
    assert one[2] == "there is no beat 'nort one'; nearest: North one, South one, North"
    assert other[2] == "there is no beat 'Z'; there are 6, such as N1"
    (unit,) = await unknown(runtime, audience={"units": ["LX12"]})
    assert unit == ("audience.units.0", "unknown_unit", "there is no unit 'LX12'; nearest: LX21")


async def test_an_empty_roster_says_so(runtime: Runtime) -> None:
    (error,) = await unknown(runtime, audience={"beats": ["N1"]})
    assert error[2] == "there is no beat 'N1': the roster has none at all"


async def test_another_forces_names_are_none_unless_it_is_shared_with_them(runtime: Runtime) -> None:
    await roster(runtime)
    theirs: dict[str, Any] = {"audience": {"beats": ["P1"], "units": ["PX1"]}}
    assert [reason for _, reason, _ in await unknown(runtime, **theirs)] == ["unknown_beat", "unknown_unit"]
    assert await unknown(runtime, **theirs, marking=SHARED) == []
    assert forces_of(drafted(briefing(marking=SHARED), runtime)) == ("own", "partner")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"audience": {"officers": ["a"]}}, []),
        ({"audience": {"force": True}}, []),
        ({"audience": {}}, ["everybody"]),
        ({"audience": {"roles": ["nothing"]}}, ["nobody", "unknown_roles"]),
        ({"audience": {"operation": ["OMEGA"]}}, ["nobody", "unknown_operation"]),
        ({"audience": {"skills": ["drone"]}}, []),
        ({"audience": {"officers": ["p", "q"]}}, ["nobody", "unknown_officers"]),
        ({"audience": {"officers": ["p"]}, "marking": SHARED}, []),
        ({"audience": {"officers": ["a"]}, "marking": "OFFICIAL-SENSITIVE"}, ["only_not_entitled"]),
        ({"must_ack": True, "escalate_after_s": 60}, []),
        ({"must_ack": True}, ["no_escalation"]),
    ],
    ids=lambda part: str(part)[:50],
)
async def test_what_is_said_before_it_is_sent(runtime: Runtime, fields: dict[str, Any], found: list[str]) -> None:
    await roster(runtime)
    assert await codes(runtime, **fields) == found


@pytest.mark.parametrize(("people", "asked"), [(MANY - 1, False), (MANY, True)])
async def test_a_whole_force_by_chance_is_asked_about_where_it_is_many(
    runtime: Runtime, people: int, asked: bool
) -> None:
    await runtime.store.put_officers([Officer(id=f"o{n}", force="own") for n in range(people)])
    assert (await codes(runtime, audience={"roles": ["response"]}) == ["everybody"]) is asked
    await runtime.store.put_officers([Officer(id="x", force="own", role="detective")])
    assert await codes(runtime, audience={"roles": ["response"]}) == []


async def test_an_area_that_meets_no_beat(runtime: Runtime) -> None:
    await roster(runtime)
    for _ in range(200):
        if runtime.picture.beats.of(("own",)):
            break
        await asyncio.sleep(0.02)
    sea = {"type": "Polygon", "coordinates": [[[-30, 40], [-29, 40], [-29, 41], [-30, 40]]]}
    assert await codes(runtime, audience={"area": sea}) == ["nobody", "area_without_beats"]


async def test_who_is_connected_and_unknown_to_the_roster_is_counted(runtime: Runtime) -> None:
    class Seen:
        units = (type("Unit", (), {"officer": "s-1"})(), type("Unit", (), {"officer": "a"})())

    async def everybody(force: str) -> Any:
        return Seen

    runtime.whereabouts.everybody = everybody  # type: ignore[method-assign]
    await runtime.store.put_officers([Officer(id="a", force="own", role="cid")])
    await runtime.store.put_units([Unit(id="u", callsign="U", force="own")])
    item = drafted(briefing(audience={"units": ["U"]}), runtime)
    warnings = await warnings_of(runtime, item, await reach_of(runtime, item))
    assert [one.code for one in warnings] == ["nobody", "strangers"]
    assert warnings[1].message.startswith("1 officer connected")
    everyone = drafted(briefing(), runtime)
    assert await connected_of(runtime, everyone, await reach_of(runtime, everyone)) == 1
    assert await connected_of(runtime, item, await reach_of(runtime, item)) == 0


def test_only_what_has_to_be_confirmed_stops_it() -> None:
    warnings = [Warned("nobody", "audience", "x", confirm=True), Warned("unknown_roles", "audience.roles", "y")]
    assert [(error.field, error.reason) for error in unconfirmed(warnings)] == [("audience", "nobody")]
