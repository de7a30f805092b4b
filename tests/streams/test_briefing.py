"""The whole path from a question to the document, on both engines' store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from shapely.geometry import Point

from geo.clock import DAY, HOUR, MINUTE, SECOND, VirtualClock
from geo.marking import Clearance, Handling, Marking
from geo.model import Audience, Grade, Interval, RecordKind, Status, record_id
from geo.store.postgis import PostgisStore
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from streams.briefing import Asked
from streams.patrol.document import A_SCREENFUL, PatrolBriefing, Section
from tests.streams.patrol import town

ENGINES = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(town.NOW - 2 * DAY)


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqlStore]:
    made: SqlStore
    if request.param == "sqlite":
        made = SqliteStore(tmp_path / "beatline.db", clock)
    else:
        made = PostgisStore(request.getfixturevalue("postgres_url"), clock)
    await made.open()
    await town.settle(made)
    yield made
    await made.close()


def titles(made: PatrolBriefing, section: Section) -> list[str]:
    return [item.line for part in made.parts if part.section is section for item in part.items]


async def test_what_stands_where_in_a_sergeants_order(store: SqlStore, clock: VirtualClock) -> None:
    await store.put([town.incident("old", minutes=60 * 20, status=Status.OPEN, title="Fight")])
    clock.set(town.NOW - HOUR)
    await store.put(
        [
            replace(town.incident("old", minutes=60 * 20, title="Fight"), status=Status.CLOSED),
            town.incident("live"),
            town.incident("next", place=Point(-0.067, 51.51)),
            town.incident("away", place=Point(-0.05, 51.51)),
            town.intel("marker", days=90, hazards=town.DOG, valid=Interval(None, town.NOW + 30 * DAY)),
            town.intel("car", lookout=True, place=None, title="Stolen van"),
            town.intel("deal"),
            town.pushed("march", must_ack=True),
            town.pushed("others", audience=Audience(roles=("traffic",))),
        ]
    )
    clock.set(town.NOW)
    made = await town.compiler(store, clock).briefing(town.principal(), Asked())
    assert [part.section for part in made.parts] == list(Section)
    assert titles(made, Section.SAFETY) == ["Dangerous dog: Dealing marker"]
    assert titles(made, Section.MUST_READ) == ["Read march"]
    assert set(titles(made, Section.LIVE)) == {"Burglary live", "Burglary next"}
    assert titles(made, Section.LOOKOUTS) == ["Stolen van"]
    assert titles(made, Section.CHANGED) == ["Fight"]
    assert titles(made, Section.INTELLIGENCE) == ["Dealing deal"]
    assert [item.number for item in made.items] == list(range(1, len(made.items) + 1))
    assert (made.callsign, made.beat, made.since) == ("N1-12", "N1", town.NOW - 18 * HOUR)
    changed = next(item for item in made.items if item.section is Section.CHANGED)
    assert changed.detail.startswith("Closed")
    assert changed.why[0] == "changed 13:00"
    marker = made.items[0]
    assert (marker.grading, marker.age) == ("2-B-P", "3 months old")
    records = [item.record for item in made.items if item.record]
    assert len(records) == len(set(records))


async def test_only_what_the_reader_may_know_and_the_marking_of_the_whole(store: SqlStore, clock: VirtualClock) -> None:
    named = Marking(handling=(Handling.RECIPIENTS_ONLY,))
    inside = Marking(operations=("ALPHA",))
    await store.put(
        [
            town.incident("open"),
            town.secret(town.incident("secret")),
            town.incident("named", marking=named),
            town.incident("operation", marking=inside),
            town.incident("foreign", force="other"),
            town.incident("shared", force="other", marking=Marking(shared_with=("own",))),
        ]
    )
    clock.set(town.NOW)
    compiler = town.compiler(store, clock)
    plain = await compiler.briefing(town.principal(), Asked())
    assert set(titles(plain, Section.LIVE)) == {"Burglary open", "Burglary shared"}
    assert plain.marking == Marking()
    cleared = town.principal("dc-9", clearance=Clearance.OFFICIAL_SENSITIVE, operations=("ALPHA",))
    whole = await compiler.briefing(cleared, Asked(beat="Mill Lane"))
    assert set(titles(whole, Section.LIVE)) == {
        "Burglary open", "Burglary secret", "Burglary operation", "Burglary shared",
    }  # fmt: skip
    assert (whole.marking.level, whole.marking.operations) == (Clearance.OFFICIAL_SENSITIVE, ("ALPHA",))


async def test_what_changed_while_it_was_at_hand_is_not_shown_as_it_was(store: SqlStore, clock: VirtualClock) -> None:
    """The shared part is a minute old, and meanwhile the marking was raised: nobody sees it by the old one."""
    await store.put([town.incident("raised"), town.incident("stays")])
    clock.set(town.NOW)
    compiler = town.compiler(store, clock)
    before = await compiler.briefing(town.principal(), Asked())
    assert len(titles(before, Section.LIVE)) == 2
    await store.put([town.secret(town.incident("raised"))])
    after = await compiler.briefing(town.principal(), Asked())
    assert titles(after, Section.LIVE) == ["Burglary stays"]


async def test_what_is_assigned_to_his_unit_elsewhere_is_tasking_and_here_it_is_named(
    store: SqlStore, clock: VirtualClock
) -> None:
    mine = town.incident("mine", place=Point(-0.05, 51.51), assigned=("N1-12",))
    here = town.incident("here", assigned=("N1-12",))
    await store.put([mine, here])
    clock.set(town.NOW)
    asked: list[tuple[str, str]] = []

    def tasked(force: str, callsign: str) -> list[str]:
        asked.append((force, callsign))
        return [mine.id, here.id]

    made = await town.compiler(store, clock, tasked=tasked).briefing(town.principal(), Asked())
    assert asked == [("own", "N1-12")]
    assert titles(made, Section.TASKING) == ["Burglary mine"]
    part = made.parts[-1]
    assert part.note == f"N1-12 is assigned to item {next(i.number for i in made.items if i.record == here.id)}."


async def test_a_screenful_and_how_many_more(store: SqlStore, clock: VirtualClock) -> None:
    await store.put([town.incident(f"n{number}", minutes=number) for number in range(1, 13)])
    clock.set(town.NOW)
    made = await town.compiler(store, clock).briefing(town.principal(), Asked())
    live = made.parts[2]
    assert (len(live.items), live.more) == (A_SCREENFUL, 12 - A_SCREENFUL)


async def test_nothing_of_after_the_moment_leaks_in(store: SqlStore, clock: VirtualClock) -> None:
    """A store that already holds tomorrow: a briefing of today is made of what was reported by then."""
    await store.put([town.incident("later", minutes=-30), town.incident("now")])
    clock.set(town.NOW)
    made = await town.compiler(store, clock).briefing(town.principal(), Asked())
    assert titles(made, Section.LIVE) == ["Burglary now"]


async def test_the_same_request_has_the_same_id_and_a_record_written_drops_what_was_gathered(
    store: SqlStore, clock: VirtualClock
) -> None:
    clock.set(town.NOW)
    compiler = town.compiler(store, clock)
    first = await compiler.briefing(town.principal(), Asked(request="k1"))
    assert first.id == (await compiler.briefing(town.principal(), Asked(request="k1"))).id
    assert first.id != (await compiler.briefing(town.principal("pc-2"), Asked(request="k1", beat="N1"))).id
    new = town.incident("new", grade=Grade.EMERGENCY)
    await store.put([new])
    assert titles(await compiler.briefing(town.principal(), Asked()), Section.LIVE) == []
    compiler.wrote((await store.records([new.id])).values())
    clock.set(town.NOW + 5 * SECOND)
    assert titles(await compiler.briefing(town.principal(), Asked()), Section.LIVE) == ["Burglary new"]
    assert new.id == record_id(RecordKind.INCIDENT, "own", "cad", "new")


async def test_what_has_no_place_but_names_the_beat_is_of_the_beat(store: SqlStore, clock: VirtualClock) -> None:
    await store.put(
        [
            town.incident("quiet", place=None, place_text="", beat="Mill Lane", sensitive=True),
            town.incident("else", place=None, place_text="", beat="Market"),
        ]
    )
    clock.set(town.NOW)
    made = await town.compiler(store, clock).briefing(town.principal(), Asked())
    assert titles(made, Section.LIVE) == ["Burglary quiet"]
    item = made.items[0]
    assert (item.where, item.place, item.why[0]) == ("no place given, beat Mill Lane", None, "in the beat")


async def test_after_the_shift_was_briefed_an_acknowledged_briefing_says_so(
    store: SqlStore, clock: VirtualClock
) -> None:
    clock.set(town.NOW - 10 * MINUTE)
    await store.put([town.pushed("march", must_ack=True)])
    clock.set(town.NOW)
    made = await town.compiler(store, clock).briefing(town.principal(), Asked())
    item = next(item for item in made.items if item.section is Section.MUST_READ)
    assert (item.must_ack, item.acknowledged) == (True, False)
    assert item.detail == "Mind the march; Use Mission St"
    assert item.body.startswith("**Mind**")
