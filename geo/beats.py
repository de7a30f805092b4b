"""Which beat a record belongs to: by the name it gives, or by the beat's area that its place lies in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.codebook import Codebooks
from geo.model import Beat, Record
from geo.place import point_of


class BeatMap:
    """The roster's beats. Few and seldom changed: an STRtree, rebuilt at the first question after a change."""

    def __init__(self, books: Codebooks) -> None:
        self._books = books
        self._beats: dict[str, Beat] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._order: list[Beat] = []
        self._tree: shapely.STRtree | None = None

    def __len__(self) -> int:
        return len(self._beats)

    def put(self, beats: Sequence[Beat]) -> None:
        """Adds or replaces beats; ask :meth:`geo.picture.LivePicture.rebeat` afterwards."""
        for beat in beats:
            self._beats[beat.id] = beat
        self._by_name = {(beat.force, beat.name): beat.id for beat in self._beats.values()}
        self._tree = None

    def get(self, beat: str) -> Beat | None:
        return self._beats.get(beat)

    def code_of(self, record: Record) -> int:
        """The code of the record's beat; 0 where it has none.

        A text names a beat by id, or by name within the force; a text that the roster does not know is a beat of its
        own. Without a text, the beat of the same force whose area covers the place (the smallest, where they overlap).
        """
        if record.beat:
            return self.code_of_text(record.force, record.beat)
        if record.place is None or not self._beats:
            return 0
        lon, lat = point_of(record.place)
        found = [beat for beat in self._covering(lon, lat) if beat.force == record.force]
        return self._books.beats.code(min(found, key=lambda beat: (beat.area.area, beat.id)).id) if found else 0

    def code_of_text(self, force: str, text: str) -> int:
        """The code of a beat that is named by id, or by name within the force."""
        known = text if text in self._beats else self._by_name.get((force, text))
        return self._books.beats.code(known or text)

    def _covering(self, lon: float, lat: float) -> list[Beat]:
        if self._tree is None:
            self._order = list(self._beats.values())
            self._tree = shapely.STRtree([beat.area for beat in self._order])
        hits = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        return [self._order[int(index)] for index in np.sort(hits)]
