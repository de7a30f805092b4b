"""A briefing that is withdrawn after it has ended: it is in the history of devices, and no more in anybody's memory"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from geo.picture import LivePicture
from geo.store.contract import Store
from geo.store.rows import Act, HeldRow
from streams.held import Held, columns_of
from streams.officers.situations import Situations
from streams.withdrawn import is_briefing

_SHOWN = frozenset({Act.ALERT, Act.CANCEL})
"""Last words after which a device has it, as an alert or in its history."""
_SOME = 500


def may_have_been(rows: Iterable[HeldRow], picture: LivePicture) -> set[str]:
    """Ids of briefings that devices have in their history and of which nothing is known here: they may have been
    withdrawn while nobody decided for these officers."""
    return {row.record for row in rows if _in_history(row) and row.record not in picture.slot_of}


def _in_history(row: HeldRow) -> bool:
    return row.act is Act.CANCEL and is_briefing(row.record)


class TakingBack:
    """What the officers who are decided for here were told of a briefing is read again, so that it can be purged."""

    def __init__(self, store: Store, picture: LivePicture, situations: Situations, held: Held) -> None:
        self._store, self._picture, self._situations, self._held = store, picture, situations, held
        self._waiting: dict[str, None] = {}

    async def load(self, records: Sequence[str]) -> list[int]:
        """These came into the picture as withdrawn, and were not in it -> slots to decide anew. Raises
        StoreUnavailable: then they wait for the next time."""
        self._waiting.update(dict.fromkeys(records))
        slots = []
        for record in list(self._waiting):
            if record in self._picture.slot_of:
                await self._read(record)
                slots.append(self._picture.slot_of[record])
            del self._waiting[record]
        return slots

    async def _read(self, record: str) -> None:
        told = await self._store.progress(record)
        mine = self._situations.slot_of.keys() & {one.officer for one in told if one.act in _SHOWN}
        officers = sorted(mine)
        for start in range(0, len(officers), _SOME):
            rows = await self._store.held(officers[start : start + _SOME])
            self._put([row for row in rows if row.record == record and row.act in _SHOWN])

    def _put(self, rows: Sequence[HeldRow]) -> None:
        slots = self._situations.slot_of
        known = [(self._picture.slot_of[row.record], row) for row in rows if row.officer in slots]
        if known:
            officers = np.array([slots[row.officer] for _, row in known], np.int32)
            self._held.put(replace(columns_of(0, known), officer=officers))
