"""`briefing_request` on the socket, and what becomes of a briefing's items on each of the officer's devices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.clock import HOUR
from geo.errors import StoreUnavailable
from geo.model import Grade, Principal, Status
from geo.store.briefing_rows import PatrolItem, PatrolRow
from streams.briefing import Asked
from streams.conversation.protocol import MAX_FRAME_BYTES
from streams.delivery.briefings import ROOM
from streams.errors import BadBriefing
from tests.streams.hub_world import World, world
from tests.streams.scene import incident


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


class Maker:
    """Answers at once, or when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Asked, int]] = []
        self.answer: Exception | dict[str, Any] = {"id": "pat-1"}
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, reader: Principal, asked: Asked, most: int) -> dict[str, Any]:
        self.asked.append((reader.id, asked, most))
        await self.go_on.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_the_answer_names_its_request(here: World) -> None:
    here.hub.briefings.give = maker = Maker()
    line = await here.officer()
    times = {"from": "2026-01-15T22:00:00Z", "to": "2026-01-16T06:00:00Z", "since": "2026-01-15T06:00:00Z"}
    here.say(line, "briefing_request", key="k", beat="N1", **times)
    await here.until(lambda: line.of("briefing"))
    assert line.of("briefing") == [{"type": "briefing", "request": "k", "briefing": {"id": "pat-1"}}]
    ((officer, asked, most),) = maker.asked
    assert (officer, asked.beat, asked.request, most) == ("o1", "N1", "k", ROOM)
    assert asked.start is not None
    assert asked.until is not None
    assert asked.until - asked.start == 8 * HOUR
    assert not line.of("confirmed")


async def test_the_same_key_twice_while_it_is_made_is_one(here: World) -> None:
    here.hub.briefings.give = maker = Maker()
    line = await here.officer()
    maker.go_on.clear()
    for _ in range(3):
        here.say(line, "briefing_request", key="k")
    await here.until(lambda: maker.asked)
    maker.go_on.set()
    await here.until(lambda: line.of("briefing"))
    assert len(maker.asked) == 1
    here.say(line, "briefing_request", key="k")
    await here.until(lambda: len(line.of("briefing")) == 2)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (BadBriefing("beat", "unknown_beat", "no beat is called Nirgends"), "unknown_beat"),
        (StoreUnavailable("away"), "try_again"),
        (ValueError("a fault of ours, with words that nobody may see"), "not_available"),
    ],
)
async def test_what_cannot_be_made_is_said_with_its_key(here: World, wrong: Exception, code: str) -> None:
    here.hub.briefings.give = maker = Maker()
    maker.answer = wrong
    line = await here.officer()
    here.say(line, "briefing_request", key="k")
    await here.until(lambda: line.of("error"))
    (error,) = line.of("error")
    assert (error["code"], error["ref"]) == (code, "k")
    assert "nobody may see" not in error["message"]
    assert line.ended is None


async def test_a_time_that_is_none_and_nobody_who_makes_briefings(here: World) -> None:
    line = await here.officer()
    here.say(line, "briefing_request", key="a")
    here.hub.briefings.give = maker = Maker()
    here.say(line, "briefing_request", key="b", since="yesterday")
    assert [(error["code"], error["ref"]) for error in line.of("error")] == [
        ("not_available", "a"),
        ("bad_field", "b"),
    ]
    assert maker.asked == []


async def test_who_has_hung_up_costs_nothing_and_gets_nothing(here: World) -> None:
    here.hub.briefings.give = maker = Maker()
    line = await here.officer()
    maker.go_on.clear()
    here.say(line, "briefing_request", key="k")
    await here.until(lambda: maker.asked)
    here.hang_up(line)
    maker.go_on.set()
    await asyncio.sleep(0.02)
    assert not line.of("briefing")


def test_there_is_room_for_the_frame_around_it() -> None:
    words = json.dumps({"type": "briefing", "request": "\\u0000" * 128, "briefing": 0})
    assert ROOM + len(words) <= MAX_FRAME_BYTES


# ------------------------------------------------------------------ corrections on devices
def _burglary(number: int = 1, **changes: Any) -> Any:
    return incident(number, 30_000.0, grade=Grade.STANDARD, category="burglary", **changes)


async def given(here: World, *records: Any) -> None:
    await here.store.put(records)
    now = here.clock.now()
    items = tuple(PatrolItem(one.id, 1, "live", number) for number, one in enumerate(records, start=1))
    row = PatrolRow(id="pat-1", officer="o1", actor="o1", force="own", beat="B", start=now, until=now + HOUR,
                    since=now - HOUR, at=now, policy="uk", digest="d", items=items)  # fmt: skip
    await here.store.disclose(row)
    here.pipeline.wake()
    await here.pipeline.tick()


async def put(here: World, *records: Any) -> None:
    await here.store.put(records)
    here.pipeline.wake()
    await here.pipeline.tick()


async def test_a_correction_comes_to_both_devices_with_its_item(here: World) -> None:
    one, two = await here.officer(), await here.officer(device="d2")
    await given(here, _burglary())
    assert not one.of("alert")
    await put(here, _burglary(text="Another house"))
    for line in (one, two):
        (alert,) = line.of("alert")
        assert (alert["alert_id"], alert["rev"], alert["style"]) == (_burglary().id, 1, "map")
        assert alert["why"][0] == {"term": "briefing", "weight": 0.0, "text": "item 1 of your briefing: corrected"}
        assert alert["text"] == "Another house"


@pytest.mark.parametrize("status", [Status.OPEN, Status.CLOSED])
async def test_what_was_corrected_while_a_device_was_away_is_replayed(here: World, status: Status) -> None:
    line = await here.officer()
    item = _burglary(status=status)
    await given(here, item)
    here.say(line, "ack", seq=0)
    ready = line.of("ready")[-1]
    here.hang_up(line)
    await put(here, replace(item, text="Corrected"))
    again = here.open()
    here.say(again, "resume", token="o1", device_id="d1", epoch=ready["epoch"], seq=0)
    await here.until(lambda: again.of("caught_up"))
    assert again.of("ready")[0]["mode"] == "replay"
    (alert,) = again.of("alert")
    assert alert["why"][0]["text"].startswith("item 1 of your briefing: ")
    assert alert["text"] == "Corrected"


@pytest.mark.parametrize("status", [Status.OPEN, Status.CLOSED])
async def test_a_new_device_is_told_what_stands(here: World, status: Status) -> None:
    line = await here.officer()
    item = _burglary(status=status)
    await given(here, item)
    await put(here, replace(item, text="Corrected"))
    assert len(line.of("alert")) == 1
    other = await here.officer(device="d9")
    (reset,) = other.of("reset")
    assert [alert["text"] for alert in reset["alerts"]] == ["Corrected"]


async def test_what_ended_while_a_device_was_away_is_taken_back(here: World) -> None:
    line = await here.officer()
    await given(here, _burglary())
    ready = line.of("ready")[-1]
    here.hang_up(line)
    await put(here, _burglary(status=Status.CLOSED))
    again = here.open()
    here.say(again, "resume", token="o1", device_id="d1", epoch=ready["epoch"], seq=0)
    await here.until(lambda: again.of("caught_up"))
    assert [(one["alert_id"], one["reason"]) for one in again.of("cancel")] == [(_burglary().id, "closed")]


async def test_another_process_says_the_correction_of_what_is_over(here: World, tmp_path: Path) -> None:
    """It has never had the record in its picture, and asks the door all the same."""
    line = await here.officer()
    closed = _burglary(status=Status.CLOSED)
    await given(here, closed)
    ready = line.of("ready")[-1]
    await put(here, replace(closed, text="Corrected"))
    here.hang_up(line)
    async with world(tmp_path, "other") as there:
        again = there.open()
        there.say(again, "resume", token="o1", device_id="d1", epoch=ready["epoch"], seq=0)
        await there.until(lambda: again.of("caught_up"))
        texts = [alert["text"] for alert in again.of("alert")]
        texts += [alert["text"] for reset in again.of("reset") for alert in reset["alerts"]]
        assert texts == ["Corrected"]
