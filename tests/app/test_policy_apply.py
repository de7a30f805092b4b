"""The commands: a policy into a store and to a server, what was in force, and what it says."""

from __future__ import annotations

import asyncio
from importlib import resources
from pathlib import Path

import pytest

from app.errors import CannotStart, ServerRefused
from app.policy_apply import Where, apply, show, versions
from geo.store.sqlite import SqliteStore
from streams.errors import PolicyError

UK = resources.files("streams.relevance").joinpath("policies", "uk.toml").read_text("utf-8")


def made(folder: Path) -> Where:
    """A data folder with an empty store."""

    async def make() -> None:
        store = SqliteStore(folder / "beatline.sqlite")
        await store.open()
        await store.close()

    asyncio.run(make())
    return Where(data=folder)


def test_a_file_is_put_in_force_listed_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where, file = made(tmp_path / "data"), tmp_path / "night.toml"
    apply("uk", "the first", where)
    file.write_text(UK.replace('edition = "', 'edition = "night '))
    apply(str(file), "quieter nights", where)
    apply(str(file), "again", where)
    out = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in out] == [
        "policy 1 is in force",
        "policy 2 is in force",
        "policy 2 is in force already, word for word",
    ]
    versions(where)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert lines[0].endswith("quieter nights")
    show(None, where)
    assert capsys.readouterr().out == file.read_text()
    show(1, where)
    assert capsys.readouterr().out == UK
    with pytest.raises(CannotStart, match="no policy 9"):
        show(9, where)


def test_what_cannot_be_is_refused_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where, file = made(tmp_path / "data"), tmp_path / "bad.toml"
    file.write_text(UK.replace("must_ack = true", "must_ack = false"))
    with pytest.raises(PolicyError, match=r"bad\.toml:\d+: must_deliver\.must_ack silences"):
        apply(str(file), "", where)
    versions(where)
    assert capsys.readouterr().out == ""


def test_without_a_place_it_asks_for_one() -> None:
    with pytest.raises(CannotStart, match="--data DIR"):
        versions(Where())


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ServerRefused, match=r"^http://127\.0\.0\.1:9 cannot be reached"):
        versions(Where(url="http://127.0.0.1:9", token="x"))
