"""Who asks for a briefing, of which beat and for what time: what was said, else his shift, else where he stands"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from geo.clock import DAY, HOUR, MINUTE, SECOND, Instant
from geo.model import Beat, Officer, Principal, Unit
from geo.place import covers
from geo.store.contract import Store
from geo.store.patrol_rows import OnDuty
from streams.errors import BadBriefing
from streams.ownership import narrower
from streams.patrol.judging import Reader
from streams.patrol.times import zone_named

USUAL_SHIFT = 8 * HOUR
LONGEST_SHIFT = 24 * HOUR
SOON = 12 * HOUR
"""A shift that begins within this is the one that he asks about."""
AHEAD = 7 * DAY
"""A briefing is asked for at most so long before it begins."""
USUAL_SINCE = 24 * HOUR
LONGEST_SINCE = 14 * DAY
HERE_FOR = 30 * MINUTE
SKEW = 5 * SECOND
"""A clock that is this much ahead is not asking about the future."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader asks for; what is None comes from his shift in the roster, else from where he stands and what is
    usual (the next 8 hours, the last 24), and the briefing's notes say so."""

    beat: str | None = None
    """By id, or by name within his force."""
    start: Instant | None = None
    until: Instant | None = None
    since: Instant | None = None
    """What changed since then: the end of his last shift."""
    zone: str | None = None
    """IANA, of the words: Europe/London."""
    request: str = ""
    """The key of the request: the same key is the same briefing's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be compiled, all of it known."""

    reader: Reader
    beat: Beat
    start: Instant
    until: Instant
    since: Instant
    zone: ZoneInfo
    request: str
    at: Instant
    notes: tuple[str, ...]


async def question_of(store: Store, principal: Principal, asked: Asked, now: Instant, zone: str) -> Question:
    """Raises BadBriefing, which says what to mend."""
    known_zone = zone_named(asked.zone or zone)
    rows = await store.reader_rows(principal.id, now)
    shift = _shift(rows.shifts, asked, now)
    start, until, notes = _window(asked, shift, now)
    since, because = _since(asked, rows.shifts, start, now)
    roster = next(iter(await store.officers([principal.id])), None)
    officer = narrower(_of_token(principal), roster)
    unit = await _unit(store, shift)
    head = next(iter(await store.heads([principal.id])), None)
    cell = head.cell if head is not None and head.fix_at is not None and now - head.fix_at <= HERE_FOR else None
    beat, found = await _beat(store, officer.force, asked, shift, cell)
    brought = (*unit.skills, *unit.equipment) if unit is not None else ()
    reader = Reader(
        officer=replace(officer, skills=tuple(dict.fromkeys((*officer.skills, *brought)))),
        callsign=unit.callsign if unit is not None else "",
        beat=beat.id,
        addressed=rows.addressed,
        answered=tuple(rows.answered.items()),
        cell=cell,
        cell_at=head.fix_at if head is not None and cell is not None else None,
        patrols=principal.role == "officer",
    )
    return Question(
        reader=reader,
        beat=beat,
        start=start,
        until=until,
        since=since,
        zone=known_zone,
        request=asked.request,
        at=now,
        notes=tuple(note for note in (found, *notes, because) if note),
    )


def _of_token(principal: Principal) -> Officer:
    """An officer of whom the roster knows nothing; who is none is of no role that a category is for."""
    role = "response" if principal.role == "officer" else principal.role
    return Officer(
        id=principal.id,
        force=principal.force,
        role=role,
        clearance=principal.clearance,
        operations=principal.operations,
    )


def _shift(shifts: Sequence[OnDuty], asked: Asked, now: Instant) -> OnDuty | None:
    """The shift that he asks about: the one that runs at that time, else the next one if it begins soon."""
    at = now if asked.start is None else asked.start
    running = [shift for shift in shifts if shift.start <= at < shift.end]
    coming = [shift for shift in shifts if at < shift.start <= at + SOON]
    return next(iter(running or coming), None)


def _window(asked: Asked, shift: OnDuty | None, now: Instant) -> tuple[Instant, Instant, list[str]]:
    notes = []
    start = asked.start
    if start is None:
        start = shift.start if shift is not None else now
    until = asked.until
    if until is None:
        until = shift.end if shift is not None and shift.end > start else start + USUAL_SHIFT
        if shift is None:
            notes.append("The roster has no shift for you: this is for 8 hours.")
    if until <= start:
        raise BadBriefing("to", "bad_time", "the briefing ends before it begins: to is later than from")
    if until <= now:
        raise BadBriefing("to", "bad_time", "that time is over: to is later than now")
    if until - start > LONGEST_SHIFT:
        raise BadBriefing("to", "bad_time", "a briefing is for at most 24 hours")
    if start > now + AHEAD:
        raise BadBriefing("from", "bad_time", "a briefing is made at most 7 days ahead, of what is known by then")
    return start, until, notes


def _since(asked: Asked, shifts: Sequence[OnDuty], start: Instant, now: Instant) -> tuple[Instant, str]:
    """When he was last on duty: what changed before that he has heard of."""
    if asked.since is not None:
        if asked.since > now + SKEW:
            raise BadBriefing("since", "bad_time", "since is in the future: nothing has changed since then yet")
        earliest = now - LONGEST_SINCE
        note = "What changed more than 14 days ago is not said." if asked.since < earliest else ""
        return min(max(asked.since, earliest), now), note
    ended = [shift.end for shift in shifts if shift.end <= min(start, now)]
    if ended:
        since = max(max(ended), now - LONGEST_SINCE)
        return since, ""
    return now - USUAL_SINCE, "Your last shift is not in the roster: what changed is that of the last 24 hours."


async def _unit(store: Store, shift: OnDuty | None) -> Unit | None:
    if shift is None or shift.unit is None:
        return None
    return next(iter(await store.units([shift.unit])), None)


async def _beat(
    store: Store, force: str, asked: Asked, shift: OnDuty | None, cell: tuple[float, float] | None
) -> tuple[Beat, str]:
    """The beat, and what the reader has to know about how it was found."""
    if asked.beat:
        return await _named(store, force, asked.beat), ""
    if shift is not None and shift.beat:
        return await _named(store, force, shift.beat), ""
    if cell is not None:
        lon, lat = np.array([cell[0]]), np.array([cell[1]])
        theirs = [beat for beat in await store.beats() if beat.force == force and covers(beat.area, lon, lat)[0]]
        if theirs:
            beat = min(theirs, key=lambda beat: beat.area.area)
            return beat, f"The roster has no beat for you: this is {beat.name or beat.id}, where you stand."
    raise BadBriefing("beat", "no_beat", f"say which beat: the roster has none for you{await _some(store, force)}")


async def _named(store: Store, force: str, name: str) -> Beat:
    """By id, by name within the force, then without regard to capitals. Another force's is as unknown as none."""
    names = await store.beat_names(force)
    exact = [key for key, title in names if name in (key, title)]
    folded = [key for key, title in names if name.casefold() in (key.casefold(), title.casefold())]
    if exact or folded:
        return (await store.beats([(exact or folded)[0]]))[0]
    titles = {text.casefold(): text for key, title in names for text in (key, title) if text}
    near = difflib.get_close_matches(name.casefold(), titles, n=3, cutoff=0.5)
    likely = ", ".join(titles[text] for text in near)
    hint = f"; did you mean {likely}?" if likely else await _some(store, force)
    raise BadBriefing("beat", "unknown_beat", f"no beat is called {name[:60]!r}{hint}")


async def _some(store: Store, force: str) -> str:
    names = [title or key for key, title in await store.beat_names(force)]
    if not names:
        return " (the roster has no beats: import them first)"
    return f" (such as {', '.join(names[:3])})"
