"""Two sources, one thing: shown as one, with both sources; what is graver is said all the same."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from geo.clock import SECOND
from geo.marking import Clearance, Marking
from geo.model import Grade, Hazard, Incident, Officer, Status
from geo.store.rows import Act
from streams.delivery.speech import FanoutSpeech, SharedParts
from tests.streams.live import Live, live
from tests.streams.scene import NOW, incident


def from_two(number: int, source: str, at_m: float = 0.0, **changes: Any) -> Incident:
    return incident(number, at_m, **{"source": source, "category": "burglary", "grade": Grade.PRIORITY, **changes})


async def test_the_second_source_is_not_said_and_the_first_shows_both(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        assert await here.put(from_two(1, "cad")) == [("pc1", "notify", "style", 1)]
        here.clock.set(NOW + 30 * SECOND)
        assert await here.put(from_two(2, "alarms", at_m=80, reported_at=here.clock.now())) == []
        assert await here.tick() == [("pc1", "map", "silent_change", 2)], "the first, with both sources, silently"
        assert systems(here) == ["cad + alarms"]
        assert await here.tick(after_s=30) == []


async def test_both_new_at_once_are_one_alert(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        said = await here.put(from_two(1, "cad"), from_two(2, "alarms", at_m=80))
        assert [(one, what) for one, what, *_ in said] == [("pc1", "notify")]
        quiet = await here.tick(after_s=2)
        assert {what for _, what, *_ in quiet} <= {"map"}
        assert await here.tick(after_s=30) == []


async def test_two_of_one_source_are_two(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        said = await here.put(from_two(1, "cad"), from_two(2, "cad"))
        assert [what for _, what, *_ in said] == ["notify", "notify"]


async def test_what_is_graver_is_said(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(from_two(1, "cad"))
        graver = from_two(2, "alarms", hazards=(Hazard.WEAPON,), grade=Grade.EMERGENCY)
        assert [(what, rule) for _, what, rule, _ in await here.put(graver)] == [("interrupt", "must_threat_to_life")]


async def test_who_may_not_see_the_one_is_told_of_the_other(tmp_path: Path) -> None:
    secret = Marking(Clearance.OFFICIAL_SENSITIVE)
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.on_duty("pc2", 200, Officer(id="pc2", force="own", clearance=Clearance.OFFICIAL_SENSITIVE))
        first = await here.put(from_two(1, "intel-desk", marking=secret))
        assert [one for one, *_ in first] == ["pc2"]
        second = await here.put(from_two(2, "cad"))
        assert [(one, what) for one, what, *_ in second] == [("pc1", "notify")]
        await here.tick()
        assert not any(fanout.also for item in here.delivered if "pc1" in (fanout := item.fanout).officers), (
            "nor does he learn that there is another"
        )


async def test_when_the_first_is_closed_the_second_comes_quietly(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(from_two(1, "cad"))
        here.clock.set(NOW + 30 * SECOND)
        await here.put(from_two(2, "alarms"))
        await here.tick()
        said = await here.put(from_two(1, "cad", status=Status.CLOSED))
        said += await here.tick()
        assert sorted((what, why) for _, what, why, _ in said) == [("cancel", "closed"), ("map", "re_entry")]


async def test_what_was_never_said_is_never_erased(tmp_path: Path) -> None:
    """His clearance goes: the first is purged, the second was not on the device."""
    async with live(tmp_path) as here:
        cleared = Officer(id="pc1", force="own", clearance=Clearance.OFFICIAL_SENSITIVE)
        await here.store.put_officers([cleared])
        await here.on_duty("pc1", 200, cleared)
        secret = Marking(Clearance.OFFICIAL_SENSITIVE)
        await here.put(from_two(1, "cad", marking=secret))
        await here.put(from_two(2, "alarms", marking=secret))
        await here.tick()
        await here.store.put_officers([Officer(id="pc1", force="own")])
        here.pipeline.wake()
        said = await here.tick() + await here.tick(after_s=3)
        assert [(what, why) for _, what, why, _ in said] == [("purge", "not_entitled")]


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
async def test_of_a_chain_of_three_nothing_is_hidden_behind_what_is_hidden(tmp_path: Path, order: list[int]) -> None:
    """The first and the last are too far apart to be one thing: either he is told of the middle one, which both are
    shown with, or of both ends."""
    chain = [from_two(1, "cad", 0.0), from_two(2, "alarms", 120.0), from_two(3, "fire", 240.0)]
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 120.0 * order[0])
        await here.put(*(chain[number] for number in order))
        told = {row.record for row in await here.store.told("pc1")}
        assert told in ({chain[1].id}, {chain[0].id, chain[2].id})
        for record in chain:
            assert record.id in told or chain[1].id in told or record.id == chain[1].id


async def test_three_sources_are_all_named(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(from_two(1, "cad"))
        for number, source in enumerate(("alarms", "fire"), start=2):
            assert await here.tick(after_s=10) == []
            assert await here.put(from_two(number, source, 20.0)) == []
            assert [what for _, what, *_ in await here.tick(after_s=1)] == ["map"]
        assert systems(here) == ["cad + alarms + fire"]


async def test_the_second_source_survives_a_restart(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(from_two(1, "cad"))
        here.clock.set(NOW + 30 * SECOND)
        await here.put(from_two(2, "alarms"))
        await here.tick()
        told = await here.store.told("pc1")
        assert [(row.act, row.also) for row in told] == [(Act.ALERT, "alarms")]
        again = Live(here.store, here.clock, owner="again")
        await again.pipeline.start()
        await again.on_duty("pc1", 200)
        assert await again.tick() == []
        assert await again.tick(after_s=20) == []


def systems(here: Live) -> list[str]:
    """``source.system`` of the last fan-out, as each officer's device reads it."""
    speech = FanoutSpeech(here.delivered[-1], SharedParts(lambda _: None))
    tails = [speech.tail(row).decode() for row in range(len(speech))]
    return [tail.split('"system":"')[1].split('"')[0] for tail in tails]
