"""What devices have in their history is found again when it is withdrawn, for all who are here, until it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.clock import HOUR
from geo.errors import StoreUnavailable
from geo.model import Briefing, Grade, Interval, Status, Verdict
from geo.picture import LivePicture
from geo.store.rows import Act, HeldRow
from streams.taking_back import may_have_been
from tests.streams.live import Live, live
from tests.streams.scene import NOW

SHORT = Briefing(
    force="own", source="briefings", source_id="B", category="other", title="Van", grade=Grade.PRIORITY,
    reported_at=NOW, valid=Interval(NOW, NOW + HOUR),
)  # fmt: skip
GONE = replace(SHORT, status=Status.CANCELLED, withdrawn=True)


async def ended(here: Live, *officers: str) -> None:
    """They were told, and nobody here remembers."""
    for name in officers:
        await here.on_duty(name, 300)
    assert len(await here.put(SHORT)) == len(officers)
    for _ in range(3):
        await here.tick(after_s=2_400)
    assert SHORT.id not in here.pipeline.picture.slot_of


async def test_everybody_who_was_told_and_is_here_is_found(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await ended(here, "a", "b")
        await here.on_duty("never-told", 300)
        said = await here.put(GONE)
        assert sorted(item[:3] for item in said) == [("a", "purge", "withdrawn"), ("b", "purge", "withdrawn")]
        assert await here.tick(after_s=2_400) == []


async def test_one_who_comes_back_first_does_not_make_it_known_for_the_others(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await ended(here, "a", "b")
        here.pipeline.ownership.forget(["b"])
        await here.store.put([GONE])
        await here.on_duty("b", 300)
        said = await here.tick() + await here.tick(after_s=3)
        assert sorted(item[:3] for item in said) == [("a", "purge", "withdrawn"), ("b", "purge", "withdrawn")]


async def test_a_store_that_is_away_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(tmp_path) as here:
        await ended(here, "a")
        await here.store.put([GONE])
        here.pipeline.wake()
        with monkeypatch.context() as away:

            async def progress(*_: Any) -> Any:
                raise StoreUnavailable("away")

            away.setattr(here.store, "progress", progress)
            with pytest.raises(StoreUnavailable):
                await here.tick()
        assert [item[:3] for item in await here.tick(after_s=3)] == [("a", "purge", "withdrawn")]


def test_only_the_history_of_briefings_that_are_not_here_is_asked_about() -> None:
    picture = LivePicture()
    picture.slot_of["bri-here"] = 1

    def row(record: str, act: Act) -> HeldRow:
        return HeldRow("a", record, 1, 1, act, Verdict.NONE, 2, False, 0, 0, 0.0, 0.0, 1, NOW, 1, 0)

    rows = [row(name, act) for name in ("bri-here", "bri-gone", "inc-gone") for act in (Act.ALERT, Act.CANCEL)]
    assert may_have_been(rows, picture) == {"bri-gone"}
