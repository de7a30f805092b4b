"""What a device says, acted on: status, positions, answers, emergencies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from geo.model import Status
from geo.store.rows import Delivery
from streams.delivery.emergencies import emergency_id
from tests.streams.hub_world import World, world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def test_an_emergency_is_confirmed_and_reaches_who_is_near(here: World) -> None:
    caller = await here.officer("o1", "d1")
    near = await here.officer("o2", "d2", lon=-1.551)
    here.say(caller, "emergency", key="e", at=here.now(), text="help")
    await here.until(lambda: caller.of("confirmed"))
    await here.pipeline.tick()
    (alert,) = near.of("alert")
    assert (alert["kind"], alert["priority"], alert["title"]) == ("emergency", 1, "Officer emergency: o1")
    assert alert["place"]["coordinates"] == [-1.55, 53.8]
    assert not caller.of("alert")
    here.say(caller, "emergency_cancel", key="c", emergency="e", at=here.now())
    await here.until(lambda: len(caller.of("confirmed")) == 2)
    await here.pipeline.tick()
    assert [cancel["reason"] for cancel in near.of("cancel")] == ["cancelled"]


async def test_emergency_and_cancel_in_one_breath_are_handled_in_order(here: World) -> None:
    line = await here.officer()
    here.say(line, "emergency", key="e", at=here.now())
    here.say(line, "emergency_cancel", key="c", emergency="e", at=here.now())
    here.say(line, "emergency_cancel", key="x", emergency="unknown", at=here.now())
    await here.until(lambda: line.of("error"))
    assert [one["key"] for one in line.of("confirmed")] == ["e", "c"]
    assert (line.of("error")[0]["code"], line.of("error")[0]["ref"]) == ("unknown_emergency", "x")
    record = emergency_id(here.verify("o1"), "e")
    assert (await here.store.records([record]))[record].record.status is Status.CANCELLED


async def test_an_emergency_waits_for_a_store_that_is_away(here: World) -> None:
    line = await here.officer()
    here.store.failing = 2
    here.say(line, "emergency", key="e", at=here.now())
    await here.until(lambda: line.of("confirmed"))


async def test_an_answer_sent_twice_is_one_answer(here: World) -> None:
    line = await here.officer()
    record = await here.post()
    for _ in range(2):
        here.say(line, "respond", key="k", alert_id=record.id, rev=1, at=here.now(), choice="attending")
    await here.until(lambda: len(line.of("confirmed")) == 2)
    found: list[Delivery] = await here.store.deliveries(record.id)
    assert [one.answer for one in found] == ["attending"]


async def test_nobody_answers_what_he_was_not_told(here: World) -> None:
    near, far = await here.officer(), await here.officer("o2", "d2", lon=-2.55)
    record = await here.post()
    here.say(far, "respond", key="f", alert_id=record.id, rev=1, at=here.now(), choice="not_relevant")
    here.say(near, "respond", key="n", alert_id="inc-unknown", rev=1, at=here.now(), choice="handled")
    await here.until(lambda: far.of("error") and near.of("error"))
    assert (far.of("error")[0]["code"], far.of("error")[0]["ref"]) == ("unknown_alert", "f")
    assert (near.of("error")[0]["code"], near.of("error")[0]["ref"]) == ("unknown_alert", "n")
    assert not [one for one in (far, near) if one.of("confirmed") or one.ended]


async def test_an_answer_to_what_memory_has_forgotten_is_taken(here: World) -> None:
    line = await here.officer()
    record = await here.post()
    del here.picture.slot_of[record.id]
    here.say(line, "respond", key="k", alert_id=record.id, rev=1, at=here.now(), choice="handled")
    await here.until(lambda: line.of("confirmed"))
    assert [one.answer for one in await here.store.deliveries(record.id)] == ["handled"]


async def test_what_the_store_cannot_take_is_refused_and_the_next_is_heard(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await here.officer()

    async def broken(*_: object, **__: object) -> None:
        raise OverflowError("too large")

    with monkeypatch.context() as patched:
        patched.setattr(here.store, "put_over", broken)
        here.say(line, "emergency", key="e", at=here.now())
        await here.until(lambda: line.of("error"))
    assert (line.of("error")[0]["code"], line.of("error")[0]["ref"]) == ("not_stored", "e")
    here.say(line, "emergency", key="e", at=here.now())
    await here.until(lambda: line.of("confirmed"))


async def test_a_status_survives_and_the_other_device_hears_of_it(here: World) -> None:
    one, two = await here.officer(device="d1"), await here.officer(device="d2")
    here.say(one, "status", status="busy", at=here.now())
    await here.until(lambda: two.of("status")[-1]["status"] == "busy")
    here.hang_up(one)
    here.hang_up(two)
    line = here.open()
    here.say(line, "identify", token="o1", device_id="d3", app="a")
    await here.until(lambda: line.of("status"))
    assert line.of("status")[0]["status"] == "busy"


async def test_an_older_status_of_another_device_changes_nothing_but_is_answered(here: World) -> None:
    one, two = await here.officer(device="d1"), await here.officer(device="d2")
    here.say(one, "status", status="busy", at=here.now())
    before = len(two.of("status"))
    here.say(two, "status", status="available", at="2020-01-01T00:00:00Z")
    await here.until(lambda: len(two.of("status")) > before)
    assert two.of("status")[-1]["status"] == "busy"


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("status", {"status": "busy", "at": "today"}),
        ("seen", {"alert_id": "a", "rev": 1, "at": ""}),
        ("respond", {"key": "k", "alert_id": "a", "rev": 1, "at": "12:00", "choice": "handled"}),
        ("position", {"at": "2026-11-22T18:00:00", "lon": 1, "lat": 2}),
        ("emergency", {"key": "e", "at": "now"}),
    ],
)
async def test_a_time_without_a_zone_is_refused(here: World, type: str, fields: dict[str, object]) -> None:
    line = await here.officer()
    here.say(line, type, **fields)
    await here.until(lambda: line.of("error"))
    assert line.of("error")[0]["code"] == "bad_field"
    assert line.ended is None


async def test_a_place_from_the_future_or_from_nowhere_moves_nobody(here: World) -> None:
    line = await here.officer()
    for at, lon, lat in (("2099-01-01T00:00:00Z", 5.0, 5.0), (here.now(), 0.0, 0.0), (here.now(), 500.0, 0.0)):
        here.say(line, "position", at=at, lon=lon, lat=lat)
        await here.pipeline.tick()
    slot = here.situations.slot_of["o1"]
    assert here.situations.lon[slot] == -1.55
    assert not line.of("error")
