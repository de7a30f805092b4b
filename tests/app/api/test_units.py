"""Who is connected: with status, position and its age, and only as far as the caller may look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.identity import Role
from app.runtime import Runtime
from geo.clock import SECOND
from geo.model import Officer, Unit, UnitStatus
from geo.place import moved_by
from geo.position import Fix
from geo.store.rows import OfficerState
from streams.whereabouts.contract import Sightings
from streams.whereabouts.memory import MemoryWhereabouts
from tests.app.api.conftest import PLACE


def seat(runtime: Runtime, id: str, status: UnitStatus, force: str = "own", east_m: float = 0.0) -> None:
    """An officer whose device is connected, and who has just said where he is."""
    now = runtime.clock.now()
    state = OfficerState(id, "e", 0, "here", 1, status, now, 2.0, now)
    runtime.situations.put(Officer(id=id, force=force), state, now)
    lon, lat = moved_by(PLACE[0], PLACE[1], east_m, 0.0)
    runtime.situations.moved([(id, Fix(now - 3 * SECOND, lon, lat, 8.0, None, None))], now)


async def test_connected_officers_of_the_callers_force(client: Any, runtime: Runtime) -> None:
    runtime.situations.roster([Unit(id="u", callsign="LX21", force="own", officers=("pc-1",))], [], runtime.clock.now())
    seat(runtime, "pc-1", UnitStatus.AVAILABLE)
    seat(runtime, "pc-2", UnitStatus.OFF_DUTY)
    seat(runtime, "pc-9", UnitStatus.AVAILABLE, force="other")
    seat(runtime, "gone", UnitStatus.AVAILABLE)
    runtime.situations.set_connected("gone", False, runtime.clock.now())
    units = (await client(Role.DISPATCHER).get("/v1/units")).json()["units"]
    assert [(unit["officer"], unit["status"]) for unit in units] == [("pc-1", "available"), ("pc-2", "off_duty")]
    here = units[0]["position"]
    assert (here["lon"], here["lat"]) == (pytest.approx(PLACE[0]), pytest.approx(PLACE[1]))
    assert here["accuracy_m"] == 8.0
    assert here["age_s"] >= 3.0
    assert units[1]["position"] is None
    assert [unit["distance_m"] for unit in units] == [None, None]


async def test_a_force_that_nobody_is_of_sees_nobody(client: Any, runtime: Runtime) -> None:
    seat(runtime, "pc-1", UnitStatus.AVAILABLE)
    assert (await client(Role.DISPATCHER, force="third").get("/v1/units")).json() == {
        "units": [],
        "partial": False,
    }


NEAR = f"near={PLACE[0]},{PLACE[1]}"


@pytest.fixture
def patrol(runtime: Runtime) -> None:
    """Four of ours and one of theirs, going east; and one of ours who has gone home."""
    seat(runtime, "pc-1", UnitStatus.AVAILABLE, east_m=900.0)
    seat(runtime, "pc-2", UnitStatus.BUSY, east_m=100.0)
    seat(runtime, "pc-3", UnitStatus.AVAILABLE, east_m=4_000.0)
    seat(runtime, "pc-4", UnitStatus.AVAILABLE, east_m=20_000.0)
    seat(runtime, "pc-5", UnitStatus.OFF_DUTY)
    seat(runtime, "xx-1", UnitStatus.AVAILABLE, force="other")


@pytest.mark.parametrize(
    ("query", "officers"),
    [
        (NEAR, ["pc-2", "pc-1", "pc-3"]),
        (f"{NEAR}&radius_m=899", ["pc-2"]),
        (f"{NEAR}&radius_m=100000", ["pc-2", "pc-1", "pc-3", "pc-4"]),
        (f"{NEAR}&status=available", ["pc-1", "pc-3"]),
        (f"{NEAR}&status=available,busy&radius_m=950", ["pc-2", "pc-1"]),
        (f"{NEAR}&status=busy&status=en_route", ["pc-2"]),
        ("status=off_duty", ["pc-5"]),
        ("near=10,10", []),
    ],
)
async def test_the_nearest_first(client: Any, patrol: None, query: str, officers: list[str]) -> None:
    answer = (await client(Role.DISPATCHER).get(f"/v1/units?{query}")).json()
    assert [unit["officer"] for unit in answer["units"]] == officers
    assert answer["partial"] is False


async def test_how_far_away_each_is(client: Any, patrol: None) -> None:
    units = (await client(Role.DISPATCHER).get(f"/v1/units?{NEAR}")).json()["units"]
    assert [unit["distance_m"] for unit in units] == pytest.approx([100.0, 900.0, 4_000.0], rel=0.001)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("near=1", "near"),
        ("near=a,b", "near"),
        ("near=181,0", "near"),
        ("near=nan,0", "near"),
        (f"{NEAR}&radius_m=0", "radius_m"),
        (f"{NEAR}&radius_m=100001", "radius_m"),
        (f"{NEAR}&radius_m=nan", "radius_m"),
        ("radius_m=100", "radius_m"),
        ("status=asleep", "status"),
        ("statsu=busy", "statsu"),
    ],
)
async def test_a_bad_value_is_refused_and_named(client: Any, query: str, field: str) -> None:
    answer = await client(Role.DISPATCHER).get(f"/v1/units?{query}")
    assert answer.status_code == 422
    assert [error["field"].split(".")[-1] for error in answer.json()["errors"]] == [field]


async def test_others_are_asked_too_and_their_absence_is_said(client: Any, runtime: Runtime, patrol: None) -> None:
    class Deaf(MemoryWhereabouts):
        async def everybody(self, force: str) -> Sightings:
            return replace(await super().everybody(force), partial=True)

    runtime.whereabouts = Deaf(runtime.clock)
    answer = await client(Role.DISPATCHER).get("/v1/units?status=busy")
    assert answer.status_code == 200
    assert (answer.json()["partial"], len(answer.json()["units"])) == (True, 1)
