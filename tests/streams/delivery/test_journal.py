"""What is in the journal outlives whoever wrote it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from geo.model import Emergency, Principal
from streams.conversation.messages import EmergencyCall
from streams.delivery import emergencies
from streams.delivery.journal import Journal, entries_of
from tests.streams.speaking import NOW

WHO = Principal(id="o1", role="officer", force="own", expires_at=NOW)


def call(key: str = "k") -> Emergency:
    message = EmergencyCall(key, "2026-11-22T18:00:00Z", lon=-1.5, lat=53.8, text="knife")
    return emergencies.emergency_of(WHO, message, "BD21", None, NOW)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


async def test_a_call_can_be_read_by_another_process_after_this_one_died(tmp_path: Path) -> None:
    journal, record = Journal(tmp_path / "journal", "n1"), call()
    await journal.called(record, NOW, ["o2", "o3"])
    await journal.told(record.id, NOW + 1, ["o4"])
    await journal.cancelled(record.id, "o1", NOW + 2, ["o2"])
    other = Journal(tmp_path / "journal", "n1")
    assert await other.adopted() == {}, "while its writer lives, nobody else's"
    journal.close()
    ((path, (entry,)),) = (await other.adopted()).items()
    assert (entry.record, entry.at, entry.told, entry.cancelled_by) == (record, NOW, ["o2", "o3", "o4"], "o1")
    third = Journal(tmp_path / "journal", "n3")
    assert await third.adopted() == {}, "one survivor sees to it"
    assert len(await other.adopted()) == 1, "until it is settled"
    other.settled(path)
    assert files(tmp_path / "journal") == []
    other.close()


async def test_who_looks_for_the_dead_while_a_journal_is_made_finds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault: the file had its name before it was locked; a survivor who looked just then locked and removed it."""
    survivor, lock, looked = Journal(tmp_path / "journal", "n2"), fcntl.flock, list[object]()

    def while_it_is_made(descriptor: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        looked.append(survivor._adopted())
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", while_it_is_made)
    journal = Journal(tmp_path / "journal", "n1")
    await journal.called(call(), NOW, ["o2"])
    assert looked == [{}]
    journal.close()
    assert len(files(tmp_path / "journal")) == 1


async def test_a_call_without_its_time_is_left_out_and_not_the_whole_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "n1")
    await journal.called(call(), NOW, [])
    (path,) = files(tmp_path)
    path.write_bytes(b'{"what":"call","id":"x","document":' + path.read_bytes().split(b'"document": ')[1])
    text = path.read_text().replace(f'"at": {NOW}, ', "")
    path.write_text(text)
    assert entries_of(path) == []
    journal.close()


async def test_nothing_is_made_before_the_first_call_and_nothing_is_left_when_all_is_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "n1")
    assert not (tmp_path / "journal").exists()
    assert await journal.adopted() == {}
    first, second = call("1"), call("2")
    await journal.called(first, NOW, [])
    await journal.called(second, NOW, ["o2"])
    await journal.done(first.id, NOW)
    (path,) = files(tmp_path / "journal")
    assert [entry.record for entry in entries_of(path)] == [second]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    await journal.done(second.id, NOW)
    assert path.read_bytes() == b""
    await journal.called(call("3"), NOW, [])
    assert len(entries_of(path)) == 1
    await journal.done(call("3").id, NOW)
    journal.close()
    assert files(tmp_path / "journal") == []


async def test_half_a_line_and_foreign_lines_are_left_out(tmp_path: Path) -> None:
    journal, record = Journal(tmp_path, "n1"), call()
    await journal.called(record, NOW, [])
    journal.close()
    (path,) = files(tmp_path)
    with path.open("ab") as file:
        file.write(b'[1]\n{"what":"call","id":"x","document":"{}"}\nnull\n{"what":"cal')
    assert [entry.record for entry in entries_of(path)] == [record]


async def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path, "n1")
    await journal.called(call("1"), NOW, [])
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        write(descriptor, data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        await journal.called(call("2"), NOW, [])
    monkeypatch.setattr(os, "write", write)
    await journal.called(call("3"), NOW, [])
    assert [entry.record.source_id for entry in entries_of(files(tmp_path)[0])] == ["1", "3"]
    journal.close()
