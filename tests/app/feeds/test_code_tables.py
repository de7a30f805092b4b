"""Codes are mapped by data: exactly, by stem and suffix, by words; what is left is `other` and is counted."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

import app.feeds.code_tables
from app.feeds.code_tables import Codes, Meaning, folded, load_codes
from geo.model import Grade, Hazard

CAD = load_codes("datasf_cad")
# fmt: off
KNOWN = {
    "officer_emergency", "firearms", "stabbing", "robbery", "assault", "domestic", "sexual_offence", "burglary",
    "vehicle_crime", "theft", "shoplifting", "criminal_damage", "arson", "drugs", "public_order",
    "antisocial_behaviour", "missing_person", "concern_for_welfare", "mental_health", "road_collision", "traffic",
    "suspicious", "alarm", "disturbance", "fire", "flood", "weather", "hazard", "animal", "demonstration",
    "stop_search", "administrative", "other",
}
# fmt: on


def meaning(code: str, description: str = "") -> Meaning:
    unknown: Counter[str] = Counter()
    found = CAD.meaning(code, description, unknown)
    assert not unknown
    return found


@pytest.mark.parametrize("name", ["datasf_cad", "police_uk_street"])
def test_tables_name_only_categories_that_are_shipped(name: str) -> None:
    codes = load_codes(name)
    meanings = [*codes.exact.values(), *(found for _, found in codes.words)]
    assert {found.category for found in meanings} <= KNOWN
    folder = Path(app.feeds.code_tables.__file__).parent / "codes"
    assert len(codes.exact) == len(tomllib.loads((folder / f"{name}.toml").read_text())["codes"])


def test_exact_codes() -> None:
    assert meaning("459").category == "burglary"
    assert meaning(" 221 ", "PERSON W/GUN  ") == Meaning("firearms", (Hazard.WEAPON, Hazard.FIREARM))
    assert meaning("903").routine


def test_a_suffix_adds_to_its_stem() -> None:
    assert meaning("219DV") == Meaning("domestic", (Hazard.WEAPON, Hazard.VIOLENCE))
    assert meaning("519HR").category == "road_collision"


def test_words_catch_codes_that_the_table_does_not_have() -> None:
    assert meaning("99X9", "PERSON W/ GUN").category == "firearms"
    assert meaning("7777", "TRAFFIC STOP - NEW").routine


def test_an_unknown_code_is_other_and_counted() -> None:
    unknown: Counter[str] = Counter()
    for _ in range(3):
        assert CAD.meaning("8X8", "UNHEARD OF", unknown) == Meaning("other")
    assert unknown == {"8x8 unheard of": 3}


def test_priorities() -> None:
    assert CAD.grades == {"a": Grade.EMERGENCY, "b": Grade.PRIORITY, "c": Grade.STANDARD}


def test_folding() -> None:
    assert folded("  PERSON   W/GUN ") == "person w/gun"


def test_an_empty_table_knows_nothing() -> None:
    assert Codes({}).meaning("1", "", Counter()) == Meaning("other")
