"""What a tick decided is written whole, until it works, and only then delivered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from geo.store.rows import Receipted, Tick
from streams.owing import Owing
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
        again = Live(here.store, here.clock)
        await again.pipeline.start()
        await again.on_duty("pc1", 300)
        assert [item[1] for item in await again.put(incident(3))] == ["notify"]
