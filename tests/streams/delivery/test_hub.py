"""The hub on a real pipeline and store: devices come, are told, answer, go; nobody waits for a slow one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from geo.clock import SECOND
from geo.position import Fix
from geo.store.rows import Answers
from streams.conversation.protocol import Close
from tests.streams.hub_world import World, world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def test_an_alert_reaches_the_officer_and_his_receipt_the_dispatcher(here: World) -> None:
    line = await here.officer()
    record = await here.post()
    (alert,) = line.of("alert")
    assert (alert["alert_id"], alert["prev_seq"]) == (record.id, None)
    here.say(line, "ack", seq=alert["seq"])
    here.say(line, "seen", alert_id=record.id, rev=1, at=here.now())
    here.say(line, "respond", key="k", alert_id=record.id, rev=1, at=here.now(), choice="attending", text="on my way")
    await here.until(lambda: line.of("confirmed"))
    (delivery,) = await here.store.deliveries(record.id)
    assert delivery.stored_at
    assert delivery.seen_at
    assert (delivery.answer, delivery.answer_text) == ("attending", "on my way")


async def test_an_officer_is_told_on_every_device_and_each_has_its_own_chain(here: World) -> None:
    one, two = await here.officer(device="d1"), await here.officer(device="d2")
    await here.post("1")
    here.say(one, "ack", seq=1)
    here.hang_up(one)
    await here.post("2")
    assert [alert["prev_seq"] for alert in two.of("alert")] == [None, 1]
    assert len(one.of("alert")) == 1


async def test_tokens_that_do_not_open(here: World) -> None:
    for token, code in (("", 4401), ("d1/dispatcher", 4401), ("o1/revoked", 4403)):
        line = here.open()
        here.say(line, "identify", token=token, device_id="d", app="a")
        await here.until(lambda line=line: line.ended is not None)
        assert line.ended is not None
        assert line.ended[0] == code


async def test_the_newer_connection_of_a_device_replaces_the_older(here: World) -> None:
    old = await here.officer()
    new = await here.officer()
    assert old.ended == (Close.REPLACED, "a newer connection of this device")
    await here.post()
    assert len(new.of("alert")) == 1
    assert not old.of("alert")
    here.hang_up(old)
    assert here.hub.persons["o1"].connections


async def test_off_duty_stops_every_alert_at_once(here: World) -> None:
    line = await here.officer()
    here.say(line, "status", status="off_duty", at=here.now())
    await here.post()
    assert not line.of("alert")
    await here.until(lambda: line.of("status")[-1]["status"] == "off_duty")


async def test_a_position_sent_off_duty_counts_once_on_duty(here: World) -> None:
    line = here.open()
    here.say(
        line, "identify", token="o1", device_id="d", app="a", position={"at": here.now(), "lon": -1.55, "lat": 53.8}
    )
    await here.until(lambda: line.of("status"))
    await here.pipeline.tick()
    assert here.pipeline.position_of("o1") == "none"
    here.say(line, "status", status="available", at=here.now())
    await here.pipeline.tick()
    assert here.pipeline.position_of("o1") == "ok"
    await here.until(lambda: line.of("status")[-1]["position"] == "ok")


async def test_a_store_that_is_away_delays_and_loses_nothing(here: World) -> None:
    line = await here.officer()
    record = await here.post()
    here.store.failing = 2
    here.say(line, "respond", key="k", alert_id=record.id, rev=1, at=here.now(), choice="handled")
    await here.until(lambda: line.of("confirmed"))
    (delivery,) = await here.store.deliveries(record.id)
    assert delivery.answer == "handled"


async def test_coming_in_while_the_store_is_away(here: World) -> None:
    here.store.failing = 2
    line = here.open()
    here.say(line, "identify", token="o1", device_id="d", app="a")
    await here.until(lambda: line.of("caught_up"))
    assert line.types()[:5] == ["hello", "ready", "reset", "caught_up", "status"]


async def test_a_full_transport_holds_and_goes_on(here: World) -> None:
    line = await here.officer()
    line.room = len(line.frames) + 1
    for number in range(5):
        await here.post(str(number))
    await here.hub._fanning.drained()
    assert len(line.of("alert")) == 1
    line.room = None
    assert line.connection is not None
    here.hub.writable(line.connection)
    assert [alert["prev_seq"] for alert in line.of("alert")] == [None, 1, 2, 3, 4]


async def test_time_is_kept_for_all_sessions(here: World) -> None:
    here.expires_in = 2 * SECOND
    line = await here.officer()
    await here.until(lambda: line.of("auth_expiring"))
    await here.until(lambda: line.ended is not None)
    assert line.ended is not None
    assert line.ended[0] == Close.NOT_AUTHENTICATED


async def test_figures_and_goodbye(here: World) -> None:
    line = await here.officer()
    await here.post()
    figures = here.hub.figures
    assert (figures.connections, figures.officers, figures.pushed) == (1, 1, 1)
    await here.hub.close()
    assert line.types()[-1] == "reconnect"
    assert line.ended is not None
    assert line.ended[0] == Close.DRAIN
    here.hang_up(line)
    here.hang_up(line)
    assert here.hub.figures.closed == {1006: 1}
    assert here.hub.figures.officers == 0


async def test_how_far_a_socket_of_his_was_handed_his_series(here: World) -> None:
    line = await here.officer()
    assert here.hub.handed("nobody") == 0
    await here.post()
    await here.until(lambda: line.of("alert"))
    assert here.hub.handed("o1") == line.of("alert")[-1]["seq"]


async def test_a_device_that_does_not_say_where_it_is_is_where_another_process_saw_it_last(here: World) -> None:
    async def recall(officer: str) -> Fix | None:
        return Fix(here.clock.now(), -1.55, 53.8, 8.0, None, None) if officer == "o1" else None

    here.hub.recall = recall
    lines = {}
    for officer in ("o1", "o2"):
        line = lines[officer] = here.open()
        here.say(line, "identify", token=officer, device_id="d1", app="test")
        here.say(line, "status", status="available", at=here.now())
    await here.until(lambda: all(line.of("caught_up") and line.of("status") for line in lines.values()))
    await here.pipeline.tick()
    assert here.situations.position_of("o1", here.clock.now()) == "ok"
    assert here.situations.position_of("o2", here.clock.now()) == "none"


async def test_what_the_device_says_itself_counts_more(here: World) -> None:
    async def recall(officer: str) -> Fix | None:
        raise AssertionError("nobody is asked")

    here.hub.recall = recall
    line = here.open()
    place = {"at": here.now(), "lon": -1.55, "lat": 53.8, "accuracy_m": 5}
    here.say(line, "identify", token="o1", device_id="d1", app="test", position=place)
    await here.until(lambda: line.of("caught_up"))


async def test_how_far_he_was_handed_what_concerns_one_record(here: World) -> None:
    line = await here.officer()
    record = await here.post()
    assert here.hub.sent_seq("o1", record.id) == line.of("alert")[0]["seq"]
    assert here.hub.sent_seq("nobody", record.id) == 0
    heard: list[Answers] = []
    here.hub.on_written(heard.append)
    here.say(line, "ack", seq=1)
    await here.settled()
    assert [item.seqs for answers in heard for item in answers.stored] == [(1,)]
    here.hang_up(line)
    assert here.hub.sent_seq("o1", record.id) == 0
