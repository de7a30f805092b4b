"""Before anything is said again: is it live, may he still know, how loud is it now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from geo.clock import HOUR, MINUTE
from geo.marking import Clearance, Marking
from geo.model import Briefing, Grade, Record, Status, Stored, Verdict
from geo.store.rows import Act, OwedRow
from streams.delivery import again
from streams.delivery.again import World
from streams.delivery.speech import SharedParts
from tests.streams import hub_world
from tests.streams.hub_world import world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[hub_world.World]:
    async with world(tmp_path) as one:
        await one.officer()
        yield one


def asking(here: hub_world.World) -> World:
    return World(here.pipeline, SharedParts(lambda record: None))


def row(record: Record, at: int, seq: int = 1, **changes: object) -> OwedRow:
    one = OwedRow("o1", record.id, 1, seq, 1, Act.ALERT, Verdict.INTERRUPT, 1, "none", "style", at, 0.9)
    return replace(one, **changes)  # type: ignore[arg-type]


async def test_live_and_released(here: hub_world.World) -> None:
    record, now = await here.post(), here.clock.now()
    (asked,) = again.ask(asking(here), "o1", [row(record, now)], now)
    assert asked.live is not None
    assert asked.released
    (word,) = again.words_again(asking(here), [asked], {}, now)
    assert (word.act, word.seq) == (Act.ALERT, 1)
    assert b'"style":"interrupt"' in word.speech.tail()


async def test_an_officer_who_is_not_here_is_told_nothing(here: hub_world.World) -> None:
    record, now = await here.post(), here.clock.now()
    (asked,) = again.ask(asking(here), "stranger", [row(record, now)], now)
    assert not asked.released
    assert again.reset_again(asking(here), [asked], now) == []


@pytest.mark.parametrize(("status", "reason"), [(Status.CLOSED, b"closed"), (Status.CANCELLED, b"cancelled")])
async def test_what_is_over_is_said_to_be_over(here: hub_world.World, status: Status, reason: bytes) -> None:
    record = replace(await here.post(), status=status)
    await here.store.put([record])
    here.pipeline.wake()
    await here.pipeline.tick()
    now = here.clock.now()
    asked = again.ask(asking(here), "o1", [row(record, now)], now)
    (word,) = again.words_again(asking(here), asked, {record.id: Stored(record, 2, now)}, now)
    assert word.act is Act.CANCEL
    assert reason in word.speech.tail()
    (unknown,) = again.words_again(asking(here), asked, {}, now)
    assert b"expired" in unknown.speech.tail()
    assert again.reset_again(asking(here), asked, now) == []


async def test_what_he_may_not_see_any_more_is_taken_off_the_device(here: hub_world.World) -> None:
    record, now = await here.post(marking=Marking(Clearance.OFFICIAL_SENSITIVE)), here.clock.now()
    asked = again.ask(asking(here), "o1", [row(record, now)], now)
    (word,) = again.words_again(asking(here), asked, {}, now)
    assert word.act is Act.PURGE
    assert again.reset_again(asking(here), asked, now) == []


async def test_one_interruption_at_most_and_none_that_is_old(here: hub_world.World) -> None:
    records, now = [await here.post(str(number)) for number in range(3)], here.clock.now()
    rows = [row(record, now, seq=number + 1) for number, record in enumerate(records)]
    said = again.words_again(asking(here), again.ask(asking(here), "o1", rows, now), {}, now)
    assert [b"interrupt" in word.speech.tail() for word in sorted(said, key=lambda word: word.seq)] == [
        False,
        False,
        True,
    ]
    old = again.ask(asking(here), "o1", [row(records[0], now - HOUR + MINUTE)], now)
    assert b"interrupt" not in again.reset_again(asking(here), old, now)[0]


async def test_a_cancel_stays_a_cancel(here: hub_world.World) -> None:
    record, now = await here.post(), here.clock.now()
    for act, reason in ((Act.CANCEL, "out_of_reach"), (Act.PURGE, "withdrawn")):
        asked = again.ask(asking(here), "o1", [row(record, now, act=act, reason=reason)], now)
        (word,) = again.words_again(asking(here), asked, {}, now)
        assert word.act is act
        assert reason.encode() in word.speech.tail()
        assert again.reset_again(asking(here), asked, now) == []


@pytest.mark.parametrize(("rule", "style"), [("material", b"notify"), ("reminded", b"notify"), ("answered", b"map")])
async def test_what_waits_for_his_answer_stays_a_notice_however_old(
    here: hub_world.World, rule: str, style: bytes
) -> None:
    item = Briefing(
        force="own", source="briefings", source_id="B", category="other", title="Van", grade=Grade.PRIORITY,
        reported_at=here.clock.now(), must_ack=True,
    )  # fmt: skip
    await here.store.put([item])
    here.pipeline.wake()
    await here.pipeline.tick()
    now = here.clock.now()
    verdict = Verdict.MAP if rule == "answered" else Verdict.INTERRUPT
    asked = again.ask(asking(here), "o1", [row(item, now - HOUR, rule=rule, verdict=verdict)], now)
    (word,) = again.words_again(asking(here), asked, {}, now)
    assert b'"style":"%b"' % style in word.speech.tail()
    assert (b'"must_ack":false' in word.speech.tail()) is (rule == "answered")
