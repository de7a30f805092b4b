"""The mark: an older store in the same epoch is another store; everything else is as it was."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.store_mark import NAME, Mark, keep_mark, keep_noting, note, read_mark, recognise
from geo.store.sqlite import SqliteStore
from tests.geo.store.making import incident


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "beatline.sqlite")
    await made.open()
    yield made
    await made.close()


async def test_a_store_that_was_put_back_is_another_one(store: SqliteStore, tmp_path: Path) -> None:
    assert not await recognise(store, tmp_path)
    await store.put([incident("1")])
    await store.close()
    shutil.copy(tmp_path / "beatline.sqlite", tmp_path / "backup")
    await store.open()
    epoch = store.epoch
    await store.put([incident("2"), incident("3")])
    await note(store, tmp_path)
    await store.close()
    shutil.copy(tmp_path / "backup", tmp_path / "beatline.sqlite")
    again = SqliteStore(tmp_path / "beatline.sqlite")
    await again.open()
    assert await recognise(again, tmp_path)
    assert again.epoch != epoch
    assert read_mark(tmp_path) == Mark(again.epoch, 1)
    assert not await recognise(again, tmp_path)
    await again.close()
    await store.open()
    assert store.epoch == again.epoch


async def test_an_ordinary_restart_is_none(store: SqliteStore, tmp_path: Path) -> None:
    epoch = store.epoch
    for name in "abc":
        await store.put([incident(name)])
        await note(store, tmp_path)
        await store.close()
        await store.open()
        assert not await recognise(store, tmp_path)
    assert store.epoch == epoch
    await store.close()
    await note(store, tmp_path)  # closed, or away: nothing happens
    await store.open()


def test_another_process_may_have_seen_more(tmp_path: Path) -> None:
    keep_mark(tmp_path, Mark("e", 9))
    keep_mark(tmp_path, Mark("e", 7))
    assert read_mark(tmp_path) == Mark("e", 9)
    keep_mark(tmp_path, Mark("f", 2))
    assert read_mark(tmp_path) == Mark("f", 2)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"epoch": "e"}', '{"epoch": "e", "position": "x"}', "\x00"])
def test_a_broken_mark_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    assert read_mark(tmp_path) is None


async def test_it_is_kept_while_the_process_runs(store: SqliteStore, tmp_path: Path) -> None:
    task = asyncio.create_task(keep_noting(store, tmp_path, every_s=0.01))
    while read_mark(tmp_path) is None:
        await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_full_disk_keeps_no_server_from_starting(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault: the store is elsewhere and well, and a process did not start since its own disk was full."""

    def full(path: Path, text: str) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "full")

    (tmp_path / "folder").mkdir()
    monkeypatch.setattr(Path, "write_text", full)
    assert not await recognise(store, tmp_path / "folder")
    assert list((tmp_path / "folder").iterdir()) == [], "nor are drafts left behind, one a minute"


def test_two_containers_whose_process_is_number_one_write_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault: both drafts had one name, and the slower one found nothing to put in place."""
    write, nested = Path.write_text, list[int]()

    def another_first(path: Path, text: str) -> int:
        written = write(path, text)
        if not nested:
            nested.append(1)
            keep_mark(tmp_path, Mark("e", 7))
        return written

    monkeypatch.setattr(Path, "write_text", another_first)
    keep_mark(tmp_path, Mark("e", 8))
    assert read_mark(tmp_path) == Mark("e", 8)
