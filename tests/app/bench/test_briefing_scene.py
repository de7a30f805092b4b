"""The bench's force: beats that touch and do not overlap, everybody on a shift that runs now, a month of records."""

from __future__ import annotations

import random

from shapely.geometry import Polygon

from app.bench.briefing_scene import BEATS, _record, roster, square
from geo.clock import DAY, SystemClock, parse_instant
from geo.model import IntelReport, Status


def test_everybody_is_on_a_shift_that_runs_now_on_a_beat_that_there_is() -> None:
    document = roster(50)
    now = SystemClock().now()
    beats = {beat["id"] for beat in document["beats"]}  # type: ignore[attr-defined]
    assert len(beats) == BEATS
    for shift in document["shifts"]:  # type: ignore[attr-defined]
        assert parse_instant(shift["start"]) <= now < parse_instant(shift["end"])
        assert shift["beat"] in beats


def test_beats_do_not_overlap() -> None:
    areas = [Polygon(square(number)) for number in range(BEATS)]
    assert all(area.is_valid for area in areas)
    assert max(areas[0].intersection(other).area for other in areas[1:]) < 1e-9


def test_the_records_are_of_the_last_month_some_live_some_intelligence() -> None:
    now, chance = SystemClock().now(), random.Random(1)
    made = [_record(number, now, chance) for number in range(400)]
    assert all(now - 30 * DAY <= record.reported_at <= now for record in made)
    assert sum(record.status is Status.OPEN for record in made) == 4
    assert sum(isinstance(record, IntelReport) for record in made) == 20
    assert len({record.id for record in made}) == 400
