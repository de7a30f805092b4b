"""Who is on which shift now, and by it in which unit, under which callsign, on which beat."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from geo.clock import Instant
from geo.model import Shift, Unit


@dataclass(frozen=True, slots=True)
class Duty:
    """What an officer is doing by the roster; "" where it does not say."""

    callsign: str
    unit: str
    beat: str
    shift: Shift | None
    brought: tuple[str, ...] = ()
    """Skills and equipment of the unit."""


class ShiftBook:
    """The roster's units and shifts, and when the next one starts or ends."""

    def __init__(self) -> None:
        self._units: dict[str, Unit] = {}
        self._callsigns: dict[str, str] = {}
        self._unit_of: dict[str, str] = {}
        self._shifts: dict[str, dict[str, Shift]] = {}
        self._officer_of: dict[str, str] = {}
        self._due: list[tuple[Instant, str]] = []

    def put_units(self, units: Sequence[Unit]) -> set[str]:
        """Adds or replaces units; returns the officers concerned."""
        concerned: set[str] = set()
        for unit in units:
            before = self._units.get(unit.id)
            concerned.update(before.officers if before else (), unit.officers)
            self._units[unit.id] = unit
        ordered = sorted(self._units.values(), key=lambda unit: unit.id)  # whatever the order in which they came
        self._callsigns = {unit.callsign: unit.id for unit in ordered}
        self._unit_of = {officer: unit.id for unit in ordered for officer in unit.officers}
        on_shift = {officer for officer, shifts in self._shifts.items() if any(s.unit for s in shifts.values())}
        return concerned | on_shift

    def put_shifts(self, shifts: Sequence[Shift]) -> set[str]:
        """Adds or replaces shifts; returns the officers concerned."""
        concerned: set[str] = set()
        for shift in shifts:
            before = self._officer_of.get(shift.id)
            if before is not None:
                del self._shifts[before][shift.id]
                concerned.add(before)
            self._officer_of[shift.id] = shift.officer
            self._shifts.setdefault(shift.officer, {})[shift.id] = shift
            concerned.add(shift.officer)
            heapq.heappush(self._due, (shift.start, shift.officer))
            heapq.heappush(self._due, (shift.end, shift.officer))
        return concerned

    def next_due(self) -> Instant | None:
        """When the next shift starts or ends."""
        return self._due[0][0] if self._due else None

    def advance(self, now: Instant) -> set[str]:
        """Officers whose shift started or ended since the last call."""
        concerned: set[str] = set()
        while self._due and self._due[0][0] <= now:
            concerned.add(heapq.heappop(self._due)[1])
        return concerned

    def shift_of(self, officer: str, now: Instant) -> Shift | None:
        """The shift he is on; the one that started last, where they overlap."""
        running = [shift for shift in self._shifts.get(officer, {}).values() if shift.start <= now < shift.end]
        return max(running, key=lambda shift: (shift.start, shift.id)) if running else None

    def duty_of(self, officer: str, now: Instant) -> Duty:
        """By the shift, else by the unit that lists him. Whom the roster does not know goes by his own id."""
        shift = self.shift_of(officer, now)
        unit = self._unit(shift.unit if shift else None) or self._unit(self._unit_of.get(officer))
        if unit is not None:
            callsign = unit.callsign
        else:
            callsign = "" if officer in self._callsigns else officer
        return Duty(callsign, unit.id if unit else "", (shift.beat if shift else None) or "", shift, _brought(unit))

    def callsign_of(self, unit: str) -> str:
        """The callsign of a unit that is named by id or by callsign."""
        known = self._units.get(unit)
        return known.callsign if known else unit

    def _unit(self, name: str | None) -> Unit | None:
        if name is None:
            return None
        return self._units.get(name) or self._units.get(self._callsigns.get(name, ""))


def _brought(unit: Unit | None) -> tuple[str, ...]:
    return (*unit.skills, *unit.equipment) if unit else ()
