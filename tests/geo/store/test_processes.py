"""Leases, adoption, seats: what many processes on one store rely on, on both engines."""

from __future__ import annotations

import asyncio

from geo.clock import HOUR, MINUTE, SECOND
from geo.marking import Clearance
from geo.model import Officer
from geo.store.process_rows import Lease, Seat
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, fanout, tick

MINUTES = 5 * MINUTE


async def lapsed(store: SqlStore, node: str) -> None:
    await store.renew(Lease(node, MINUTES))
    await store.retire(node)


async def test_a_lease_is_seen_by_the_others_and_counts_by_the_stores_clock(store: SqlStore) -> None:
    first = await store.renew(Lease("one", MINUTES, 3, "host 17"))
    assert (first.epoch, first.peers) == (store.epoch, ())
    second = await store.renew(Lease("two", MINUTES))
    (peer,) = second.peers
    assert (peer.node, peer.devices, peer.about) == ("one", 3, "host 17")
    assert first.now - MINUTE < peer.lapses_at - MINUTES <= second.now
    await store.renew(Lease("one", 2 * MINUTES, 4, "host 17"))
    (again,) = (await store.renew(Lease("two", MINUTES))).peers
    assert (again.devices, again.lapses_at > peer.lapses_at) == (4, True)


async def test_a_process_that_ends_in_order_has_lapsed_at_once(store: SqlStore) -> None:
    await lapsed(store, "one")
    renewed = await store.renew(Lease("two", MINUTES))
    (peer,) = renewed.peers
    assert peer.lapses_at <= renewed.now
    await store.retire("two")
    assert (await store.renew(Lease("one", MINUTES))).peers[0].lapses_at <= renewed.now + MINUTES


async def test_only_officers_of_the_dead_are_adopted_with_their_rights(store: SqlStore) -> None:
    officer = Officer(id="a", force="own", clearance=Clearance.SECRET, operations=("ALPHA",))
    await store.renew(Lease("living", MINUTES))
    await lapsed(store, "dead")
    await store.take(["a"], "dead", NOW, {"a": officer})
    await store.take(["b"], "living", NOW)
    await store.take(["c"], "never heard of", NOW)
    await store.take(["d"], "dead", NOW - HOUR)
    await store.take(["e"], "me", NOW)
    await store.renew(Lease("me", MINUTES))
    a, c = await store.adopt("me", NOW + SECOND, NOW - MINUTES)
    assert (a.officer, a.owner, a.term, a.rights, a.seen_at) == ("a", "me", 2, officer, NOW)
    assert (c.officer, c.owner, c.rights) == ("c", "me", None)
    assert await store.adopt("me", NOW + SECOND, NOW - MINUTES) == []


async def test_rights_stay_until_newer_ones_come(store: SqlStore) -> None:
    first, second = Officer(id="a", force="own"), Officer(id="a", force="own", operations=("BETA",))
    await store.take(["a"], "one", NOW, {"a": first})
    (state,) = await store.take(["a"], "two", NOW)
    assert state.rights == first
    (state,) = await store.take(["a"], "one", NOW, {"a": second})
    assert state.rights == second


async def test_the_adopted_are_lost_to_whom_they_were_taken_from(store: SqlStore) -> None:
    await store.take(["a", "b"], "dead", NOW)
    await store.adopt("me", NOW, NOW)
    receipted = await store.record(tick([fanout("r1", ["a", "b"])], owner="dead"))
    assert receipted.seqs[0].tolist() == [0, 0]


async def test_two_survivors_never_adopt_the_same_officer(store: SqlStore) -> None:
    names = [f"o{number:03}" for number in range(60)]
    await store.take(names, "dead", NOW)
    for node in ("one", "two"):
        await store.renew(Lease(node, MINUTES))

    async def adopting(node: str) -> list[str]:
        mine: list[str] = []
        for _ in range(12):
            mine += [state.officer for state in await store.adopt(node, NOW, NOW, limit=7)]
        return mine

    one, two = await asyncio.gather(adopting("one"), adopting("two"))
    assert sorted(one + two) == names


async def test_what_others_have_taken_since(store: SqlStore) -> None:
    began = (await store.renew(Lease("me", MINUTES))).now
    await store.take(["a"], "me", NOW, seats=[Seat("a", "phone", "me", "1")])
    assert await store.taken_elsewhere("me", began) == ([], [])
    await store.take(
        ["a", "b"], "other", NOW, seats=[Seat("a", "tablet", "other", "2"), Seat("a", "phone", "other", "3")]
    )
    states, seats = await store.taken_elsewhere("me", began)
    assert [(state.officer, state.owner, state.term) for state in states] == [("a", "other", 2), ("b", "other", 1)]
    assert [(seat.device, seat.node, seat.connection) for seat in seats] == [
        ("phone", "other", "3"),
        ("tablet", "other", "2"),
    ]
    assert all(seat.at >= began for seat in seats)
    later = (await store.renew(Lease("me", MINUTES))).now + HOUR
    assert await store.taken_elsewhere("me", later) == ([], [])


async def test_a_late_seat_does_not_unseat_a_newer_connection(store: SqlStore) -> None:
    began = (await store.renew(Lease("me", MINUTES))).now
    await store.take(["a"], "two", NOW, seats=[Seat("a", "phone", "two", "2")])
    await store.take(["a"], "one", NOW, seats=[Seat("a", "phone", "one", "1")])
    _, (seat,) = await store.taken_elsewhere("me", began)
    assert (seat.node, seat.connection) == ("two", "2")


async def test_heads_are_read_and_nothing_is_taken(store: SqlStore) -> None:
    await store.take(["b", "a"], "one", NOW)
    await store.record(tick([fanout("r1", ["a"])], owner="one"))
    assert [(state.officer, state.seq, state.term) for state in await store.heads(["b", "a", "nobody"])] == [
        ("a", 1, 1),
        ("b", 0, 1),
    ]
    assert await store.heads([]) == []
