"""The policy in force, on both engines: one at a time, each with its author, and in the change log."""

from __future__ import annotations

import asyncio

import pytest

from geo.clock import VirtualClock
from geo.store.rows import Change, ChangeKind, PolicyDraft, PolicyVersion
from geo.store.store import SqlStore
from tests.geo.store.making import NOW

FIRST = PolicyDraft("uk", "uk 1 aaaa", "aaaa", 'name = "uk"\n# äöü – "quoted"\n')
SECOND = PolicyDraft("uk", "uk 2 bbbb", "bbbb", 'name = "uk"\n', "sgt-12", "quieter nights")


async def test_a_store_without_one_says_so(store: SqlStore) -> None:
    assert await store.policy() is None
    assert await store.policy(1) is None
    assert await store.policies() == []


async def test_each_is_kept_word_for_word_with_who_put_it_there(store: SqlStore, clock: VirtualClock) -> None:
    assert await store.put_policy(FIRST, 0) == PolicyVersion(1, NOW, FIRST)
    clock.set(NOW + 7)
    assert await store.put_policy(SECOND, 1) == PolicyVersion(2, NOW + 7, SECOND)
    assert await store.policy() == PolicyVersion(2, NOW + 7, SECOND)
    assert await store.policy(1) == PolicyVersion(1, NOW, FIRST)
    assert [version.n for version in await store.policies()] == [2, 1]
    assert [version.n for version in await store.policies(1)] == [2]


@pytest.mark.parametrize("expected", [0, 2, 7])
async def test_over_another_than_expected_nothing_is_written(store: SqlStore, expected: int) -> None:
    await store.put_policy(FIRST, 0)
    before = (await store.snapshot(NOW)).cursor
    assert await store.put_policy(SECOND, expected) is None
    assert await store.policy() == PolicyVersion(1, NOW, FIRST)
    assert (await store.changes_since(before)).rows == ()


async def test_of_many_at_the_same_moment_one_wins(store: SqlStore) -> None:
    await store.put_policy(FIRST, 0)
    drafts = [PolicyDraft("uk", f"uk 2 {n}", str(n), f"{n}", f"admin-{n}") for n in range(6)]
    answers = [put for put in await asyncio.gather(*(store.put_policy(draft, 1) for draft in drafts)) if put]
    assert len(answers) == 1
    assert await store.policy() == answers[0]
    assert len(await store.policies()) == 2


async def test_everybody_who_follows_the_log_hears_of_it(store: SqlStore) -> None:
    start = (await store.snapshot(NOW)).cursor
    _, before = await store.position()
    await store.put_policy(FIRST, 0)
    await store.put_policy(SECOND, 1)
    assert (await store.changes_since(start)).rows == tuple(
        Change(ChangeKind.POLICY, "policy", number) for number in (1, 2)
    )
    assert (await store.position())[1] > before
