"""What was not said off duty: said after all where nobody decides it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import StoreUnavailable
from streams.delivery import unsaid
from tests.streams.delivery.test_elsewhere import look, moves, told, two
from tests.streams.hub_world import World, world


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsaid, "AFTER_S", 0.0)


async def _said(process: World) -> None:
    await process.hub.elsewhere.unsaid.say()


async def test_what_the_owner_said_before_the_follower_heard_of_the_duty(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        tablet = await other.officer("o1", "tablet")
        await look(one)
        await look(other)
        one.say(phone, "status", status="off_duty", at=one.now())
        await one.until(lambda: phone.of("status")[-1]["status"] == "off_duty")
        await look(other)
        await other.pipeline.tick()
        other.say(tablet, "status", status="available", at=other.now())
        moves(other, tablet)
        await other.post("1")
        assert len(told(tablet)) == 1
        (person,) = one.hub.persons.values()
        at, person.status_at = person.status_at, person.status_at + 1_000_000_000  # it has not heard of it
        await look(one)
        assert told(phone) == []
        person.status_at = at
        await other.hub._receipts.flush()
        await _said(one)
        assert told(phone) == []
        await look(one)
        assert person.on_duty
        await _said(one)
        assert told(phone) == told(tablet)
        await _said(one)
        assert len(told(phone)) == 1


async def test_off_and_on_again_within_a_tick_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path) as here:
        line = await here.officer("o1", "phone")
        record = here.store.record

        async def meanwhile(tick: object) -> object:
            done = await record(tick)  # type: ignore[arg-type]
            here.say(line, "status", status="off_duty", at=here.now())
            return done

        monkeypatch.setattr(here.store, "record", meanwhile)
        await here.post("1")
        monkeypatch.setattr(here.store, "record", record)
        assert told(line) == []
        here.say(line, "status", status="available", at=here.now())
        await here.pipeline.tick()
        monkeypatch.setattr(here.store, "heads", _away)
        with pytest.raises(StoreUnavailable):
            await _said(here)
        monkeypatch.undo()
        monkeypatch.setattr(unsaid, "AFTER_S", 0.0)
        await _said(here)
        assert [rev for _, rev, _ in told(line)] == [1]


async def _away(officers: object) -> object:
    raise StoreUnavailable("away")
