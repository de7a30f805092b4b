"""Beatline's own GeoJSON profile: a feature is an incident, its properties are the fields of the HTTP body.

A file is a FeatureCollection, one Feature, or one Feature a line (RFC 8142 text sequences with their record separators
too), plain or gzip. ``properties`` holds the fields that :mod:`geo.body` documents, without ``place``: the geometry is
the place, and null means that it is withheld or unknown. Where ``source_id`` is not among the properties, the feature's
``id`` is taken for it. Members of the feature and of the collection besides these are not read. ::

    {"type": "FeatureCollection", "features": [
      {"type": "Feature", "id": "C-1047",
       "geometry": {"type": "Point", "coordinates": [-0.1276, 51.5074]},
       "properties": {"source": "steel-cad", "category": "burglary", "title": "Burglary in progress",
                      "grade": "emergency", "reported_at": "2026-11-22T18:04:30Z", "hazards": ["weapon"]}}]}

A property that the profile does not know refuses the feature by its name, as over HTTP. A category, grade or hazard may
be the source's own code: it is read by the policy's ``[sources.NAME]`` for the source. A feature of more than 1 MiB is
read past and refused; so is what follows a place where the file stops being JSON.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import msgspec

from app.feeds.code_tables import shipped_policy
from app.feeds.contract import Change, Identity, Say, Spoilt
from app.feeds.errors import Damaged, NotThisFormat
from app.feeds.files import LONGEST_LINE_BYTES, OVERLONG, Lines, blocks
from app.feeds.json_values import Broken, Values
from geo.body import raw_of
from geo.model import Record
from geo.normalise import RawRecord
from geo.place import Box
from geo.reasons import Problem, Reason, refused
from geo.special import kept_line, kept_text
from streams.relevance.foreign import understood
from streams.relevance.policy import Policy

_Feature: TypeAlias = tuple[int, dict[str, object]]
"""Its line, and what it says."""
LINEWISE = (".geojsonl", ".geojsons", ".ndjson", ".jsonl")


class GeoJson:
    """The feed of the format ``geojson``."""

    name = "geojson"
    policy = "uk"
    extent: Box | None = None
    identity = Identity.OWN

    def __init__(self, policy: Policy | None = None) -> None:
        self.unknown: Counter[str] = Counter()
        self._policy = policy if policy is not None else shipped_policy(self.policy)

    def rows(self, path: Path, say: Say) -> Iterator[FeatureRow | Spoilt]:
        for item in _by_line(path, say) if _is_linewise(path) else _whole(path):
            yield item if isinstance(item, Spoilt) else FeatureRow(*item, self._policy, self.unknown)


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One feature."""

    line: int
    feature: dict[str, object]
    policy: Policy
    unknown: Counter[str]

    @property
    def own_id(self) -> str:
        body = self.body()
        source, own = body.get("source"), body.get("source_id")
        return f"{source}\0{own}" if isinstance(source, str) and isinstance(own, str) and source and own else ""

    @property
    def content(self) -> str:
        return kept_text(self.feature)

    def kept(self) -> str:
        return kept_text(self.feature)

    def raw(self) -> RawRecord:
        raw = understood(raw_of(self.body(), foreign=True), self.policy, self.unknown)
        properties = self.feature.get("properties")
        if "geometry" not in self.feature:
            raw.problems.append(Problem("geometry", Reason.MISSING, "is required; null says that there is no place"))
        if isinstance(properties, dict) and "place" in properties:
            raw.problems.append(Problem("place", Reason.UNKNOWN_FIELD, "is the feature's geometry, not a property"))
        return raw

    def life(self, record: Record) -> list[Change]:
        return [(record.reported_at, record)]

    def body(self) -> dict[str, object]:
        properties = self.feature.get("properties")
        body = dict(properties) if isinstance(properties, dict) else {}
        own = self.feature.get("id")
        if "source_id" not in body and isinstance(own, str | int) and not isinstance(own, bool):
            body["source_id"] = str(own)
        return body | {"place": self.feature.get("geometry")}


def _is_linewise(path: Path) -> bool:
    """By name, by the first record separator, or because the first line is a whole feature."""
    suffixes = path.suffixes[:-1] if path.suffix == ".gz" else path.suffixes
    if suffixes and suffixes[-1].lower() in LINEWISE:
        return True
    first = next(iter(Lines(path)), "")
    if first.startswith("\x1e"):
        return True
    try:
        value = msgspec.json.decode(first)
    except msgspec.DecodeError:
        return False
    return isinstance(value, dict) and value.get("type") == "Feature"


def _by_line(path: Path, say: Say) -> Iterator[_Feature | Spoilt]:
    lines = Lines(path)
    for text in lines:
        if lines.recoded == 1:
            say(f"{path.name} is not UTF-8 (line {lines.number}): such lines are read as Windows-1252")
            lines.recoded += 1
        text = text.strip("\x1e \t\r\n")
        if text == OVERLONG:
            yield _too_long(lines.number)
        elif text:
            yield _row(lines.number, text.encode("utf-8"))


def _whole(path: Path) -> Iterator[_Feature | Spoilt]:
    source = blocks(path)
    first = next(source).removeprefix(b"\xef\xbb\xbf")
    if not first.lstrip().startswith(b"{"):
        raise NotThisFormat(f"{path.name} is no GeoJSON: it does not begin with an object")
    for item in Values("features", LONGEST_LINE_BYTES).read(chain([first], source)):
        if isinstance(item, Broken):
            raise Damaged(f"{path.name} {'is cut off' if item.ended else 'is no JSON'} at line {item.line}", item.line)
        yield _too_long(item.line) if item.text is None else _row(item.line, item.text)


def _too_long(line: int) -> Spoilt:
    return Spoilt(line, refused("", Reason.TOO_LONG, "a feature of more than 1 MiB was read past"), "")


def _row(line: int, text: bytes) -> _Feature | Spoilt:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kept = kept_line(text.decode("utf-8", "replace"))
        return Spoilt(line, refused("", Reason.BAD_JSON, f"is no JSON: {error}"), kept)
    except RecursionError:
        return Spoilt(line, refused("", Reason.BAD_JSON, "is nested too deeply"), "")
    if not isinstance(value, dict) or value.get("type") != "Feature":
        return Spoilt(line, refused("type", Reason.BAD_ROW, "is not a GeoJSON Feature"), kept_text(value))
    return line, value
