"""The sentences that an officer reads: why this, why him, in a constable's words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from geo.model import Emergency, Hazard, Record, Status, Summary
from geo.pairs import Float32
from streams.relevance.briefed_words import briefed_text
from streams.relevance.card_words import why_card
from streams.relevance.event_words import event_text
from streams.relevance.policy_schema import TERMS
from streams.relevance.reason import Why

CLOSING_MPS = 1.0
"""Slower than this is neither closing nor leaving: a receiver's jitter, or a walk along the street."""
_ON_THE_WAY_MPS = 3.0
"""Faster than a walk: the time to get there is worth saying."""
LINE = 44
"""Characters on one line of a handheld in daylight type."""
ROOM = 2 * LINE
"""What he can read at a glance is two lines: what does not fit any more is left to the details."""
BETWEEN = len(" · ")
_HAZARDS_ROOM = 40
_COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_REPORTED = {
    Hazard.WEAPON: "weapon reported",
    Hazard.FIREARM: "firearm reported",
    Hazard.VIOLENCE: "violence reported",
    Hazard.DOG: "dangerous dog",
    Hazard.FIRE: "fire",
    Hazard.CHEMICAL: "chemicals",
    Hazard.PUBLIC_ORDER: "disorder",
    Hazard.INFECTION: "infection risk",
    Hazard.TRAFFIC: "live traffic",
    Hazard.WATER: "deep water",
    Hazard.HEIGHT: "danger of falling",
    Hazard.ELECTRICITY: "live electricity",
}
_GRADES = {
    "emergency": "graded emergency",
    "priority": "graded priority",
    "standard": "graded standard",
    "routine": "routine",
}


Facts = Mapping[str, float]


def metres_text(distance_m: float) -> str:
    """``at your position``, ``340 m``, ``1.2 km``: as exactly as somebody on the move can use."""
    if distance_m < 15:
        return "at your position"
    if distance_m < 100:
        return f"{round(distance_m / 5) * 5:.0f} m"
    if distance_m < 995:
        return f"{round(distance_m / 10) * 10:.0f} m"
    return f"{distance_m / 1000:.1f} km"


def age_text(age_s: float) -> str:
    """``just now``, ``2 min old``, ``3 h old``, ``2 days old``."""
    if age_s < 60:
        return "just now"
    if age_s < 5_400:
        return f"{age_s / 60:.0f} min old"
    if age_s < 172_800:
        return f"{age_s / 3_600:.0f} h old"
    return f"{age_s / 86_400:.0f} days old"


def why_of(
    term_names: Sequence[str],
    terms_row: Float32 | Sequence[float],
    fact_names: Sequence[str],
    facts_row: Float32 | Sequence[float],
    record: Record,
    limit: int = 4,
    room: int = ROOM,
) -> tuple[Why, ...]:
    """At most ``limit`` reasons that fit into two lines: where he is from it, then the most telling, the age last.

    The first is said whatever its length; never empty.
    """
    facts = dict(zip(fact_names, (float(value) for value in facts_row), strict=True))
    if isinstance(record, Summary):
        return why_card(dict(zip(term_names, map(float, terms_row), strict=True)), facts, _nearest(facts))
    found = []
    age = None
    for name, value in zip(term_names, (float(value) for value in terms_row), strict=True):
        sentence = SENTENCES.get(name)
        text = sentence(facts, value, record) if sentence is not None and not math.isnan(value) else ""
        if name == "freshness":
            age = Why(name, round(value, 2), text) if text else None
        elif text:
            found.append(Why(name, round(value, 2), text))
    found.sort(key=lambda why: -_telling(why))
    if text := briefed_text(facts.get("briefed", math.nan)):
        found.insert(0, Why("briefing", 0.0, text))
    last = () if age is None else (age,)
    fit = fitting([len(why.text) for why in found], limit - len(last), room - sum(BETWEEN + len(x.text) for x in last))
    return (*(found[place] for place in fit), *last) or (Why("severity", 0.0, _GRADES[record.grade.value]),)


def fitting(lengths: Sequence[int], limit: int, room: int) -> list[int]:
    """Places of the texts that are said, of these lengths in the order of saying: one that does not fit is passed
    over for the next that does. The first is always said."""
    fit: list[int] = []
    for place, length in enumerate(lengths):
        if len(fit) >= limit:
            break
        if not fit or length <= room:
            fit.append(place)
            room -= length + BETWEEN
    return fit


def _nearest(facts: Facts) -> str:
    """Where the nearest of what a card counts is."""
    distance = facts.get("distance_m", math.nan)
    return "" if math.isnan(distance) else f"{metres_text(distance)} {_direction(facts)}".rstrip()


def _telling(why: Why) -> float:
    """Where he is from it is what he needs first, whatever it weighs; then by weight."""
    return 100.0 if why.term == "reach" else why.weight


def _reach(facts: Facts, value: float, record: Record) -> str:
    event = facts.get("event", math.nan)
    return event_text(event, record, _where(facts, record, pace=not event > 0))


def _where(facts: Facts, record: Record, pace: bool) -> str:
    distance = facts.get("distance_m", math.nan)
    if math.isnan(distance):
        return _cut(f"at {record.place_text}", LINE) if record.place_text else ""
    text = metres_text(distance)
    if distance < 15:
        return "you are inside it" if record.place is not None and record.place.geom_type != "Point" else text
    text = f"{text} {_direction(facts)}".rstrip()
    closing = facts.get("closing_mps", 0.0) if pace else 0.0
    if closing > CLOSING_MPS:
        return f"{text}, closing"
    return f"{text}, moving away" if closing < -CLOSING_MPS else text


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"


def _direction(facts: Facts) -> str:
    """Ahead, behind, left or right of who is on the move; a point of the compass for who stands."""
    off, speed = facts.get("off_heading_deg", math.nan), facts.get("speed_mps", math.nan)
    if not math.isnan(off) and speed > CLOSING_MPS:
        if abs(off) <= 45:
            return "ahead"
        if abs(off) >= 135:
            return "behind"
        return "to the right" if off > 0 else "to the left"
    bearing = facts.get("bearing_deg", math.nan)
    return "" if math.isnan(bearing) else _COMPASS[round(bearing / 45) % 8]


def _approach(facts: Facts, value: float, record: Record) -> str:
    """Said with the distance already; by itself only where it is on his very way."""
    closing = facts.get("closing_mps", 0.0)
    distance = facts.get("distance_m", math.nan)
    if not (closing > _ON_THE_WAY_MPS and distance >= 0):
        return ""
    return f"there in {max(1, round(distance / closing / 60))} min at your speed"


def _severity(facts: Facts, value: float, record: Record) -> str:
    if isinstance(record, Emergency) or record.category == "officer_emergency":
        return "officer needs help"
    return _GRADES[record.grade.value]


def _hazard(facts: Facts, value: float, record: Record) -> str:
    """``weapon, violence reported, dangerous dog``: as many as fit, in the order in which the source names them."""
    text = ""
    for count in range(1, len(record.hazards) + 1):
        longer = _hazards_text([_REPORTED[hazard] for hazard in record.hazards[:count]])
        if len(longer) > _HAZARDS_ROOM:
            break
        text = longer
    return text


def _hazards_text(said: list[str]) -> str:
    reported = [text.removesuffix(" reported") for text in said if text.endswith(" reported")]
    others = [text for text in said if not text.endswith(" reported")]
    return ", ".join([*([f"{', '.join(reported)} reported"] if reported else []), *others])


def _freshness(facts: Facts, value: float, record: Record) -> str:
    age = facts.get("age_s", math.nan)
    return "" if math.isnan(age) else age_text(age)


def _attended(facts: Facts, value: float, record: Record) -> str:
    return "a unit is there" if record.status is Status.ATTENDED else ""


def _certainty(facts: Facts, value: float, record: Record) -> str:
    grading = getattr(record, "grading", None)
    if grading is None:
        return ""
    return f"graded {grading}" if value >= 0 else f"graded {grading}: treat with care"


def _when(text: str) -> Callable[[Facts, float, Record], str]:
    """A sentence that is said where the term speaks for it."""
    return lambda facts, value, record: text if value > 0 else ""


def _feedback(facts: Facts, value: float, record: Record) -> str:
    if abs(value) < 0.05:
        return ""
    return "others are going" if value > 0 else "others found it not relevant"


def _tasking(facts: Facts, value: float, record: Record) -> str:
    if value <= 0:
        return ""
    return "your unit is assigned" if record.assigned else "addressed to you"


SENTENCES: dict[str, Callable[[Facts, float, Record], str]] = {
    "reach": _reach,
    "approach": _approach,
    "severity": _severity,
    "hazard": _hazard,
    "freshness": _freshness,
    "attended": _attended,
    "certainty": _certainty,
    "tasking": _tasking,
    "feedback": _feedback,
    **{name: _when(weight.said) for name, weight in TERMS.items() if weight.said},
}
"""By term. What is always the same stands in the policy's schema, beside the term's weight; one without is not said."""


def row_of(matrix: Float32, row: int) -> list[float]:
    """One officer's row of a fan-out's terms or facts as plain numbers."""
    return np.asarray(matrix[row], np.float64).tolist()  # type: ignore[no-any-return]
