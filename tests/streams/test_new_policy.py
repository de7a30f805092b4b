"""A new policy has a tick of its own: silent where nothing else has come, and all that comes after is judged by it."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from geo.clock import HOUR, MINUTE
from geo.model import Grade, Hazard, UnitStatus, Verdict
from geo.store.sqlite import SqliteStore
from streams.relevance.in_force import InForce, draft_of
from streams.relevance.policy import Policy
from streams.relevance.policy_file import PolicyText
from tests.streams.live import Live, live
from tests.streams.scene import NOW, incident

UK = resources.files("streams.relevance").joinpath("policies", "uk.toml").read_text("utf-8")


def edited(*changes: tuple[str, str]) -> str:
    text = UK
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    return text


LOUD = re.sub(r"(?m)^p([1-4]) = [0-9.]+", lambda found: f"p{found[1]} = {0.5 - int(found[1]) / 10}", UK)
"""Nearly everything is worth an interruption."""


def policy(text: str) -> Policy:
    return Policy(PolicyText.parse("changed.toml", text))


async def test_a_louder_policy_interrupts_nobody_now_and_nobody_with_the_next_fix(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 1_500)
        await here.on_duty("pc2", 2_050)
        first = await here.put(incident(1))
        assert {(who, what) for who, what, *_ in first} == {("pc1", "notify"), ("pc2", "notify")}
        here.pipeline.policy_changed(policy(LOUD))
        for step in range(4):
            for name, at_m in (("pc1", 1_500.0), ("pc2", 2_050.0)):
                here.moves(name, at_m - step)
            assert await here.tick(after_s=5) == []
        held = await here.store.held(["pc1", "pc2"])
        assert [(row.told_style, row.verdict) for row in held] == [(Verdict.INTERRUPT, Verdict.MAP)] * 2
        assert {(who, what) for who, what, *_ in await here.put(incident(2))} == {
            ("pc1", "interrupt"),
            ("pc2", "interrupt"),
        }


async def test_what_counts_as_said_outlives_the_process(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 1_500)
        await here.put(incident(1))
        here.pipeline.policy_changed(policy(LOUD))
        await here.tick(after_s=1)
        again = Live(here.store, here.clock, "again")
        again.pipeline.policy = policy(LOUD)
        await again.pipeline.start()
        await again.on_duty("pc1", 1_499)
        assert await again.tick(after_s=1) == []


async def test_who_was_nobodys_when_it_came_is_not_interrupted_when_he_is_back(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 1_500)
        assert [item[:2] for item in await here.put(incident(1))] == [("pc1", "notify")]
        again = Live(here.store, here.clock, "again")
        again.pipeline.policy = policy(LOUD)
        again.pipeline.held.policy_at = here.clock.now() + 1
        here.clock.set(here.clock.now() + 5 * MINUTE)
        await again.pipeline.start()
        assert await again.tick() == [], "his last fix is old, and that alone is no reason"
        await again.on_duty("pc1", 1_500)
        for step in range(3):
            assert await again.tick(after_s=2) == []
            again.moves("pc1", 1_500.0 - step)
        assert [row.told_style for row in await again.store.held(["pc1"])] == [Verdict.INTERRUPT]
        nearer = await again.put(incident(1, hazards=(Hazard.WEAPON,)))
        assert [item[:2] for item in nearer] == [("pc1", "interrupt")], "news is news"


async def test_what_comes_in_at_the_same_moment_is_said_aloud(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        here.pipeline.status("pc1", UnitStatus.BUSY, NOW)
        assert await here.put(incident(1, grade=Grade.PRIORITY)) == []
        here.pipeline.policy_changed(policy(edited(('edition = "', 'edition = "x'))))
        here.pipeline.status("pc1", UnitStatus.AVAILABLE, NOW)
        assert await here.tick(after_s=1) == []
        assert [(who, what) for who, what, *_ in await here.tick()] == [("pc1", "notify")]


async def test_must_deliver_passes_a_policy_that_reaches_further(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 3_000)
        assert await here.put(incident(1, grade=Grade.EMERGENCY, hazards=(Hazard.WEAPON,))) == []
        row = here.pipeline.policy.grades[Grade.EMERGENCY].reach_m
        here.pipeline.policy_changed(policy(edited((f"reach_m = {row:.0f}", "reach_m = 9000"))))
        assert [item[:2] for item in await here.tick(after_s=1)] == [("pc1", "interrupt")]


async def test_a_shorter_life_ends_it_when_its_time_is_over(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.put(incident(1))
        slot = here.pipeline.picture.slot_of[incident(1).id]
        life_min = (int(here.pipeline.picture.valid_to[slot]) - NOW) // MINUTE
        assert life_min * MINUTE < HOUR * 24
        line = f"lifetime_min = {life_min}"
        here.pipeline.policy_changed(policy(edited((line, "lifetime_min = 2"))))
        assert await here.tick(after_s=1) == []
        assert [item[:3] for item in await here.tick(after_s=130)] == [("pc1", "cancel", "expired")]


async def test_the_change_log_brings_it_before_the_records_that_came_with_it(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        assert isinstance(here.store, SqliteStore)
        await here.on_duty("pc1", 1_500)
        await here.tick()
        in_force = InForce(here.pipeline.policy_changed)
        here.pipeline.following.policy_came = in_force.take
        put = await here.store.put_policy(draft_of("loud.toml", LOUD, "sgt", "louder"), 0)
        assert put is not None
        assert [item[:2] for item in await here.put(incident(1))] == [("pc1", "interrupt")]
        assert (in_force.n, in_force.stored) == (1, put)
        assert here.pipeline.policy.version == put.draft.version
