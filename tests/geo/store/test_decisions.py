"""Kept verdicts one by one, on both engines: of an officer, about a record, in a stretch of time, page by page."""

from __future__ import annotations

import numpy as np
import pytest

from geo.clock import MINUTE
from geo.errors import BadCursor
from geo.model import Verdict
from geo.store import decisions as bodies
from geo.store.decisions import Decision, DecisionQuery
from geo.store.rows import Act
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, fanout, incident, say


async def told(store: SqlStore, minutes: int = 6) -> tuple[str, str]:
    """Two records in turn, a minute apart, to two officers; the last word of each only to the first."""
    one, two = incident("1"), incident("2")
    await store.put([one, two])
    for minute in range(minutes):
        names = ["pc-1", "pc-2"] if minute < minutes - 2 else ["pc-1"]
        await say(store, fanout((one, two)[minute % 2].id, names, rev=minute + 1, at=NOW + minute * MINUTE))
    return one.id, two.id


async def pages(store: SqlStore, limit: int, **asked: str | int) -> list[list[Decision]]:
    found, cursor = [], None
    while True:
        page = await store.decisions(DecisionQuery(limit=limit, cursor=cursor, **asked))  # type: ignore[arg-type]
        found.append(list(page.items))
        cursor = page.cursor
        if cursor is None:
            return found


async def test_a_verdict_is_read_back_as_it_was_kept(store: SqlStore) -> None:
    record = incident("1")
    await store.put([record])
    said = fanout(record.id, ["pc-1", "pc-2"], act=[Act.ALERT, Act.VERDICT], verdict=Verdict.HOLD)
    await say(store, said)
    ((one,),) = await pages(store, 10, officer="pc-2", record=record.id)
    assert (one.at, one.officer, one.record, one.version) == (NOW, "pc-2", record.id, 1)
    assert (one.act, one.verdict, one.rule, one.policy) == (Act.VERDICT, Verdict.HOLD, "must_deliver", "uk-1")
    assert one.terms == {"near": 1.0, "grade": 1.25}, "what was not known is left out"
    assert one.facts == {"distance_m": 100.0, "bearing_deg": 1.0}
    assert one.score == 0.5


async def test_of_an_officer_newest_first(store: SqlStore) -> None:
    first, second = await told(store)
    (page,) = await pages(store, 10, officer="pc-2")
    assert [(one.record, (one.at - NOW) // MINUTE) for one in page] == [
        (second, 3), (first, 2), (second, 1), (first, 0),
    ]  # fmt: skip
    assert {one.officer for one in page} == {"pc-2"}
    assert await pages(store, 10, officer="pc") == [[]], "a part of a name is nobody"


async def test_about_a_record_everybody(store: SqlStore) -> None:
    first, _ = await told(store)
    (page,) = await pages(store, 10, record=first)
    assert [(one.officer, (one.at - NOW) // MINUTE) for one in page] == [
        ("pc-1", 4), ("pc-1", 2), ("pc-2", 2), ("pc-1", 0), ("pc-2", 0),
    ]  # fmt: skip


async def test_a_stretch_of_time_is_half_open(store: SqlStore) -> None:
    await told(store)
    (page,) = await pages(store, 10, officer="pc-1", since=NOW + MINUTE, until=NOW + 3 * MINUTE)
    assert [(one.at - NOW) // MINUTE for one in page] == [2, 1]


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
@pytest.mark.parametrize("at_once", [1, 2, 200])
async def test_pages_lose_nothing_and_repeat_nothing(
    store: SqlStore, limit: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = await told(store)
    (whole,) = await pages(store, 100, record=first)
    monkeypatch.setattr(bodies, "_AT_ONCE", at_once)
    found = await pages(store, limit, record=first)
    assert [one for page in found for one in page] == whole
    assert max(len(page) for page in found) <= limit


async def test_a_page_looks_no_further_than_it_may_and_says_where_to_go_on(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(store)
    monkeypatch.setattr(bodies, "_AT_ONCE", 2)
    monkeypatch.setattr(bodies, "MOST_READ", 2)
    found = await pages(store, 10, officer="pc-2")
    assert [len(page) for page in found][:3] == [0, 2, 2]
    assert sum(len(page) for page in found) == 4


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "WzEsLTFd", "Ww", "é"])
async def test_a_cursor_of_nobody_is_refused(store: SqlStore, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await store.decisions(DecisionQuery(officer="pc-1", cursor=cursor))


async def test_something_must_be_named(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="of an officer"):
        await store.decisions(DecisionQuery())


def test_what_was_not_known_is_no_number() -> None:
    assert bodies._known({"a": float("nan"), "b": np.inf, "c": 0.0}) == {"c": 0.0}
