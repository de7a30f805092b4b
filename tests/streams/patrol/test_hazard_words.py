"""Hazards in words."""

from __future__ import annotations

from geo.model import Hazard, hazard_mask
from streams.patrol.hazard_words import DEADLY, LASTING, hazards_text, ordered


def test_the_deadliest_first_and_every_hazard_has_a_word() -> None:
    assert hazards_text((Hazard.DOG, Hazard.FIREARM)) == "firearm, dangerous dog"
    assert hazards_text(()) == ""
    assert set(ordered(tuple(Hazard))) == set(Hazard)


def test_a_wreck_is_cleared_away_and_a_dog_stays() -> None:
    assert not hazard_mask((Hazard.TRAFFIC, Hazard.FIRE, Hazard.PUBLIC_ORDER)) & LASTING
    assert hazard_mask((Hazard.DOG,)) & LASTING
    assert hazard_mask((Hazard.FIRE,)) & DEADLY
    assert not hazard_mask((Hazard.DOG,)) & DEADLY
