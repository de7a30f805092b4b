"""The one door: a matrix of readers and records, from both of its sides, and nobody goes round it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from geo.access import Refusal, Rights, may_read, release, release_reading
from geo.marking import Clearance, Handling, Marking
from geo.model import Audience, Briefing, Grade, Incident, Interval, Principal, Record, Stored
from geo.pairs import Candidate, Pairs, Via, candidates
from geo.picture import LivePicture
from tests.geo.door import breaches
from tests.map import ROOT, sources

NOW = 1_800_000_000_000_000
COUNTER = itertools.count()


def record_with(marking: Marking, force: str = "own", start: int | None = None) -> Incident:
    return Incident(
        force=force,
        source="test",
        source_id=str(next(COUNTER)),
        category="other",
        title="t",
        grade=Grade.ROUTINE,
        reported_at=NOW,
        valid=Interval(start),
        marking=marking,
    )


def pictured(*records: Record) -> LivePicture:
    picture = LivePicture()
    picture.apply([Stored(record, 1, NOW) for record in records], lambda _: (NOW + 1, 100.0))
    return picture


def rights_of(picture: LivePicture, *readers: tuple[bool, Clearance, str, tuple[str, ...]]) -> Rights:
    books = picture.books
    return Rights(
        np.array([duty for duty, *_ in readers], np.bool_),
        np.array([clearance for _, clearance, _, _ in readers], np.uint8),
        np.array([books.forces.code(force) for _, _, force, _ in readers], np.int32),
        np.array([books.operations.code(frozenset(operations)) for *_, operations in readers], np.int32),
    )


def pairs_of(officer: list[int], record: list[int], via: list[int] | None = None) -> Pairs[Candidate]:
    nothing = np.zeros(len(officer), np.float32)
    bits = np.array(via or [Via.PLACE] * len(officer), np.uint8)
    return candidates(np.array(officer, np.int32), np.array(record, np.int32), nothing, nothing, bits)


LEVELS = (Clearance.OFFICIAL, Clearance.OFFICIAL_SENSITIVE, Clearance.SECRET)
OPERATIONS: tuple[tuple[str, ...], ...] = ((), ("ALPHA",), ("BETA", "GAMMA"), ("ALPHA", "BETA"))
SHARED: tuple[tuple[str, ...], ...] = ((), ("neighbour",), ("far",))
HANDLINGS: tuple[tuple[Handling, ...], ...] = (
    (),
    (Handling.RECIPIENTS_ONLY,),
    (Handling.ORGANISATIONAL_USE_ONLY,),
    (Handling.EMBARGOED,),
    (Handling.HMG_USE_ONLY, Handling.FOR_PUBLIC_RELEASE),
)


def expected(record: Record, duty: bool, clearance: Clearance, force: str, mine: tuple[str, ...], via: int) -> Refusal:
    """The rules in words, one pair at a time."""
    marking = record.marking
    if not duty:
        return Refusal.OFF_DUTY
    if clearance < marking.level:
        return Refusal.CLEARANCE
    if force != record.force and force not in marking.shared_with:
        return Refusal.FORCE
    if marking.operations and not set(mine) & set(marking.operations):
        return Refusal.COMPARTMENT
    if Handling.RECIPIENTS_ONLY in marking.handling and not via & (Via.TASKED | Via.ADDRESSED):
        return Refusal.HANDLING
    if Handling.ORGANISATIONAL_USE_ONLY in marking.handling and force != record.force:
        return Refusal.HANDLING
    if Handling.EMBARGOED in marking.handling and (record.valid.start is None or record.valid.start > NOW):
        return Refusal.HANDLING
    return Refusal.NONE


def test_every_reader_and_every_marking() -> None:
    """15,000 pairs and more: the columns agree with the rules in words, and lose or double none."""
    records = [
        record_with(Marking(level, handling, (), operations, shared), start=start)
        for level, handling, operations, shared in itertools.product(LEVELS, HANDLINGS, OPERATIONS, SHARED)
        for start in (None, NOW, NOW + 1)
    ]
    picture = pictured(*records)
    readers = list(itertools.product((True, False), LEVELS, ("own", "neighbour"), OPERATIONS))
    rights = rights_of(picture, *readers)
    vias = (Via.PLACE, Via.TASKED, Via.ADDRESSED | Via.PLACE, Via.HELD)
    rows = [
        (reader, picture.slot_of[record.id], vias[(reader + number) % len(vias)])
        for reader in range(len(readers))
        for number, record in enumerate(records)
    ]
    pairs = pairs_of([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
    released, refused = release(pairs, picture, rights, NOW)
    by_slot = {picture.slot_of[record.id]: record for record in records}
    answers = {row: Refusal(int(reason)) for row, reason in zip(refused.rows.tolist(), refused.reason, strict=True)}
    assert len(released) + len(refused) == len(pairs) > 15_000
    for row, (reader, slot, via) in enumerate(rows):
        assert answers.get(row, Refusal.NONE) is expected(by_slot[slot], *readers[reader], via), (readers[reader], slot)
    let_in = {(int(officer), int(record)) for officer, record in zip(released.officer, released.record, strict=True)}
    assert let_in == {(reader, slot) for row, (reader, slot, _) in enumerate(rows) if row not in answers}
    np.testing.assert_array_equal(refused.officer, pairs.officer[refused.rows])
    np.testing.assert_array_equal(refused.record, pairs.record[refused.rows])


def test_nothing_in_nothing_out() -> None:
    picture = pictured()
    released, refused = release(pairs_of([], []), picture, rights_of(picture), NOW)
    assert (len(released), len(refused)) == (0, 0)


def test_a_right_given_later_than_the_record_counts() -> None:
    """The table of operations grows with its books, on either side."""
    picture = pictured(record_with(Marking(operations=("ALPHA",))))
    before = rights_of(picture, (True, Clearance.OFFICIAL, "own", ("ZULU",)))
    assert len(release(pairs_of([0], [0]), picture, before, NOW)[0]) == 0
    for number in range(20):
        picture.books.operations.code(frozenset({f"OTHER {number}"}))
    after = rights_of(picture, (True, Clearance.OFFICIAL, "own", ("ZULU", "ALPHA")))
    assert len(release(pairs_of([0], [0]), picture, after, NOW)[0]) == 1


@pytest.mark.parametrize("force", ["own", "neighbour", "far"])
@pytest.mark.parametrize("clearance", LEVELS)
@pytest.mark.parametrize("mine", OPERATIONS)
def test_http_readers_go_through_the_same_door(force: str, clearance: Clearance, mine: tuple[str, ...]) -> None:
    reader = Principal(id="p1", role="officer", force=force, clearance=clearance, operations=mine, expires_at=NOW + 1)
    records = [
        record_with(Marking(level, handling, (), operations, shared), start=start)
        for level, handling, operations, shared in itertools.product(LEVELS, HANDLINGS, OPERATIONS, SHARED)
        for start in (None, NOW, NOW + 1)
    ]
    readable = release_reading([Stored(record, 1, NOW) for record in records], reader, NOW)
    answers = {record.id: expected(record, True, clearance, force, mine, Via.PLACE) for record in records}
    assert [item.record.id for item in readable.items] == [name for name, why in answers.items() if not why]
    assert dict(readable.refused) == {name: why for name, why in answers.items() if why}
    for record in records[::7]:
        assert may_read(record, reader, NOW) == (answers[record.id] or None)


def test_a_dispatcher_reads_what_is_for_recipients_and_what_is_under_embargo() -> None:
    withheld = record_with(Marking(handling=(Handling.RECIPIENTS_ONLY, Handling.EMBARGOED)), start=NOW + 1)
    dispatcher = Principal(id="d1", role="dispatcher", force="own", expires_at=NOW + 1)
    officer = Principal(id="p1", role="officer", force="own", expires_at=NOW + 1)
    assert may_read(withheld, dispatcher, NOW) is None
    assert may_read(withheld, officer, NOW) is Refusal.HANDLING
    assert may_read(record_with(Marking(Clearance.SECRET)), dispatcher, NOW) is Refusal.CLEARANCE


def test_an_officer_reads_the_briefing_that_names_him() -> None:
    briefing = Briefing(
        force="own",
        source="test",
        source_id="b",
        category="other",
        title="t",
        grade=Grade.ROUTINE,
        reported_at=NOW,
        marking=Marking(handling=(Handling.RECIPIENTS_ONLY,)),
        audience=Audience(officers=("p1",)),
    )
    named, other = (Principal(id=name, role="officer", force="own", expires_at=NOW) for name in ("p1", "p2"))
    assert may_read(briefing, named, NOW) is None
    assert may_read(briefing, other, NOW) is Refusal.HANDLING


# ------------------------------------------------------------------ nobody goes round it
def test_no_source_file_goes_round_the_door() -> None:
    found = [
        breach for path in sources() for breach in breaches(path.as_posix(), (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(pairs):\n    return pairs.witness",
        "from geo.pairs import Pairs\nPairs(a, b, c, d, e, w)",
        "from geo.pairs import Pairs, Released\nPairs[Released](a, b, c, d, e, w)",
        "import geo.pairs\ngeo.pairs.Pairs(a, b, c, d, e, w)",
        "from geo.pairs import Released\nReleased()",
        "from geo.pairs import Released, Witness\nclass Mine(Witness[Released]):\n    pass",
        "from geo.access import _RELEASED",
        "from geo.access import Readable\nReadable((), (), w)",
        "from dataclasses import replace\nfrom geo.pairs import Pairs\nreplace(pairs, officer=x)",
        "import dataclasses\ndataclasses.replace(pairs, witness=x)",
        "import dataclasses\ndataclasses.replace(pairs, **columns)",
        "import copy\nfrom geo.pairs import Pairs\ncopy.copy(pairs)",
        "from typing import cast\ncast('Pairs[Released]', pairs)",
        "from typing import cast\nfrom geo.pairs import Pairs, Released\ncast(Pairs[Released], pairs)",
        "object.__setattr__(pairs, 'witness', w)",
        "from geo.pairs import Pairs\nscore(pairs)  # type: ignore[arg-type]",
    ],
)
def test_the_linter_finds_each_way_round(source: str) -> None:
    assert len(breaches("streams/sly.py", source)) >= 1
    assert breaches("geo/access.py", source) == []


def test_the_linter_leaves_honest_work_alone() -> None:
    honest = (
        "from dataclasses import replace\n"
        "from typing import cast\n"
        "replace(record, status=closed)\n"
        "text.replace('a', 'b')\n"
        "cast('list[str]', x)\n"
    )
    assert breaches("app/honest.py", honest) == []
    released = "from geo.pairs import Pairs, Released, take\ncolumn.copy()\ntake(pairs, rows)\n"
    assert breaches("streams/honest.py", released) == []
