"""The reader's own part of a briefing: what of the shared he may know, sorted, numbered and said; for a thread"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from geo.marking import Marking
from geo.model import Stored
from geo.picture import LivePicture
from streams.patrol.asking import Question
from streams.patrol.document import PatrolBriefing
from streams.patrol.gathering import Shared
from streams.patrol.items import Hour
from streams.patrol.judging import Judged, judged
from streams.patrol.problem_places import places_part, precision_note, tally
from streams.patrol.sections import Sorting


def own_part(
    shared: Shared,
    question: Question,
    before: Mapping[str, Stored],
    elsewhere: Sequence[Stored] = (),
    without: frozenset[str] = frozenset(),
) -> PatrolBriefing:
    """``before`` are the changed records as of ``question.since``, ``elsewhere`` what is assigned to his unit away from
    the beat, ``without`` what has changed again by now."""
    with shared.lock:
        everything = _everything(shared, question, elsewhere, without)
        hotspots = shared.places.get(question.reader.officer.clearance, ())
        twins = shared.picture.twins.of
        hour = Hour(question.at, question.zone, question.beat.area)
        sorting = Sorting(
            everything=everything,
            before=before,
            since=question.since,
            callsign=question.reader.callsign,
            answered=dict(question.reader.answered),
            hour=hour,
            twins=twins,
            tally=tally(shared, question.reader.officer.clearance, question.since),
        )
        numbers = sorting.parts(places_part(hotspots, shared))
    items = [item for part in numbers for item in part.items]
    return PatrolBriefing(
        id=_id(question),
        request=question.request,
        officer=question.reader.officer.id,
        callsign=question.reader.callsign,
        force=question.reader.officer.force,
        beat=question.beat.id,
        beat_name=question.beat.name,
        beat_area=question.beat.area,
        start=question.start,
        until=question.until,
        since=question.since,
        compiled_at=question.at,
        zone=str(question.zone),
        policy=shared.turn.weighing.version,
        marking=highest(item.marking for item in items),
        parts=numbers,
        hotspots=hotspots,
        notes=tuple(note for note in (*question.notes, precision_note(shared)) if note),
    )


def _everything(
    shared: Shared, question: Question, elsewhere: Sequence[Stored], without: frozenset[str]
) -> list[Judged]:
    weighing, reader, now = shared.turn.weighing, question.reader, question.at
    found = judged(shared.picture, shared.distance_m, shared.in_beat, reader, weighing, now)
    away = [item for item in elsewhere if item.record.id not in shared.picture.slot_of]
    if away:
        found += _away(shared, question, away)
    return [one for one in found if one.id not in without] if without else found


def _away(shared: Shared, question: Question, away: Sequence[Stored]) -> list[Judged]:
    """In a picture of their own; slots go on where the shared ones end."""
    picture, policy = LivePicture(), shared.turn.weighing.shift
    picture.apply(away, policy.lifetime_and_reach)
    picture.expire(question.at)
    count = len(picture.stored)
    metres = shared.turn.ground.metres(picture.lon[:count], picture.lat[:count])
    weighing = shared.turn.weighing
    ones = judged(picture, metres, np.zeros(count, np.bool_), question.reader, weighing, question.at)
    return [one.moved_to(-1 - one.slot) for one in ones if one.tasked]


def highest(markings: Iterable[Marking]) -> Marking:
    """What the whole is marked with: the highest level, every handling, caveat and operation of its parts."""
    every = list(markings)
    if not every:
        return Marking()
    return Marking(
        max(marking.level for marking in every),
        tuple(sorted({handling for marking in every for handling in marking.handling})),
        tuple(sorted({caveat for marking in every for caveat in marking.caveats})),
        tuple(sorted({operation for marking in every for operation in marking.operations})),
    )


def _id(question: Question) -> str:
    """The same request of the same reader is the same briefing."""
    reader = question.reader.officer
    what = question.request or f"{question.beat.id}\0{question.at}"
    name = f"{reader.force}\0{reader.id}\0{what}"
    return f"pat-{hashlib.blake2b(name.encode(), digest_size=12).hexdigest()}"
