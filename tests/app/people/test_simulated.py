"""A simulated officer reacts as a person would: on duty, says where he is, looks, acknowledges what interrupts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import app.people.simulated
from app.people.handset import Link, LinkChanged
from app.people.movement import Standing
from app.people.simulated import SimulatedOfficer, Tally, drive, start_all, stop_all
from streams.conversation.device import Event
from streams.conversation.holding import Ended, Erased, Replaced
from streams.conversation.messages import Confirmed
from tests.app.people.test_handset import ALERT, Script, _serve


async def _play(script: Script, monkeypatch: pytest.MonkeyPatch, until: str) -> Tally:
    monkeypatch.setattr(app.people.simulated, "ANSWERS_AFTER_S", (0.01, 0.02))
    tally = Tally()

    def watch(_: SimulatedOfficer, event: Event | LinkChanged) -> None:
        tally.count(event)

    async with _serve(script.talk) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        officers = [SimulatedOfficer("A-1", url, "T", Standing(-1.5, 53.8), watch)]
        await start_all(officers)
        driving = asyncio.create_task(drive(officers, 0.05, tally))
        async with asyncio.timeout(10):
            while until not in script.types():
                await asyncio.sleep(0.01)
        driving.cancel()
        await stop_all(officers)
    return tally


async def test_he_acknowledges_what_interrupts_him(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script()
    tally = await _play(script, monkeypatch, until="respond")
    assert tally.shown == {"interrupt": 1}
    assert "position" in script.types()
    answer = script.heard[script.types().index("respond")]
    assert (answer["alert_id"], answer["choice"]) == ("inc-1", "acknowledged")
    assert "seen" in script.types()


async def test_what_only_goes_on_the_map_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script()
    script.alerts = [ALERT | {"style": "map"}]
    await _play(script, monkeypatch, until="ack")
    assert "seen" not in script.types()


def test_the_tally_counts_what_happened() -> None:
    tally = Tally()
    happened: list[Any] = [
        Ended("inc-1", "closed"), Erased("inc-2", "withdrawn"), Confirmed("k"), Replaced((), ()),
        LinkChanged(Link.WAITING, "gap"), LinkChanged(Link.STOPPED, "code 4103"), LinkChanged(Link.LIVE),
    ]  # fmt: skip
    for event in happened:
        tally.count(event)
    assert (tally.ended, tally.erased, tally.answered, tally.drops, tally.gaps, tally.told) == (1, 1, 1, 1, 1, 0)
    assert tally.stopped == {"code 4103": 1}
