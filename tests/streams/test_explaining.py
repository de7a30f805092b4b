"""Why not, worked out anew: each way of not being told, and what the answer owes to what is not kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from geo.beats import BeatMap
from geo.clock import HOUR, MINUTE, SECOND
from geo.codebook import Codebooks
from geo.marking import Clearance, Handling, Marking
from geo.model import Grade, Interval, Officer, Status, Stored, UnitStatus
from geo.store.rows import OfficerState
from streams.explaining import Asked, why_not
from streams.officers.shifts import ShiftBook
from streams.relevance.policy import load_policy
from tests.streams.scene import NOW, east, incident

OFFICER = Officer(id="pc-1", force="own")
STATE = OfficerState(
    "pc-1", "e", 0, "me", 1, UnitStatus.AVAILABLE, NOW - HOUR, 2.0, NOW, cell=east(300), fix_at=NOW, seen_at=NOW
)
BOOKS = Codebooks()
ASKED = Asked(OFFICER, STATE, Stored(incident(), 1, NOW), NOW, load_policy("uk"), BOOKS, BeatMap(BOOKS), ShiftBook())


def answer(asked: Asked = ASKED, state: OfficerState | None = STATE, **record: Any) -> str:
    assert asked.stored is not None
    stored = replace(asked.stored, record=replace(asked.stored.record, **record))
    return " ".join(why_not(replace(asked, stored=stored, state=state)))


def test_it_was_not_known_yet() -> None:
    (said,) = why_not(replace(ASKED, stored=None))
    assert said.startswith("Not told: it was not known here yet at ")


def test_who_was_not_here() -> None:
    assert "no device of the officer was ever connected" in answer(state=None)
    assert "was connected after" in answer(state=replace(STATE, seen_at=NOW - HOUR))
    assert answer(state=replace(STATE, status=UnitStatus.OFF_DUTY)).startswith("Not told: off duty since ")
    later = replace(STATE, status=UnitStatus.OFF_DUTY, status_at=NOW + 1)
    assert "what he was doing before is not kept" in answer(state=later)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": Status.CLOSED}, "it is closed"),
        ({"status": Status.CANCELLED}, "it is cancelled"),
        ({"valid": Interval(None, NOW - 1)}, "its time was over"),
        ({"valid": Interval(NOW + HOUR, None)}, "its time comes only at"),
        ({"marking": Marking(Clearance.OFFICIAL_SENSITIVE)}, "clearance is below its marking"),
        ({"force": "neighbour"}, "another force"),
        ({"marking": Marking(operations=("ALPHA",))}, "an operation of which the officer is no member"),
        ({"marking": Marking(handling=(Handling.RECIPIENTS_ONLY,))}, "handling instructions"),
        ({"place": None}, "neither beat, role, tasking nor audience"),
    ],
)
def test_why_not(fields: dict[str, Any], said: str) -> None:
    assert said in answer(**fields)


def test_out_of_reach_from_the_cell_and_its_time() -> None:
    far = replace(STATE, cell=east(9_000), fix_at=NOW - 5 * MINUTE)
    said = answer(state=far)
    assert "9.0 km away at " in said
    assert "beyond its reach of " in said
    assert "The last position was 5 min old by then, to about 100 m." in said
    assert "Earlier positions are not kept" in answer(state=replace(far, fix_at=NOW + MINUTE))
    assert "no position of the officer is known" in answer(state=replace(far, cell=None, fix_at=None))


def test_too_little_to_be_shown() -> None:
    said = answer(
        grade=Grade.ROUTINE, category="theft", reported_at=NOW - 600 * MINUTE, valid=Interval(None, NOW + HOUR)
    )
    assert "where the policy begins. What told most against it: its age." in said
    assert "its score of under 0.01 % is below the 0.2 % where" in said


def test_what_ought_to_have_been_told_is_not_explained_away() -> None:
    said = answer(reported_at=NOW - 30 * SECOND)
    assert said.startswith("Nothing was decided, though by what is kept it would have been ")
