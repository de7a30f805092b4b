"""Whom an officer's silence is told to: the sergeants on shift for his beat, else those on shift of his force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from geo.clock import Instant
from geo.model import Officer, Shift
from streams.officers.shifts import ShiftBook

SERGEANT = "sergeant"
"""The role by which the roster knows them."""
MOST = 20
"""Sergeants of a force that one officer's silence is told to."""


@dataclass(frozen=True, slots=True)
class Sergeants:
    """As the roster of this process says; ``people`` are the officers whom it knows."""

    people: Callable[[], Mapping[str, Officer]]
    shifts: ShiftBook

    def shift_of(self, officer: str, now: Instant) -> Shift | None:
        """The shift that he is on."""
        return self.shifts.shift_of(officer, now)

    def named(self, officer: str, now: Instant) -> str:
        """``Ann Smith (LX21)``, as far as either is known."""
        known, callsign = self.people().get(officer), self.shifts.duty_of(officer, now).callsign
        name = known.name if known is not None and known.name else officer
        return f"{name} ({callsign})" if callsign and callsign != name else name

    def all(self) -> list[Officer]:
        """Every sergeant, on shift or not, by id."""
        return sorted((one for one in self.people().values() if one.role == SERGEANT), key=lambda one: one.id)

    def of(self, officers: list[str], force: str, now: Instant) -> dict[str, list[Officer]]:
        """Officer -> his sergeants at this moment; nobody is his own. ``force`` is that of whom the roster does not
        know."""
        people = self.people()
        on_shift = [(one, shift) for one in self.all() if (shift := self.shift_of(one.id, now)) is not None]
        found: dict[str, list[Officer]] = {}
        for name in officers:
            known, shift = people.get(name), self.shift_of(name, now)
            own = known.force if known is not None else force
            those = [(one, his) for one, his in on_shift if one.force == own and one.id != name]
            beat = shift.beat if shift is not None else None
            near = [one for one, his in those if beat and his.beat == beat]
            found[name] = near or [one for one, _ in those[:MOST]]
        return found
