"""Who asks, of which beat and for what time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from geo.clock import DAY, HOUR, MINUTE, VirtualClock
from geo.marking import Clearance
from geo.model import Officer, Shift, Unit
from geo.store.rows import Tick
from geo.store.sqlite import SqliteStore
from streams.errors import BadBriefing
from streams.patrol.asking import Asked, Question, question_of
from tests.streams.patrol import town

NOW = town.NOW


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "b.db", VirtualClock(NOW))
    await made.open()
    await town.settle(made)
    yield made
    await made.close()


async def ask(store: SqliteStore, who: str = "pc-1", force: str = "own", **asked: Any) -> Question:
    return await question_of(store, town.principal(who, force=force), Asked(**asked), NOW, "Europe/London")


async def test_everything_comes_from_the_shift_that_runs(store: SqliteStore) -> None:
    question = await ask(store)
    assert (question.beat.id, question.start, question.until) == ("N1", NOW - 2 * HOUR, NOW + 6 * HOUR)
    assert question.since == NOW - 18 * HOUR, "the end of the shift before"
    assert question.reader.callsign == "N1-12"
    assert question.notes == ()


async def test_before_a_shift_it_is_the_next_one_that_begins_soon(store: SqliteStore) -> None:
    await store.put_shifts([Shift(id="x", officer="pc-5", start=NOW + HOUR, end=NOW + 9 * HOUR, beat="N2")])
    question = await ask(store, "pc-5")
    assert (question.beat.id, question.start, question.until) == ("N2", NOW + HOUR, NOW + 9 * HOUR)
    await store.put_shifts([Shift(id="y", officer="pc-6", start=NOW + 30 * HOUR, end=NOW + 38 * HOUR, beat="N2")])
    with pytest.raises(BadBriefing, match="roster has none for you"):
        await ask(store, "pc-6")


async def test_who_has_no_shift_has_eight_hours_and_where_he_stands_and_is_told_so(store: SqliteStore) -> None:
    with pytest.raises(BadBriefing) as caught:
        await ask(store, "pc-7")
    assert (caught.value.field, caught.value.reason) == ("beat", "no_beat")
    assert "Mill Lane" in str(caught.value)
    question = await ask(store, "pc-7", beat="N2")
    assert (question.start, question.until, question.since) == (NOW, NOW + 8 * HOUR, NOW - DAY)
    assert len(question.notes) == 2
    assert question.reader.callsign == ""


@pytest.mark.parametrize("name", ["N1", "Mill Lane", "mill lane", "n1"])
async def test_a_beat_by_id_or_name(store: SqliteStore, name: str) -> None:
    assert (await ask(store, "pc-7", beat=name)).beat.id == "N1"


async def test_a_beat_that_nobody_knows_names_the_nearest(store: SqliteStore) -> None:
    with pytest.raises(BadBriefing, match=r"no beat is called 'Mill Lan'; did you mean Mill Lane\?"):
        await ask(store, beat="Mill Lan")
    with pytest.raises(BadBriefing, match="such as Mill Lane, Market"):
        await ask(store, beat="zzzz")


async def test_another_forces_beat_is_as_unknown_as_none(store: SqliteStore) -> None:
    with pytest.raises(BadBriefing) as caught:
        await ask(store, beat="X1")
    assert caught.value.reason == "unknown_beat"
    assert "Far Hill" not in str(caught.value)
    with pytest.raises(BadBriefing):
        await ask(store, "pc-8", force="other", beat="Mill Lane")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": NOW + HOUR}, "since"),
        ({"start": NOW + 2 * HOUR, "until": NOW + HOUR}, "to"),
        ({"start": NOW, "until": NOW}, "to"),
        ({"start": NOW - 9 * HOUR, "until": NOW - HOUR}, "to"),
        ({"start": NOW, "until": NOW + 25 * HOUR}, "to"),
        ({"start": NOW + 8 * DAY, "until": NOW + 8 * DAY + HOUR}, "from"),
        ({"zone": "Mars/Olympus"}, "zone"),
    ],
)
async def test_a_time_that_cannot_be_is_said(store: SqliteStore, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(BadBriefing) as caught:
        await ask(store, **asked)
    assert caught.value.field == field


async def test_a_clock_a_little_ahead_and_a_since_of_long_ago_are_no_mistakes(store: SqliteStore) -> None:
    assert (await ask(store, since=NOW + 2_000_000)).since == NOW
    question = await ask(store, since=NOW - 60 * DAY)
    assert question.since == NOW - 14 * DAY
    assert any("14 days" in note for note in question.notes)


async def test_rights_are_the_narrower_of_token_and_roster_and_the_unit_brings_skills(store: SqliteStore) -> None:
    await store.put_officers([Officer(id="pc-1", force="own", skills=("taser",), clearance=Clearance.OFFICIAL)])
    await store.put_units([Unit(id="u1", callsign="N1-12", force="own", officers=("pc-1",), equipment=("dog",))])
    asked = town.principal(clearance=Clearance.SECRET)
    question = await question_of(store, asked, Asked(), NOW, "UTC")
    assert question.reader.officer.clearance is Clearance.OFFICIAL
    assert question.reader.officer.skills == ("taser", "dog")


async def test_where_he_stands(store: SqliteStore) -> None:
    states = await store.take(["pc-7"], "here", NOW)
    cells = (("pc-7", -0.06, 51.51, NOW - 10 * MINUTE),)
    await store.record(Tick(NOW, "here", (), {"pc-7": states[0].term}, cells=cells, number=1))
    question = await ask(store, "pc-7")
    assert question.beat.id == "N2"
    assert any("where you stand" in note for note in question.notes)
    assert question.reader.cell == (-0.06, 51.51)
