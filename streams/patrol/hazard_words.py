"""Hazards in a sergeant's words, the deadliest first, and which of them stay at a place after the call is over"""

from __future__ import annotations

from collections.abc import Sequence

from geo.model import Hazard, hazard_mask

_WORDS: dict[Hazard, str] = {
    Hazard.FIREARM: "firearm",
    Hazard.WEAPON: "weapon",
    Hazard.CHEMICAL: "chemicals",
    Hazard.ELECTRICITY: "live electricity",
    Hazard.VIOLENCE: "violence",
    Hazard.FIRE: "fire",
    Hazard.DOG: "dangerous dog",
    Hazard.INFECTION: "infection risk",
    Hazard.HEIGHT: "danger of falling",
    Hazard.WATER: "deep water",
    Hazard.PUBLIC_ORDER: "disorder",
    Hazard.TRAFFIC: "live traffic",
}
"""In the order of saying."""
LASTING = hazard_mask(
    (
        Hazard.FIREARM,
        Hazard.WEAPON,
        Hazard.VIOLENCE,
        Hazard.DOG,
        Hazard.CHEMICAL,
        Hazard.INFECTION,
        Hazard.WATER,
        Hazard.HEIGHT,
        Hazard.ELECTRICITY,
    )
)
"""Who or what was dangerous there may be there again; a road is clear once the wreck is gone, a fire is out."""
DEADLY = hazard_mask((Hazard.FIREARM, Hazard.WEAPON, Hazard.CHEMICAL, Hazard.ELECTRICITY, Hazard.FIRE, Hazard.VIOLENCE))


def ordered(hazards: Sequence[Hazard]) -> tuple[Hazard, ...]:
    """The deadliest first."""
    return tuple(hazard for hazard in _WORDS if hazard in hazards)


def hazards_text(hazards: Sequence[Hazard]) -> str:
    """``firearm, dangerous dog``."""
    return ", ".join(_WORDS[hazard] for hazard in ordered(hazards))
