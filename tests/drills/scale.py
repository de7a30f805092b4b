"""How large a drill is: short for CI, long for the figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scale:
    """``seconds`` is how long alerts are posted at least, ``per_s`` how many a second."""

    seed: int
    quick: bool
    devices: int
    seconds: float
    per_s: float

    def pick(self, short: T, long: T) -> T:
        return short if self.quick else long


def short(seed: int) -> Scale:
    return Scale(seed, quick=True, devices=60, seconds=12, per_s=4)


def long(seed: int) -> Scale:
    return Scale(seed, quick=False, devices=420, seconds=60, per_s=4)
