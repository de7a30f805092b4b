"""What a tick decided is written whole, until it works, and only then delivered."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from geo.clock import SECOND
from geo.errors import StoreUnavailable
from geo.store.rows import Act, Receipted, Tick
from streams.owing import Owing, unconfirmed_jobs
from tests.streams.live import live
from tests.streams.scene import Scene, incident


async def test_nothing_to_say_writes_nothing() -> None:
    scene = Scene()
    owing = Owing(None, scene.picture, scene.situations, scene.held, "me", Counter())  # type: ignore[arg-type]
    assert await owing.durable("uk 1", (), scene.now) == ([], [])


async def test_budgets_and_terms_go_with_the_tick(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        ticks: list[Tick] = []
        record = here.store.record

        async def seen(tick: Tick) -> Receipted:
            ticks.append(tick)
            return await record(tick)

        here.store.record = seen  # type: ignore[method-assign]
        await here.put(incident(1), incident(2))
        said = [tick for tick in ticks if tick.fanouts]
        assert len(said) == 1
        (budget,) = said[0].budgets
        assert (budget.officer, budget.tokens, budget.tokens_at) == ("pc1", 0.0, here.clock.now())
        assert said[0].terms_of == {"pc1": 1}
        assert len(said[0].fanouts) == 2


async def test_what_poisons_a_tick_stands_alone_and_counts_as_told_nowhere(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.on_duty("pc2", 300)
        record, bad = here.store.record, incident(1).id

        async def poisoned(tick: Tick) -> Receipted:
            if any(fanout.record == bad for fanout in tick.fanouts):
                raise ValueError("this cannot be packed")
            return await record(tick)

        here.store.record = poisoned  # type: ignore[method-assign]
        await here.put(incident(1), incident(2))
        assert {item.fanout.record for item in here.delivered} == {incident(2).id}
        assert here.pipeline.counts["poisoned"] == 1
        assert not here.pipeline.owns("pc1")  # as if another process owned him: whoever has his device takes him anew
        here.store.record = record  # type: ignore[method-assign]
        await here.on_duty("pc1", 300)
        await here.put(incident(3))
        assert {item.fanout.record for item in here.delivered} >= {incident(1).id, incident(3).id}


async def test_a_kept_verdict_is_written_and_not_delivered(tmp_path: Path) -> None:
    from geo.model import UnitStatus

    async with live(tmp_path) as here:
        await here.on_duty("pc1", 1_500)
        here.pipeline.status("pc1", UnitStatus.BUSY, here.clock.now())
        assert await here.put(incident()) == []
        assert here.delivered == []
        (row,) = await here.store.held(["pc1"])
        assert (row.verdict.text, row.rev, row.inside) == ("hold", 0, True)
        assert here.pipeline.counts["kept_hold"] == 1


async def test_the_budget_survives_a_restart(tmp_path: Path) -> None:
    from tests.streams.live import Live

    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        assert [item[1] for item in await here.put(incident(1), incident(2))] == ["interrupt"] * 2
        again = Live(here.store, here.clock, owner="again")
        await again.pipeline.start()
        await again.on_duty("pc1", 300)
        assert [item[1] for item in await again.put(incident(3))] == ["notify"]


async def test_a_tick_whose_answer_was_lost_says_so_and_keeps_its_number(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        ticks: list[Tick] = []
        record = here.store.record

        async def lost_on_the_way(tick: Tick) -> Receipted:
            ticks.append(tick)
            receipted = await record(tick)
            if len(ticks) == 1:
                raise StoreUnavailable("the answer was lost")
            return receipted

        here.store.record = lost_on_the_way  # type: ignore[method-assign]
        assert [item[:2] for item in await here.put(incident())] == [("pc1", "interrupt")]
        first, second = ticks[:2]
        assert (first.again, second.again, first.number) == (False, True, second.number)
        assert [row.seq for row in await here.store.told("pc1")] == [1]


async def test_a_p1_is_looked_after_ten_seconds_later_and_anything_else_is_not(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.put(incident())
        (fanout,) = [item.fanout for item in here.delivered]
        (job,) = unconfirmed_jobs([fanout], 1_500_000)
        assert (job.subject, job.due_at) == (fanout.record, 12 * SECOND)
        assert unconfirmed_jobs([replace(fanout, priority=np.array([2], np.uint8))], 0) == ()
        assert unconfirmed_jobs([replace(fanout, act=np.array([Act.CANCEL], np.uint8))], 0) == ()
