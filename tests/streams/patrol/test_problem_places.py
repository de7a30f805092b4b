"""Problem places of the beat's own past."""

from __future__ import annotations

import numpy as np
import pytest

from geo.clock import DAY
from geo.marking import Clearance, Handling, Marking
from geo.model import Stored
from streams.patrol.gathering import Shared
from streams.patrol.problem_places import COARSELY, METHOD, Spots, named, places_part, precision_note, spots, tally
from tests.streams.patrol import town
from tests.streams.patrol.judging_kit import columns, shared


def past(count: int = 200, **given: object) -> Shared:
    return shared(history=columns(count, **given), since=town.NOW - 60 * DAY)


def found(part: Shared, clearance: Clearance = Clearance.OFFICIAL) -> Spots:
    return spots(part, clearance, "Europe/London")


def test_the_corner_where_it_keeps_happening_comes_first_with_its_hours() -> None:
    spot = found(past())
    place = spot.places[0]
    assert place.lon == pytest.approx(-0.085, abs=0.002)
    assert place.lat == pytest.approx(51.51, abs=0.002)
    assert spot.categories[0] == "robbery"
    assert place.hours is not None
    assert place.low <= place.expected <= place.high


def test_too_little_or_too_short_a_past_says_nothing() -> None:
    assert found(past(20)).places == ()
    week = np.full(200, town.NOW - 5 * DAY)
    assert found(past(200, occurred_from=week, occurred_until=week + 1)).places == ()


def test_one_old_call_makes_no_history() -> None:
    """As in the San Francisco day, which holds a call of seven weeks before."""
    times = np.full(200, town.NOW - 5 * DAY)
    times[0] = town.NOW - 55 * DAY
    assert found(past(200, occurred_from=times, occurred_until=times + 1)).places == ()


def test_what_the_reader_may_not_see_is_not_counted() -> None:
    high = past(level=np.ones(200, np.int64))
    assert found(high).places == ()
    assert found(high, Clearance.OFFICIAL_SENSITIVE).places
    assert found(past(common=np.zeros(200, np.int64))).places == ()


def test_searches_and_routine_are_no_problem_places() -> None:
    assert found(past(category=np.full(200, "stop_search", object))).places == ()
    assert found(past(grade=np.zeros(200, np.int64))).places == ()


def test_month_level_data_give_places_and_no_hours_and_it_is_said() -> None:
    start = np.full(200, town.NOW - 45 * DAY)
    part = past(occurred_from=start, occurred_until=start + 31 * DAY)
    spot = found(part)
    assert spot.places
    assert all(place.hours is None for place in spot.places)
    assert set(spot.methods) == {COARSELY}
    assert precision_note(part) == "200 of 200 past incidents are known by the month only: no hours are made of them."
    (item, *_) = places_part(named(spot, ()), part).items
    assert "days not known" in item.when
    assert ":00" not in item.line
    assert precision_note(past()) == ""


def test_the_street_is_that_of_a_record_there_which_is_not_for_named_people_only() -> None:
    spot = found(past())
    closed = Marking(handling=(Handling.RECIPIENTS_ONLY,))
    records = [town.incident("a", place_text="HIGH ST"), town.incident("b", place_text="Secret St", marking=closed)]
    (hotspot, *_) = named(spot, [Stored(record, 1, 0) for record in records])
    assert (hotspot.where, hotspot.method) == ("High St", METHOD)


def test_an_item_says_what_is_to_be_expected_and_how_sure_that_is() -> None:
    part = past()
    items = places_part(named(found(part), ()), part).items
    assert items[0].line.startswith("Robbery, ")
    assert "to be expected in these 8 hours" in items[0].detail or "shifts like this" in items[0].detail
    assert items[0].record is None
    assert items[0].why == ("worked out from the beat's past, not from persons",)
    assert places_part((), part).note.startswith("Too little")


def test_figures_since_the_last_shift() -> None:
    part = past(3, reported_at=np.full(3, town.NOW - 1), category=np.array(["robbery", "robbery", "other"], object))
    assert tally(part, Clearance.OFFICIAL, town.NOW - 10) == " (3 calls: 2 robbery, 1 other)"
    assert tally(part, Clearance.OFFICIAL, town.NOW) == ""
