"""RECORD in one round trip: it writes what the long way writes, or nothing at all."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import AsyncIterator

import pytest

from geo.clock import SECOND
from geo.model import UnitStatus, Verdict
from geo.store import one_trip
from geo.store.packing import legend_of
from geo.store.postgis import PostgisStore
from geo.store.process_rows import Job, JobKind
from geo.store.rows import Act, Budget, Fanout, OfficerState, Receipted, Tick
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, fanout, say, tick


class Trips:
    """How the statement was used: what it answered each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[tuple[int, ...] | None] = []
        whole = one_trip.written

        async def spied(connection: object, trip: one_trip.Trip) -> tuple[int, ...] | None:
            self.answers.append(await whole(connection, trip))
            return self.answers[-1]

        monkeypatch.setattr(one_trip, "written", spied)


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    return Trips(monkeypatch)


@pytest.fixture
async def postgis(postgres_url: str) -> AsyncIterator[PostgisStore]:
    store = PostgisStore(postgres_url)
    await store.open()
    yield store
    await store.close()


def _random_tick(draw: random.Random, number: int, officers: list[str]) -> Tick:
    """Several fan-outs with rows of many kinds, some of which say nothing, budgets and cells of some."""
    fanouts: list[Fanout] = []
    for record in draw.sample(["r1", "r2", "r3", "r4"], draw.randrange(0, 4)):
        named = draw.sample(officers, draw.randrange(1, len(officers)))
        acts = [draw.choice((Act.VERDICT, Act.ALERT, Act.ALERT, Act.CANCEL)) for _ in named]
        made = fanout(record, named, act=acts, verdict=Verdict.NOTIFY, rev=number, at=NOW + number * SECOND)
        for name in ("priority", "inside", "told_grade"):
            getattr(made, name)[:] = [draw.randrange(0, 2) for _ in named]
        made.told_lat[::2] = 53.8
        fanouts.append(made)
    some = draw.sample(officers, 3)
    budgets = tuple(Budget(name, draw.random(), NOW + number) for name in some) if number % 2 else ()
    cells = tuple((name, draw.random(), draw.random(), NOW + number) for name in some[1:]) if number % 3 else ()
    jobs = (Job(JobKind.UNCONFIRMED, "r1", NOW + number // 2),) if number % 4 == 0 else ()
    terms = dict.fromkeys(officers, 1)
    return Tick(NOW + number * SECOND, "node-1", tuple(fanouts), terms, budgets, cells, number, jobs=jobs)


@pytest.mark.postgis
@pytest.mark.parametrize("seed", range(3))
async def test_the_short_way_writes_what_the_long_way_writes(
    both: tuple[SqlStore, SqlStore], seed: int, trips: Trips
) -> None:
    """SQLite has only the long way."""
    long, short = both
    officers = [f"o{n}" for n in range(12)]
    draw = random.Random(seed)
    for store in both:
        await store.take(officers, "node-1", NOW)
    for number in range(1, 25):
        made = _random_tick(draw, number, officers)
        expected, got = await long.record(made), await short.record(made)
        assert [seqs.tolist() for seqs in got.seqs] == [seqs.tolist() for seqs in expected.seqs]
        assert [n > 0 for n in got.fanouts] == [n > 0 for n in expected.fanouts]
    assert len([answer for answer in trips.answers if answer is not None]) > 15
    for officer in officers:
        words = [repr([dataclasses.replace(word) for word in await store.told(officer)]) for store in both]
        assert words[0] == words[1]
        lacking = [(await store.resumption(officer, "d", 0)) for store in both]
        assert repr(lacking[0]) == repr(lacking[1])
    held = [[repr(dataclasses.replace(row, fanout=0)) for row in await store.held(officers)] for store in both]
    assert held[0] == held[1]
    states = [[dataclasses.replace(state, epoch="") for state in await store.officer_states(0)] for store in both]
    assert states[0] == states[1]


@pytest.mark.postgis
async def test_where_another_process_has_taken_an_officer_nothing_is_written_the_short_way(
    postgis: PostgisStore, postgres_url: str, trips: Trips
) -> None:
    await say(postgis, fanout("r1", ["a", "b"]))
    other = PostgisStore(postgres_url)
    await other.open()
    await other.take(["a"], "node-2", NOW)
    terms = {state.officer: state.term for state in await postgis.officer_states(0)} | {"a": 1}
    got = await postgis.record(tick([fanout("r2", ["a", "b"])], terms))
    assert trips.answers == [None]
    assert got.seqs[0].tolist() == [0, 2]
    assert [row.officer for row in await postgis.deliveries("r2")] == ["b"]
    assert (await postgis.record(tick([fanout("r3", ["b"])], terms))).seqs[0].tolist() == [3]
    assert trips.answers[1] is not None
    await other.close()


@pytest.mark.postgis
async def test_numbers_that_moved_on_elsewhere_are_learnt_anew(postgis: PostgisStore, trips: Trips) -> None:
    await say(postgis, fanout("r1", ["a"]))
    postgis._heads.of["a"] = (1, 99)
    for rev in (2, 3):
        assert (await postgis.record(tick([fanout("r1", ["a"], rev=rev)]))).seqs[0].tolist() == [rev]
    assert [answer is None for answer in trips.answers] == [True, False]


def test_heads_are_of_what_was_said_and_forget_who_was_lost() -> None:
    heads = one_trip.Heads()
    made = tick([fanout("r1", ["a", "b", "c"], act=[Act.ALERT, Act.ALERT, Act.VERDICT])])
    seqs = (fanout("r1", ["a", "b", "c"]).rev.astype("i8") * [7, 0, 0],)
    heads.of["b"] = heads.of["c"] = (1, 4)
    heads.move(made, Receipted((1,), seqs))
    assert heads.of == {"a": (1, 7), "c": (1, 4)}


def _heads(*officers: str) -> one_trip.Heads:
    heads = one_trip.Heads()
    heads.learn(OfficerState(name, "e", 5, "node-1", 1, UnitStatus.BUSY, 0, 0.0, 0) for name in officers)
    return heads


def test_what_cannot_go_the_short_way() -> None:
    one = fanout("r1", ["a", "b"])
    legends = {legend_of(one).n}
    known = _heads("a", "b")
    plain = tick([one])
    assert one_trip.trip_of(plain, known, legends) is not None
    assert one_trip.trip_of(plain, known, set()) is None
    assert one_trip.trip_of(plain, _heads("a"), legends) is None
    assert one_trip.trip_of(dataclasses.replace(plain, terms_of={"a": 1, "b": 2}), known, legends) is None
    assert one_trip.trip_of(dataclasses.replace(plain, again=True), known, legends) is None
    assert one_trip.trip_of(tick([one, fanout("r1", ["a"])]), known, legends) is None
    assert one_trip.trip_of(tick([fanout("r1", ["a", "a"])]), known, legends) is None
    assert one_trip.trip_of(dataclasses.replace(plain, budgets=(Budget("z", 1.0, 0),)), known, legends) is None


def test_rows_that_have_all_in_common_are_one_kind() -> None:
    one = fanout("r1", [f"o{n}" for n in range(100)])
    codes, firsts = one_trip._kinds_of(one)
    assert (set(codes.tolist()), firsts) == ({0}, [0])
    one.told_grade[10:] = 2
    one.told_lat[50:] = 53.0
    codes, firsts = one_trip._kinds_of(one)
    assert [len(set(part.tolist())) for part in (codes[:10], codes[10:50], codes[50:])] == [1, 1, 1]
    assert sorted(firsts) == [0, 10, 50]
