"""Nothing from after a shift's start is in its briefing; and what is found is counted as it says."""

from __future__ import annotations

import shapely

from app.briefing_quality.shifts import NEAR_M, Change, Spots, evaluate, related
from geo.clock import DAY, HOUR, MINUTE, Instant
from geo.model import Beat, Grade, Incident, Interval, Status
from geo.place import moved_by
from streams.relevance.policy import load_policy

START: Instant = 1_767_600_000_000_000
MIDDLE = (-1.5, 53.8)
BEAT = Beat(
    id="n1", name="North", force="own",
    area=shapely.box(*moved_by(*MIDDLE, -1_000, -1_000), *moved_by(*MIDDLE, 1_000, 1_000)),
)  # fmt: skip


def change(number: int, at: Instant, east_m: float, category: str = "burglary") -> Change:
    record = Incident(
        force="own", source="s", source_id=str(number), category=category, title="Burglary, rear window",
        grade=Grade.PRIORITY, status=Status.OPEN, place=shapely.Point(*moved_by(*MIDDLE, east_m, 0)), reported_at=at,
        occurred=Interval(at, at),
    )  # fmt: skip
    return at, record


def test_near_and_of_the_same_kind_is_related() -> None:
    items, happened = Spots(), Spots()
    items.add(*MIDDLE, "burglary")
    items.add(*moved_by(*MIDDLE, 500, 0), "robbery")
    happened.add(*moved_by(*MIDDLE, NEAR_M - 5, 0), "burglary")
    happened.add(*moved_by(*MIDDLE, NEAR_M + 5, 0), "burglary")
    happened.add(*moved_by(*MIDDLE, 500, 0), "burglary")
    assert related(items, happened) == (1, 1)
    assert related(Spots(), happened) == (0, 0)


async def test_what_is_known_counts_and_what_comes_later_does_not() -> None:
    before = change(1, START + HOUR, 0.0)
    during = change(2, START + 8 * HOUR + 10 * MINUTE, 20.0)
    elsewhere = change(3, START + 9 * HOUR, 700.0)
    changes = [before, during, elsewhere]
    done = await evaluate(changes, [BEAT], (START, START + DAY), load_policy("uk"))
    assert [one.happened for one in done.shifts] == [1, 2, 0]
    assert [one.items for one in done.shifts] == [0, 1, 3]
    assert [one.found for one in done.shifts] == [0, 1, 0]
    assert [one.found_by_last for one in done.shifts] == [0, 1, 0]
    assert done.shifts[1].touched == 1
    assert done.share("found") == 1 / 3
    assert all(one.seconds > 0 for one in done.shifts)
