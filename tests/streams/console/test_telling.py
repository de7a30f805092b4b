"""Whose P1 has got further is passed on at most once a second each; what is nobody's P1 is nobody's business."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from geo.model import Disposition, Stored
from geo.store.rows import Answered, Answers, DeviceCursor, SeenOnScreen, StoredOnDevice
from streams.console import telling
from streams.console.telling import MOST, Telling
from streams.hints.contract import About, Hint
from streams.pipeline import Delivered
from tests.streams.console.desk import briefing
from tests.streams.speaking import NOW, fanout_of, incident


def delivered(record: str, officers: list[str], priority: int = 1) -> Delivered:
    seqs = np.arange(1, len(officers) + 1, dtype=np.int64)
    return Delivered(fanout_of(officers, record, priority=priority), seqs, Stored(incident(), 1, NOW))


def stored(officer: str, *seqs: int) -> Answers:
    return Answers(stored=(StoredOnDevice(officer, "d", DeviceCursor("e", 1), seqs, NOW),))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> tuple[Telling, list[str], list[Hint]]:
    monkeypatch.setattr(telling, "EVERY_S", 0.02)
    here: list[str] = []
    hints: list[Hint] = []
    one = Telling(hints.append)
    one.listen(here.append)
    return one, here, hints


Heard = tuple[Telling, list[str], list[Hint]]


async def test_a_p1_and_what_comes_back_about_it(heard: Heard) -> None:
    one, here, hints = heard
    one.delivered([delivered("r1", ["a", "b"]), delivered("r2", ["c"], priority=2)])
    one.answered(stored("a", 1))
    one.answered(stored("c", 1))
    assert here == ["r1", "r1"]
    await asyncio.sleep(0.1)
    assert hints == [Hint(About.DELIVERY, "r1")]
    one.answered(stored("b", 1))
    one.answered(stored("b"))
    await asyncio.sleep(0.1)
    assert here == ["r1"] * 3
    assert len(hints) == 2


async def test_a_briefing_is_followed_whatever_its_priority(heard: Heard) -> None:
    one, here, _ = heard
    one.delivered([Delivered(fanout_of(["a"], "b1", priority=3), np.ones(1, np.int64), Stored(briefing(), 1, NOW))])
    one.answered(stored("a", 1))
    assert here == ["b1", "b1"]


async def test_an_answer_is_passed_on_sooner_than_the_rest(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "EVERY_S", 60.0)
    monkeypatch.setattr(telling, "SOON_S", 0.01)
    one, _, hints = heard
    one.answered(Answers(seen=(SeenOnScreen("a", "d", "r9", 1, NOW),)))
    await asyncio.sleep(0.05)
    assert hints == []
    one.answered(Answers(answered=(Answered("k", "a", "d", "r8", 1, Disposition.ATTENDING, "", NOW),)))
    await asyncio.sleep(0.05)
    assert hints == [Hint(About.DELIVERY, "r9"), Hint(About.DELIVERY, "r8")]


async def test_seen_and_answered_name_their_record(heard: Heard) -> None:
    one, here, _ = heard
    reply = Answered("k", "a", "d", "r8", 1, Disposition.ATTENDING, "", NOW)
    one.answered(Answers(seen=(SeenOnScreen("a", "d", "r9", 1, NOW),), answered=(reply,)))
    assert here == ["r9", "r8"]
    one.close()


async def test_a_p1_that_is_taken_back_is_news_too(heard: Heard) -> None:
    one, here, hints = heard
    one.delivered([delivered("r1", ["a"])])
    one.delivered([delivered("r1", ["a"], priority=4)])
    assert here == ["r1", "r1"]
    one.close()
    assert hints == [Hint(About.DELIVERY, "r1")]


async def test_it_does_not_remember_for_ever(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    one, here, _ = heard
    for number in range(MOST + 1):
        one.delivered([delivered(f"r{number}", [f"o{number}"])])
    here.clear()
    one.answered(stored("o0", 1))
    assert here == []
    monkeypatch.setattr(telling, "KEPT_S", -1.0)
    one.answered(stored("o9", 1))
    assert here == []
    one.close()
