"""Who is connected: with status, position and its age, and only as far as the caller may look."""

from __future__ import annotations

from typing import Any

import pytest

from app.identity import Role
from app.runtime import Runtime
from geo.clock import SECOND
from geo.model import Officer, Unit, UnitStatus
from geo.position import Fix
from geo.store.rows import OfficerState
from tests.app.api.conftest import PLACE


def seat(runtime: Runtime, id: str, status: UnitStatus, force: str = "own") -> None:
    """An officer whose device is connected, and who has just said where he is."""
    now = runtime.clock.now()
    state = OfficerState(id, "e", 0, "here", 1, status, now, 2.0, now)
    runtime.situations.put(Officer(id=id, force=force), state, now)
    runtime.situations.moved([(id, Fix(now - 3 * SECOND, PLACE[0], PLACE[1], 8.0, None, None))], now)


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


async def test_a_force_that_nobody_is_of_sees_nobody(client: Any, runtime: Runtime) -> None:
    seat(runtime, "pc-1", UnitStatus.AVAILABLE)
    assert (await client(Role.DISPATCHER, force="third").get("/v1/units")).json() == {"units": []}
