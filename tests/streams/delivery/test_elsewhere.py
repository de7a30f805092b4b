"""One officer, two processes: what one decides the other says too; who was taken is let go; nobody is pulled about."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from geo.clock import MINUTE
from geo.errors import StoreUnavailable
from geo.model import Status, UnitStatus
from geo.position import Fix
from geo.store.process_rows import Lease
from geo.store.rows import StatusChanged
from streams.delivery import elsewhere
from streams.hints.contract import About, Hint
from tests.streams.hub_world import Line, World, world


@contextlib.asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[World, World]]:
    """Two processes on one store that know of each other."""
    async with world(folder, "one") as one, world(folder, "two") as other:
        for process, fellow in ((one, "two"), (other, "one")):
            await process.store.renew(Lease(process.pipeline.owner, MINUTE))
            process.hub.elsewhere.living, process.hub.elsewhere.alone = frozenset({fellow}), False
        yield one, other


async def look(process: World) -> None:
    """What its task does every second or two, now."""
    process.hub.elsewhere._followed_at = 0.0
    await process.hub.elsewhere.look()
    await process.hub.elsewhere.follow()


def told(line: Line) -> list[tuple[str, int, int]]:
    """(title, rev, seq) of alerts."""
    return [(frame["title"], frame["rev"], frame["seq"]) for frame in line.of("alert")]


async def test_the_older_connection_of_a_device_is_told_and_the_officer_let_go(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        older = await one.officer("o1", "phone")
        newer = await other.officer("o1", "phone")
        assert Hint(About.SEAT, "o1", urgent=True) in other.hints
        await look(one)
        assert older.ended is not None
        assert older.ended[0] == 4103
        assert not one.pipeline.owns("o1")
        await look(other)
        assert newer.ended is None
        assert other.pipeline.owns("o1")


async def test_two_devices_at_two_processes_both_get_every_alert_once(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        await one.post("1", title="First")
        tablet = await other.officer("o1", "tablet")
        await look(one)
        await look(other)
        one.hints.clear()
        await other.post("2", title="Second")
        assert Hint(About.OFFICER, "o1", urgent=True) in other.hints
        await look(one)
        await look(one)
        assert [title for title, _, _ in told(phone)] == ["First", "Second"]
        assert [title for title, _, _ in told(tablet)] == ["Second"]
        assert told(phone)[-1] == told(tablet)[-1]
        frames = phone.of("alert")
        assert frames[-1]["prev_seq"] == frames[-2]["seq"]


async def test_a_cancel_reaches_the_follower_too(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        await other.officer("o1", "tablet")
        await look(one)
        await other.post("1")
        await look(one)
        await other.post("1", status=Status.CLOSED)
        await look(one)
        assert [frame["reason"] for frame in phone.of("cancel")] == ["closed"]


async def test_off_duty_said_at_the_follower_silences_the_owner(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        tablet = await other.officer("o1", "tablet")
        await look(one)
        await look(other)
        one.hints.clear()
        one.say(phone, "status", status="off_duty", at=one.now())
        await one.until(lambda: Hint(About.OFFICER, "o1") in one.hints)
        await look(other)
        await other.pipeline.tick()
        await other.post("1")
        assert tablet.of("alert") == []
        await one.until(lambda: phone.of("status")[-1]["status"] == "off_duty")


async def test_a_follower_takes_back_whom_nobody_else_has_a_device_of(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        tablet = await other.officer("o1", "tablet")
        await look(one)
        moves(one, phone)
        assert not one.pipeline.owns("o1")  # his tablet is there, and he was taken just now
        other.hang_up(tablet)
        one.hub.elsewhere._seats.clear()
        moves(one, phone)
        await one.until(lambda: one.pipeline.owns("o1"))
        await one.post("1", title="Here again")
        assert [title for title, _, _ in told(phone)] == ["Here again"]


async def test_what_the_other_owed_until_it_was_taken_back_is_not_lost(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        await other.officer("o1", "tablet")
        await look(one)
        await other.post("1", title="By the other")
        one.hub.elsewhere._seats.clear()
        moves(one, phone)
        await one.until(lambda: one.pipeline.owns("o1"))
        await one.until(lambda: bool(told(phone)))
        await one.post("2", title="By this one")
        await look(one)
        assert [title for title, _, _ in told(phone)] == ["By the other", "By this one"]


async def test_the_officers_of_a_dead_owner_are_taken_back(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        await one.officer("o1", "phone")
        await other.officer("o1", "tablet")
        await look(one)
        await other.post("1")
        one.hub.elsewhere.living = frozenset()
        await look(one)
        assert one.pipeline.owns("o1")


async def test_what_is_decided_here_while_many_are_adopted_hides_nothing_of_before(
    tmp_path: Path, monkeypatch: Any
) -> None:
    async with two(tmp_path) as (one, other):
        phones = [await one.officer(name, f"{name}-phone") for name in ("o1", "o2")]
        for tablet in [await other.officer(name, f"{name}-tablet") for name in ("o1", "o2")]:
            other.hang_up(tablet)
        await other.post("1", title="By the other")
        one.pipeline._ownership.forget(["o1", "o2"])  # RECORD refused them; nobody has looked since
        await other.store.retire(other.pipeline.owner)
        states = await one.pipeline.adopt()
        assert len(states) == 2
        honest, posted = one.hub.elsewhere._read, asyncio.Event()

        async def slow(*words: Any) -> None:
            if not posted.is_set():
                posted.set()
                await one.post("2", title="By this one")
            await honest(*words)

        monkeypatch.setattr(one.hub.elsewhere, "_read", slow)
        await one.hub.elsewhere.adopted(states)
        for phone in phones:
            assert sorted(title for title, _, _ in told(phone)) == ["By the other", "By this one"]


async def test_an_alert_about_a_record_that_has_not_come_here_yet_is_not_taken_for_over(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        await other.officer("o1", "tablet")
        await look(one)
        await other.post("1", title="News")
        assert len(one.picture.slot_of) == 0
        await look(one)
        assert [title for title, _, _ in told(phone)] == ["News"]
        assert phone.of("cancel") == []


async def test_what_could_not_be_read_when_he_was_taken_back_comes_with_the_resume(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """Newer ones were sent, and acknowledged, before the store went away again."""
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        await other.officer("o1", "tablet")
        await look(one)
        await other.post("1", title="By the other")

        async def away(*_: Any) -> None:
            await one.post("2", title="By this one")
            one.say(phone, "ack", seq=told(phone)[-1][2])
            await one.settled()
            raise StoreUnavailable("away")

        with monkeypatch.context() as patched:
            patched.setattr(one.hub.elsewhere, "_read", away)
            await one.hub.elsewhere._retake(one.hub.persons["o1"])
        assert phone.ended is not None
        assert [title for title, _, _ in told(phone)] == ["By this one"]
        one.hang_up(phone)
        await one.settled()
        line, epoch = one.open(), phone.of("ready")[0]["epoch"]
        one.say(line, "resume", token="o1", device_id="phone", app="t", epoch=epoch, seq=told(phone)[-1][2])
        await one.until(lambda: bool(line.of("caught_up")))
        assert "By the other" in [title for title, _, _ in told(line)] + [
            alert["title"] for reset in line.of("reset") for alert in reset["alerts"]
        ]


async def test_a_resume_at_another_process_is_whole(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        ready = phone.of("ready")[0]
        await one.post("1", title="While away")
        await one.settled()
        line = other.open()
        seq = phone.of("reset")[0]["as_of_seq"]
        other.say(line, "resume", token="o1", device_id="phone", app="t", epoch=ready["epoch"], seq=seq)
        await other.until(lambda: bool(line.of("caught_up")))
        assert line.of("ready")[0]["mode"] == "replay"
        assert [title for title, _, _ in told(line)] == ["While away"]
        assert line.of("cancel") == []


async def test_a_status_said_just_before_he_is_taken_back_counts(tmp_path: Path, monkeypatch: Any) -> None:
    """It is not in the store yet when he is taken: the row says off duty."""
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        tablet = await other.officer("o1", "tablet")
        other.say(tablet, "status", status="off_duty", at=other.now())
        await other.until(lambda: tablet.of("status")[-1]["status"] == "off_duty")
        await look(one)
        one.hub.elsewhere._seats.clear()
        monkeypatch.setattr(one.store, "failing", 1_000)
        one.say(phone, "status", status="available", at=one.now())
        await one.pipeline.tick()
        moves(one, phone)
        await one.until(lambda: one.pipeline.owns("o1"))
        monkeypatch.setattr(one.store, "failing", 0)
        await one.post("1")
        assert len(told(phone)) == 1


async def _taken_unheard(process: World, monkeypatch: Any) -> None:
    """A second device comes in, its taking is written, the answer is lost, and it is gone before it asks again."""
    take, line = process.store.take, process.open()

    async def unheard(*given: Any) -> Any:
        await take(*given)
        process.hang_up(line)
        raise StoreUnavailable("the answer was lost")

    monkeypatch.setattr(process.store, "take", unheard)
    process.say(line, "identify", token="o1", device_id="tablet", app="test")
    await process.until(lambda: not process.hub.figures.joining)
    monkeypatch.setattr(process.store, "take", take)


async def test_a_process_alone_takes_back_whom_it_lost_by_an_answer_that_was_lost(
    tmp_path: Path, monkeypatch: Any
) -> None:
    async with world(tmp_path) as alone:
        phone = await alone.officer("o1", "phone")
        await _taken_unheard(alone, monkeypatch)
        alone.hub.elsewhere._doubts.clear()
        await alone.post("1", title="Refused by the store")
        assert not alone.pipeline.owns("o1")
        monkeypatch.setattr(elsewhere, "LOOK_S", 0.01)
        monkeypatch.setattr(elsewhere, "FOLLOW_S", 0.01)
        watching = asyncio.create_task(alone.hub.elsewhere.run())
        await alone.until(lambda: alone.pipeline.owns("o1"))
        watching.cancel()
        moves(alone, phone)
        await alone.pipeline.tick()
        await alone.until(lambda: bool(told(phone)))
        assert [title for title, _, _ in told(phone)] == ["Refused by the store"]


async def test_a_taking_without_an_answer_is_looked_into(tmp_path: Path, monkeypatch: Any) -> None:
    async with world(tmp_path) as alone:
        phone = await alone.officer("o1", "phone")
        await _taken_unheard(alone, monkeypatch)
        await alone.hub.elsewhere.make_sure()
        await alone.post("1")
        assert len(told(phone)) == 1
        alone.hang_up(phone)
        await _taken_unheard(alone, monkeypatch)
        await alone.hub.elsewhere.make_sure()
        (state,) = await alone.store.heads(["o1"])
        assert int(alone.situations.term[alone.situations.slot_of["o1"]]) == state.term


async def test_hints_about_strangers_wake_nobody(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        await here.officer("o1")
        there = here.hub.elsewhere
        for hint in (Hint(About.OFFICER, "x"), Hint(About.SEAT, "x"), Hint(About.DELIVERY, "o1"), Hint()):
            there.hear(hint)
        assert not there._signal.is_set()
        there.hear(Hint(About.SEAT, "o1"))
        assert there._signal.is_set()


def moves(process: World, line: Line, **fields: Any) -> None:
    process.say(line, "position", at=process.now(), lon=-1.55, lat=53.8, accuracy_m=5, **fields)


async def test_many_at_once_are_one_hint(tmp_path: Path, monkeypatch: Any) -> None:
    async with two(tmp_path) as (one, other):
        for name in ("o1", "o2"):
            await one.officer(name, "phone")
            await other.officer(name, "tablet")
        await look(one)
        await look(other)
        monkeypatch.setattr(elsewhere, "MANY", 1)
        await other.post("1")
        assert Hint(About.OFFICER, urgent=True) in other.hints
        assert Hint(About.OFFICER, "o1", urgent=True) not in other.hints


async def test_what_he_said_at_the_other_process_just_before_is_heard_after(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        await other.officer("o1", "phone")
        assert phone.connection is not None
        other.hub.persons["o1"].fix = Fix(other.clock.now(), -1.5, 53.7, None)
        one.hub._receipts.status(StatusChanged("o1", UnitStatus.BUSY, other.clock.now()), lambda: None)
        await one.settled()
        await look(other)
        await other.pipeline.tick()
        slot = other.situations.slot_of["o1"]
        assert other.situations.status[slot] == list(UnitStatus).index(UnitStatus.BUSY)
        assert other.hub.persons["o1"].fix is None


async def test_off_duty_at_the_follower_is_silence_and_not_a_purge(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        phone = await one.officer("o1", "phone")
        await other.officer("o1", "tablet")
        await look(one)
        await other.post("1")
        one.hub.persons["o1"].status, one.hub.persons["o1"].status_at = UnitStatus.OFF_DUTY, other.clock.now()
        await look(one)
        assert phone.of("alert") == phone.of("purge") == []
