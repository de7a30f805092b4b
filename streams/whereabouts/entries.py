"""How units lie in Redis: the keys of a process, the commands that write a slice of them, and what is believed.

beatline:nodes           sorted set   process -> when it was last heard of (microseconds)
beatline:units:PROCESS   hash         officer -> its unit as JSON, with the instant of writing
beatline:places:PROCESS  geo set      officers on duty with a fix
beatline:left            hash         officer whose device has just left a process -> where he was: for the next one
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

import msgspec
from redis.asyncio.client import Pipeline

from geo.clock import Instant
from streams.whereabouts.contract import KEPT, Sighting

NODES = "beatline:nodes"
LEFT = "beatline:left"
FURTHEST_LAT = 85.0
"""What a geo set can hold; further north nobody is found by "near" from another process."""


class _Entry(msgspec.Struct):
    at: Instant
    unit: Sighting


_decoder = msgspec.json.Decoder(_Entry)


def units_key(node: str) -> str:
    """The hash of a process."""
    return f"beatline:units:{node}"


def places_key(node: str) -> str:
    """The geo set of a process."""
    return f"beatline:places:{node}"


def fill(pipe: Pipeline, node: str, units: Sequence[Sighting], officers: Iterable[str], now: Instant) -> None:
    """``officers`` who are not among ``units`` are taken away; who has no place, or is off duty, loses his."""
    if units:
        pipe.hset(units_key(node), mapping={unit.officer: entry_of(unit, now) for unit in units})
    places: list[float | str] = []
    placed, here = set(), set()
    for unit in units:
        here.add(unit.officer)
        if unit.lon is not None and unit.lat is not None and abs(unit.lat) <= FURTHEST_LAT:
            placed.add(unit.officer)
            places += (unit.lon, unit.lat, unit.officer)
    if places:
        pipe.geoadd(places_key(node), places)
    if nowhere := [officer for officer in officers if officer not in placed]:
        pipe.zrem(places_key(node), *nowhere)
        if gone := [officer for officer in nowhere if officer not in here]:
            pipe.hdel(units_key(node), *gone)
        if off_duty := [officer for officer in nowhere if officer in here]:
            pipe.hdel(LEFT, *off_duty)


def take_away(pipe: Pipeline, officers: Sequence[str], others: Iterable[str]) -> None:
    """They went off duty here: what another process, a dead one perhaps, or a device that left had said goes too."""
    pipe.hdel(LEFT, *officers)
    for node in others:
        pipe.hdel(units_key(node), *officers)
        pipe.zrem(places_key(node), *officers)


def entry_of(unit: Sighting, now: Instant) -> bytes:
    """As it lies in the hash."""
    return msgspec.json.encode(_Entry(now, unit))


def believed(texts: Iterable[bytes], now: Instant) -> list[Sighting]:
    """Units that were written lately; what cannot be read (a newer version's, a stranger's) is left out."""
    units = []
    for text in texts:
        with contextlib.suppress(msgspec.DecodeError):
            entry = _decoder.decode(text)
            if now - entry.at <= KEPT:
                units.append(entry.unit)
    return units
