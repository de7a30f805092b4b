"""Demo packs: a real police file as it became known, officers who move over the same ground, and what is invented."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from app.demo.pack_data import PackUnavailable, san_francisco, west_yorkshire
from app.people.movement import Mover, StreetPoints, Trace, Walk, read_traces
from geo.clock import HOUR, MINUTE, SECOND, Instant, parse_instant
from geo.model import Grade, Hazard, Interval, Record, Status
from geo.place import LonLat, point_of

Change = tuple[Instant, Record]
"""A record as it stood from this instant on."""

NAMES = ("san-francisco", "west-yorkshire")


@dataclass(frozen=True, slots=True)
class Pack:
    """What a demo plays. ``changes`` are in order of time; those before ``start`` are what was already going on.

    ``measured`` says whether times and grades are real, so that figures of relevance may be taken from it.
    """

    name: str
    title: str
    policy: str
    zone: str
    start: Instant
    end: Instant
    speed: float
    notes: tuple[str, ...]
    measured: bool
    changes: tuple[Change, ...]
    streets: StreetPoints
    traces: tuple[Trace, ...]

    def movers(self, officers: int, seed: int = 7) -> list[Mover]:
        """Traces that cover the window first, then walks between street points."""
        whole: list[Mover] = [t for t in self.traces if t.start <= self.start and t.end >= self.end]
        walks = (
            Walk(self.streets, self.start - 10 * MINUTE, seed * 1_000 + n, on_foot=n % 8 == 7) for n in range(officers)
        )
        return [*whole, *walks][:officers]


def open_pack(name: str | None, kept: Path, say: Callable[[str], None]) -> Pack:
    """The named pack, else san-francisco where its files are here, else west-yorkshire. Raises PackUnavailable."""
    folder = san_francisco()
    if name == "san-francisco" or (name is None and folder is not None):
        if folder is None:
            raise PackUnavailable("no San Francisco files here (BEATLINE_TEST_DATA names the folder that holds sf/)")
        say("reading San Francisco's dispatched calls of 2026-01-15")
        return _san_francisco(folder)
    if name not in (None, "west-yorkshire"):
        raise PackUnavailable(f"no pack is called {name!r}: there are {' and '.join(NAMES)}")
    say("fetching West Yorkshire's street file (about 7 MB, once)")
    return _west_yorkshire(west_yorkshire(kept))


# --------------------------------------------------------------------------- San Francisco: real hours, real grades
def _san_francisco(folder: Path) -> Pack:
    from app.feeds import timeline

    start = parse_instant("2026-01-16T00:00:00Z")
    """16:00 on the 15th in San Francisco: the busiest hour of the file, 115 calls, 15 of them priority A."""
    end = start + HOUR
    changes = [change for change in timeline("datasf-cad", folder / "sf_cad_2026-01-15.csv") if change[0] < end]
    patrols = folder / "patrols_simulated_2026-01-15.csv.gz"
    return Pack(
        name="san-francisco",
        title="San Francisco, Thursday 15 January 2026, 16:00 to 17:00",
        policy="san_francisco",
        zone="America/Los_Angeles",
        start=start,
        end=end,
        speed=30.0,
        notes=("real: the city's dispatched calls, their times, places and priorities",
               "simulated: the officers' movement, on the city's real streets"),
        measured=True,
        changes=_window(changes, start),
        streets=StreetPoints(_line_points(folder / "sf_streets.geojson")),
        traces=tuple(read_traces(patrols).values()) if patrols.is_file() else (),
    )  # fmt: skip


def _window(changes: Iterable[Change], start: Instant) -> tuple[Change, ...]:
    """Of what came before the window only the newest word about each record that was still live then."""
    before: dict[str, Change] = {}
    after: list[Change] = []
    for at, record in sorted(changes, key=lambda change: change[0]):
        if at >= start:
            after.append((at, record))
        else:
            before[record.id] = (at, record)
    recent = (c for c in before.values() if c[1].status.live and c[1].reported_at > start - 2 * HOUR)
    return (*sorted(recent, key=lambda change: change[0]), *after)


def _line_points(path: Path) -> list[LonLat]:
    """The corners of street lines; the file's features hold bare ``coordinates``."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [(float(lon), float(lat)) for feature in features for lon, lat, *_ in feature["coordinates"]]


# --------------------------------------------------------------------------- West Yorkshire: invented hours and grades
_LEEDS = (-1.5437, 53.7974)
_NEAR_DEG = (0.075, 0.045)
"""Five kilometres around the centre of Leeds, where the file is densest."""

_URGENT = {
    "violence": 0.12, "assault": 0.12, "robbery": 0.4, "public_order": 0.1, "burglary": 0.1, "arson": 0.3,
    "firearms": 0.6, "stabbing": 0.8,
}  # fmt: skip
"""How often this demo invents an emergency grade for a category. Nothing is known of the real ones."""


def _west_yorkshire(file: Path) -> Pack:
    from app.feeds import timeline

    chance = random.Random(2017)
    start = parse_instant("2017-07-14T20:00:00Z")
    end = start + HOUR
    near = [record for _, record in timeline("police-uk-street", file) if _in_leeds(record)]
    chosen = chance.sample(near, min(len(near), 130))
    changes = [change for record in chosen for change in _invented(record, start, chance)]
    return Pack(
        name="west-yorkshire",
        title="Leeds, West Yorkshire Police, July 2017",
        policy="uk",
        zone="Europe/London",
        start=start,
        end=end,
        speed=30.0,
        notes=("real: the recorded crimes, their kinds and street points (data.police.uk, OGL v3)",
               "INVENTED: hours, grades, hazards and officers, as the file knows only the month;",
               "so no figure of relevance is taken from this run"),
        measured=False,
        changes=_window(changes, start),
        streets=StreetPoints(point_of(record.place) for record in near if record.place is not None),
        traces=(),
    )  # fmt: skip


def _in_leeds(record: Record) -> bool:
    if record.place is None:
        return False
    lon, lat = point_of(record.place)
    return abs(lon - _LEEDS[0]) < _NEAR_DEG[0] and abs(lat - _LEEDS[1]) < _NEAR_DEG[1]


def _invented(record: Record, start: Instant, chance: random.Random) -> list[Change]:
    """A real record with an invented hour and grade, and its invented life: known, attended, closed."""
    known = start + int(chance.uniform(-20 * MINUTE, 59 * MINUTE) / SECOND) * SECOND
    urgent = chance.random() < _URGENT.get(record.category, 0.0)
    grade = Grade.EMERGENCY if urgent else chance.choice((Grade.PRIORITY, Grade.STANDARD, Grade.ROUTINE))
    hazards = (chance.choice((Hazard.VIOLENCE, Hazard.WEAPON)),) if urgent and chance.random() < 0.5 else ()
    opened = replace(record, status=Status.OPEN, grade=grade, hazards=hazards, reported_at=known, valid=Interval())
    attended = known + int(chance.uniform(6, 20)) * MINUTE
    closed = attended + int(chance.uniform(10, 40)) * MINUTE
    return [
        (known, opened),
        (attended, replace(opened, status=Status.ATTENDED)),
        (closed, replace(opened, status=Status.CLOSED)),
    ]
