"""What of the officers here has changed since it was shared last: whole columns compared, only changes made up."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable

import numpy as np

from geo.clock import SECOND, Clock
from geo.model import UnitStatus
from geo.pairs import Bool, Int64
from geo.position import Fix
from streams.officers.situations import Situations
from streams.whereabouts.contract import Sighting, Whereabouts

log = logging.getLogger("beatline.whereabouts")

EVERY_S = 1.0
AT_ONCE = 400
"""Units made up in one piece: about 2 ms of loop time."""
ASKED_AT_ONCE = 1_000
"""Officers whose sockets are asked how far they got, a call."""
FRESH = 30 * SECOND
"""A fix at another process that is no older leaves the officer there."""
_COLUMNS = ("lon", "lat", "fix_at", "status", "force", "callsign", "beat")
_STATUSES = list(UnitStatus)


class Sharing:
    """Remembers what was shared. ``sent`` says how far the sockets of an officer here have been handed his series."""

    def __init__(self, situations: Situations, node: str, sent: Callable[[str], int]) -> None:
        self._situations, self._node, self._sent = situations, node, sent
        self._officers: list[str] = []
        self._known: Bool = np.zeros(0, np.bool_)
        self._sent_seqs: Int64 = np.zeros(0, np.int64)
        self._rows: Int64 = np.zeros((len(_COLUMNS) + 1, 0), np.int64)
        self._next_asked = 0

    def changes(self, most: int = AT_ONCE) -> tuple[list[Sighting], list[str], bool]:
        """Units that are new or another than was shared, at most ``most``; officers who are not here any more; and
        whether that was all."""
        here, count = self._situations, len(self._situations.officers)
        self._grow(count)
        connected = here.used[:count] & here.connected[:count]
        leaving = self._off_duty_and_left(count) & ~connected
        gone = self._gone(connected | leaving)
        self._ask_sent(connected)
        now = self._columns(count)
        other = np.flatnonzero(leaving | (connected & (~self._known | (now != self._rows).any(axis=0))))
        slots = other[:most]
        self._rows[:, slots] = now[:, slots]
        units = [self._sighting(slot, int(now[-1, slot])) for slot in slots.tolist()]
        back = {unit.officer for unit in units}
        return units, [name for name in gone if name not in back], len(other) <= most and not leaving.any()

    def _off_duty_and_left(self, count: int) -> Bool:
        """Slots of those who were shared with a place, went off duty, and whose device had gone before that was shared:
        it is said before they are gone, so that their place goes with them."""
        here, found = self._situations, np.zeros(count, np.bool_)
        placed = self._known & (self._rows[2] != 0) & here.used[:count] & ~here.duty[:count]
        for slot in np.flatnonzero(placed).tolist():
            found[slot] = self._officers[slot] == here.officers[slot]
        return found

    def _gone(self, connected: Bool) -> list[str]:
        """Forgets slots whose officer is not connected, or another by now; returns whose they were."""
        pairs = enumerate(zip(self._officers, self._situations.officers, strict=True))
        others = [slot for slot, (was, is_now) in pairs if was and was != is_now]
        slots = {*np.flatnonzero(self._known & ~connected).tolist(), *others}
        names = [self._officers[slot] for slot in slots]
        for slot in slots:
            self._officers[slot], self._known[slot], self._sent_seqs[slot] = "", False, 0
        return names

    def _ask_sent(self, connected: Bool) -> None:
        """Of the next few: asking all 10,000 would be 10 ms in one piece."""
        officers, slots = self._situations.officers, np.flatnonzero(connected)
        if not len(slots):
            return
        first = int(np.searchsorted(slots, self._next_asked))
        turn = slots[first : first + ASKED_AT_ONCE]
        self._next_asked = int(turn[-1]) + 1 if len(turn) and turn[-1] != slots[-1] else 0
        for slot in turn.tolist():
            self._sent_seqs[slot] = self._sent(officers[slot])

    def _columns(self, count: int) -> Int64:
        """[columns, slots], compared bit by bit; places of officers off duty are none."""
        here = self._situations
        rows = np.zeros((len(_COLUMNS) + 1, count), np.int64)
        for row, name in enumerate(_COLUMNS):
            column = getattr(here, name)[:count]
            rows[row] = column.view(np.int64) if column.dtype == np.float64 else column
        rows[:3, ~here.duty[:count]] = 0
        rows[-1] = self._sent_seqs
        return rows

    def _sighting(self, slot: int, sent_seq: int) -> Sighting:
        here, books = self._situations, self._situations.books
        self._officers[slot], self._known[slot] = here.officers[slot], True
        placed = bool(here.duty[slot]) and bool(here.fix_at[slot])
        accuracy_m = float(here.accuracy_m[slot])
        return Sighting(
            officer=here.officers[slot],
            force=books.forces.text(int(here.force[slot])),
            callsign=books.callsigns.text(int(here.callsign[slot])),
            beat=books.beats.text(int(here.beat[slot])),
            status=_STATUSES[int(here.status[slot])],
            node=self._node,
            lon=round(float(here.lon[slot]), 6) if placed else None,
            lat=round(float(here.lat[slot]), 6) if placed else None,
            accuracy_m=round(accuracy_m, 1) if placed and not math.isnan(accuracy_m) else None,
            fix_at=int(here.fix_at[slot]) if placed else 0,
            sent_seq=sent_seq,
        )

    def _grow(self, count: int) -> None:
        missing = count - len(self._officers)
        if missing > 0:
            self._officers += [""] * missing
            self._known = np.pad(self._known, (0, missing))
            self._sent_seqs = np.pad(self._sent_seqs, (0, missing))
            self._rows = np.pad(self._rows, ((0, 0), (0, missing)))


async def last_fix(whereabouts: Whereabouts, officer: str) -> Fix | None:
    """Where another process saw him last; None where nobody answers within 50 ms."""
    seen = await whereabouts.last(officer)
    if seen is None or seen.lon is None or seen.lat is None:
        return None
    return Fix(seen.fix_at, seen.lon, seen.lat, seen.accuracy_m, None, None)


async def seen_elsewhere(whereabouts: Whereabouts, node: str, clock: Clock, officer: str) -> bool:
    """Another process has a fix of his that is at most 30 s old: his place is better known there than here."""
    seen = await whereabouts.last(officer)
    return seen is not None and seen.node != node and clock.now() - seen.fix_at <= FRESH


async def share_now(sharing: Sharing, whereabouts: Whereabouts) -> None:
    """Everything that has changed, in pieces: whoever is asked for a list does this first."""
    while True:
        units, gone, all_of_it = sharing.changes()
        whereabouts.share(units, gone)
        if all_of_it:
            return
        await asyncio.sleep(0)


async def share_for_ever(sharing: Sharing, whereabouts: Whereabouts) -> None:
    """Once a second; the task that runs it is cancelled at the end."""
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await share_now(sharing, whereabouts)
        except Exception:
            log.exception("whereabouts were not shared; the next second does it")
