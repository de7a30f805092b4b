"""The vocabulary's machinery: a phrase is a sentence with gaps, and what it does to the world."""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.relevance.world import World

Doing: TypeAlias = Callable[..., Awaitable[None]]

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_METRES = {"m": 1.0, "km": 1000.0}
BEARINGS = {
    name: 45.0 * turn
    for turn, name in enumerate(
        ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    )
}
_DIRECTION = "|".join(sorted(BEARINGS, key=len, reverse=True))
_NUMBER = r"\d+(?:\.\d+)?"


class NotUnderstood(Exception):
    """A sentence that is not in the vocabulary."""


@dataclass(frozen=True, slots=True)
class Place:
    """Metres from where the officer starts, in a direction; None: no place at all."""

    metres: float
    bearing: float


def seconds_of(text: str) -> float:
    number, unit = text.split()
    return float(number) * _SECONDS[unit]


def place_of(text: str) -> Place | None:
    if text == "nowhere":
        return None
    if text == "where he starts":
        return Place(0.0, 0.0)
    number, unit, direction = text.split()
    return Place(float(number) * _METRES[unit], BEARINGS[direction])


GAPS: dict[str, tuple[str, Callable[[str], Any] | None, str]] = {
    "number": (_NUMBER, float, "12 or 1.5"),
    "time": (rf"{_NUMBER} (?:s|min|h)", seconds_of, "30 s, 5 min or 2 h"),
    "place": (
        rf"{_NUMBER} (?:m|km) (?:{_DIRECTION})|where he starts|nowhere",
        place_of,
        "300 m north-east (always from where the officer starts), where he starts, or nowhere",
    ),
    "direction": (_DIRECTION, lambda text: BEARINGS[text], "north, north-east, ... north-west"),
    "who": (
        r"he|him|PC [A-Z][a-z]+",
        lambda text: "he" if text == "him" else text,
        "he or him (the officer), or a colleague: PC Baker",
    ),
    "pc": (r"PC [A-Z][a-z]+", str, "a colleague by name: PC Baker"),
    "it": (r"it|[A-Z]", str, "it (the record without a letter), or a record's letter: B"),
    "word": (r"[a-z0-9_-]+", str, "one word of the policy or the wire: robbery, not_relevant, OFFICIAL"),
    "name": (r"[A-Za-z0-9][\w-]*", str, "a name: N1, AB12"),
    "status": (
        r"available|en route|at scene|busy|on a break|off duty",
        lambda text: {"on a break": "break"}.get(text, text.replace(" ", "_")),
        "available, en route, at scene, busy, on a break or off duty",
    ),
    "grade": ("emergency|priority|standard|routine", str, "emergency, priority, standard or routine"),
    "state": ("open|attended|closed|cancelled", str, "open, attended, closed or cancelled"),
    "key": (r"[a-z_0-9]+(?:\.[a-z_0-9]+)+", str, "a key of the policy with its table: bands.p1"),
    "a": ("an?", None, "a or an"),
    "letter": (r"[A-Z]", str, "a letter for a record: A"),
    "text": (r".+", str, "the rest of the line"),
}
"""Gap -> (what fits, what is made of it: None where it carries nothing, for VOCABULARY.md)."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence of the vocabulary: with its gaps, what it means, and what does it."""

    sentence: str
    meaning: str
    pattern: re.Pattern[str]
    gaps: tuple[str, ...]
    do: Doing


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a scenario, understood."""

    text: str
    line: int
    phrase: Phrase
    values: tuple[Any, ...]

    async def run(self, world: World) -> None:
        """Does it to the world."""
        await self.phrase.do(world, *self.values)


PHRASES: list[Phrase] = []


def phrase(sentence: str) -> Callable[[Doing], Doing]:
    """Adds a sentence to the vocabulary. Gaps are in braces, ``{gap}``; the function gets the world and their values
    in their order. Its docstring says what the sentence means."""

    def add(do: Doing) -> Doing:
        gaps = tuple(re.findall(r"\{(\w+)\}", sentence))
        pattern = re.sub(r"\\\{(\w+)\\\}", lambda match: f"({GAPS[match[1]][0]})", re.escape(sentence))
        meaning = " ".join((do.__doc__ or "").split())
        PHRASES.append(Phrase(sentence, meaning, re.compile(pattern), gaps, do))
        return do

    return add


def _values(gaps: tuple[str, ...], texts: tuple[str, ...]) -> Iterator[Any]:
    """Of the gaps that have a value."""
    for gap, text in zip(gaps, texts, strict=True):
        make = GAPS[gap][1]
        if make is not None:
            yield make(text)


def read_step(text: str, line: int) -> Step:
    """The one phrase that the line is. Raises NotUnderstood, with the nearest phrase."""
    from tests.relevance import steps  # noqa: F401 (fills the vocabulary)

    for known in PHRASES:
        if match := known.pattern.fullmatch(text):
            return Step(text, line, known, tuple(_values(known.gaps, match.groups())))
    near = difflib.get_close_matches(text, [known.sentence for known in PHRASES], 1, 0.3)
    hint = f"; the nearest phrase is {near[0]!r}" if near else ""
    raise NotUnderstood(f"{text!r} is not in the vocabulary{hint}")
