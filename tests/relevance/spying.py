"""Listens to the rules: what was decided of each pair last, also where nothing is kept of it (a repeat, a delay)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from geo.model import Verdict
from geo.picture import LivePicture
from streams.noise import decide as noise
from streams.noise.decide import Decided
from streams.noise.rules import RULE_NAMES
from streams.officers.situations import Situations
from streams.relevance.score import TERM_NAMES, Scored


@dataclass(frozen=True, slots=True)
class Decision:
    """The last verdict on a pair, its rule and its terms."""

    what: str
    rule: str
    terms: dict[str, float]


@dataclass
class Decisions:
    """By (officer, record)."""

    of: dict[tuple[str, str], Decision] = field(default_factory=dict)
    world: tuple[LivePicture, Situations] | None = None

    def listen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The rules decide as ever, and what they decide is written down."""
        decide = noise.decide

        def overheard(scored: Scored, *rest: Any, **named: Any) -> Decided:
            decided = decide(scored, *rest, **named)
            self._note(scored, decided)
            return decided

        monkeypatch.setattr(noise, "decide", overheard)

    def _note(self, scored: Scored, decided: Decided) -> None:
        assert self.world is not None
        picture, situations = self.world
        for row in range(len(scored)):
            stored = picture.stored[int(scored.pairs.record[row])]
            if stored is None:
                continue
            officer = situations.officers[int(scored.pairs.officer[row])]
            terms = dict(zip(TERM_NAMES, scored.terms[row].tolist(), strict=True))
            what, rule = Verdict(int(decided.verdict[row])).text, RULE_NAMES[decided.rule[row]]
            self.of[officer, stored.record.id] = Decision(what, rule, terms)
