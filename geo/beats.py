"""Which beat a record belongs to: by the name it gives, or by the beat's area that its place lies in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.codebook import Codebooks
from geo.model import Beat, Record
from geo.pairs import Int32
from geo.place import point_of

_MOST_MET = 1_000
"""Areas whose beats are remembered."""


class BeatMap:
    """The roster's beats. Few and seldom changed: an STRtree, rebuilt at the first question after a change."""

    def __init__(self, books: Codebooks) -> None:
        self._books = books
        self._beats: dict[str, Beat] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._districts: set[tuple[str, str]] = set()
        self._district_of: Int32 = np.zeros(1, np.int32)
        self._order: list[Beat] = []
        self._tree: shapely.STRtree | None = None
        self._met: dict[int, tuple[BaseGeometry, Int32]] = {}

    def __len__(self) -> int:
        return len(self._beats)

    def put(self, beats: Sequence[Beat]) -> None:
        """Adds or replaces beats; ask :meth:`geo.picture.LivePicture.rebeat` afterwards."""
        for beat in beats:
            self._beats[beat.id] = beat
        self._by_name = {(beat.force, beat.name): beat.id for beat in self._beats.values()}
        self._tree = None
        self._met.clear()
        self._file_districts()

    def _file_districts(self) -> None:
        named = [beat for beat in self._beats.values() if beat.district]
        self._districts = {(beat.force, beat.district) for beat in named}
        codes = {self._books.beats.code(beat.id): _of_district(beat.force, beat.district) for beat in named}
        self._district_of = np.zeros(max(codes, default=0) + 1, np.int32)
        for code, name in codes.items():
            self._district_of[code] = self._books.beats.code(name)

    def districts(self, beats: Int32) -> Int32:
        """Codes of beats -> codes of the districts that they are in; 0 where none is known."""
        known: Int32 = self._district_of.take(np.where(beats < len(self._district_of), beats, 0))
        return known

    def get(self, beat: str) -> Beat | None:
        return self._beats.get(beat)

    def of(self, forces: Collection[str]) -> list[Beat]:
        """The beats of these forces, by id."""
        return sorted((beat for beat in self._beats.values() if beat.force in forces), key=lambda beat: beat.id)

    def meeting(self, area: BaseGeometry) -> Int32:
        """Codes of the beats that have a point in common with the area; remembered, as it is asked at every move."""
        known = self._met.get(id(area))
        if known is None or known[0] is not area:
            if len(self._met) >= _MOST_MET:
                self._met.clear()
            beats = list(self._beats.values())
            met = shapely.intersects(area, [beat.area for beat in beats])
            codes = [self._books.beats.code(beat.id) for beat, meets in zip(beats, met, strict=True) if meets]
            known = (area, np.array(codes, np.int32))
            self._met[id(area)] = known
        return known[1]

    def code_of(self, record: Record) -> int:
        """The code of the record's beat; 0 where it has none (see :meth:`codes_of`)."""
        return self.codes_of([record])[0]

    def codes_of(self, records: Sequence[Record]) -> list[int]:
        """The code of each record's beat; 0 where it has none.

        A text names a beat by id, or by name within the force; a text that the roster does not know is a beat of its
        own. Without a text, the beat of the same force whose area covers the place (the smallest, where they overlap).
        """
        codes = [self.code_of_text(record.force, record.beat) if record.beat else 0 for record in records]
        if self._beats:
            unnamed = [row for row, record in enumerate(records) if not record.beat and record.place is not None]
            found = self._covering([records[row] for row in unnamed]) if unnamed else {}
            for row, beat in found.items():
                codes[unnamed[row]] = self._books.beats.code(beat)
        return codes

    def code_of_text(self, force: str, text: str) -> int:
        """The code of a beat that is named by id, or by name within the force; else of the force's district."""
        known = text if text in self._beats else self._by_name.get((force, text))
        if known is None and (force, text) in self._districts:
            known = _of_district(force, text)
        return self._books.beats.code(known or text)

    def _covering(self, records: Sequence[Record]) -> dict[int, str]:
        """Row -> id of the smallest beat of its force round its place."""
        if self._tree is None:
            self._order = sorted(self._beats.values(), key=lambda beat: (beat.area.area, beat.id))
            self._tree = shapely.STRtree([beat.area for beat in self._order])
        places = shapely.points([point_of(record.place) for record in records if record.place is not None])
        found: dict[int, str] = {}
        rows, nths = self._tree.query(places, predicate="intersects")
        for row, nth in sorted(zip(rows, nths, strict=True)):
            if self._order[nth].force == records[row].force:
                found.setdefault(int(row), self._order[nth].id)
        return found


def _of_district(force: str, district: str) -> str:
    """What a district is filed under among the beats: no text of a record's can be it (NUL is refused)."""
    return f"{force}\0{district}"
