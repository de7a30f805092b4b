"""Who came near what: against the plainest loop over everything, and at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.people.movement import Trace
from app.report.nearby import NEAR_FOR, NEAR_M, NEVER, Nearby, nearby
from geo.clock import HOUR, MINUTE, SECOND
from geo.model import Grade, Hazard, Status
from geo.place import distance_m
from geo.position import STALE_AFTER
from streams.relevance.policy import load_policy
from tests.app.report.scene import LAT, LON, METRE, START, Change, call, evening, trace

POLICY = load_policy("san_francisco")


def rows(near: Nearby) -> dict[tuple[int, str], tuple[int, ...]]:
    """(unit, source id) -> (near_at, reach_at, must_at), seconds from the start; -1 is never."""
    return {
        (int(near.unit[row]), near.records[near.record[row]].source_id): tuple(
            -1 if column[row] == NEVER else int(column[row] - START) // SECOND
            for column in (near.near_at, near.reach_at, near.must_at)
        )
        for row in range(len(near.unit))
    }


def test_each_first_instant_of_the_evening() -> None:
    found = rows(evening().near)
    assert found[0, "1"] == (100, 100, 100)
    assert found[0, "2"][0] == 120
    assert (1, "1") not in found
    near_at, reach_at, must_at = found[2, "1"]
    assert near_at == 500
    assert reach_at < near_at < must_at, "2,100 m, 1,000 m, and 0.4 of the reach"
    assert {record for _, record in found} == {"1", "2"}


def test_who_stood_there_already_is_near_from_the_moment_it_is_known() -> None:
    still = {"U1": trace([0.0] * 3)}
    assert rows(nearby([call(1, 45, 100)], still, POLICY))[0, "1"] == (45, 45, -1)
    gone = 40 + STALE_AFTER // SECOND
    assert rows(nearby([call(1, gone, 100)], still, POLICY))[0, "1"][0] == gone
    assert rows(nearby([call(1, gone + 1, 100)], still, POLICY)) == {}


def test_what_is_closed_is_near_nobody() -> None:
    life = [call(1, 0, 5_000), call(1, 100, 5_000, status=Status.CLOSED, reported_at=START)]
    arrives = {"U1": trace([20_000.0] * 6 + [5_000.0] * 6)}
    assert rows(nearby(life, arrives, POLICY)) == {}
    assert rows(nearby(life[:1], arrives, POLICY)) != {}


def test_a_system_without_a_filter_interrupts_in_the_first_hour_only() -> None:
    late = {"U1": trace([9_000.0] * 62 + [0.0] * 5, every_s=60)}
    assert late["U1"].at[62] - START > NEAR_FOR == HOUR
    assert rows(nearby([call(1, 0)], late, POLICY))[0, "1"][0] == -1


def test_must_deliver_is_a_threat_nearer_than_the_reach_and_only_while_it_is_new() -> None:
    threat: dict[str, Any] = {"hazards": (Hazard.FIREARM,)}
    _, reach_m = POLICY.lifetime_and_reach(call(1, 0, **threat)[1])
    inside, outside = (reach_m * POLICY.must_deliver.threat_reach_x + more for more in (-20.0, 20.0))
    assert rows(nearby([call(1, 0, inside, **threat)], {"U1": trace([0.0])}, POLICY))[0, "1"] == (
        0 if inside <= NEAR_M else -1, 0, 0,
    )  # fmt: skip
    assert rows(nearby([call(1, 0, outside, **threat)], {"U1": trace([0.0])}, POLICY))[0, "1"][2] == -1
    assert rows(nearby([call(1, 0, 50, grade=Grade.PRIORITY, **threat)], {"U1": trace([0.0])}, POLICY))[0, "1"][2] == -1
    late = {"U1": trace([9_000.0] * 45 + [0.0], every_s=60)}
    assert rows(nearby([call(1, 0, 50, **threat)], late, POLICY))[0, "1"] == (2_700, 2_700, -1)


def test_an_area_is_near_from_its_edge_and_zero_inside() -> None:
    area = shapely.box(LON, LAT - 0.01, LON + 1_000 * METRE, LAT + 0.01)
    near = nearby([call(1, 0, place=area)], {"U1": trace([500.0]), "U2": trace([1_500.0])}, POLICY)
    assert near.nearest_m[0] == 0
    assert near.nearest_m[1] == pytest.approx(500, rel=0.01)


def test_one_impossible_position_counts_for_nothing() -> None:
    jumps = {"U1": trace([20_000.0, 20_000.0, 0.0, 20_000.0])}
    assert rows(nearby([call(1, 0)], jumps, POLICY)) == {}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_it_agrees_with_looking_at_everything(seed: int) -> None:
    random = np.random.default_rng(seed)
    traces = {f"U{n}": trace((random.uniform(0, 900) + np.cumsum(random.uniform(-300, 300, 40))).tolist())
              for n in range(3)}  # fmt: skip
    changes: list[Change] = sorted(
        (call(n % 4, float(random.integers(0, 900)), float(random.uniform(-3_000, 3_000)), reported_at=START)
         for n in range(8)), key=lambda change: change[0]
    )  # fmt: skip
    near = nearby(changes, traces, POLICY)
    found = {(int(near.unit[row]), near.records[near.record[row]].id): int(near.near_at[row])
             for row in range(len(near.unit)) if near.near_at[row] != NEVER}  # fmt: skip
    assert found == _slowly(changes, traces)


def _slowly(changes: list[Change], traces: dict[str, Trace]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for at, record in changes:
        later = [other for other, same in changes if same.id == record.id and other > at]
        same_time = [one for one in changes if one[1].id == record.id and one[0] == at]
        if same_time[-1][1] is not record:
            continue
        until = min([*later, POLICY.lifetime_and_reach(record)[0]])
        for unit, track in enumerate(traces.values()):
            place = shapely.get_coordinates(record.place)[0]
            before = [n for n in range(len(track.at)) if at - STALE_AFTER <= track.at[n] < at]
            moments = [(at, n) for n in before[-1:]]
            moments += [(int(track.at[n]), n) for n in range(len(track.at)) if at <= track.at[n] < until]
            for moment, n in moments:
                away = float(distance_m(track.lon[n], track.lat[n], place[0], place[1]))
                if away <= NEAR_M and moment <= record.reported_at + 60 * MINUTE:
                    key = unit, record.id
                    found[key] = min(found.get(key, NEVER), moment)
    return found
