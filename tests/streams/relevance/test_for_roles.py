"""Whose business a category is: by the policy's roles, and only where nothing else says whose it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.model import Incident, Officer, Record
from geo.pairs import Via
from streams.relevance.for_roles import roles_for
from streams.relevance.policy import load_policy
from tests.streams.scene import Scene, incident


def placeless(**fields: str | tuple[str, ...] | None) -> Record:
    record = incident(category="burglary", at_m=None)
    return replace(record, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("category", "roles"), [("burglary", ("dog",)), ("road_collision", ("traffic",)), ("robbery", ())]
)
def test_roles_that_the_policy_names_for_it_and_not_those_whose_business_it_is_not(
    category: str, roles: tuple[str, ...]
) -> None:
    of = roles_for(load_policy("uk"))
    assert of(incident(category=category)) == of(incident(category=category)) == roles


def test_a_category_that_nobody_knows_is_as_the_fallback() -> None:
    of = roles_for(load_policy("uk"))
    assert of(incident(category="moon_landing")) == of(incident(category="other"))


def scene() -> Scene:
    made = Scene()
    made.picture.for_roles = roles_for(made.policy)
    for role in ("dog", "response"):
        made.officer(role, profile=Officer(id=role, force="own", role=role))
    made.officer("away", profile=Officer(id="away", force="neighbour", role="dog"))
    return made


def told(record: Record) -> list[tuple[str, int]]:
    here = scene()
    here.record(record)
    scored = here.scored()
    return [
        (here.situations.officers[officer], via)
        for officer, via in zip(scored.pairs.officer.tolist(), scored.pairs.via.tolist(), strict=True)
    ]


def test_a_burglary_without_a_place_is_for_the_dog_handlers_of_the_force() -> None:
    record = placeless()
    assert isinstance(record, Incident)
    assert told(record) == [("dog", Via.ROLE)]


@pytest.mark.parametrize("fields", [{"beat": "b1"}, {"assigned": ("AB1",)}, {"category": "robbery"}])
def test_what_has_somebody_already_goes_to_no_role(fields: dict[str, str | tuple[str, ...]]) -> None:
    assert told(placeless(**fields)) == []


def test_it_is_shown_and_stays_shown_when_he_is_decided_anew() -> None:
    here = scene()
    here.record(placeless())
    (first,) = here.decide()
    assert first.verdict >= 3
    assert here.decide() == [], "it has not left his reach: it has none"
