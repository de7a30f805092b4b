"""A pipeline on a real embedded store, on a virtual clock, with everything that its exit was given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from geo.clock import SECOND, VirtualClock
from geo.model import Officer, Record, UnitStatus, Verdict
from geo.picture import LivePicture
from geo.position import Fix
from geo.store.contract import Store
from geo.store.rows import Act, Answers, StatusChanged
from geo.store.sqlite import SqliteStore
from streams.officers.situations import Situations
from streams.pipeline import Delivered, Pipeline
from streams.relevance.policy import load_policy
from tests.streams.scene import NOW, east


@dataclass
class Live:
    """``heard`` is (officer, what, rule or reason, rev), in the order of delivery."""

    store: Store
    clock: VirtualClock
    owner: str = "here"
    heard: list[tuple[str, str, str, int]] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    pipeline: Pipeline = field(init=False)

    def __post_init__(self) -> None:
        picture = LivePicture()
        self.pipeline = Pipeline(
            self.store, picture, Situations(picture.books), load_policy("uk"), self.clock, self.owner, self.exit
        )

    def exit(self, batch: Sequence[Delivered]) -> None:
        self.delivered += batch
        for item in batch:
            fanout = item.fanout
            for row, officer in enumerate(fanout.officers):
                if item.seqs[row]:
                    act = Act(int(fanout.act[row]))
                    what = Verdict(int(fanout.verdict[row])).text if act is Act.ALERT else act.name.lower()
                    why = (
                        fanout.rule_names[fanout.rule[row]]
                        if act is Act.ALERT
                        else fanout.reason_names[fanout.reason[row]]
                    )
                    self.heard.append((officer, what, why, int(fanout.rev[row])))

    def news(self) -> list[tuple[str, str, str, int]]:
        """What was heard since the last time."""
        heard, self.heard = self.heard, []
        return heard

    async def on_duty(self, name: str, at_m: float | None, officer: Officer | None = None) -> None:
        await self.pipeline.connect(officer or Officer(id=name, force="own"), self.clock.now())
        said = StatusChanged(name, UnitStatus.AVAILABLE, self.clock.now())
        await self.store.answer(Answers(statuses=(said,)))
        self.pipeline.status(name, said.status, said.at)
        if at_m is not None:
            self.moves(name, at_m)

    def moves(self, name: str, at_m: float) -> None:
        self.pipeline.moved(name, Fix(self.clock.now(), *east(at_m), 0.0))

    async def put(self, *records: Record) -> list[tuple[str, str, str, int]]:
        await self.store.put(records)
        self.pipeline.wake()
        return await self.tick()

    async def tick(self, after_s: float = 0.0) -> list[tuple[str, str, str, int]]:
        self.clock.set(self.clock.now() + int(after_s * SECOND))
        await self.pipeline.tick()
        return self.news()


@asynccontextmanager
async def live(folder: Path) -> AsyncIterator[Live]:
    clock = VirtualClock(NOW)
    store = SqliteStore(folder / "beatline.sqlite", clock)
    await store.open()
    try:
        one = Live(store, clock)
        await one.pipeline.start()
        yield one
    finally:
        await store.close()
