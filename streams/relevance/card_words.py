"""What the summary card of a flood says: how many, of what, and where the nearest of them is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from streams.relevance.reason import Why

MOST_KINDS = 3


def why_card(counts: Mapping[str, float], facts: Mapping[str, float], where: str) -> tuple[Why, ...]:
    """``counts`` by category code, ``facts`` of the card's row, ``where`` the nearest of them in words ("" unknown).
    Once withdrawn it counts nothing, and says so."""
    found = {code: round(n) for code, n in counts.items() if code and n == n and n > 0}
    total = facts.get("count", math.nan)
    number = round(total) if total == total else 0
    if not number:
        return (Why("count", 0.0, "nothing more for now"),)
    reasons = [Why("count", float(number), f"{number} more near you in 10 min")]
    if found:
        reasons.append(Why("kinds", float(number), _kinds(found, number)))
    if where:
        reasons.append(Why("reach", 0.0, f"nearest {where}"))
    return tuple(reasons)


def _kinds(found: Mapping[str, int], number: int) -> str:
    """``9 burglary, 3 assault, 2 others``: the most frequent first."""
    kinds = sorted(found.items(), key=lambda kind: (-kind[1], kind[0]))[:MOST_KINDS]
    said = [f"{n} {code.replace('_', ' ')}" for code, n in kinds]
    others = number - sum(n for _, n in kinds)
    if others > 0:
        said.append(f"{others} other{'' if others == 1 else 's'}")
    return ", ".join(said)
