"""The doctor says whose policy is in force, and when this Beatline cannot read it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from app.doctor.findings import Level
from app.doctor.policy import of_policy, of_store
from app.settings import settings_of
from geo.store.rows import PolicyDraft, PolicyVersion
from geo.store.sqlite import SqliteStore
from streams.relevance.in_force import draft_of

UK = resources.files("streams.relevance").joinpath("policies", "uk.toml").read_text("utf-8")


def test_one_that_can_be_read_names_its_author() -> None:
    finding = of_policy(PolicyVersion(3, 0, draft_of("x.toml", UK, "sgt-12")))
    assert finding.level is Level.OK
    assert finding.found.startswith("3: uk")
    assert "by sgt-12" in finding.found


def test_one_that_cannot_be_read_is_bad_and_says_what_to_do() -> None:
    newer = PolicyDraft("uk", "uk 99 ffff", "ffff", UK.replace("schema = 1", "schema = 999"), "sgt-12")
    finding = of_policy(PolicyVersion(4, 0, newer))
    assert finding.level is Level.BAD
    assert "schema" in finding.found
    assert "beatline policy apply" in finding.todo


def test_a_store_without_one_is_a_warning() -> None:
    assert of_policy(None).level is Level.WARN


async def test_it_looks_into_the_store_and_makes_none(tmp_path: Path) -> None:
    settings = settings_of(data=tmp_path)
    assert await of_store(settings, tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    store = SqliteStore(tmp_path / "beatline.sqlite")
    await store.open()
    await store.put_policy(draft_of("x.toml", UK, "sgt-12"), 0)
    await store.close()
    assert [finding.level for finding in await of_store(settings, tmp_path)] == [Level.OK]
    (tmp_path / "beatline.sqlite").write_bytes(b"not a store")
    assert await of_store(settings, tmp_path) == []
