"""A briefing goes on living: what it held and has changed reaches the officer on the real path, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.access import refusals_of
from geo.clock import HOUR, SECOND, Instant
from geo.errors import StoreUnavailable
from geo.marking import Clearance, Marking
from geo.model import (
    Audience,
    Briefing,
    Grade,
    Hazard,
    Interval,
    Officer,
    Record,
    Status,
    UnitStatus,
)
from geo.store.briefing_rows import PatrolItem, PatrolRow
from streams.briefed import CORRECTION
from streams.noise.rules import RULE_NAMES, Rule
from streams.relevance.wording import why_of
from tests.streams.live import Live, live
from tests.streams.scene import NOW, incident

FAR = 30_000.0
HIGH = Officer(id="pc1", force="own", clearance=Clearance.OFFICIAL_SENSITIVE)


async def give(here: Live, *records: Record, officer: str = "pc1", hours: float = 8, name: str = "one") -> None:
    """He is given a briefing with these, in their newest versions, numbered from 1."""
    found = await here.store.records([one.id for one in records])
    items = tuple(
        PatrolItem(one.id, found[one.id].version, "live", number) for number, one in enumerate(records, start=1)
    )
    now = here.clock.now()
    await here.store.disclose(_row(f"pat-{officer}-{name}", officer, now, now + int(hours * HOUR), items))
    here.pipeline.wake()


def _row(id: str, officer: str, at: Instant, until: Instant, items: tuple[PatrolItem, ...]) -> PatrolRow:
    return PatrolRow(id=id, officer=officer, actor=officer, force="own", beat="B1", start=at, until=until,
                     since=at - 24 * HOUR, at=at, policy="uk", digest="d", items=items)  # fmt: skip


def why(here: Live, officer: str = "pc1") -> list[str]:
    """The reasons that his newest alert carries."""
    for item in reversed(here.delivered):
        fanout = item.fanout
        if officer in fanout.officers and item.seqs[row := fanout.officers.index(officer)]:
            named = (fanout.term_names, fanout.terms[row], fanout.fact_names, fanout.facts[row])
            return [one.text for one in why_of(*named, item.stored.record)]
    raise AssertionError("nothing was said to him")


@asynccontextmanager
async def briefed(folder: Path, *records: Record, officer: Officer | None = None) -> AsyncIterator[Live]:
    """pc1, on duty far from everything, was given these; nothing was said of them."""
    async with live(folder) as here:
        await here.on_duty("pc1", FAR, officer)
        await here.store.put(records)
        here.pipeline.wake()
        assert await here.tick() == []
        await give(here, *records)
        assert await here.tick() == []
        yield here


def far(number: int = 1, **changes: Any) -> Record:
    base: dict[str, Any] = {"grade": Grade.STANDARD, "category": "burglary", "text": "As first told"}
    return incident(number, **{**base, **changes})


async def test_what_has_changed_of_it_reaches_him_wherever_he_is_and_says_which_item(tmp_path: Path) -> None:
    async with briefed(tmp_path, far(1), far(2)) as here:
        await here.on_duty("pc2", FAR + 100)
        assert await here.put(far(2, grade=Grade.EMERGENCY, hazards=(Hazard.WEAPON,))) == [
            ("pc1", "notify", "briefed", 1)
        ]
        assert why(here)[0] == "item 2 of your briefing: graded up"
        assert await here.put(far(1, text="The text was wrong")) == [("pc1", "map", "briefed", 1)]
        assert why(here)[0] == "item 1 of your briefing: corrected"
        assert await here.put(far(1, text="The text was wrong")) == []
        assert await here.tick(after_s=5) == []


async def test_a_correction_stays_while_he_drives_about_and_the_next_is_the_next_rev(tmp_path: Path) -> None:
    async with briefed(tmp_path, far()) as here:
        assert await here.put(far(text="One")) == [("pc1", "map", "briefed", 1)]
        for step in range(1, 4):
            here.moves("pc1", FAR + 100.0 * step)
            assert await here.tick(after_s=10) == []
        assert [item[1:] for item in await here.put(far(text="Two"))] == [("map", "silent_change", 2)]
        assert why(here)[0] == "item 1 of your briefing: corrected"
        assert [item[1:] for item in await here.put(far(text="Two", grade=Grade.PRIORITY))] == [
            ("notify", "briefed", 3)
        ]


async def test_what_he_is_given_is_no_news_and_nearing_it_still_is(tmp_path: Path) -> None:
    async with briefed(tmp_path, incident()) as here:
        here.moves("pc1", 20_000)
        assert await here.tick(after_s=600) == []
        here.moves("pc1", 300)
        heard = await here.tick(after_s=600)
        heard += await here.tick(after_s=15)
        assert [item[:2] for item in heard] == [("pc1", "notify")]
        assert "your briefing" not in why(here)[0]


async def test_what_ends_is_taken_back_once_for_what_reason_ever(tmp_path: Path) -> None:
    soon = Interval(None, NOW + HOUR)
    async with briefed(tmp_path, far(1), far(2), far(3, valid=soon)) as here:
        assert await here.put(far(1, status=Status.CLOSED)) == [("pc1", "cancel", "closed", 1)]
        assert await here.put(far(2, status=Status.CANCELLED)) == [("pc1", "cancel", "cancelled", 1)]
        here.moves("pc1", FAR)
        assert await here.tick(after_s=3_700) == [("pc1", "cancel", "expired", 1)]
        here.moves("pc1", FAR + 10)
        assert await here.tick(after_s=60) == []


async def test_what_is_over_is_corrected_and_opened_again(tmp_path: Path) -> None:
    closed = far(status=Status.CLOSED)
    async with briefed(tmp_path, closed) as here:
        assert await here.put(replace(closed, text="It was the other house")) == [("pc1", "map", "briefed", 1)]
        assert why(here)[0] == "item 1 of your briefing: over, corrected"
        assert await here.tick(after_s=31 * 60) == []
        assert await here.put(replace(closed, text="Or the third", hazards=(Hazard.DOG,))) == [
            ("pc1", "notify", "briefed", 2)
        ]
        assert await here.put(far(text="Again")) == [("pc1", "notify", "briefed", 3)]
        assert why(here)[0].startswith("item 1 of your briefing: open again")
        assert await here.put(far(text="Again", status=Status.CLOSED)) == [("pc1", "cancel", "closed", 4)]


async def test_a_closed_item_that_was_taken_back_is_said_again_when_it_is_opened(tmp_path: Path) -> None:
    async with briefed(tmp_path, far()) as here:
        assert await here.put(far(status=Status.CLOSED)) == [("pc1", "cancel", "closed", 1)]
        assert await here.tick(after_s=3_600) == []
        assert await here.put(far(text="They came back")) == [("pc1", "notify", "briefed", 2)]


async def test_it_ends_with_the_briefing(tmp_path: Path) -> None:
    closed = far(2, status=Status.CLOSED)
    async with briefed(tmp_path, far(1), closed) as here:
        await here.put(far(1, text="One"), replace(closed, text="One"))
        here.moves("pc1", FAR)
        assert sorted(await here.tick(after_s=8 * 3_600 + 1)) == [
            ("pc1", "cancel", "closed", 2),
            ("pc1", "cancel", "out_of_reach", 2),
        ]
        assert await here.put(far(1, text="Two"), replace(closed, text="Two")) == []
        assert len(here.pipeline.held) == 2
        assert not here.pipeline.held.briefed.lasting(
            here.pipeline.held.of_officers(_slots(here)), here.clock.now()
        ).any()


def _slots(here: Live) -> Any:
    import numpy as np

    return np.array([here.pipeline.situations.slot_of["pc1"]], np.int32)


async def test_nothing_is_left_of_what_was_never_said_once_it_is_over(tmp_path: Path) -> None:
    async with briefed(tmp_path, far(1), far(2, status=Status.CLOSED)) as here:
        assert len(here.pipeline.held) == 2
        here.moves("pc1", FAR)
        await here.tick(after_s=8 * 3_600 + 1)
        assert len(here.pipeline.held) == 0
        await here.tick(after_s=3_600)
        assert far(2).id not in here.pipeline.picture.slot_of


async def test_off_duty_nothing_is_said_and_coming_back_it_is(tmp_path: Path) -> None:
    async with briefed(tmp_path, far(1), far(2)) as here:
        here.pipeline.status("pc1", UnitStatus.OFF_DUTY, here.clock.now())
        assert await here.put(far(1, grade=Grade.PRIORITY), far(2, status=Status.CLOSED)) == []
        here.pipeline.status("pc1", UnitStatus.AVAILABLE, here.clock.now())
        assert sorted(await here.tick(after_s=600)) == [
            ("pc1", "cancel", "closed", 1),
            ("pc1", "notify", "briefed", 1),
        ]


async def test_what_he_holds_when_he_goes_off_duty_is_his_again_when_he_comes_back(tmp_path: Path) -> None:
    closed = far(2, status=Status.CLOSED)
    async with briefed(tmp_path, far(1), closed) as here:
        await here.put(far(1, text="One"), replace(closed, text="One"))
        here.pipeline.status("pc1", UnitStatus.OFF_DUTY, here.clock.now())
        assert await here.tick() == []
        here.pipeline.status("pc1", UnitStatus.AVAILABLE, here.clock.now())
        assert sorted(item[1] for item in await here.tick(after_s=5)) == ["map", "map"]
        told = {row.record for row in await here.store.told("pc1")}
        assert told == {far(1).id, closed.id}


@pytest.mark.parametrize("status", [UnitStatus.AT_SCENE, UnitStatus.BREAK])
async def test_who_is_busy_is_corrected_without_a_sound(tmp_path: Path, status: UnitStatus) -> None:
    async with briefed(tmp_path, far()) as here:
        here.pipeline.status("pc1", status, here.clock.now())
        await here.tick()
        assert await here.put(far(grade=Grade.EMERGENCY)) == [("pc1", "map", "briefed", 1)]


async def test_what_he_may_not_see_any_more_is_erased_said_or_not(tmp_path: Path) -> None:
    async with briefed(tmp_path, far(1), far(2), officer=HIGH) as here:
        await here.put(far(1, text="One"))
        secret = Marking(Clearance.OFFICIAL_SENSITIVE, operations=("venetic",))
        said = await here.put(far(1, text="One", marking=secret), far(2, marking=secret))
        assert sorted(said) == [("pc1", "purge", "not_entitled", 1), ("pc1", "purge", "not_entitled", 2)]
        assert await here.put(far(2, text="More", marking=secret)) == []
        assert await here.put(far(2, text="More")) == []


async def test_a_lower_clearance_erases_what_he_was_given(tmp_path: Path) -> None:
    secret = far(marking=Marking(Clearance.OFFICIAL_SENSITIVE))
    async with briefed(tmp_path, secret, officer=HIGH) as here:
        await here.store.put_officers([Officer(id="pc1", force="own")])
        here.pipeline.wake()
        assert await here.tick() == [("pc1", "purge", "not_entitled", 1)]


async def test_a_withdrawn_briefing_is_erased_from_his_briefing(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        pushed = Briefing(force="own", source="briefings", source_id="b", category="other", title="Read",
                          grade=Grade.ROUTINE, reported_at=NOW, audience=Audience(officers=("pc2",)))  # fmt: skip
        await here.store.publish(pushed, refusals_of)
        await here.on_duty("pc1", FAR)
        await here.tick()
        await give(here, pushed)
        assert await here.tick() == []
        taken_back = replace(pushed, status=Status.CANCELLED, withdrawn=True)
        assert await here.put(taken_back) == [("pc1", "purge", "withdrawn", 1)]


# ------------------------------------------------------------------ other processes, restarts
async def _elsewhere(here: Live) -> Live:
    again = Live(here.store, here.clock, owner="there")
    await again.pipeline.start()
    return again


async def test_a_restart_remembers_what_he_was_given_and_what_he_was_told_since(tmp_path: Path) -> None:
    closed = far(3, status=Status.CLOSED)
    async with briefed(tmp_path, far(1), far(2), closed, far(4)) as here:
        await here.put(far(1, text="One"), far(4, status=Status.CLOSED))
        await here.store.put([far(2, text="Meanwhile"), replace(closed, text="Meanwhile")])
        here.clock.set(here.clock.now() + SECOND)
        again = await _elsewhere(here)
        await again.on_duty("pc1", FAR)
        assert sorted(await again.tick()) == [("pc1", "map", "briefed", 1), ("pc1", "map", "briefed", 1)]
        assert await again.tick(after_s=5) == []
        assert [item[:3] for item in await again.put(far(1, text="One", hazards=(Hazard.FIRE,)))] == [
            ("pc1", "notify", "briefed")
        ]
        assert [item[1:] for item in await again.put(far(4, text="Once more"))] == [("notify", "briefed", 2)]


async def test_a_restart_knows_what_he_takes_to_be_over(tmp_path: Path) -> None:
    closed = far(1, status=Status.CLOSED)
    async with briefed(tmp_path, closed, far(2)) as here:
        await here.put(replace(closed, text="One"), far(2, status=Status.CLOSED))
        here.clock.set(here.clock.now() + SECOND)
        again = await _elsewhere(here)
        await again.on_duty("pc1", FAR)
        assert await again.tick() == []
        assert await again.tick(after_s=60) == []
        assert [item[1:3] for item in await again.put(replace(closed, text="Two"))] == [("map", "briefed")]


async def test_what_ended_while_nobody_decided_for_him_is_taken_back(tmp_path: Path) -> None:
    async with briefed(tmp_path, far()) as here:
        await here.store.put([far(status=Status.CLOSED)])
        again = await _elsewhere(here)
        await again.on_duty("pc1", FAR)
        assert await again.tick() == [("pc1", "cancel", "closed", 1)]


async def test_another_process_gives_the_briefing(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", FAR)
        closed = far(2, status=Status.CLOSED)
        await here.store.put([far(1), closed])
        await here.tick(after_s=3)
        there = Live(here.store, here.clock, owner="there")  # no hint from it reaches this process
        await give(there, far(1), closed)
        assert await here.tick(after_s=3) == []
        assert sorted(await here.put(far(1, text="One"), replace(closed, text="One"))) == [
            ("pc1", "map", "briefed", 1),
            ("pc1", "map", "briefed", 1),
        ]


async def test_a_change_between_compiling_and_disclosing_is_a_correction(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", FAR)
        await here.store.put([far(1), far(2)])
        items = (PatrolItem(far(1).id, 1, "live", 1), PatrolItem(far(2).id, 1, "live", 2))
        await here.put(far(1, text="Newer"), far(2, status=Status.CLOSED))
        now = here.clock.now()
        await here.store.disclose(_row("pat-1", "pc1", now, now + HOUR, items))
        here.pipeline.wake()
        assert sorted(await here.tick()) == [("pc1", "cancel", "closed", 1), ("pc1", "map", "briefed", 1)]


async def test_a_store_that_is_away_is_asked_again(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", FAR)
        await here.put(far())
        patrols_of, tries = here.store.patrols_of, []

        async def away(officers: Sequence[str], now: Instant) -> list[PatrolRow]:
            tries.append(officers)
            if len(tries) == 1:
                raise StoreUnavailable("away")
            return await patrols_of(officers, now)

        here.store.patrols_of = away  # type: ignore[method-assign]
        await give(here, far())
        await here.tick()
        await here.tick(after_s=3)
        assert len(tries) == 2
        assert await here.put(far(text="One")) == [("pc1", "map", "briefed", 1)]


async def test_the_last_briefing_gives_the_numbers(tmp_path: Path) -> None:
    async with briefed(tmp_path, far(1), far(2)) as here:
        here.clock.set(here.clock.now() + SECOND)
        await here.put(far(3))
        await give(here, far(3), far(2), name="two")
        await here.tick()
        await here.put(far(2, text="One"))
        assert why(here)[0] == "item 2 of your briefing: corrected"
        await here.put(far(1, text="One"))
        assert why(here)[0] == "an earlier briefing: corrected"


async def test_another_officers_briefing_concerns_nobody_else(tmp_path: Path) -> None:
    async with briefed(tmp_path, far(1)) as here:
        await here.on_duty("pc2", FAR)
        await here.put(far(2))
        await give(here, far(2), officer="pc2")
        await give(here, far(1), far(2), officer="")
        await here.tick()
        assert await here.put(far(1, text="One")) == [("pc1", "map", "briefed", 1)]


def test_the_rule_has_its_name() -> None:
    assert RULE_NAMES[Rule.BRIEFED] == CORRECTION
