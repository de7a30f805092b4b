"""A process among others: it takes the store's time, goes on for the dead, hears hints, and ends its lease."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.main import build, running
from app.runtime import Runtime
from app.settings import settings_of
from geo.clock import HOUR, MINUTE, SECOND, SyncedClock, SystemClock, VirtualClock
from geo.model import Officer
from geo.store.process_rows import Job, JobKind, Lease
from geo.store.sqlite import SqliteStore
from streams.hints.contract import About, Hint


async def test_the_officers_of_a_killed_process_are_decided_for_at_once(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "beatline.sqlite")
    await store.open()
    await store.renew(Lease("killed", MINUTE))
    officer = Officer(id="pc1", force="own")
    await store.take(["pc1"], "killed", SystemClock().now(), {"pc1": officer})
    await store.close()
    async with running(build(settings_of(data=tmp_path))) as runtime:
        assert runtime.pipeline.owns("pc1")
        node = runtime.pipeline.owner
        (state,) = await runtime.store.heads(["pc1"])
        assert (state.owner, state.term) == (node, 2)
    await store.open()
    renewed = await store.renew(Lease("next", MINUTE))
    assert all(peer.lapses_at <= renewed.now for peer in renewed.peers)
    await store.close()


async def test_the_name_of_a_process_is_never_used_again(tmp_path: Path) -> None:
    first, second = (build(settings_of(data=tmp_path, node="front")) for _ in range(2))
    assert first.pipeline.owner.startswith("front-")
    assert first.pipeline.owner != second.pipeline.owner


async def test_a_clock_that_is_an_hour_off_is_set_before_anything_is_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = build(settings_of(data=tmp_path))
    assert isinstance(runtime.clock, SyncedClock)
    runtime.clock.base = VirtualClock(SystemClock().now() - HOUR)
    async with running(runtime):
        assert abs(runtime.clock.now() - SystemClock().now()) < MINUTE
        assert abs(runtime.issuer.clock_s() * SECOND - SystemClock().now()) < MINUTE


async def test_a_replays_time_is_its_own(tmp_path: Path) -> None:
    runtime = build(settings_of(data=tmp_path), VirtualClock(1_000 * HOUR))
    assert runtime.clock.now() == 1_000 * HOUR
    assert not runtime.pipeline.owing.confirms


async def test_hints_are_heard_by_whom_they_concern(tmp_path: Path) -> None:
    async with running(build(settings_of(data=tmp_path))) as runtime:
        heard: list[Hint] = []
        runtime.together.listeners.append(heard.append)
        for hint in (Hint(), Hint(About.SEAT), Hint(About.DELIVERY, "r1")):
            runtime.together.hear(hint)
        assert [hint.about for hint in heard] == [About.CHANGES, About.SEAT, About.DELIVERY]
        assert runtime.hub.elsewhere._signal.is_set()


async def test_upkeep_is_scheduled_and_done(tmp_path: Path) -> None:
    async with running(build(settings_of(data=tmp_path))) as runtime:
        await asyncio.sleep(0.05)
        now = runtime.clock.now()
        await runtime.store.schedule([Job(JobKind.UPKEEP, "", now), Job(JobKind.UNCONFIRMED, "nothing", now)])
        await runtime.together.jobs.step()
        if (upkeep := runtime.together.jobs._long) is not None:
            await upkeep
        assert runtime.together.jobs.counts == {"upkeep": 1, "unconfirmed": 1}
        assert runtime.together.unconfirmed == 0


async def test_another_store_ends_the_server_so_that_it_begins_anew(tmp_path: Path) -> None:
    runtime: Runtime = build(settings_of(data=tmp_path))
    stopped: list[int] = []
    runtime.stop = lambda: stopped.append(1)
    async with running(runtime):
        assert runtime.together.leases._standing is not None
        runtime.together.leases._standing._epoch = "before"
        await runtime.together.leases.step()
    assert (runtime.again, stopped) == (True, [1])
