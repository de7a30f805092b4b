"""Compiled, made to fit, disclosed, and only then shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.clock import HOUR, VirtualClock
from geo.errors import StoreUnavailable
from geo.marking import Marking
from geo.model import Officer, Principal
from geo.store.briefing_rows import PatrolRow
from geo.store.sqlite import SqliteStore
from streams.briefing import Asked
from streams.errors import BadBriefing
from streams.giving import Giving, items_of
from streams.patrol.document import Item, Part, PatrolBriefing, Section
from tests.streams.scene import NOW

ITEMS = tuple(
    Item(number=n, section=Section.LIVE, line="x" * 60, record=f"inc-{n}" if n < 4 else None, version=n)
    for n in range(1, 5)
)
BRIEFING = PatrolBriefing(id="", request="", officer="pc", callsign="", force="own", beat="B", beat_name="B",
                          beat_area=None, start=NOW, until=NOW + 8 * HOUR, since=NOW - 24 * HOUR, compiled_at=NOW,
                          zone="UTC", policy="uk", marking=Marking(), parts=(Part(section=Section.LIVE, items=ITEMS),)
                          )  # fmt: skip


def reader(id: str = "pc", role: str = "officer") -> Principal:
    return Principal(id=id, role=role, force="own", expires_at=NOW + HOUR)


class Desk:
    def __init__(self, store: SqliteStore) -> None:
        self.store, self.briefing, self.written = store, BRIEFING, 0
        self.giving = Giving(store, self.compile, self.render, lambda document: f"digest of {document['id']}",
                             VirtualClock(NOW), self.wrote)  # fmt: skip

    async def compile(self, who: Principal, asked: Asked) -> PatrolBriefing:
        if asked.beat == "none":
            raise BadBriefing("beat", "unknown_beat", "there is none")
        return self.briefing

    def render(self, briefing: PatrolBriefing) -> dict[str, Any]:
        return {"id": briefing.id, "items": [item.line for item in briefing.items]}

    def wrote(self) -> None:
        self.written += 1

    async def disclosed(self, officer: str = "pc") -> list[PatrolRow]:
        return await self.store.patrols_of([officer], NOW)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = SqliteStore(tmp_path / "b.sqlite", VirtualClock(NOW))
    await store.open()
    yield Desk(store)
    await store.close()


async def test_what_is_shown_is_on_record_item_by_item(desk: Desk) -> None:
    given = await desk.giving.give(reader(), Asked(request="k"))
    (row,) = await desk.disclosed()
    assert (row.id, row.officer, row.actor, row.digest) == (given.briefing.id, "pc", "pc", given.digest)
    assert [(item.record, item.version, item.section, item.number) for item in row.items] == [
        ("inc-1", 1, "live", 1),
        ("inc-2", 2, "live", 2),
        ("inc-3", 3, "live", 3),
    ]
    assert row.items == items_of(given.briefing)
    assert given.document["id"] == row.id
    assert desk.written == 1


async def test_nothing_is_shown_that_could_not_be_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(row: PatrolRow) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(desk.store, "disclose", away)
    with pytest.raises(StoreUnavailable):
        await desk.giving.give(reader(), Asked())
    assert desk.written == 0


async def test_the_same_request_is_one_disclosure_and_other_content_another(desk: Desk) -> None:
    first = await desk.giving.give(reader(), Asked(request="k"))
    again = await desk.giving.give(reader(), Asked(request="k"))
    assert first.briefing.id == again.briefing.id
    assert len(await desk.disclosed()) == 1
    desk.briefing = replace(BRIEFING, parts=(Part(section=Section.LIVE, items=ITEMS[:2]),))
    other = await desk.giving.give(reader(), Asked(request="k"))
    assert other.briefing.id != first.briefing.id
    assert {len(row.items) for row in await desk.disclosed()} == {3, 2}
    elsewhere = await desk.giving.give(reader("pc-2"), Asked(request="k"))
    assert elsewhere.briefing.id != other.briefing.id


async def test_what_was_left_out_for_the_way_is_not_disclosed(desk: Desk) -> None:
    given = await desk.giving.give(reader(), Asked(), most_bytes=150)
    (row,) = await desk.disclosed()
    assert 0 < len(given.briefing.items) < 4
    assert row.items == items_of(given.briefing)
    assert given.briefing.parts[0].more == 4 - len(given.briefing.items)


async def test_who_is_no_officer_is_on_record_and_not_corrected(desk: Desk) -> None:
    given = await desk.giving.give(reader("desk-1", "dispatcher"), Asked())
    assert await desk.disclosed("desk-1") == []
    (row,) = await desk.store.patrols_with("inc-1")
    assert (row.officer, row.actor, given.series, desk.written) == ("", "desk-1", None, 0)


async def test_the_series_is_read_before_it_is_compiled(desk: Desk) -> None:
    (state,) = await desk.store.take(["pc"], "node", NOW, {"pc": Officer(id="pc", force="own")}, [])
    given = await desk.giving.give(reader(), Asked())
    assert given.series == (state.epoch, state.seq)


async def test_what_cannot_be_compiled_is_not_disclosed(desk: Desk) -> None:
    with pytest.raises(BadBriefing):
        await desk.giving.give(reader(), Asked(beat="none"))
    assert await desk.disclosed() == []
