"""A force's roster from a file: officers, units, beats and shifts, entry by entry, each error with its place.

The file is one JSON object with any of five lists; the fields are ``id`` and those of
``PUT /v1/{officers,units,beats,shifts}/{id}``, of areas those that :mod:`app.areas` names::

    {"officers": [{"id": "PC-1047", "name": "A. Steel", "role": "response", "skills": ["taser"],
                   "clearance": "official-sensitive", "operations": ["ALPHA"]}],
     "units":    [{"id": "u-17", "callsign": "DB17", "officers": ["PC-1047"], "skills": ["dog"],
                   "equipment": ["defibrillator"]}],
     "beats":    [{"id": "city-1", "name": "City one", "district": "City",
                   "area": {"type": "Polygon", "coordinates": [...]}}],
     "shifts":   [{"id": "s-1", "officer": "PC-1047", "unit": "u-17", "beat": "city-1",
                   "start": "2026-11-22T06:00:00Z", "end": "2026-11-22T14:00:00Z"}],
     "areas":    [{"id": "depot", "name": "Fuel depot", "area": {"type": "Polygon", "coordinates": [...]},
                   "watch": {"on": ["enter", "dwell"], "dwell_s": 300}}]}

Needed are ``id`` everywhere, ``callsign`` of a unit, ``area`` of a beat or watched area, ``officer``, ``start`` and
``end`` of a shift.
A plain GeoJSON FeatureCollection of areas is a file of beats: the id is the property ``beat``, ``district``, ``id`` or
``code`` (or one that ends in ``CD``), else the feature's id; incidents name their beat by it. Areas that cross
themselves are mended. What is good is taken in, what is not is named (``beats[3].area: ...``) and counted; the same
file again changes nothing. Nobody is removed by an import.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from app.api.entries import beat_of, officer_of, shift_of, unit_of
from app.areas import area_of, put_areas
from app.errors import CannotStart, FieldError, Invalid
from geo.model import Beat, Officer, Record, Shift, Unit
from geo.store.contract import Store
from geo.store.rows import Outcome, Put

Entry = TypeVar("Entry", Officer, Unit, Beat, Shift, Record)
OWN = "own"


# --------------------------------------------------------------------------- one file
@dataclass(slots=True)
class Roster:
    """What a file holds, as far as it is good; ``errors`` are sentences that begin with the place in the file."""

    officers: list[Officer] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    areas: list[Record] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    rejected: int = 0

    @property
    def read(self) -> int:
        people = len(self.officers) + len(self.units) + len(self.shifts)
        return people + len(self.beats) + len(self.areas) + self.rejected


def read_roster(file: Path, force: str = OWN) -> Roster:
    """The roster in a file. Raises CannotStart where the file as a whole is none."""
    document = _document(file)
    if document.get("type") == "FeatureCollection":
        document = {"beats": [_beat_entry(feature) for feature in _list(document, "features", file)]}
    if unknown := sorted(set(document) - {"officers", "units", "beats", "shifts", "areas"}):
        raise CannotStart(f"{file.name}: {unknown[0]!r} is none of officers, units, beats, shifts, areas")
    roster = Roster()
    _read(roster, roster.officers, "officers", _list(document, "officers", file), officer_of, force)
    _read(roster, roster.units, "units", _list(document, "units", file), unit_of, force)
    _read(roster, roster.beats, "beats", _list(document, "beats", file), beat_of, force)
    _read(roster, roster.shifts, "shifts", _list(document, "shifts", file), shift_of, force)
    _read(roster, roster.areas, "areas", _list(document, "areas", file), area_of, force)
    return roster


def _read(
    roster: Roster,
    into: list[Entry],
    noun: str,
    entries: list[object],
    parse: Callable[[str, object, str], Entry],
    force: str,
) -> None:
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        try:
            name, body = _named(entry)
            if name in seen:
                raise Invalid([FieldError("id", "contradiction", f"{name!r} is there twice")])
            into.append(parse(name, body, force))
            seen.add(name)
        except Invalid as error:
            roster.rejected += 1
            roster.errors += [f"{noun}[{number}].{problem.field}: {problem.message}" for problem in error.errors]


def _named(entry: object) -> tuple[str, dict[str, object]]:
    if not isinstance(entry, dict):
        raise Invalid([FieldError("", "wrong_type", "is an object")])
    name = entry.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= 128 or not name.isprintable() or name != name.strip():
        raise Invalid([FieldError("id", "missing", "is a text of 1 to 128 characters, without blanks around it")])
    return name, {key: value for key, value in entry.items() if key != "id"}


def _document(file: Path) -> dict[str, object]:
    try:
        document = msgspec.json.decode(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except IsADirectoryError as error:
        raise CannotStart(f"{file} is a folder, not a file") from error
    except OSError as error:
        raise CannotStart(f"{file}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotStart(f"{file.name} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise CannotStart(f"{file.name} is not one JSON object with officers, units, beats, shifts")
    return document


def _list(document: dict[str, object], name: str, file: Path) -> list[object]:
    entries = document.get(name, [])
    if not isinstance(entries, list):
        raise CannotStart(f"{file.name}: {name} is a list")
    return entries


def _beat_entry(feature: object) -> object:
    """A GeoJSON feature as an entry of ``beats``."""
    if not isinstance(feature, dict):
        return feature
    properties = feature.get("properties")
    named = {str(k).lower(): str(v) for k, v in properties.items() if v} if isinstance(properties, dict) else {}
    code = _first(named, ("beat", "district", "id", "code"), "cd") or str(feature.get("id") or "")
    name = _first(named, ("name", "label", "district", "beat"), "nm")
    district = named.get("district", "").strip() if "beat" in named else ""
    return {"id": (code or name).strip(), "name": name.strip(), "district": district, "area": feature.get("geometry")}


def _first(named: dict[str, str], keys: Sequence[str], ending: str) -> str:
    exact = next((named[key] for key in keys if key in named), "")
    return exact or next((value for key, value in named.items() if key.endswith(ending)), "")


# --------------------------------------------------------------------------- into the store
@dataclass(slots=True)
class Counts:
    """What became of the entries of a file: ``read`` is the sum of the other three."""

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0


async def put_roster(store: Store, roster: Roster) -> Counts:
    """Stores what is good of it; beats before the shifts that name them."""
    counts = Counts(read=roster.read, rejected=roster.rejected)
    puts = await _put(store.put_officers, roster.officers)
    puts += await _put(store.put_units, roster.units)
    puts += await _put(store.put_beats, roster.beats)
    puts += await _put(store.put_shifts, roster.shifts)
    puts += await put_areas(store, roster.areas) if roster.areas else []
    counts.unchanged = sum(put.outcome is Outcome.UNCHANGED for put in puts)
    counts.accepted = len(puts) - counts.unchanged
    return counts


async def _put(put: Callable[[Sequence[Entry]], Awaitable[list[Put]]], entries: list[Entry]) -> list[Put]:
    return await put(entries) if entries else []


def import_file(file: Path, data: Path, force: str = OWN) -> Counts:
    """``beatline roster import``: the counts as the last line of stdout, bad entries named on stderr.

    Raises CannotStart where the file is no roster, and, once the good entries are in, where others were bad.
    """
    roster = read_roster(file, force)
    for sentence in roster.errors:
        print(f"beatline: {file.name}: {sentence}", file=sys.stderr)  # noqa: T201
    counts = asyncio.run(_import(roster, data))
    print(json.dumps(asdict(counts), separators=(",", ":")), flush=True)  # noqa: T201
    if counts.rejected:
        raise CannotStart(f"{file.name}: {counts.rejected} of {counts.read} entries were not taken")
    return counts


async def _import(roster: Roster, data: Path) -> Counts:
    from app.drivers import announce, store_of
    from app.settings import settings_of

    settings = settings_of(data=data)
    store = store_of(settings)
    await store.open()
    try:
        counts = await put_roster(store, roster)
        await announce(settings)
        return counts
    finally:
        await store.close()
