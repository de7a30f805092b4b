"""Resume is whole or reset, never a part; what is said again is asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.marking import Clearance, Marking
from geo.model import Hazard, Status
from tests.streams.hub_world import Line, World, world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


def epoch_of(line: Line) -> str:
    return str(line.of("ready")[0]["epoch"])


async def resume(here: World, seq: int, epoch: str | None = None, officer: str = "o1", device: str = "d1") -> Line:
    line = here.open()
    epoch = here.store.epoch if epoch is None else epoch
    here.say(line, "resume", token=officer, device_id=device, app="a", epoch=epoch, seq=seq)
    await here.until(lambda: line.of("status"))
    return line


def mode(line: Line) -> str:
    return str(line.of("ready")[0]["mode"])


async def test_what_was_not_acknowledged_comes_again_and_only_that(here: World) -> None:
    line = await here.officer()
    for number in range(4):
        await here.post(str(number))
    here.say(line, "ack", seq=2)
    here.hang_up(line)
    back = await resume(here, 3)
    assert mode(back) == "replay"
    assert sorted(alert["seq"] for alert in back.of("alert")) == [3, 4]
    assert back.types()[-2:] == ["caught_up", "status"]
    assert back.of("caught_up") == [{"type": "caught_up", "seq": 4}]


async def test_a_cut_before_the_first_acknowledgement_resumes_too(here: World) -> None:
    line = await here.officer()
    await here.post()
    here.hang_up(line)
    back = await resume(here, 0)
    assert mode(back) == "replay"
    assert [alert["seq"] for alert in back.of("alert")] == [1]


async def test_what_is_over_comes_as_its_final_state(here: World) -> None:
    line = await here.officer()
    record = await here.post("1")
    await here.post("2")
    here.hang_up(line)
    await here.store.put([replace(record, status=Status.CLOSED)])
    here.pipeline.wake()
    await here.pipeline.tick()
    back = await resume(here, 0)
    assert [cancel["reason"] for cancel in back.of("cancel")] == ["closed"]
    assert len(back.of("alert")) == 1


async def test_what_he_may_not_see_any_more_is_purged(here: World) -> None:
    line = await here.officer()
    record = await here.post()
    here.hang_up(line)
    await here.store.put([replace(record, marking=Marking(Clearance.OFFICIAL_SENSITIVE))])
    here.pipeline.wake()
    await here.pipeline.tick()
    back = await resume(here, 0)
    assert [purge["reason"] for purge in back.of("purge")] == ["not_entitled"]
    assert not back.of("alert")


async def test_another_epoch_another_officer_and_a_number_from_nowhere_are_reset(here: World) -> None:
    line = await here.officer()
    await here.post()
    here.say(line, "ack", seq=1)
    await here.settled()
    for back in (
        await resume(here, 1, epoch="restored"),
        await resume(here, 1, officer="o2"),
        await resume(here, 99),
    ):
        assert mode(back) == "snapshot"
        assert back.types()[:4] == ["hello", "ready", "reset", "caught_up"]


async def test_a_reset_holds_what_is_live_and_begins_the_series(here: World) -> None:
    line = await here.officer()
    await here.post("1")
    closed = await here.post("2")
    await here.store.put([replace(closed, status=Status.CLOSED)])
    here.pipeline.wake()
    await here.pipeline.tick()
    here.hang_up(line)
    back = await here.officer(device="new")
    (reset,) = back.of("reset")
    assert reset["as_of_seq"] == 3
    assert reset["more"] is False
    (alert,) = reset["alerts"]
    assert alert["alert_id"] != closed.id
    assert "seq" not in alert
    assert "prev_seq" not in alert
    await here.post("3")
    assert [alert["prev_seq"] for alert in back.of("alert")] == [None]
    here.hang_up(back)
    again = await resume(here, 3, device="new")
    assert mode(again) == "replay"
    assert [alert["seq"] for alert in again.of("alert")] == [4]


async def test_more_than_300_are_a_reset_and_a_lost_reset_is_a_reset_again(here: World) -> None:
    line = await here.officer()
    here.say(line, "ack", seq=0)
    await here.settled()
    here.hang_up(line)
    here.hub._joining._limits = replace(here.hub.limits, replay_max=2)
    for number in range(3):
        await here.post(str(number))
    lost = await resume(here, 0)
    assert mode(lost) == "snapshot"
    here.hang_up(lost)
    assert mode(await resume(here, 0)) == "snapshot"
    back = await resume(here, 3)
    assert mode(back) == "replay"
    assert not back.of("alert")


async def test_five_stored_interrupts_do_not_fire_at_once(here: World) -> None:
    line = await here.officer()
    for number in range(5):
        await here.post(str(number), hazards=(Hazard.WEAPON,))
    here.hang_up(line)
    back = await resume(here, 0)
    styles = [alert["style"] for alert in back.of("alert")]
    assert len(styles) == 5
    assert styles.count("interrupt") <= 1


async def test_what_was_on_the_screen_when_he_went_off_duty_is_remembered_over_a_reset(here: World) -> None:
    line = await here.officer()
    for number in range(3):
        await here.post(str(number))
    here.say(line, "ack", seq=3)
    here.say(line, "status", status="off_duty", at=here.now())
    await here.settled()
    await here.pipeline.tick()
    here.hang_up(line)
    back = await resume(here, 99)
    assert mode(back) == "snapshot"
    assert back.of("reset")[0]["alerts"] == []
    assert back.connection is not None
    assert back.connection.unsaid == 0
    here.hang_up(back)
    await here.hub._receipts.flush()
    found = await here.store.resumption("o1", "d1", 3)  # as any process would ask, whichever he comes back to
    assert [row.seq for row in found.rows] == [1, 2, 3]


async def test_off_duty_a_replay_of_alerts_is_an_empty_reset(here: World) -> None:
    line = await here.officer()
    await here.post()
    here.say(line, "status", status="off_duty", at=here.now())
    await here.settled()
    here.hang_up(line)
    await here.pipeline.tick()
    back = await resume(here, 0)
    assert not back.of("alert")
    assert all(not reset["alerts"] for reset in back.of("reset"))


async def test_what_is_decided_while_a_device_comes_in_follows_after_it(here: World) -> None:
    first = await here.officer()
    await here.post("before")
    await here.until(lambda: first.of("alert"))
    here.hang_up(first)
    told = here.store.told

    async def slowly(officer: str) -> Any:
        rows = await told(officer)
        await here.post("meanwhile")
        return rows

    here.store.told = slowly  # type: ignore[method-assign]
    line = here.open()
    here.say(line, "identify", token="o1", device_id="d9", app="a")
    await here.until(lambda: line.of("alert"))
    assert line.types().index("caught_up") < line.types().index("alert")
    assert [alert["alert_id"] for alert in line.of("reset")[0]["alerts"]] == [first.of("alert")[0]["alert_id"]]
    assert line.of("alert")[0]["prev_seq"] is None
