"""Naming the two policies: as few words as can be, and one key changed without an editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.policy_diff.sides import Source, changed, named, running, source_named
from geo.clock import VirtualClock
from geo.store.rows import PolicyDraft
from geo.store.sqlite import SqliteStore
from streams.errors import PolicyError
from streams.relevance.policy import load_policy
from tests.streams.scene import NOW


def test_a_shipped_name_is_the_shipped_policy() -> None:
    assert source_named("uk").policy().version == load_policy("uk").version


def test_two_names_are_two_sides_and_one_is_compared_with_the_running_one(tmp_path: Path) -> None:
    mine = tmp_path / "my.toml"
    mine.write_text(source_named("uk").text.replace('name = "uk"', 'name = "mine"'))
    in_force = source_named("san_francisco")
    assert [side.file for side in named(["uk", str(mine)], [], in_force)] == ["uk.toml", str(mine)]
    assert [side.file for side in named([str(mine)], [], in_force)] == [in_force.file, str(mine)]
    assert named(["running", "uk"], [], in_force)[0] is in_force


def test_one_key_is_changed_and_nothing_else() -> None:
    uk = source_named("uk")
    a, b = named([], ["terms.reach=2.5", 'styles.available.p3="map"'], uk)
    assert a is uk
    before, after = uk.text.splitlines(), b.text.splitlines()
    differ = [line for old, line in zip(before, after, strict=True) if old != line]
    assert differ == ["reach = 2.5", 'p3 = "map"']
    assert b.policy().version != uk.policy().version
    assert "terms.reach=2.5" in b.file


def test_a_changed_policy_is_still_checked() -> None:
    with pytest.raises(PolicyError, match="reach"):
        changed(source_named("uk"), ["terms.reach=-1"]).policy()


@pytest.mark.parametrize("change", ["reach=2", "terms.reach", "terms.reach=", "terms.rech=2", "trms.reach=2"])
def test_what_is_no_key_of_the_policy_is_refused(change: str) -> None:
    with pytest.raises(ValueError, match="--set"):
        changed(source_named("uk"), [change])


@pytest.mark.parametrize(("names", "changes"), [([], []), (["uk", "uk", "uk"], []), (["uk", "uk"], ["terms.reach=2"])])
def test_what_is_no_comparison_is_refused(names: list[str], changes: list[str]) -> None:
    with pytest.raises(ValueError, match="name two policies"):
        named(names, changes, source_named("uk"))


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(PolicyError, match=r"none\.toml"):
        source_named("none.toml")


async def test_the_running_one_is_the_stores_and_else_the_one_a_server_would_begin_with(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.sqlite", VirtualClock(NOW))
    await store.open()
    try:
        assert await running(store, "uk") == source_named("uk")
        text = source_named("uk").text + "# ours\n"
        await store.put_policy(PolicyDraft("uk", "uk 1 aaaa", "aaaa", text), 0)
        assert await running(store, "uk") == Source("running", text)
    finally:
        await store.close()
