"""The rows of briefings: whom one is for and how far it has climbed, and what a patrol-start briefing disclosed"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from geo.clock import MINUTE, Instant
from geo.model import Officer, Record
from geo.store.rows import Put

Door: TypeAlias = Callable[[Record, Sequence[Officer], Instant], list[str]]
"""What the one door says to each of these people (:func:`geo.access.refusals_of`): given to the store, which knows who
somebody is and not what he may see."""

HERE_FOR = 30 * MINUTE
"""A last fix no older than this says where an officer is; else his shift's beat does."""


class Step(IntEnum):
    """How far an unanswered must-ack has climbed for one person."""

    NONE = 0
    SAID_AGAIN = 1
    SERGEANT = 2
    DISPATCHER = 3


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody a briefing is for, connected or not. ``refusal`` names why he may not have it (a name of
    :class:`geo.access.Refusal` in lower case; "": he may). ``version`` is the one that was asked about last."""

    officer: str
    refusal: str = ""
    version: int = 1
    at: Instant = 0
    left_at: Instant | None = None
    step: Step = Step.NONE
    step_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A briefing as it was written, whom it is for by now, and the one that it superseded (None: none)."""

    put: Put
    addressees: tuple[Addressee, ...]
    closed: Put | None = None


@dataclass(frozen=True, slots=True)
class Readdressed:
    """Who has become one of the audience since it was last asked, and who has ceased to be."""

    added: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatrolItem:
    """A record that was shown in a patrol-start briefing, in which version, where and under which number."""

    record: str
    version: int
    section: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolRow:
    """A patrol-start briefing that was given. ``officer`` "": to a reader who is none, and is not corrected."""

    id: str
    officer: str
    actor: str
    force: str
    beat: str
    start: Instant
    until: Instant
    since: Instant
    at: Instant
    policy: str
    digest: str
    items: tuple[PatrolItem, ...] = ()
