"""The areas of the roster's beats, read once and again where one has changed: which of them an area meets"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.engine import Connection

from geo.store.tables import roster
from geo.store.texts import one_of

Row: TypeAlias = tuple[str, str, str]
_DIGESTS = select(roster.c.id, roster.c.digest).where(roster.c.kind == "beat")
_DOCUMENTS = select(roster.c.id, roster.c.digest, roster.c.document)
_AT_ONCE = 16


class _Document(msgspec.Struct):
    area: msgspec.Raw


class BeatAreas:
    """Remembers them by the digest of their documents. What it remembers is replaced as a whole: threads may share
    one. Hundreds of areas take 100 ms to read, so whoever must not wait calls :meth:`unknown` and, in a thread,
    :meth:`learn` before he asks."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, BaseGeometry]] = {}

    @property
    def empty(self) -> bool:
        """It has not learnt any."""
        return not self._known

    def meeting(self, connection: Connection, area: BaseGeometry) -> list[str]:
        """Ids of the beats that have a point in common with the area."""
        self.learn(self.unknown(connection))
        known = self._known
        shapely.prepare(area)
        met = shapely.intersects(area, [shape for _, shape in known.values()])
        return sorted(name for name, meets in zip(known, met, strict=True) if meets)

    def unknown(self, connection: Connection) -> list[Row]:
        """(id, digest, document) of the beats that are new or other than it remembers."""
        known = {name: digest for name, (digest, _) in self._known.items()}
        changed = [name for name, digest in connection.execute(_DIGESTS).all() if known.get(name) != digest]
        if not changed:
            return []
        mine = (roster.c.kind == "beat", one_of(roster.c.id, changed))
        return [(row[0], row[1], row[2]) for row in connection.execute(_DOCUMENTS.where(*mine))]

    def learn(self, rows: Sequence[Row]) -> None:
        """Takes the rows of :meth:`unknown`, a few at a time, so that other threads get their turn."""
        known = dict(self._known)
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            shapes = shapely.from_geojson([bytes(msgspec.json.decode(text, type=_Document).area) for *_, text in part])
            known |= {name: (digest, shape) for (name, digest, _), shape in zip(part, shapes, strict=True)}
        if rows:
            self._known = known
