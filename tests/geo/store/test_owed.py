"""RECORD, on both engines: one transaction, numbers in order, and nothing from a stale owner."""

from __future__ import annotations

import asyncio
import dataclasses
import math

import numpy as np
import pytest
from sqlalchemy import select

from geo.clock import MINUTE, VirtualClock
from geo.model import Verdict
from geo.store import owed
from geo.store.postgis import PostgisStore
from geo.store.process_rows import Job, JobKind
from geo.store.rows import Act, Budget, Receipted, Tick
from geo.store.store import SqlStore
from geo.store.tables import job as table
from tests.geo.store.making import NOW, fanout, say, tick


async def test_numbers_rise_per_officer_in_the_order_of_the_fanouts(store: SqlStore) -> None:
    got = await say(store, fanout("r1", ["a", "b"]), fanout("r2", ["b", "c"]), fanout("r3", ["b"]))
    assert [seqs.tolist() for seqs in got.seqs] == [[1, 1], [2, 1], [3]]
    assert len(set(got.fanouts)) == 3
    assert all(got.fanouts)
    again = await say(store, fanout("r4", ["b", "a"]))
    assert again.seqs[0].tolist() == [4, 2]
    assert {state.officer: state.seq for state in await store.officer_states(0)} == {"a": 2, "b": 4, "c": 1}


async def test_a_stale_owner_writes_nothing(store: SqlStore) -> None:
    await store.take(["a", "b"], "node-1", NOW)
    (taken,) = await store.take(["a"], "node-2", NOW)
    assert (taken.term, taken.owner) == (2, "node-2")
    mine = tick([fanout("r1", ["a", "b"]), fanout("r2", ["a"])])
    budgets = (Budget("a", 0.5, NOW), Budget("b", 0.5, NOW))
    got = await store.record(dataclasses.replace(mine, budgets=budgets, cells=(("a", 1.0, 2.0, NOW),)))
    assert [seqs.tolist() for seqs in got.seqs] == [[0, 1], [0]]
    assert got.fanouts[0]
    assert got.fanouts[1] == 0
    assert await store.held(["a"]) == []
    assert [row.officer for row in await store.deliveries("r1")] == ["b"]
    assert await store.deliveries("r2") == []
    states = {state.officer: state for state in await store.officer_states(0)}
    assert (states["a"].seq, states["a"].tokens, states["a"].cell) == (0, 0.0, None)
    assert states["b"].tokens == 0.5


async def test_an_officer_whom_nobody_took_is_owed_nothing(store: SqlStore) -> None:
    got = await store.record(tick([fanout("r1", ["ghost"])]))
    assert got.seqs[0].tolist() == [0]
    assert got.fanouts == (0,)


async def test_what_is_held_is_the_newest_word_and_its_baseline(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a", "b"]))
    got = await say(store, fanout("r1", ["b"], rev=2, verdict=Verdict.MAP, version=3, inside=0))
    (row,) = await store.held(["b"])
    assert (row.officer, row.record, row.rev, row.seq, row.act) == ("b", "r1", 2, 2, Act.ALERT)
    assert (row.verdict, row.priority, row.inside) == (Verdict.MAP, 2, False)
    assert (row.told_grade, row.told_hazards, row.told_version, row.told_style) == (3, 5, 3, 4)
    assert math.isnan(row.told_lat)
    assert (row.told_at, row.fanout, row.position) == (NOW, got.fanouts[0], 0)
    assert [(row.officer, row.record) for row in await store.held(["b", "a", "x"])] == [("a", "r1"), ("b", "r1")]


async def test_a_verdict_that_says_nothing_gets_no_number_and_leaves_the_last_word(store: SqlStore) -> None:
    said = await say(store, fanout("r1", ["a"]))
    got = await say(store, fanout("r1", ["a", "b"], act=Act.VERDICT, verdict=Verdict.HOLD, at=NOW + MINUTE, inside=0))
    assert got.seqs[0].tolist() == [0, 0]
    assert got.fanouts[0] > said.fanouts[0]
    told, never = await store.held(["a", "b"])
    assert (told.act, told.seq, told.told_at, told.fanout) == (Act.ALERT, 1, NOW, said.fanouts[0])
    assert (told.verdict, told.inside) == (Verdict.HOLD, False)
    assert (never.act, never.seq, never.verdict) == (Act.VERDICT, 0, Verdict.HOLD)
    assert [row.officer for row in await store.deliveries("r1")] == ["a"]
    assert (await store.resumption("b", "d", 0)).rows == ()


async def test_the_state_of_a_watched_area_is_kept_beside_whether_he_is_inside(store: SqlStore) -> None:
    got = await say(store, fanout("r1", ["a", "b", "c"], inside=[1 + 2 * 2, 2 * 3, 0]))
    assert all(got.seqs[0])
    kept = await store.held(["a", "b", "c"])
    assert [(row.inside, row.fence) for row in kept] == [(True, 2), (False, 3), (False, 0)]
    assert [len(await store.told(name)) for name in "abc"] == [1, 0, 0]


async def test_said_and_unsaid_in_one_fanout(store: SqlStore) -> None:
    got = await say(store, fanout("r1", ["a", "b", "c"], act=[Act.ALERT, Act.VERDICT, Act.CANCEL]))
    assert got.seqs[0].tolist() == [1, 0, 1]


async def test_budgets_and_cells_are_kept_coarsely(store: SqlStore) -> None:
    (state,) = await store.take(["a"], "node-1", NOW)
    assert (state.tokens, state.tokens_at, state.cell) == (0.0, 0, None)
    cells = (("a", -1.549123, 53.800789, NOW + 5),)
    await store.record(Tick(NOW + MINUTE, "node-1", (), {"a": 1}, (Budget("a", 1.5, NOW),), cells))
    (state,) = await store.officer_states(NOW)
    assert (state.tokens, state.tokens_at) == (1.5, NOW)
    assert (state.cell, state.fix_at, state.seen_at) == ((-1.549, 53.801), NOW + 5, NOW + MINUTE)
    await store.record(Tick(NOW + MINUTE, "node-1", (), {"a": 1}, (Budget("a", 0.5, NOW + 1),)))
    (state,) = await store.officer_states(NOW)
    assert (state.tokens, state.cell) == (0.5, (-1.549, 53.801))


async def test_an_empty_tick_is_nothing(store: SqlStore) -> None:
    assert await store.record(Tick(NOW, "node-1", (), {})) == Receipted((), ())


async def test_a_pair_named_twice_in_a_tick_stands_as_the_later(store: SqlStore) -> None:
    got = await say(store, fanout("r1", ["a"]), fanout("r1", ["a"], act=Act.CANCEL, rev=2))
    assert [seqs.tolist() for seqs in got.seqs] == [[1], [2]]
    (row,) = await store.held(["a"])
    assert (row.act, row.rev, row.seq) == (Act.CANCEL, 2, 2)


async def test_fanouts_with_other_names_in_one_tick(store: SqlStore) -> None:
    other = fanout("r2", ["a", "b"])
    fewer = dataclasses.replace(
        other, term_names=("only",), terms=np.array([[0.5], [0.75]], dtype=np.float32), rule_names=("x", "y")
    )
    await say(store, fanout("r1", ["a", "b"]), fewer)
    words = {word.record: word for word in await store.told("b")}
    assert words["r2"].terms == {"only": 0.75}
    assert words["r2"].rule == "y"
    assert words["r1"].terms["grade"] == 1.25


async def test_thousands_at_once_and_each_finds_his_own(store: SqlStore) -> None:
    officers = [f"o{n:04d}" for n in range(3_000)]
    await say(store, fanout("r1", officers))
    got = await say(store, fanout("r1", officers[::-1], rev=2))
    assert got.seqs[0].tolist() == [2] * 3_000
    (word,) = await store.told("o0007")
    assert (word.seq, word.rev, word.facts["bearing_deg"]) == (2, 2, 2_992.0)
    assert len(await store.deliveries("r1")) == 3_000


async def test_a_tick_tried_again_after_it_was_written_gets_its_own_numbers_back(store: SqlStore) -> None:
    await store.take(["a", "b"], "node-1", NOW)
    await store.take(["b"], "node-2", NOW)
    fanouts = [fanout("r1", ["a", "b"]), fanout("r2", ["b"]), fanout("r1", ["a"], rev=2)]
    first = dataclasses.replace(tick(fanouts, {"a": 1, "b": 1}), number=7)
    got = await store.record(first)
    again = await store.record(dataclasses.replace(first, again=True))
    assert again.fanouts == got.fanouts
    assert [seqs.tolist() for seqs in again.seqs] == [seqs.tolist() for seqs in got.seqs] == [[1, 0], [0], [2]]
    assert {state.officer: state.seq for state in await store.officer_states(0)} == {"a": 2, "b": 0}


async def test_a_tick_tried_again_that_was_not_written_is_written(store: SqlStore) -> None:
    await store.take(["a"], "node-1", NOW)
    other = dataclasses.replace(tick([fanout("r1", ["a"])]), number=7)
    await store.record(other)
    mine = dataclasses.replace(tick([fanout("r1", ["a"], rev=2)]), number=8, again=True)
    assert (await store.record(mine)).seqs[0].tolist() == [2]


@pytest.mark.postgis
async def test_a_tick_tried_again_waits_for_the_first_try_that_is_still_under_way(postgres_url: str) -> None:
    """The answer timed out, the server went on: it commits while the second try waits for the officers' rows."""
    store = PostgisStore(postgres_url, VirtualClock(NOW))
    await store.open()
    await store.take(["a"], "node-1", NOW)
    first = dataclasses.replace(tick([fanout("r1", ["a"])]), number=7)
    async with store._live().connect() as connection:
        got = await connection.run_sync(lambda plain: owed.record(plain, first))
        again = asyncio.create_task(store.record(dataclasses.replace(first, again=True)))
        assert not (await asyncio.wait([again], timeout=0.5))[0]
        await connection.commit()
    assert ((await again).fanouts, (await again).seqs[0].tolist()) == (got.fanouts, [1])
    assert [state.seq for state in await store.officer_states(0)] == [1]
    await store.close()


async def test_jobs_are_scheduled_once_with_what_they_are_about(store: SqlStore) -> None:
    await store.take(["a"], "node-1", NOW)
    job = Job(JobKind.UNCONFIRMED, "r1", NOW + 10)
    for rev in (1, 2):
        await store.record(dataclasses.replace(tick([fanout("r1", ["a"], rev=rev)]), jobs=(job, job)))
    found = await store._read(lambda connection: connection.execute(select(table.c.kind, table.c.subject)).all())
    assert [tuple(row) for row in found] == [("unconfirmed", "r1")]
