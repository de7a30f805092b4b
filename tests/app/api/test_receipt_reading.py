"""What is pushed is known by the processes that hold the sockets; the unanswered are of one's own force."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.receipt_reading import receipts_in, unanswered_in
from app.identity import Role
from app.runtime import Runtime
from geo.store.briefing_rows import Step
from streams.whereabouts.contract import Sightings
from tests.app.api.pushed import pushed, roster
from tests.geo.store.making import fanout, say
from tests.streams.console.desk import unit


async def test_another_process_has_handed_it_to_a_socket(
    client: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await roster(runtime)
    it = await pushed(client(Role.DISPATCHER))
    store: Any = runtime.store
    await say(store, fanout(it, ["a"], at=runtime.clock.now()))
    stored = (await runtime.store.records([it]))[it]
    states = {one.officer: one.state.value for one in (await receipts_in(runtime, stored))[0]}
    assert states == dict.fromkeys("abcd", "queued")

    async def everybody(force: str) -> Sightings:
        return Sightings((unit("a", sent_seq=1),), True)

    monkeypatch.setattr(type(runtime.whereabouts), "everybody", lambda self, force: everybody(force))
    found, partial = await receipts_in(runtime, stored)
    assert (found[0].state.value, partial) == ("pushed", True)


async def test_the_list_is_of_ones_own_force(client: Any, runtime: Runtime) -> None:
    await roster(runtime)
    it = await pushed(client(Role.DISPATCHER), must_ack=True)
    await runtime.store.step_up(it, ["a"], Step.DISPATCHER)
    assert await unanswered_in(runtime, "own") == {it: ["a"]}
    assert await unanswered_in(runtime, "partner") == {}
