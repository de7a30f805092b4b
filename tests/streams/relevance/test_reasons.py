"""Reasons made once for all read exactly as those made one by one."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Grade, Hazard, Status
from geo.store.rows import Fanout
from streams.relevance.reasons import Reasons
from streams.relevance.score import FACT_NAMES, TERM_NAMES
from streams.relevance.wording import why_of
from tests.streams.speaking import fanout_of, incident

_numbers = st.one_of(st.just(float("nan")), st.just(0.0), st.floats(-3, 3, width=32))
_distances = st.one_of(st.just(float("nan")), st.floats(0, 3_000, width=32))
_angles = st.one_of(st.just(float("nan")), st.floats(-180, 360, width=32))


@st.composite
def fanouts(draw: st.DrawFn) -> Fanout:
    size = draw(st.integers(1, 6))
    terms = np.array([[draw(_numbers) for _ in TERM_NAMES] for _ in range(size)], np.float32)
    facts = np.array([[draw(_numbers) for _ in FACT_NAMES] for _ in range(size)], np.float32)
    facts[:, FACT_NAMES.index("distance_m")] = [draw(_distances) for _ in range(size)]
    facts[:, FACT_NAMES.index("bearing_deg")] = [abs(draw(_angles)) for _ in range(size)]
    facts[:, FACT_NAMES.index("event")] = [draw(st.sampled_from([np.nan, 0, 1, 2, 3, 4, 5, 99])) for _ in range(size)]
    facts[:, FACT_NAMES.index("off_heading_deg")] = [draw(_angles) for _ in range(size)]
    if draw(st.booleans()):
        terms[:] = terms[0]
    return fanout_of([f"o{number}" for number in range(size)], terms=terms, facts=facts)


@given(fanouts(), st.sampled_from(Grade), st.booleans(), st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_the_same_reasons_in_the_same_order(fanout: Fanout, grade: Grade, attended: bool, limit: int) -> None:
    record = incident(
        grade=grade, hazards=(Hazard.WEAPON, Hazard.DOG), status=Status.ATTENDED if attended else Status.OPEN
    )
    reasons = Reasons(fanout, record, limit)
    for row in range(len(fanout.officers)):
        one_by_one = why_of(TERM_NAMES, fanout.terms[row], FACT_NAMES, fanout.facts[row], record, limit=limit)
        expected = [{"term": why.term, "weight": why.weight, "text": why.text} for why in one_by_one]
        assert msgspec.json.decode(reasons.of(row)) == expected


def test_what_cannot_be_said_is_still_said_somehow() -> None:
    nothing = fanout_of(
        ["o1"], terms=np.full((1, len(TERM_NAMES)), np.nan), facts=np.full((1, len(FACT_NAMES)), np.nan)
    )
    (only,) = msgspec.json.decode(Reasons(nothing, incident(), 4).of(0))
    assert only["text"]


@pytest.mark.parametrize("text", ['quoted "word"', "naïve", "line\nbreak"])
def test_texts_are_json(text: str) -> None:
    facts = np.full((1, len(FACT_NAMES)), np.nan)
    reasons = Reasons(fanout_of(["o1"], facts=facts), incident(place=None, place_text=text), 4)
    assert any(text in why["text"] for why in msgspec.json.decode(reasons.of(0)))
