"""The sentences that an officer reads."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.model import Emergency, Grade, Hazard, Record, Status, Watch, WatchOn
from streams.relevance.score import FACT_NAMES, TERM_NAMES
from streams.relevance.wording import LINE, ROOM, SENTENCES, age_text, metres_text, row_of, why_of
from tests.streams.scene import NOW, Scene, east, incident


def texts(
    limit: int = 4,
    terms: dict[str, float] | None = None,
    record: Record | None = None,
    room: int = 1_000,
    **facts: float,
) -> list[str]:
    weights = {"reach": 1.0, "severity": 2.8, **(terms or {})}
    why = why_of(
        TERM_NAMES,
        [weights.get(name, 0.0) for name in TERM_NAMES],
        FACT_NAMES,
        [facts.get(name, nan) for name in FACT_NAMES],
        record or incident(),
        limit,
        room,
    )
    return [reason.text for reason in why]


@pytest.mark.parametrize(
    ("metres", "text"),
    [(3, "at your position"), (47, "45 m"), (343, "340 m"), (994, "990 m"), (997, "1.0 km"), (1_249, "1.2 km")],
)
def test_distances_as_exactly_as_somebody_on_the_move_can_use(metres: float, text: str) -> None:
    assert metres_text(metres) == text


def test_what_has_happened_at_a_watched_area_is_said_instead_of_where_it_is() -> None:
    assert texts(event=1, distance_m=0)[0] == "you have entered it"
    assert texts(event=2, distance_m=80)[0] == "you have left it"
    assert texts(event=5, distance_m=500, bearing_deg=90)[0] == "just passed, 500 m east"
    watched = incident(watch=Watch((WatchOn.DWELL,), 300))
    assert texts(record=watched, event=3, distance_m=0)[0] == "inside for 5 min"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "just now"), (59, "just now"), (125, "2 min old"), (7_300, "2 h old"), (2e5, "2 days old")],
)
def test_ages(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_where_it_is_comes_first_and_its_age_last() -> None:
    said = texts(distance_m=340, bearing_deg=92, off_heading_deg=10, closing_mps=8, speed_mps=8, age_s=130)
    assert said == ["340 m ahead, closing", "graded emergency", "there in 1 min at your speed", "2 min old"]


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"off_heading_deg": 170, "speed_mps": 8, "closing_mps": -7}, "340 m behind, moving away"),
        ({"off_heading_deg": 90, "speed_mps": 8, "closing_mps": 0}, "340 m to the right"),
        ({"off_heading_deg": -90, "speed_mps": 8, "closing_mps": 0}, "340 m to the left"),
        ({"bearing_deg": 271}, "340 m west"),
        ({"bearing_deg": 359, "speed_mps": 0.0}, "340 m north"),
        ({}, "340 m"),
    ],
)
def test_ahead_for_who_moves_and_the_compass_for_who_stands(facts: dict[str, float], text: str) -> None:
    assert texts(4, None, None, 1_000, distance_m=340, **facts)[0] == text


def test_inside_an_area() -> None:
    area = incident(place=shapely.box(*east(-50), *east(50)))
    assert texts(distance_m=0, record=area)[0] == "you are inside it"


def test_without_a_distance_the_place_is_named() -> None:
    assert texts(record=incident(at_m=None, place_text="Briggate"))[0] == "at Briggate"
    assert texts(record=incident(at_m=None))[0] == "graded emergency"


def test_hazards_beat_and_tasking_in_a_constables_words() -> None:
    record = incident(hazards=(Hazard.WEAPON, Hazard.DOG), assigned=("AB12",))
    said = texts(8, {"hazard": 1.0, "beat": 1.2, "tasking": 3.0, "role": 0.6, "novelty": 0.4, "feedback": 0.3}, record)
    assert said == [
        "your unit is assigned", "graded emergency", "your beat", "weapon reported, dangerous dog",
        "your role or skill", "changed since you were told", "others are going",
    ]  # fmt: skip
    assert "addressed to you" in texts(8, {"tasking": 2.5})


def test_what_speaks_against_it_is_not_called_a_reason() -> None:
    assert texts(8, {"role": -0.6, "novelty": -0.4, "beat": 0.0}) == ["graded emergency"]
    assert "others found it not relevant" in texts(8, {"feedback": -0.4})


def test_who_is_there_and_who_calls() -> None:
    assert "a unit is there" in texts(8, {"attended": -0.3}, incident(status=Status.ATTENDED))
    call = Emergency(force="own", source="d", source_id="k", category="officer_emergency", title="Help",
                     grade=Grade.EMERGENCY, reported_at=NOW, officer="x")  # fmt: skip
    assert texts(record=call) == ["officer needs help"]


def test_there_is_always_a_reason_and_never_more_than_asked() -> None:
    nothing = why_of(TERM_NAMES, [nan] * len(TERM_NAMES), FACT_NAMES, [nan] * len(FACT_NAMES), incident())
    assert [reason.text for reason in nothing] == ["graded emergency"]
    assert len(texts(2, {"hazard": 1, "beat": 1}, incident(hazards=tuple(Hazard)), distance_m=5, age_s=5)) == 2


def test_every_sentence_is_short_enough_for_a_glance() -> None:
    scene = Scene()
    scene.officer(at_m=900, speed=9.0, heading=270.0)
    record = replace(incident(), hazards=(Hazard.WEAPON, Hazard.VIOLENCE, Hazard.ELECTRICITY))
    scene.record(record)
    scored = scene.one()
    why = why_of(TERM_NAMES, row_of(scored.terms, 0), FACT_NAMES, row_of(scored.facts, 0), record, 10)
    assert max(len(reason.text) for reason in why) <= LINE
    assert {reason.term for reason in why} <= set(SENTENCES)


def test_it_is_two_lines_at_most_and_what_fits_is_said() -> None:
    record = incident(hazards=(Hazard.WEAPON, Hazard.VIOLENCE), assigned=("AB12",))
    near = {"distance_m": 340.0, "off_heading_deg": 10.0, "closing_mps": 8.0, "speed_mps": 8.0, "age_s": 130.0}
    said = texts(8, {"hazard": 2.9, "tasking": 3.0, "beat": 0.5}, record, ROOM, **near)
    assert said == ["340 m ahead, closing", "your unit is assigned", "weapon, violence reported", "2 min old"]
    short = texts(8, {"hazard": 2.9, "tasking": 3.0, "beat": 0.5}, record, 68, **near)
    assert short == ["340 m ahead, closing", "your unit is assigned", "your beat", "2 min old"], "the next that fits"


@given(
    st.lists(st.sampled_from(list(Hazard)), unique=True),
    st.dictionaries(st.sampled_from(TERM_NAMES), st.floats(-3, 3), max_size=len(TERM_NAMES)),
    st.fixed_dictionaries({}, optional={name: st.floats(-200, 5_000) for name in FACT_NAMES}),
    st.text(max_size=200),
)
def test_two_lines_whatever_there_is_to_say(
    hazards: list[Hazard], terms: dict[str, float], facts: dict[str, float], place: str
) -> None:
    record = incident(hazards=tuple(hazards), place_text=place, watch=Watch())
    said = texts(8, terms, record, ROOM, **facts)
    assert len(" · ".join(said)) <= ROOM
    assert max(len(text) for text in said) <= LINE


def test_hazards_are_never_crowded_out() -> None:
    """By the longest way of saying where it is, and the longest age."""
    far = {"distance_m": 2_240.0, "off_heading_deg": 90.0, "speed_mps": 9.0, "closing_mps": -2.0, "age_s": 89 * 60.0}
    for event in (nan, 5.0):
        record = incident(hazards=(Hazard.WEAPON, Hazard.FIREARM, Hazard.VIOLENCE))
        said = texts(4, {"hazard": 3.5, "severity": 2.0}, record, ROOM, **{**far, "event": event})
        assert "weapon, firearm, violence reported" in said


def test_a_long_name_of_a_place_is_cut() -> None:
    (said, *_) = texts(record=incident(at_m=None, place_text="Leeds " * 30))
    assert len(said) <= LINE
    assert said.endswith("…")
