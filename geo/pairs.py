"""(officer, record) pairs in columns, candidate or released: a type, not a promise.

A ``Pairs[Candidate]`` may be made by anybody; a ``Pairs[Released]`` needs a witness that only :mod:`geo.access` can
make, so a function that takes ``Pairs[Released]`` cannot be handed pairs that nobody released (mypy refuses it;
``tests/geo/test_pairs.py`` keeps it so with a file of refused shortcuts).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Int32: TypeAlias = NDArray[np.int32]
Int64: TypeAlias = NDArray[np.int64]
Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]
Bool: TypeAlias = NDArray[np.bool_]
UInt8: TypeAlias = NDArray[np.uint8]


class Candidate:
    """State: matched, nobody has said yet that the officer may know."""


class Released:
    """State: the officer may know of the record, as of the moment of release."""


S = TypeVar("S", Candidate, Released)


class Witness(ABC, Generic[S]):
    """Evidence for a state. The candidate's is public; the released one is abstract everywhere but in geo.access."""

    @abstractmethod
    def _evidence(self) -> S: ...


class _CandidateWitness(Witness[Candidate]):
    def _evidence(self) -> Candidate:
        return Candidate()


CANDIDATE: Witness[Candidate] = _CandidateWitness()


class Via:
    """How a pair was matched: bits of the column ``via``."""

    PLACE = 1
    BEAT = 2
    TASKED = 4
    ADDRESSED = 8
    HELD = 16
    """Not matched any more, but the officer was told of it: decided anew so that leaving is noticed."""
    FORCE = 32
    """To every officer of the force: an emergency without a place."""
    PASSED = 64
    """Not within reach at either fix, but on the way between the last two."""
    ROLE = 128
    """A record without a place, beat or tasking: to those whose role its category is for."""


@dataclass(frozen=True, slots=True)
class Pairs(Generic[S]):
    """n pairs, one row each; rows are unique by (officer, record) and sorted by neither.

    ``officer`` and ``record`` are slots in the situations and in the picture; ``distance_m`` (metres) and
    ``bearing_deg`` (true north, from the officer to the nearest point of it) are NaN without a fix or a place;
    ``via`` holds the bits of :class:`Via`.
    """

    officer: Int32
    record: Int32
    distance_m: Float32
    bearing_deg: Float32
    via: UInt8
    witness: Witness[S]

    def __len__(self) -> int:
        return len(self.officer)


def candidates(
    officer: Int32, record: Int32, distance_m: Float32, bearing_deg: Float32, via: UInt8
) -> Pairs[Candidate]:
    """Columns of equal length -> candidate pairs."""
    return Pairs(officer, record, distance_m, bearing_deg, via, CANDIDATE)


def take(pairs: Pairs[S], rows: NDArray[Any]) -> Pairs[S]:
    """The rows chosen by a mask or by indices, in the same state: choosing never releases."""
    return Pairs(
        pairs.officer[rows],
        pairs.record[rows],
        pairs.distance_m[rows],
        pairs.bearing_deg[rows],
        pairs.via[rows],
        pairs.witness,
    )
