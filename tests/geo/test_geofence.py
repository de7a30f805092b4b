"""Enter, exit, dwell, cross: what a car that is parked, drives through, or loses its receiver makes of an area."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import shapely

from geo.clock import SECOND
from geo.geofence import (
    STANDS,
    Event,
    Fence,
    Known,
    Seen,
    Ways,
    depth_m,
    led_through,
    moved_on,
    nearest_on_way,
    nearest_to_point,
    next_due,
)
from geo.place import local_shape, moved_by

NOW = 1_800_000_000 * SECOND
HERE = (-1.5491, 53.7997)
MARGIN_M = 30.0


@dataclass
class Car:
    """One officer and one area whose edge is at 0: ``at_m`` below 0 is inside by so many metres."""

    dwell_s: float = -1.0
    known: Known = field(default_factory=lambda: Known(np.zeros(1, np.uint8), np.zeros(1, int), np.zeros(1, int)))
    at: int = NOW
    fix_at: int = NOW

    def fix(
        self, at_m: float, accuracy_m: float = 10.0, *, after_s: float = 20.0, crossed: bool = False, fresh: bool = True
    ) -> Event:
        self.at += int(after_s * SECOND)
        self.fix_at = self.at
        return self.look(at_m, accuracy_m, crossed=crossed, fresh=fresh)

    def look(self, at_m: float, accuracy_m: float = 10.0, *, crossed: bool = False, fresh: bool = True) -> Event:
        """The same fix is looked at again."""
        seen = Seen(
            np.array([max(at_m, 0.0)], np.float32), np.array([max(-at_m, 0.0)]), np.array([accuracy_m], np.float32),
            np.array([self.fix_at]), np.array([fresh]), np.array([crossed]),
        )  # fmt: skip
        self.known, event = moved_on(self.known, seen, self._dwell(), MARGIN_M, self.at)
        return Event(int(event[0]))

    def _dwell(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([int(self.dwell_s * SECOND) if self.dwell_s >= 0 else -1])

    @property
    def state(self) -> Fence:
        return Fence(int(self.known.state[0]))

    @property
    def due(self) -> int:
        return int(next_due(self.known, self._dwell(), self.at)[0])


def test_who_drives_in_has_entered_and_who_drives_away_has_left() -> None:
    car = Car()
    assert [car.fix(at_m) for at_m in (200, 50, -40, -60)] == [Event.NONE, Event.NONE, Event.ENTER, Event.NONE]
    events = [car.fix(at_m) for at_m in (20, 80, 200, 400, 600)]
    assert events == [Event.NONE, Event.NONE, Event.NONE, Event.NONE, Event.EXIT]
    assert car.state is Fence.GONE


def test_three_alerts_for_one_enter_traccar_5089() -> None:
    car = Car()
    assert [car.fix(-40)] + [car.look(-40) for _ in range(3)] + [car.fix(-45), car.fix(-30)] == [
        Event.ENTER, *[Event.NONE] * 5
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("parked_m", [-60.0, -12.0, -3.0, 3.0, 12.0, 60.0])
def test_parked_with_jitter_traccar_2189(parked_m: float, seed: int) -> None:
    """Eight hours of fixes with an error of 10 m, one in fifty an echo of 150 m: one enter, and no exit.

    Parked 12 m outside it is a matter of luck, but not of dozens: a plain test of each fix gives over a hundred."""
    rng, car = np.random.default_rng(seed), Car()
    events = []
    for step in range(960):
        error = rng.normal(0, 10) if step % 50 != 25 else 150.0
        events.append(car.fix(parked_m + float(error), 10.0, after_s=30))
    assert events.count(Event.EXIT) <= 2 * (parked_m == 12.0)
    assert events.count(Event.ENTER) <= 1 + 2 * (parked_m == 12.0)
    assert events.count(Event.ENTER) == 1 or parked_m > 0


def test_a_missed_fix_does_not_lose_the_event_traccar_3897() -> None:
    """The fixes at which he drove in and out are lost: what is compared is the state."""
    car = Car()
    car.fix(500)
    assert car.fix(-80, after_s=600) is Event.ENTER
    assert car.fix(900, after_s=900) is Event.NONE
    assert car.fix(950, after_s=45) is Event.EXIT


def test_one_fix_at_the_edge_is_no_enter_and_a_second_one_is() -> None:
    car = Car()
    assert car.fix(-3) is Event.NONE
    assert car.look(-3) is Event.NONE
    assert car.fix(-4) is Event.ENTER


def test_a_fix_in_between_takes_the_doubt_away() -> None:
    car = Car()
    assert [car.fix(at_m) for at_m in (-3, 10, -3, 10)] == [Event.NONE] * 4
    assert car.state is Fence.OUTSIDE


def test_a_poor_fix_inside_is_no_enter_by_itself_and_a_poor_fix_outside_no_exit() -> None:
    car = Car()
    assert car.fix(-100, 300) is Event.NONE
    assert car.fix(-100, 10) is Event.ENTER
    assert [car.fix(100, 300) for _ in range(3)] == [Event.NONE] * 3


def test_just_outside_is_not_left() -> None:
    car = Car()
    car.fix(-40)
    assert [car.fix(at_m) for at_m in (5, 29, 12, 29)] == [Event.NONE] * 4
    assert car.state is Fence.INSIDE


def test_a_stale_fix_says_nothing() -> None:
    car = Car(dwell_s=60)
    car.fix(-40)
    assert [car.fix(500, fresh=False) for _ in range(3)] == [Event.NONE] * 3
    assert car.state is Fence.INSIDE
    assert Car().fix(-40, fresh=False) is Event.NONE


def test_dwell_once_for_each_stay() -> None:
    car = Car(dwell_s=300)
    assert car.fix(-40) is Event.ENTER
    assert car.due == car.at + 300 * SECOND
    assert car.fix(-42, after_s=290) is Event.NONE
    assert car.fix(-41, after_s=10) is Event.DWELL
    assert (car.state, car.due) == (Fence.DWELT, 0)
    assert car.fix(-41, after_s=900) is Event.NONE
    assert [car.fix(200), car.fix(220, after_s=60)] == [Event.NONE, Event.EXIT]
    assert [car.fix(-40), car.fix(-40, after_s=300)] == [Event.ENTER, Event.DWELL]


def test_an_echo_does_not_begin_the_stay_anew() -> None:
    car = Car(dwell_s=300)
    car.fix(-40)
    since = car.known.since.copy()
    car.fix(150, after_s=100)
    car.fix(-40, after_s=100)
    assert car.known.since == since
    assert car.fix(-40, after_s=100) is Event.DWELL


def test_who_went_through_between_two_fixes_has_crossed_and_the_word_stands_a_minute() -> None:
    car = Car()
    car.fix(300)
    assert car.fix(250, crossed=True) is Event.CROSS
    assert car.look(250, crossed=True) is Event.NONE
    assert (car.state, car.due) == (Fence.GONE, car.at + STANDS)
    car.at += STANDS
    assert car.look(250) is Event.NONE
    assert car.state is Fence.OUTSIDE
    assert car.fix(300, crossed=True) is Event.CROSS


def test_a_way_that_ends_inside_is_an_enter_and_one_that_begins_there_an_exit() -> None:
    car = Car()
    assert car.fix(-40, crossed=True) is Event.ENTER
    assert [car.fix(100, crossed=True), car.fix(150, after_s=60)] == [Event.NONE, Event.EXIT]


# ------------------------------------------------------------------ measures
def place(east_m: float, north_m: float = 0.0) -> tuple[float, float]:
    return moved_by(*HERE, east_m, north_m)


def ways(*pairs: tuple[tuple[float, float], tuple[float, float]]) -> Ways:
    ends = np.array([[*place(*start), *place(*end)] for start, end in pairs])
    return ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3]


def square(side_m: float) -> shapely.Polygon:
    half = side_m / 2
    return shapely.Polygon([place(x, y) for x, y in ((-half, -half), (half, -half), (half, half), (-half, half))])


def test_depth_is_the_distance_to_the_edge() -> None:
    lon, lat = (np.array(column) for column in zip(place(0), place(45), place(70), strict=True))
    assert depth_m(local_shape(square(100)), lon, lat) == pytest.approx([50, 5, 20], abs=0.2)


def test_a_way_leads_through_an_area_beyond_doubt_or_clips_its_corner() -> None:
    shape = local_shape(square(100))
    through, clips, past = (
        ((-300.0, 0.0), (300.0, 0.0)),
        ((-60.0, 36.0), (-36.0, 60.0)),
        ((-300.0, 90.0), (300.0, 90.0)),
    )
    asked = ways(through, clips, past)
    accuracy = np.full(3, 15.0)
    assert led_through(shape, asked, accuracy).tolist() == [True, False, False]
    assert nearest_on_way(shape, asked) == pytest.approx([0, 0, 40], abs=0.2)


def test_a_line_is_crossed_or_not() -> None:
    shape = local_shape(shapely.LineString([place(0, -100), place(0, 100)]))
    asked = ways(((-50.0, 0.0), (50.0, 0.0)), ((-50.0, 0.0), (-10.0, 0.0)))
    assert led_through(shape, asked, np.full(2, 20.0)).tolist() == [True, False]


def test_the_nearest_point_of_a_way_is_on_it_or_at_its_end() -> None:
    asked = ways(((-100.0, 0.0), (100.0, 0.0)), ((-100.0, 0.0), (100.0, 0.0)), ((5.0, 5.0), (5.0, 5.0)))
    lon, lat = (np.array(column) for column in zip(place(10, 40), place(130, 40), place(5, 9), strict=True))
    assert nearest_to_point(asked, lon, lat) == pytest.approx([40, 50, 4], abs=0.1)
