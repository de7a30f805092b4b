"""One reason of an alert, as the officer reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: the term's name, its log-odds, and the sentence."""

    term: str
    weight: float
    text: str
