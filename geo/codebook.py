"""Texts as small integers, so that columns can hold them: categories, forces, beats, callsigns, sets of operations."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

import numpy as np

from geo.pairs import Bool

K = TypeVar("K", bound=Hashable)

TextSet: TypeAlias = frozenset[str]


class Book(Generic[K]):
    """Values <-> codes. Grows, never forgets, never renumbers; code 0 is the empty value ("none")."""

    __slots__ = ("_codes", "_values")

    def __init__(self, none: K) -> None:
        self._codes: dict[K, int] = {none: 0}
        self._values: list[K] = [none]

    def __len__(self) -> int:
        return len(self._values)

    def code(self, value: K) -> int:
        """The value's code, a new one where it has none yet."""
        found = self._codes.get(value)
        if found is None:
            found = self._codes[value] = len(self._values)
            self._values.append(value)
        return found

    def find(self, value: K) -> int | None:
        """The value's code, or None where nobody has used it: asking makes no code."""
        return self._codes.get(value)

    def value(self, code: int) -> K:
        return self._values[code]


class Codebook(Book[str]):
    """Texts <-> codes; code 0 is the empty text."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("")

    def text(self, code: int) -> str:
        return self._values[code]

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts, at the index of their code."""
        return tuple(self._values)


class Setbook(Book[TextSet]):
    """Sets of texts <-> codes; code 0 is the empty set."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(frozenset())


class MeetTable:
    """Which of the left values share a member with which of the right ones: ``table()[left code, right code]``.

    Grows with its books by what is new, so that a question about a million pairs is one gather.
    """

    def __init__(
        self,
        left: Callable[[int], TextSet],
        left_size: Callable[[], int],
        right: Callable[[int], TextSet],
        right_size: Callable[[], int],
    ) -> None:
        self._left, self._left_size, self._right, self._right_size = left, left_size, right, right_size
        self._known = (0, 0)
        self._table: Bool = np.zeros((8, 8), np.bool_)

    def table(self) -> Bool:
        """Bool [left codes, right codes], of the books as they are now."""
        rows, columns = self._left_size(), self._right_size()
        if (rows, columns) != self._known:
            self._grow(rows, columns)
        return self._table

    def _grow(self, rows: int, columns: int) -> None:
        if rows > self._table.shape[0] or columns > self._table.shape[1]:
            roomy = np.zeros((max(2 * rows, 8), max(2 * columns, 8)), np.bool_)
            roomy[: self._table.shape[0], : self._table.shape[1]] = self._table
            self._table = roomy
        old_rows, old_columns = self._known
        for row in range(rows):
            members = self._left(row)
            for column in range(old_columns if row < old_rows else 0, columns):
                self._table[row, column] = not members.isdisjoint(self._right(column))
        self._known = (rows, columns)


@dataclass(frozen=True, slots=True)
class Codebooks:
    """The books that the picture and the situations share: a code means the same on both sides of a pair."""

    categories: Codebook = field(default_factory=Codebook)
    forces: Codebook = field(default_factory=Codebook)
    beats: Codebook = field(default_factory=Codebook)
    callsigns: Codebook = field(default_factory=Codebook)
    sources: Codebook = field(default_factory=Codebook)
    roles: Codebook = field(default_factory=Codebook)
    skills: Codebook = field(default_factory=Codebook)
    operations: Setbook = field(default_factory=Setbook)
    """Sets of operations: a reader's, and a record's compartments."""
    sharings: Setbook = field(default_factory=Setbook)
    """Sets of forces that a record is shared with besides its own."""
    compartment_open: MeetTable = field(init=False)
    """[a reader's set of operations, a record's compartments]: he belongs to one of them."""
    force_shared: MeetTable = field(init=False)
    """[a record's sharing, a reader's force]: the force is named."""

    def __post_init__(self) -> None:
        operations, forces, sharings = self.operations, self.forces, self.sharings
        object.__setattr__(
            self,
            "compartment_open",
            MeetTable(operations.value, operations.__len__, operations.value, operations.__len__),
        )
        object.__setattr__(
            self,
            "force_shared",
            MeetTable(sharings.value, sharings.__len__, lambda code: frozenset({forces.text(code)}), forces.__len__),
        )


SKILL_BITS = 62
"""Skills that have a bit in the mask column; later ones are compared as texts."""


def skill_mask(skills: Codebook, held: tuple[str, ...]) -> int:
    """Skills -> one integer, a bit for each of the first 62 that the deployment uses."""
    mask = 0
    for skill in held:
        code = skills.code(skill)
        if 0 < code <= SKILL_BITS:
            mask |= 1 << (code - 1)
    return mask
