"""Receipts are read whole now and then, and at an answer the answers alone; a store that is away is asked again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from geo.clock import SystemClock
from geo.errors import StoreUnavailable
from geo.model import Disposition
from geo.store.briefing_rows import Addressee
from geo.store.receipt_rows import Progress, Reply
from geo.store.rows import Act
from streams.console import roll_call, rounds
from streams.console.board import Key, Topic
from streams.console.roll_call import RollCall
from tests.streams.console.desk import DISPATCHER, NOW, Desk, briefing, incident, nobody, who


class Books:
    """Of the store, what a roll call asks for; ``asked`` says what was."""

    def __init__(self) -> None:
        self.told: list[Progress] = []
        self.said: list[Reply] = []
        self.asked: list[str] = []
        self.away = False

    async def addressees(self, record: str) -> list[Addressee]:
        self.asked.append("all")
        if self.away:
            raise StoreUnavailable("away")
        return [Addressee("pc-1", at=NOW), Addressee("pc-2", at=NOW)]

    async def progress(self, record: str, since_version: int = 1) -> list[Progress]:
        return self.told

    async def replies(self, record: str) -> list[Reply]:
        self.asked.append("replies")
        if self.away:
            raise StoreUnavailable("away")
        return self.said


class Call:
    def __init__(self) -> None:
        self.books, self.desk, self.keys = Books(), Desk(), list[Key]()
        store: Any = self.books
        self.roll = RollCall(store, self.desk.board, who, nobody, SystemClock(), self.tell)
        (self.name,) = self.desk.put(briefing())

    def tell(self, keys: Sequence[Key]) -> None:
        self.keys += keys

    def counts(self) -> dict[str, int]:
        message = self.desk.board.messages([(Topic.RECEIPTS, self.name)], DISPATCHER, None, NOW)
        found: dict[str, int] = json.loads(message[Topic.RECEIPTS, self.name])["counts"]
        return found


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setattr(rounds, "SOON_S", 0.0)
    monkeypatch.setattr(roll_call, "LOOK_S", 0.0)
    monkeypatch.setattr(roll_call, "QUICK_S", 0.0)
    return Call()


def word(officer: str) -> Progress:
    return Progress(
        officer=officer, act=Act.ALERT, reason="", priority=1, seq=1, last_at=NOW, words=1, first_rev=1, owed_at=NOW
    )


async def test_an_answer_is_read_without_reading_everything(call: Call) -> None:
    call.books.told = [word("pc-1")]
    call.roll.heard(call.name)
    await call.roll.everything()
    assert call.keys == [(Topic.RECEIPTS, call.name)]
    assert sum(call.counts().values()) == 2
    call.books.said = [
        Reply("pc-1", 1, Disposition.HANDLED, "", "phone", NOW),
        Reply("x", 1, Disposition.HANDLED, "", "p", NOW),
    ]
    call.books.asked.clear()
    call.roll.heard(call.name)
    await call.roll.answers()
    assert call.books.asked == ["replies"]
    assert call.counts()["answered"] == 1


async def test_what_is_no_live_briefing_is_not_looked_after(call: Call) -> None:
    (other,) = call.desk.put(incident())
    for name in (other, "bri-unknown"):
        call.roll.heard(name)
        call.roll.looked_at(name)
    await call.roll.everything()
    assert call.books.asked == []


async def test_a_store_that_is_away_is_asked_again_and_what_was_known_stands(call: Call) -> None:
    call.roll.looked_at(call.name)
    assert call.keys == [(Topic.UNANSWERED, call.name)]
    await call.roll.everything()
    before = call.counts()
    call.books.away = True
    call.roll.heard_nothing()
    for _ in range(3):
        await call.roll.everything()
        await call.roll.answers()
    assert call.counts() == before
    assert call.name in list(call.roll._whole)


async def test_what_is_over_is_dropped(call: Call) -> None:
    call.roll.heard(call.name)
    await call.roll.everything()
    call.roll.drop(call.name)
    assert (list(call.roll._whole), list(call.roll._quick), dict(call.roll._rolls)) == ([], [], {})


async def test_an_answer_that_came_while_all_was_being_read_stays(call: Call) -> None:
    call.books.told = [word("pc-1")]
    call.roll.heard(call.name)
    await call.roll.everything()
    call.books.said = [Reply("pc-1", 1, Disposition.HANDLED, "", "phone", NOW)]
    call.roll.heard(call.name)
    await call.roll.answers()
    await call.roll.everything()  # what it read was read before the answer
    assert call.counts()["answered"] == 1
