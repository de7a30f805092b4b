"""Classification and handling of a record, the clearance of a reader, and 3x5x2 grading of intelligence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from geo.errors import BadMarking


class Clearance(IntEnum):
    """How far up the ladder a reader may see. The numbers order: a reader sees what is at or below his own.

    Source: Government Security Classifications Policy (2024): SENSITIVE is a marking within OFFICIAL, not a tier.
    """

    OFFICIAL = 0
    OFFICIAL_SENSITIVE = 1
    SECRET = 2
    TOP_SECRET = 3

    @property
    def text(self) -> str:
        """``official``, ``official-sensitive``, ...: the form of the command line and of the roster."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def parse(cls, text: str) -> Clearance:
        """The clearance named by ``official`` or ``OFFICIAL-SENSITIVE``. Raises BadMarking."""
        try:
            return cls[text.strip().upper().replace("-", "_").replace(" ", "_")]
        except KeyError as error:
            known = ", ".join(level.text for level in cls)
            raise BadMarking(f"clearance {text[:40]!r} is not one of: {known}") from error


class Handling(StrEnum):
    """Handling instructions of the 2023 policy set that change who may receive."""

    RECIPIENTS_ONLY = "RECIPIENTS ONLY"
    ORGANISATIONAL_USE_ONLY = "ORGANISATIONAL USE ONLY"
    HMG_USE_ONLY = "HMG USE ONLY"
    EMBARGOED = "EMBARGOED"
    FOR_PUBLIC_RELEASE = "FOR PUBLIC RELEASE"


@dataclass(frozen=True, slots=True)
class Marking:
    """What a record is marked with. ``operations`` are compartments: a reader must belong to one of them, if any."""

    level: Clearance = Clearance.OFFICIAL
    handling: tuple[Handling, ...] = ()
    caveats: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    shared_with: tuple[str, ...] = field(default=())
    """Forces besides the record's own that may see it."""


CEILING = Clearance.OFFICIAL_SENSITIVE
"""Above this a record is refused at intake, unless the deployment says otherwise."""


class SourceEvaluation(IntEnum):
    """3x5x2, first figure: how reliable the source is (College of Policing, APP intelligence report)."""

    RELIABLE = 1
    UNTESTED = 2
    NOT_RELIABLE = 3


class InformationAssessment(StrEnum):
    """3x5x2, second figure: how the information is known."""

    KNOWN_DIRECTLY = "A"
    KNOWN_INDIRECTLY_CORROBORATED = "B"
    KNOWN_INDIRECTLY = "C"
    NOT_KNOWN = "D"
    SUSPECTED_FALSE = "E"


class SharingHandling(StrEnum):
    """3x5x2, third figure: lawful sharing permitted (P), or with conditions (C)."""

    PERMITTED = "P"
    CONDITIONS = "C"


@dataclass(frozen=True, slots=True)
class Grading:
    """A 3x5x2 grade, written ``1-B-P``."""

    source: SourceEvaluation
    information: InformationAssessment
    handling: SharingHandling
    conditions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.source.value}-{self.information.value}-{self.handling.value}"

    @classmethod
    def parse(cls, text: str, conditions: tuple[str, ...] = ()) -> Grading:
        """``1-B-P`` or ``1BP`` -> Grading. Raises BadMarking; legacy 5x5x5 grades are not converted silently."""
        figures = text.strip().upper().replace("-", "")
        if len(figures) != 3:
            raise BadMarking(f"grading {text[:20]!r} is not a 3x5x2 grade such as 1-B-P")
        try:
            source = SourceEvaluation(int(figures[0]))
            return cls(source, InformationAssessment(figures[1]), SharingHandling(figures[2]), conditions)
        except ValueError as error:
            raise BadMarking(f"grading {text[:20]!r} is not a 3x5x2 grade such as 1-B-P") from error


def parse_marking(value: object, ceiling: Clearance = CEILING) -> Marking:
    """``"OFFICIAL"``, ``"OFFICIAL-SENSITIVE"`` or an object -> Marking.

    The object's fields: ``tier`` (or ``level``), ``sensitive``, ``handling[]``, ``caveats[]``, ``operations[]``,
    ``shared_with[]``. Raises BadMarking for what is not understood and for what is above ``ceiling``: an unread
    marking must never become a lower one.
    """
    if value is None:
        return Marking()
    if isinstance(value, str):
        marking = Marking(Clearance.parse(value))
    elif isinstance(value, dict):
        marking = _from_object(value)
    else:
        raise BadMarking("a marking is a text such as OFFICIAL-SENSITIVE, or an object")
    if marking.level > ceiling:
        level, highest = marking.level.text.upper(), ceiling.text.upper()
        raise BadMarking(f"marking {level} is above this deployment's ceiling {highest}")
    return marking


_OBJECT_FIELDS = {"tier", "level", "sensitive", "handling", "caveats", "operations", "shared_with"}


def _from_object(value: dict[str, object]) -> Marking:
    if unknown := sorted(set(value) - _OBJECT_FIELDS):
        raise BadMarking(f"marking has an unknown field {unknown[0]!r}")
    level = Clearance.parse(_text(value.get("tier", value.get("level", "OFFICIAL")), "tier"))
    sensitive = value.get("sensitive", False)
    if not isinstance(sensitive, bool):
        raise BadMarking("marking.sensitive is true or false")
    if sensitive and level is Clearance.OFFICIAL:
        level = Clearance.OFFICIAL_SENSITIVE
    try:
        handling = tuple(Handling(text.upper()) for text in _texts(value, "handling"))
    except ValueError as error:
        raise BadMarking(f"marking.handling: {error}") from error
    return Marking(level, handling, _texts(value, "caveats"), _texts(value, "operations"), _texts(value, "shared_with"))


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise BadMarking(f"marking.{name} is a text")
    return value


def _texts(value: dict[str, object], name: str) -> tuple[str, ...]:
    items = value.get(name, [])
    if not isinstance(items, list | tuple):
        raise BadMarking(f"marking.{name} is a list of texts")
    return tuple(sorted({_text(item, name).strip() for item in items}))


def marking_text(marking: Marking) -> str:
    """As it is shown: ``OFFICIAL-SENSITIVE - RECIPIENTS ONLY - OP ALPHA``."""
    parts = [marking.level.text.upper().replace("TOP-SECRET", "TOP SECRET")]
    parts += [item.value for item in marking.handling]
    parts += list(marking.caveats)
    parts += [f"OP {name}" for name in marking.operations]
    return " - ".join(parts)


def marking_object(marking: Marking) -> dict[str, object]:
    """The object form of a marking, that :func:`parse_marking` reads back to the same value."""
    return {
        "tier": marking.level.text.upper(),
        "handling": [item.value for item in marking.handling],
        "caveats": list(marking.caveats),
        "operations": list(marking.operations),
        "shared_with": list(marking.shared_with),
    }


_HANDLING_ORDER = {handling: index for index, handling in enumerate(Handling)}


def handling_mask(handling: tuple[Handling, ...]) -> int:
    """Handling instructions -> one integer, a bit each, in the order of the set."""
    mask = 0
    for item in handling:
        mask |= 1 << _HANDLING_ORDER[item]
    return mask
