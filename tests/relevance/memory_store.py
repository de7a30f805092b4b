"""The store of a scenario that needs no restart: the replay's, with a roster."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TypeVar

from app.replay_store import ReplayStore
from geo.clock import Instant
from geo.model import Beat, Officer, Record, Shift, Unit
from geo.store.briefing_rows import Addressee, PatrolRow, Step
from geo.store.rows import Change, ChangeKind, Put, Snapshot

T = TypeVar("T")


def _chosen(known: dict[str, T], ids: Iterable[str] | None) -> list[T]:
    return list(known.values()) if ids is None else [known[name] for name in ids if name in known]


class MemoryStore(ReplayStore):
    """Holds roster and records in memory; roster entries come through the change log too."""

    def __init__(self, burst: float = 2.0) -> None:
        super().__init__(io.StringIO(), burst)
        self._officers: dict[str, Officer] = {}
        self._units: dict[str, Unit] = {}
        self._beats: dict[str, Beat] = {}
        self._shifts: dict[str, Shift] = {}
        self._patrols: list[PatrolRow] = []
        self._climbed: dict[str, dict[str, Addressee]] = {}
        self.at: Instant = 0
        """When it is: a record says itself when it was reported, not when it was written."""

    async def put(self, records: Sequence[Record], actor: str = "") -> list[Put]:
        return [self.take_in(record, self.at) for record in records]

    async def disclose(self, row: PatrolRow) -> None:
        self._patrols.append(row)
        self._changed.append(Change(ChangeKind.PATROL, row.officer, len(self._changed) + 1))

    async def patrols_of(self, officers: Sequence[str], now: Instant) -> list[PatrolRow]:
        return [row for row in self._patrols if row.officer in officers and row.until > now]

    async def step_up(self, briefing: str, officers: Sequence[str], step: Step) -> None:
        climbed = {name: Addressee(name, "", 1, 0, None, step, self.at) for name in officers}
        self._climbed[briefing] = self._climbed.get(briefing, {}) | climbed
        self._changed.append(Change(ChangeKind.REMINDER, briefing, len(self._changed) + 1))

    async def addressees(self, briefing: str) -> list[Addressee]:
        return list(self._climbed.get(briefing, {}).values())

    async def put_officers(self, officers: Sequence[Officer]) -> None:
        self._take_in(self._officers, officers, ChangeKind.OFFICER)

    async def put_units(self, units: Sequence[Unit]) -> None:
        self._take_in(self._units, units, ChangeKind.UNIT)

    async def put_beats(self, beats: Sequence[Beat]) -> None:
        self._take_in(self._beats, beats, ChangeKind.BEAT)

    async def put_shifts(self, shifts: Sequence[Shift]) -> None:
        self._take_in(self._shifts, shifts, ChangeKind.SHIFT)

    def _take_in(self, known: dict[str, T], items: Sequence[T], kind: ChangeKind) -> None:
        for item in items:
            name: str = item.id  # type: ignore[attr-defined]
            known[name] = item
            self._changed.append(Change(kind, name, len(self._changed) + 1))

    async def snapshot(self, now: Instant) -> Snapshot:
        return Snapshot((), (), (), (), (), str(len(self._changed)))

    async def officers(self, ids: Sequence[str] | None = None) -> list[Officer]:
        return _chosen(self._officers, ids)

    async def units(self, ids: Sequence[str] | None = None) -> list[Unit]:
        return _chosen(self._units, ids)

    async def beats(self, ids: Sequence[str] | None = None) -> list[Beat]:
        return _chosen(self._beats, ids)

    async def shifts(self, ids: Sequence[str] | None = None) -> list[Shift]:
        return _chosen(self._shifts, ids)
