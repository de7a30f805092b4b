"""Another day in another city: real calls drawn anew, turned and stretched; patrols of other habits; bad fixes."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

ZONE = ZoneInfo("America/Los_Angeles")
CLOCK = "%Y/%m/%d %I:%M:%S %p"
TIMES = (
    "received_datetime",
    "entry_datetime",
    "dispatch_datetime",
    "enroute_datetime",
    "onscene_datetime",
    "close_datetime",
)
METRES = 111_195.0
FROM = (-122.43, 37.77)
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class City:
    """What differs from the day that the defaults were looked at with.

    ``stretch`` scales all distances (0.7 is a denser city), ``calls`` the number of calls, ``urgent`` the share of
    calls that are raised by one priority; ``every_s`` seconds between fixes; ``on_foot`` the share of units that walk;
    ``top_mps`` of cars; ``error_m`` of a fix; ``wild`` the share of fixes that jump,
    know no place, or are coarse (clocks that lie are tried in tests/geo: a trace is sorted by time); ``mute`` whether
    devices say neither speed nor heading.
    """

    name: str
    centre: Place
    turn_deg: float = 0.0
    stretch: float = 1.0
    calls: float = 1.0
    urgent: float = 0.0
    units: int = 40
    hours: float = 8.0
    every_s: float = 20.0
    on_foot: float = 0.12
    top_mps: float = 14.0
    error_m: float = 5.0
    wild: float = 0.0
    mute: bool = False


CITIES = (
    City("another day", (-122.43, 37.77)),
    City("leeds, turned", (-1.549, 53.80), turn_deg=37),
    City("dense", (-95.37, 29.76), turn_deg=80, stretch=0.75),
    City("wide", (151.2, -33.87), turn_deg=-20, stretch=1.5, top_mps=20),
    City("on foot", (-0.11, 51.52), stretch=0.9, on_foot=1.0, every_s=30),
    City("fast roads", (13.4, 52.5), stretch=1.3, top_mps=30, every_s=30, on_foot=0.0),
    City("bad receivers", (-3.19, 55.95), wild=0.04, error_m=25, every_s=10),
    City("mute devices", (-2.24, 53.48), mute=True, every_s=30, error_m=12),
    City("far north", (25.0, 65.0), turn_deg=140, every_s=60),
    City("a bad night", (-6.26, 53.35), calls=1.4, urgent=0.2),
    City("few units", (-122.33, 47.61), units=12, calls=0.6),
)


class Day:
    """One day in one city. The same seed gives the same files."""

    def __init__(self, city: City, source: Path, seed: int) -> None:
        self.city, self.random = city, np.random.default_rng([seed, *city.name.encode()])
        with source.open(newline="", encoding="utf-8") as lines:
            self._rows = list(csv.DictReader(lines))
        self._start = datetime(2026, 3, 3, 12, tzinfo=UTC) + timedelta(days=int(self.random.integers(0, 200)))
        self._where = [place for row in self._rows if (place := _place(row)) is not None]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """(calls, traces) as files of the formats that `beatline replay` reads."""
        folder.mkdir(parents=True, exist_ok=True)
        calls, traces = folder / "calls.csv", folder / "traces.csv"
        with calls.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.DictWriter(lines, list(self._rows[0]))
            writer.writeheader()
            writer.writerows(self._calls())
        with traces.open("w", newline="", encoding="utf-8") as lines:
            table = csv.writer(lines)
            table.writerow(("unit", "at", "lon", "lat", "speed_mps", "heading_deg", "accuracy_m"))
            for number in range(self.city.units):
                table.writerows(self._trace(f"U{number + 1:02d}"))
        return calls, traces

    # ------------------------------------------------------------------ calls
    def _calls(self) -> Iterator[dict[str, str]]:
        hours = self.city.hours
        number = int(len(self._rows) * self.city.calls * hours / 24)
        chosen = self.random.integers(0, len(self._rows), number)
        for nth, at_h in zip(chosen, np.sort(self.random.uniform(-0.5, hours, number)), strict=True):
            row = dict(self._rows[int(nth)])
            row["id"] = row["cad_number"] = str(90_000_000 + int(self.random.integers(0, 9_999_999)))
            self._at(row, self._start + timedelta(hours=float(at_h)))
            if row["intersection_point"]:
                lon, lat = self._moved(self._jittered(self._where[int(self.random.integers(0, len(self._where)))], 80))
                row["intersection_point"] = f"POINT ({lon:.6f} {lat:.6f})"
            if self.random.random() < self.city.urgent:
                for column in ("priority_original", "priority_final"):
                    row[column] = {"C": "B", "B": "A"}.get(row[column], row[column])
            yield row

    def _at(self, row: dict[str, str], known: datetime) -> None:
        """Moves the call's steps so that it is known at that time."""
        steps = {name: datetime.strptime(row[name], CLOCK) for name in TIMES if row[name]}  # noqa: DTZ007
        first = steps.get("entry_datetime") or steps["received_datetime"]
        local = known.astimezone(ZONE).replace(tzinfo=None)
        for name, at in steps.items():
            row[name] = (local + (at - first)).strftime(CLOCK)

    # ------------------------------------------------------------------ patrols
    def _trace(self, unit: str) -> Iterator[tuple[str, ...]]:
        city, random = self.city, self.random
        walks = random.random() < city.on_foot
        home = self._where[int(random.integers(0, len(self._where)))]
        here, goal, speed, standing = home, home, 1.4, 0.0
        seconds, ends = float(random.uniform(0, city.every_s)), city.hours * 3_600
        while seconds < ends:
            step_s = city.every_s * float(random.uniform(0.8, 1.2))
            seconds += step_s
            silent = random.random() < 0.002
            if silent:
                seconds += float(random.uniform(130, 900))  # a lift, a cellar, a flat battery
            if standing > 0:
                standing -= step_s
                heading, moved = 0.0, 0.0
            else:
                here, moved, heading = _towards(here, goal, speed * step_s)
            if _metres(here, goal) < 10:
                standing = float(random.exponential(240)) if random.random() < 0.4 else 0.0
                goal = self._next(home, here, walks)
                speed = 1.4 if walks else float(random.uniform(4, city.top_mps))
            lies = random.random() < city.wild and not silent  # the yardstick believes the first after a silence
            yield self._fix(unit, seconds, here, moved / step_s, heading, lies)

    def _next(self, home: Place, here: Place, walks: bool) -> Place:
        """Where calls are, now and then: patrols go where things happen."""
        if walks:
            return self._jittered(home, 700)
        if self.random.random() < 0.5:
            return self._jittered(here, 1_500)
        return self._where[int(self.random.integers(0, len(self._where)))]

    def _fix(self, unit: str, seconds: float, here: Place, speed: float, heading: float, lies: bool) -> tuple[str, ...]:
        city, random = self.city, self.random
        at, place, accuracy = self._start + timedelta(seconds=seconds), here, city.error_m
        if lies:
            match int(random.integers(0, 3)):
                case 0:
                    place = self._jittered(here, 30_000)
                case 1:
                    return _row(unit, at, (0.0, 0.0), city, speed, heading, accuracy)
                case _:
                    accuracy = 2_500.0
                    place = self._jittered(here, 800)
        turned = (heading + city.turn_deg) % 360
        return _row(unit, at, self._moved(self._jittered(place, city.error_m / 2)), city, speed, turned, accuracy)

    # ------------------------------------------------------------------ places
    def _jittered(self, place: Place, metres: float) -> Place:
        east, north = self.random.normal(0, metres / 1.5, 2)
        return _offset(place, float(east), float(north))

    def _moved(self, place: Place) -> Place:
        """From San Francisco to the city: stretched, turned clockwise, put down at its centre."""
        k = math.cos(math.radians(FROM[1]))
        east, north = (place[0] - FROM[0]) * METRES * k, (place[1] - FROM[1]) * METRES
        turn, size = math.radians(-self.city.turn_deg), self.city.stretch
        lon, lat = _offset(
            self.city.centre,
            size * (east * math.cos(turn) - north * math.sin(turn)),
            size * (east * math.sin(turn) + north * math.cos(turn)),
        )
        return (lon + 180) % 360 - 180, lat


def _row(
    unit: str, at: datetime, place: Place, city: City, speed: float, heading: float, accuracy: float
) -> tuple[str, ...]:
    said = ("", "") if city.mute else (f"{speed:.1f}", f"{heading:.0f}")
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return (unit, stamp, f"{place[0]:.6f}", f"{place[1]:.6f}", *said, f"{accuracy:.0f}")


def _place(row: dict[str, str]) -> Place | None:
    text = row["intersection_point"]
    if not text.startswith("POINT"):
        return None
    lon, lat = map(float, text[text.index("(") + 1 : -1].split())
    return lon, lat


def _offset(place: Place, east: float, north: float) -> Place:
    return place[0] + east / (METRES * math.cos(math.radians(place[1]))), place[1] + north / METRES


def _metres(one: Place, other: Place) -> float:
    k = math.cos(math.radians(one[1]))
    return METRES * math.hypot((one[0] - other[0]) * k, one[1] - other[1])


def _towards(here: Place, goal: Place, metres: float) -> tuple[Place, float, float]:
    """(place, metres gone, heading) after so many metres straight towards the goal, not beyond it."""
    distance = _metres(here, goal)
    if distance < 1:
        return goal, 0.0, 0.0
    part = min(1.0, metres / distance)
    k = math.cos(math.radians(here[1]))
    heading = math.degrees(math.atan2((goal[0] - here[0]) * k, goal[1] - here[1])) % 360
    return (
        (here[0] + part * (goal[0] - here[0]), here[1] + part * (goal[1] - here[1])),
        part * distance,
        heading,
    )
