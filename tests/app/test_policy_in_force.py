"""A store's first policy, one that holds over ``--policy``, and one that this Beatline cannot read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import pytest

from app.errors import Overtaken
from app.main import build, running
from app.policy_in_force import begin, policy_for, put_in_force
from app.runtime import Runtime
from app.settings import Settings, settings_of
from geo.store.rows import PolicyDraft, PolicyVersion
from geo.store.sqlite import SqliteStore
from streams.relevance.in_force import InForce, draft_of

UK = resources.files("streams.relevance").joinpath("policies", "uk.toml").read_text("utf-8")
NEWER = PolicyDraft("uk", "uk 99 ffff", "ffff", UK.replace("schema = 1", "schema = 999"), "sgt", "of a newer Beatline")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "beatline.sqlite")
    await made.open()
    yield made
    await made.close()


def settings(tmp_path: Path, policy: str = "uk") -> Settings:
    return settings_of(data=tmp_path, policy=policy)


async def test_the_first_server_gives_a_store_its_policy_and_the_next_takes_it(
    store: SqliteStore, tmp_path: Path
) -> None:
    first, second = InForce(lambda policy, at: None), InForce(lambda policy, at: None)
    assert (await begin(store, settings(tmp_path, "san_francisco"), first)).name == "san_francisco"
    assert (await begin(store, settings(tmp_path, "uk"), second)).name == "san_francisco"
    assert (first.n, second.n, len(await store.policies())) == (1, 1, 1)
    assert (await policy_for(store, settings(tmp_path))).name == "san_francisco"


async def test_a_command_on_a_store_without_one_goes_by_its_settings(store: SqliteStore, tmp_path: Path) -> None:
    assert (await policy_for(store, settings(tmp_path, "san_francisco"))).name == "san_francisco"
    assert await store.policy() is None


async def test_two_servers_that_start_at_once_agree(store: SqliteStore, tmp_path: Path) -> None:
    made = [InForce(lambda policy, at: None) for _ in range(4)]
    names = ("uk", "san_francisco", "uk", "san_francisco")
    pairs = zip(made, names, strict=True)
    found = await asyncio.gather(*(begin(store, settings(tmp_path, name), one) for one, name in pairs))
    assert len({policy.version for policy in found}) == 1
    assert len(await store.policies()) == 1


async def test_a_server_that_cannot_read_the_newest_starts_with_the_one_before(
    store: SqliteStore, tmp_path: Path
) -> None:
    await put_in_force(store, draft_of("uk.toml", UK), None)
    await put_in_force(store, NEWER, None)
    in_force = InForce(lambda policy, at: None)
    assert (await begin(store, settings(tmp_path, "san_francisco"), in_force)).name == "uk"
    assert in_force.n == 1
    assert in_force.problem is not None
    assert in_force.problem.n == 2


async def test_where_nothing_can_be_read_it_is_the_option(store: SqliteStore, tmp_path: Path) -> None:
    await put_in_force(store, NEWER, None)
    in_force = InForce(lambda policy, at: None)
    assert (await begin(store, settings(tmp_path, "san_francisco"), in_force)).name == "san_francisco"
    assert in_force.problem is not None


async def test_over_what_was_not_seen_nothing_is_put(store: SqliteStore) -> None:
    draft = draft_of("uk.toml", UK, "sgt")
    assert (await put_in_force(store, draft, 0)).changed
    again = await put_in_force(store, draft, 1)
    assert (again.changed, again.version.n) == (False, 1)
    with pytest.raises(Overtaken, match="policy 1 is in force, and you have seen policy 0"):
        await put_in_force(store, draft, 0)


async def _says(runtime: Runtime, version: str) -> bool:
    for _ in range(300):
        if runtime.policy.version == version:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_running_server_takes_what_is_put_into_its_store_and_keeps_its_own_when_it_cannot(
    tmp_path: Path,
) -> None:
    async with running(build(settings(tmp_path))) as runtime:
        grade = runtime.policy.default_grade("robbery")
        text = UK.replace(f'grade = "{grade.value}"', 'grade = "routine"')
        draft = draft_of("x.toml", text, "sgt", "all is routine")
        put: PolicyVersion | None = await runtime.store.put_policy(draft, 1)
        assert put is not None
        assert await _says(runtime, draft.version)
        assert runtime.policy.default_grade("robbery").value == "routine"
        assert await runtime.store.put_policy(NEWER, 2) is not None
        for _ in range(300):
            if runtime.in_force.problem is not None:
                break
            await asyncio.sleep(0.02)
        assert runtime.policy.version == draft.version
        assert runtime.in_force.problem is not None
