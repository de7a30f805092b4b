"""What is chosen of a beat's columns, and the picture that all who ask share."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Point

from geo.clock import DAY, HOUR
from geo.model import RecordKind, Status, Stored, hazard_mask
from geo.store.patrol_rows import KINDS, STATUSES, BeatHistory
from streams.patrol.gathering import HISTORY, MOST, chosen, shared_of
from streams.patrol.where import NEXT_TO_M
from tests.streams.patrol import town
from tests.streams.patrol.judging_kit import NO_ROWS, columns, shared, turn

CLOSED, OPEN = STATUSES.index(Status.CLOSED), STATUSES.index(Status.OPEN)
INTEL = KINDS.index(RecordKind.INTEL)


def numbers(**given: object) -> list[int]:
    """Of three rows in the beat, closed calls of ten days ago but for what is given, those that are chosen."""
    at = np.full(3, town.NOW - 10 * DAY)
    rest: dict[str, object] = {"lon": np.full(3, -0.085), "lat": np.full(3, 51.51), "reported_at": at, "written_at": at}
    found: list[int] = chosen(columns(3, **({"status": np.full(3, CLOSED)} | rest | given)), turn()).tolist()
    return found


def test_what_is_long_over_is_not_read() -> None:
    assert numbers() == []


def test_each_sort_is_chosen_by_its_own_mark() -> None:
    one = np.array([0, 1, 0])
    assert numbers(status=np.array([CLOSED, OPEN, CLOSED]), reported_at=np.full(3, town.NOW - HOUR), grade=one * 0) == [
        2
    ]
    assert numbers(hazards=one * hazard_mask(town.DOG)) == [2]
    assert numbers(version=1 + one, written_at=np.full(3, town.NOW - HOUR)) == [2]
    assert numbers(reported_at=np.array([0, town.NOW - HOUR, 0])) == [2]
    assert numbers(kind=one * INTEL, status=np.full(3, OPEN)) == [2]


def test_an_open_call_of_ten_days_ago_is_forgotten_not_live_unless_it_was_given_an_end() -> None:
    assert numbers(status=np.full(3, OPEN)) == []
    assert numbers(status=np.full(3, OPEN), valid_until=np.array([2**62, town.NOW + DAY, town.NOW - DAY])) == [2]


def test_only_what_is_in_or_next_to_the_beat_but_lookouts_from_anywhere() -> None:
    far = np.array([-0.085, 0.5, 0.5])
    live: dict[str, object] = {"status": np.full(3, OPEN), "kind": np.full(3, INTEL), "lon": far}
    assert numbers(**live) == [1]
    assert numbers(**live, lookout=np.array([0, 0, 1])) == [1, 3]


def test_of_very_many_the_newest_and_the_gravest() -> None:
    count = 3 * MOST["live"]
    at = town.NOW - np.arange(count) * 1_000_000
    grade = np.where(np.arange(count) == count - 1, 3, 0)
    many = columns(count, status=np.full(count, OPEN), reported_at=at, grade=grade)
    found = chosen(many, turn()).tolist()
    assert len(found) == MOST["live"]
    assert {1, count} <= set(found)


def test_a_query_holds_the_beat_what_is_next_to_it_and_its_names() -> None:
    query = turn().query()
    (west, south, east, north), (inner,) = query.boxes[0], query.inside
    assert inner == town.BEAT.area.bounds
    assert west < inner[0] < inner[2] < east
    assert south < inner[1] < inner[3] < north
    assert (inner[1] - south) * 111_000 >= NEXT_TO_M
    assert query.names == ("N1", "Mill Lane", "North")
    assert query.since == town.NOW - HISTORY


def test_the_shared_part_knows_what_is_in_the_beat_and_what_may_concern_it() -> None:
    part = shared(
        town.incident("here"),
        town.incident("beside", place=Point(-0.067, 51.51)),
        town.incident("named", place=None, beat="Mill Lane"),
        town.incident("of the district", place=None, beat="North"),
        town.incident("tomorrow", minutes=-600),
    )
    assert len(part.picture) == 4
    assert part.in_beat.tolist() == [True, False, True, True]
    assert part.may_concern(Stored(town.incident("new"), 1, 0))
    assert part.may_concern(Stored(town.incident("nowhere", place=None, beat="North"), 1, 0))
    assert part.may_concern(Stored(town.intel("anywhere", place=None, lookout=True), 1, 0))
    assert part.may_concern(Stored(town.pushed("for whom"), 1, 0))
    assert not part.may_concern(Stored(town.incident("nowhere", place=None), 1, 0))
    assert not part.may_concern(Stored(town.incident("far", place=Point(0.5, 52)), 1, 0))
    assert part.may_concern(Stored(town.incident("here", place=Point(0.5, 52)), 2, 0))


def test_what_a_newer_version_was_written_of() -> None:
    old, new = town.incident("old"), town.incident("new")
    part = shared(Stored(old, 1, town.NOW), Stored(new, 2, town.NOW - HOUR))
    assert part.changed_since(town.NOW - 2 * HOUR) == [new.id]
    assert part.changed_since(town.NOW) == []


def test_history_is_what_happened_in_the_beat() -> None:
    rows = columns(4, lon=np.array([-0.085, 0.5, np.nan, -0.085]), status=np.array([CLOSED, CLOSED, CLOSED, 3]))
    part = shared_of(turn(), BeatHistory(rows, 0), (), ())
    assert part.history.n.tolist() == [1]
    assert len(shared_of(turn(), BeatHistory(NO_ROWS, 0), (), ()).history) == 0
