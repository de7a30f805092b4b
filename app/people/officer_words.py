"""What an officer types or presses on the terminal handset, as values; a wrong word says what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from geo.model import Disposition, UnitStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the n-th alert of the list; 0 is the first that still waits for one."""

    number: int
    choice: Disposition


@dataclass(frozen=True, slots=True)
class Move:
    """Stand here from now on."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Go:
    """Say what one is doing."""

    status: UnitStatus


@dataclass(frozen=True, slots=True)
class Emergency:
    """Call for help."""

    text: str | None


@dataclass(frozen=True, slots=True)
class CancelEmergency:
    """Take the last call for help back."""


@dataclass(frozen=True, slots=True)
class Show:
    """Print the alerts that are held."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not understood; ``word`` says what would have been."""

    word: str


Wish: TypeAlias = Answer | Move | Go | Emergency | CancelEmergency | Show | Quit | Unknown

_CHOICES = {
    "ack": Disposition.ACKNOWLEDGED,
    "attending": Disposition.ATTENDING,
    "handled": Disposition.HANDLED,
    "not_relevant": Disposition.NOT_RELEVANT,
}
HELP = (
    "ack N | attending N | handled N | not_relevant N | pos LON LAT | status "
    + "/".join(status.value for status in UnitStatus)
    + " | emergency [TEXT] | cancel | list | quit"
)
KEYS = {
    "a": "ack", " ": "ack", "t": "attending", "h": "handled", "n": "not_relevant",
    "1": "status available", "2": "status en_route", "3": "status at_scene", "4": "status busy", "5": "status break",
    "0": "status off_duty", "E": "emergency", "C": "cancel", "q": "quit", "\x03": "quit", "\x04": "quit",
}  # fmt: skip
"""One key each; E and C are capitals so that nobody calls for help by leaning on the keyboard."""
KEY_HELP = (
    "[b]a[/] acknowledge  [b]t[/] attending  [b]h[/] handled  [b]n[/] not relevant  [b]1-5 0[/] status  "
    "[b]E[/] emergency  [b]C[/] cancel it  [b]:[/] type  [b]q[/] quit"
)


def wish_of(line: str) -> Wish:
    """A typed line -> what is wanted."""
    word, *rest = line.split() or [""]
    word = word.lower()
    if word in _CHOICES:
        return _answer(_CHOICES[word], rest)
    match word, rest:
        case "pos", [lon, lat]:
            return _move(lon, lat)
        case "status", [status] if status in set(UnitStatus):
            return Go(UnitStatus(status))
        case "emergency", _:
            return Emergency(" ".join(rest) or None)
        case "cancel", []:
            return CancelEmergency()
        case "list", []:
            return Show()
        case (("quit" | "exit"), []):
            return Quit()
    return Unknown(HELP)


def _answer(choice: Disposition, rest: list[str]) -> Wish:
    if not rest:
        return Answer(0, choice)
    if len(rest) == 1 and rest[0].isdecimal() and int(rest[0]) > 0:
        return Answer(int(rest[0]), choice)
    return Unknown(f"which one? {HELP}")


def _move(lon: str, lat: str) -> Wish:
    try:
        return Move(float(lon), float(lat))
    except ValueError:
        return Unknown("pos LON LAT, in degrees: pos -1.5437 53.7974")
