"""What the demo counts: latency only of what was told at once, and the naive rule once per officer and record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from shapely.geometry import Point

from app.demo.tally import DemoTally
from app.people.simulated import SimulatedOfficer
from geo.clock import HOUR, MINUTE, parse_instant
from geo.model import Grade, Incident, Status
from geo.place import moved_by
from geo.position import Fix
from tests.app.people.test_officer_screen import alert

NOW = parse_instant("2026-01-16T00:00:00Z")
HERE = (-122.42, 37.78)


CALL = Incident(force="own", source="cad", source_id="1", category="robbery", title="Robbery", grade=Grade.EMERGENCY,
                place=Point(*HERE), reported_at=NOW)  # fmt: skip


def incident(**fields: Any) -> Incident:
    return replace(CALL, **fields)


class Somebody:
    def __init__(self, id: str, east_m: float) -> None:
        self.id, self.last = id, Fix(NOW, *moved_by(*HERE, east_m, 0), 5.0)


def officers(*east_m: float) -> list[SimulatedOfficer]:
    return cast("list[SimulatedOfficer]", [Somebody(f"A-{n}", east) for n, east in enumerate(east_m)])


def test_the_naive_rule_interrupts_everybody_within_a_kilometre_once() -> None:
    tally = DemoTally(3)
    tally.posted(NOW, incident(), True)
    tally.look(officers(100, 900, 1_100), NOW)
    tally.look(officers(100, 900, 1_100), NOW + MINUTE)
    assert tally.naive == 2
    tally.look(officers(100, 900, 500), NOW + 2 * MINUTE)
    assert tally.naive == 3


def test_an_hour_later_or_once_closed_nobody_is_counted() -> None:
    tally = DemoTally(1)
    tally.posted(NOW, incident(), True)
    tally.look(officers(100), NOW + HOUR + 1)
    tally.posted(NOW, incident(source_id="2"), True)
    tally.posted(NOW, incident(source_id="2", status=Status.CLOSED), False)
    tally.posted(NOW, incident(source_id="3", place=None), True)
    tally.look(officers(100), NOW + HOUR + 1)
    assert tally.naive == 0
    assert (tally.new, tally.changed) == (3, 1)


def test_latency_is_of_the_first_word_soon_after_the_posting() -> None:
    tally, record = DemoTally(1), incident()
    tally.posted(NOW, record, True)
    tally.reached(NOW, "A-1", alert(alert_id=record.id))
    tally.reached(NOW, "A-1", alert(alert_id=record.id, rev=2))
    tally.reached(NOW, "A-1", alert(alert_id="inc-of-before"))
    tally.reached(NOW, "A-2", alert(alert_id=record.id), moved_at=float("inf"))
    assert len(tally.latencies_s) == 1
    assert tally.told[0].line == "Robbery | 340 m N | 340 m ahead"


def test_officer_hours_are_on_the_replayed_clock() -> None:
    tally = DemoTally(40)
    tally.look([], NOW)
    tally.look([], NOW + HOUR // 2)
    assert tally.officer_hours == pytest.approx(20.0)
