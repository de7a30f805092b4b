"""Nothing from after a shift's start is in its briefing; and what is found is counted as it says."""

from __future__ import annotations

from dataclasses import replace

import shapely

from app.briefing_quality.shifts import NEAR_M, Change, Found, Spots, evaluate, related
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
    found, touched = related(items, happened)
    assert found.tolist() == [True, False, False]
    assert touched.tolist() == [True, False]
    assert not related(Spots(), happened)[0].any()
    assert len(related(items, Spots())[1]) == 2


async def test_what_is_known_counts_and_what_comes_later_does_not() -> None:
    before = change(1, START + HOUR, 0.0)
    during = change(2, START + 8 * HOUR + 10 * MINUTE, 20.0)
    elsewhere = change(3, START + 9 * HOUR, 700.0)
    changes = [before, during, elsewhere]
    done = await evaluate(changes, [BEAT], (START, START + DAY), load_policy("uk"))
    assert [one.found.happened for one in done.shifts] == [1, 2, 0]
    assert [one.items for one in done.shifts] == [0, 1, 3]
    assert [one.found.briefing for one in done.shifts] == [0, 1, 0]
    assert [one.found.last for one in done.shifts] == [0, 1, 0]
    assert done.shifts[1].touched == 1
    assert done.found == Found(3, 1, 1, 1)
    assert sum(touched for _, touched in done.sections().values()) == 1
    assert all(one.seconds > 0 for one in done.shifts)


async def test_what_comes_to_be_known_as_a_shift_begins_happened_in_it() -> None:
    """Times that are rounded to the hour would else tell the briefing what it is asked."""
    done = await evaluate([change(1, START + 8 * HOUR, 0.0)], [BEAT], (START, START + DAY), load_policy("uk"))
    assert [(one.found.happened, one.found.briefing, one.found.last, one.items) for one in done.shifts] == [
        (0, 0, 0, 0),
        (1, 0, 0, 0),
        (0, 0, 0, 1),
    ]


async def test_a_briefing_is_the_same_whatever_comes_after_it_began() -> None:
    changes = [change(number, START + number * 47 * MINUTE, 13.0 * number) for number in range(60)]
    later = [change(number, at, 400.0, "robbery") if at >= START + DAY else (at, record) for number, (at, record) in
             enumerate(changes)]  # fmt: skip
    span = (START, START + 2 * DAY)
    first = await evaluate(changes, [BEAT], span, load_policy("uk"))
    other = await evaluate(later, [BEAT], span, load_policy("uk"))
    told = [
        [(one.items, one.all_items, one.lines, one.last_items) for one in done.shifts[:4]] for done in (first, other)
    ]
    assert told[0] == told[1]
    assert first.shifts[3].found.briefing > other.shifts[3].found.briefing == 0


async def test_a_traffic_stop_is_no_call() -> None:
    at, record = change(2, START + 9 * HOUR, 0.0)
    done = await evaluate(
        [change(1, START + HOUR, 0.0), (at, replace(record, grade=Grade.ROUTINE))],
        [BEAT],
        (START, START + DAY),
        load_policy("uk"),
    )
    assert done.found.happened == 2
    assert done.called == Found(1, 0, 0, 0)
