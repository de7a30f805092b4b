"""What devices report is written in batches, and nobody is told before it is durable."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from geo.clock import SystemClock
from geo.errors import StoreUnavailable
from geo.model import Disposition, UnitStatus
from geo.store.rows import Answered, Answers, DeviceCursor, SeenOnScreen, StatusChanged, StoredOnDevice
from streams.delivery.receipts import Receipts


class Store:
    """Keeps what it is given, unless it is away."""

    def __init__(self) -> None:
        self.written: list[Answers] = []
        self.away = 0
        self.poison = ""
        """A key that this store chokes on."""
        self.gate: asyncio.Event | None = None

    async def answer(self, answers: Answers) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        if any(item.key == self.poison for item in answers.answered):
            raise OverflowError("too large for the store")
        self.written.append(answers)


class Source:
    def __init__(self, officer: str, floor: int) -> None:
        self.officer, self.device, self.floor = officer, "d", floor

    def stored(self) -> tuple[DeviceCursor, tuple[int, ...]]:
        return DeviceCursor("e", self.floor), (self.floor,)


def receipts(store: Store) -> Receipts:
    return Receipts(store, SystemClock())  # type: ignore[arg-type]


def reply(key: str) -> Answered:
    return Answered(key, "o1", "d", "r", 1, Disposition.HANDLED, "", 0)


async def settled(one: Receipts) -> None:
    async with asyncio.timeout(10):
        while one.pending:
            await asyncio.sleep(0.01)


async def test_one_transaction_for_all_that_came_in_a_while() -> None:
    store, told = Store(), []
    one = receipts(store)
    one.acknowledged(Source("o1", 3))
    one.acknowledged(Source("o2", 4))
    one.cursor(StoredOnDevice("o3", "d", DeviceCursor("e", 1), (), 0))
    one.seen(SeenOnScreen("o1", "d", "r", 1, 0))
    one.answered(reply("k"), lambda: told.append("k"))
    one.status(StatusChanged("o1", UnitStatus.BUSY, 0), lambda: told.append("busy"))
    assert one.concern("o1")
    assert not told
    await settled(one)
    (written,) = store.written
    assert [(item.officer, item.cursor.floor, item.seqs) for item in written.stored] == [
        ("o3", 1, ()),
        ("o1", 3, (3,)),
        ("o2", 4, (4,)),
    ]
    assert (len(written.seen), len(written.answered), len(written.statuses)) == (1, 1, 1)
    assert told == ["k", "busy"]
    assert not one.concern("o1")


async def test_who_follows_hears_what_is_durable_and_nothing_else() -> None:
    store = Store()
    store.poison, store.away = "bad", 1
    one, heard = receipts(store), list[Answers]()
    one.written = heard.append
    one.answered(reply("good"), lambda: None)
    one.answered(reply("bad"), lambda: None)
    with pytest.raises(StoreUnavailable):
        await one.flush()
    assert heard == []
    await one.flush()
    assert [item.key for answers in heard for item in answers.answered] == ["good"]


async def test_a_device_that_acknowledges_often_is_asked_once() -> None:
    store = Store()
    one, source = receipts(store), Source("o1", 1)
    for floor in range(1, 50):
        source.floor = floor
        one.acknowledged(source)
    await one.flush()
    assert [item.cursor.floor for item in store.written[0].stored] == [49]


async def test_a_store_that_is_away_loses_nothing_and_nobody_is_told_too_early() -> None:
    store, told = Store(), []
    store.away = 2
    one = receipts(store)
    one.acknowledged(Source("o1", 3))
    one.answered(reply("k"), lambda: told.append("k"))
    with pytest.raises(StoreUnavailable):
        await one.flush()
    assert not told
    assert one.concern("o1")
    await settled(one)
    assert told == ["k"]
    assert [item.cursor.floor for answers in store.written for item in answers.stored] == [3]


async def test_who_asks_during_a_write_shares_the_next_one() -> None:
    store = Store()
    store.gate = asyncio.Event()
    one = receipts(store)
    one.seen(SeenOnScreen("o1", "d", "r", 1, 0))
    first = asyncio.create_task(one.flush())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    one.seen(SeenOnScreen("o2", "d", "r", 1, 0))
    others = [asyncio.create_task(one.flush()) for _ in range(5)]
    await asyncio.sleep(0)
    store.gate.set()
    await asyncio.gather(first, *others)
    assert sum(len(answers.seen) for answers in store.written) == 2
    assert len(store.written) <= 2


async def test_what_the_store_cannot_take_holds_up_nobody_else() -> None:
    store = Store()
    told: list[str] = []
    lost: list[str] = []
    store.poison = "k3"
    one = receipts(store)
    one.acknowledged(Source("o1", 3))
    for number in range(6):
        key = f"k{number}"
        one.answered(reply(key), partial(told.append, key), partial(lost.append, key))
    one.status(StatusChanged("o1", UnitStatus.BUSY, 0), lambda: told.append("busy"))
    await settled(one)
    assert told == ["k0", "k1", "k2", "k4", "k5", "busy"]
    assert lost == ["k3"]
    assert one.lost == 1
    assert [item.cursor.floor for answers in store.written for item in answers.stored] == [3]
    assert not one.concern("o1")
    one.answered(reply("later"), lambda: told.append("later"))
    await settled(one)
    assert told[-1] == "later"


async def test_a_store_that_goes_away_while_the_bad_one_is_looked_for_loses_nothing() -> None:
    store = Store()
    told: list[str] = []
    store.poison = "k1"
    one = receipts(store)
    for key in ("k0", "k1", "k2"):
        one.answered(reply(key), partial(told.append, key))
    whole = store.answer

    async def once_away(answers: Answers) -> None:
        store.answer = whole  # type: ignore[method-assign]
        store.away = 1
        raise OverflowError("too large for the store")

    store.answer = once_away  # type: ignore[method-assign]
    await settled(one)
    assert told == ["k0", "k2"]
    assert one.lost == 1


async def test_the_last_attempt() -> None:
    store = Store()
    one = receipts(store)
    one.seen(SeenOnScreen("o1", "d", "r", 1, 0))
    await one.close()
    assert len(store.written) == 1
    store.away = 9
    one.seen(SeenOnScreen("o1", "d", "r", 2, 0))
    await one.close()
