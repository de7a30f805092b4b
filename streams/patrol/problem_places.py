"""Problem places and times of the beat, from its own past: what all of that clearance may see, and no persons"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry import Point

from geo import hotspots
from geo.clock import DAY, HOUR, Instant
from geo.marking import Clearance, Handling
from geo.model import Record, Stored
from geo.pairs import Bool
from geo.place import distance_m, point_of
from geo.store.patrol_rows import BeatColumns
from streams.patrol.document import A_SCREENFUL, Hotspot, Item, Part, Section
from streams.patrol.gathering import NO_NEWS, Shared
from streams.patrol.times import LONG
from streams.patrol.where import where_text

FEWEST = 30
"""Fewer incidents say nothing about a place."""
SHORTEST = 14 * DAY
"""Nor does a shorter history."""
STRAY = 0.02
"""One old call does not make a day's history seven weeks long: history begins where so much of it lies before."""
WORTH_SAYING = 0.04
"""Less than one in 25 shifts is no problem place of this shift."""
MOSTLY = 0.4
"""A kind that is less of what happens there is one of several."""
OTHER = "other"
METHOD = "kernel density and hours of the week, gamma-Poisson 80 % interval"
COARSELY = "kernel density, no hours (known by the month), gamma-Poisson 80 % interval"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Spots:
    """Problem places without a street yet: ``named_by`` are the numbers of records that lie there, ``categories`` what
    happens there most, "" where that is several kinds."""

    places: tuple[hotspots.Place, ...] = ()
    categories: tuple[str, ...] = ()
    named_by: tuple[int, ...] = ()
    methods: tuple[str, ...] = ()


def spots(shared: Shared, clearance: Clearance, zone: str) -> Spots:
    """Worked out of the history, for a thread: 10 to 30 ms."""
    history = shared.history.rows(_countable(shared, clearance))
    turn = shared.turn
    if len(history) < FEWEST:
        return Spots()
    since = max(shared.since, int(np.quantile(history.occurred_from, STRAY, method="lower")))
    if turn.at - since < SHORTEST:
        return Spots()
    events = _events(history)
    found = hotspots.places(events, turn.beat.area, since, turn.at, (turn.start, turn.until), zone, limit=8)
    told = [place for place in found if place.expected >= WORTH_SAYING]
    metres = [distance_m(place.lon, place.lat, history.lon, history.lat) for place in told]
    there = [history.category[away <= hotspots.PLACE_M] for away in metres]
    nearest = [int(history.n[int(np.argmin(away))]) for away in metres]
    fine = (history.occurred_until - history.occurred_from) <= LONG
    methods = [METHOD if fine[away <= hotspots.PLACE_M].any() else COARSELY for away in metres]
    return Spots(tuple(told), tuple(_mostly(kinds.tolist()) for kinds in there), tuple(nearest), tuple(methods))


def _mostly(categories: list[str]) -> str:
    """What happens there, where it is mostly one kind."""
    kind, count = Counter(categories).most_common(1)[0] if categories else (OTHER, 0)
    return kind if kind != OTHER and count >= MOSTLY * len(categories) else ""


def _countable(shared: Shared, clearance: Clearance) -> Bool:
    """Of the force itself, of no operation, not above the clearance; and something that police were needed for: where
    people were searched is where police looked, and says nothing about where things happen."""
    history = shared.history
    counted: Bool = (history.common == 1) & (history.level <= int(clearance)) & (history.grade > 0)
    if len(history):
        counted &= ~np.isin(history.category.astype(str), NO_NEWS)
    return counted


def _events(history: BeatColumns) -> hotspots.Events:
    _, codes = np.unique(history.category.astype(str), return_inverse=True)
    return hotspots.Events(
        history.lon, history.lat, history.occurred_from, history.occurred_until, codes.astype(np.int64)
    )


def named(found: Spots, records: Sequence[Stored]) -> tuple[Hotspot, ...]:
    """The places, each with its street: as the record nearest to its middle has it."""
    public = [item.record for item in records if Handling.RECIPIENTS_ONLY not in item.record.handling]
    rows = zip(found.places, found.categories, found.methods, strict=True)
    return tuple(_hotspot(place, category, method, public) for place, category, method in rows)


def _hotspot(place: hotspots.Place, category: str, method: str, records: Sequence[Record]) -> Hotspot:
    near = min(records, key=lambda record: _metres(place, record), default=None)
    return Hotspot(
        lon=place.lon,
        lat=place.lat,
        radius_m=place.radius_m,
        category=category,
        where="" if near is None else where_text(near),
        hours=place.hours,
        weekdays=place.weekdays,
        expected=place.expected,
        low=float(place.low),
        high=float(place.high),
        seen=place.seen,
        weeks=place.weeks,
        method=method,
    )


def _metres(place: hotspots.Place, record: Record) -> float:
    return np.inf if record.place is None else float(distance_m(place.lon, place.lat, *point_of(record.place)))


def places_part(found: Sequence[Hotspot], shared: Shared) -> Part:
    """The section: where, when, how much is to be expected and how sure that is."""
    label = shared.turn.policy.label
    words = [label(hotspot.category) if hotspot.category else "Calls of several kinds" for hotspot in found]
    items = tuple(_item(*told, shared) for told in zip(found[:A_SCREENFUL], words, strict=False))
    note = "" if items else "Too little is known of this beat's past to say where and when."
    more = max(0, len(found) - A_SCREENFUL)
    return Part(section=Section.PROBLEM_PLACES, items=items, more=more, note=note)


def _item(hotspot: Hotspot, label: str, shared: Shared) -> Item:
    hours = (shared.turn.until - shared.turn.start) / HOUR
    weeks = max(1, round(hotspot.weeks))
    return Item(
        number=0,
        section=Section.PROBLEM_PLACES,
        line=f"{label}{_times(hotspot)}",
        detail=_expected(hotspot, hours),
        where=hotspot.where,
        place=Point(round(hotspot.lon, 6), round(hotspot.lat, 6)),
        when=_seen(hotspot, weeks),
        why=("worked out from the beat's past, not from persons",),
        category=hotspot.category,
        score=min(1.0, hotspot.expected),
    )


def _times(hotspot: Hotspot) -> str:
    """``, 17:00 to 21:00, Fri and Sat``; nothing where the data are not that fine."""
    said = ""
    if hotspot.hours is not None:
        said += f", {hotspot.hours[0]:02d}:00 to {hotspot.hours[1]:02d}:00"
    if hotspot.weekdays is not None and len(hotspot.weekdays) < 7:
        days = [_WEEKDAYS[day] for day in hotspot.weekdays]
        said += ", " + (" and ".join([", ".join(days[:-1]), days[-1]]) if len(days) > 1 else days[0])
    return said


def _expected(hotspot: Hotspot, hours: float) -> str:
    """Four of five shifts like this one lie between the two figures."""
    if hotspot.high < 1:
        return (
            f"About one in {round(1 / hotspot.expected)} shifts like this; most likely none in these {hours:.0f} hours"
        )
    low, high = f"{hotspot.low:.0f}", f"{hotspot.high:.0f}"
    most = f"most likely {low} to {high}" if low != high else f"most likely {low}"
    return f"{hotspot.expected:.1f} to be expected in these {hours:.0f} hours, {most}"


def _seen(hotspot: Hotspot, weeks: int) -> str:
    seen = min(hotspot.seen, weeks)
    return (
        f"in {seen} of the last {weeks} weeks"
        if hotspot.method == METHOD
        else f"in the last {weeks} weeks, days not known"
    )


def tally(shared: Shared, clearance: Clearance, since: Instant) -> str:
    """What came in in the beat since then: `` (61 calls: 14 disturbance, 9 theft, 7 traffic)``; "" for nothing."""
    history = shared.history
    rows = (history.common == 1) & (history.level <= int(clearance)) & (history.reported_at > since)
    names, counts = np.unique(history.category[rows].astype(str), return_counts=True)
    if not len(names):
        return ""
    label, most = shared.turn.policy.label, np.argsort(-counts, kind="stable")[:3]
    kinds = [label(str(name)).lower() if name != OTHER else OTHER for name in names]
    said = ", ".join(f"{counts[place]} {kinds[place]}" for place in most)
    total = int(counts.sum())
    return f" ({total} call{'s' * (total > 1)}: {said})"


def precision_note(shared: Shared) -> str:
    """Where the source knows the month only, that no hours are made of it."""
    history = shared.history
    vague = int(np.count_nonzero((history.occurred_until - history.occurred_from) > LONG))
    if not vague:
        return ""
    return f"{vague} of {len(history)} past incidents are known by the month only: no hours are made of them."
