"""What a hint promises: nothing but speed.

A hint says "look now". Whoever hears it reads the store, which is the record. A hint that is lost is made good by the
2-second sweep of the store; so publishing never waits, never raises, and never tells content: a hint carries a kind
and an id, never what a record says. The failure this prevents: an alert that exists only in a message broker is lost
with the broker (TRUST.md, finding 2: 85 % of acknowledged writes after one failover).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class About(StrEnum):
    """Where whoever hears it should look."""

    CHANGES = "changes"
    """The change log."""
    OFFICER = "officer"
    """Something new is owed to him, or he was taken over: ``id`` is the officer's."""
    SEAT = "seat"
    """A device of his has connected: whoever has an older connection of it looks. ``id`` is the officer's."""
    DELIVERY = "delivery"
    """How far a record has got has changed: ``id`` is the record's."""


@dataclass(frozen=True, slots=True)
class Hint:
    """``urgent`` (a P1) goes at once; the rest are put together over 100 ms.

    An empty ``id`` means all of them: hints may have been lost, so look once wherever they may have pointed. Drivers
    say so for every kind whenever listening begins anew.
    """

    about: About = About.CHANGES
    id: str = ""
    urgent: bool = False


EVERYTHING = tuple(Hint(about) for about in About)
"""What is heard when hints may have been lost: look once, everywhere."""


@dataclass(slots=True)
class HintFigures:
    """What has happened so far. ``dropped`` were never said (Redis away, or too many waited): the sweep finds them."""

    published: int = 0
    heard: int = 0
    dropped: int = 0
    reconnects: int = 0
    """How often listening began anew after the first time."""
    round_trip_s: float = 0.0
    """From saying something to hearing it oneself, the last time."""


class Hints(Protocol):
    """Between the processes of one deployment. Every process hears every hint, its own too."""

    async def open(self, hear: Callable[[Hint], None]) -> None:
        """Starts listening. Returns at once even where nobody answers yet: listening begins when somebody does."""
        ...

    def publish(self, hint: Hint) -> None:
        """Never waits and never raises."""
        ...

    @property
    def connected(self) -> bool:
        """Whether what others say is heard here at the moment."""
        ...

    @property
    def figures(self) -> HintFigures: ...

    async def close(self) -> None: ...
