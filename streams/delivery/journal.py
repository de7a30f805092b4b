"""The local journal of emergencies that could not be recorded: appended with fsync, adopted from the dead, or done.

One file a process, ``<folder>/<node>.<drawn>.jsonl``, locked (flock) for as long as the process lives: so a file that
can be locked is a dead one's, and whoever locks it sees to it. A line is a JSON object:

* ``{"what": "call", "id", "officer", "at", "document", "told": [officers]}``: written before anybody is told
* ``{"what": "told", "id", "at", "told"}``: others have been told since
* ``{"what": "cancel", "id", "at", "by", "told"}``
* ``{"what": "done", "id"}``: it is in the store

A half line at the end (the process died while it wrote) told nobody anything, and is left out. When all that a file
holds is done it is emptied; a dead one's is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.clock import Instant
from geo.document import record_of_text, text_of
from geo.model import Emergency, RecordKind

_log = logging.getLogger(__name__)

ENDING = ".jsonl"


@dataclass(slots=True)
class Entry:
    """One emergency in a journal that is not known to be in the store: who was told, who took it back."""

    record: Emergency
    at: Instant
    told: list[str] = field(default_factory=list)
    cancelled_by: str | None = None


class Journal:
    """Nothing is opened before the first line. Raises OSError where the folder cannot be written."""

    def __init__(self, folder: Path, node: str) -> None:
        self.folder = folder
        self._path = folder / f"{node or 'node'}.{secrets.token_hex(4)}{ENDING}"
        self._file: int | None = None
        self._open: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._locked: dict[Path, int] = {}
        """Files of the dead that are ours to see to, by descriptor."""

    async def called(self, record: Emergency, at: Instant, told: Sequence[str]) -> None:
        line: dict[str, object] = {"what": "call", "officer": record.officer, "document": text_of(record)}
        self._open.add(record.id)
        await self._append(line, record.id, at, told)

    async def told(self, name: str, at: Instant, told: Sequence[str]) -> None:
        await self._append({"what": "told"}, name, at, told)

    async def cancelled(self, name: str, by: str, at: Instant, told: Sequence[str]) -> None:
        await self._append({"what": "cancel", "by": by}, name, at, told)

    async def done(self, name: str, at: Instant) -> None:
        """It is in the store. With the last one the file is empty again."""
        self._open.discard(name)
        if not self._open and self._file is not None:
            async with self._one_at_a_time:
                await asyncio.to_thread(_emptied, self._file)
            return
        await self._append({"what": "done"}, name, at, ())

    async def adopted(self) -> dict[Path, list[Entry]]:
        """What the dead have left, by file: each is locked by us from now on, until :meth:`settled`."""
        return await asyncio.to_thread(self._adopted)

    def settled(self, path: Path) -> None:
        """Everything in it is in the store."""
        descriptor = self._locked.pop(path, None)
        if descriptor is not None:
            path.unlink(missing_ok=True)
            os.close(descriptor)

    def close(self) -> None:
        """What is not done stays for whoever adopts it; an empty file goes."""
        for path in list(self._locked):
            os.close(self._locked.pop(path))
        if self._file is not None:
            if os.fstat(self._file).st_size == 0:
                self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    # ------------------------------------------------------------------ the file
    def _adopted(self) -> dict[Path, list[Entry]]:
        found: dict[Path, list[Entry]] = {}
        for path in sorted(self.folder.glob(f"*{ENDING}")) if self.folder.is_dir() else ():
            if path != self._path and path not in self._locked and (descriptor := _lock_of(path)) is not None:
                self._locked[path] = descriptor
            if path in self._locked:
                found[path] = entries_of(path)
        return found

    async def _append(self, line: dict[str, object], name: str, at: Instant, told: Sequence[str]) -> None:
        text = json.dumps(line | {"id": name, "at": at, "told": list(told)}) + "\n"
        async with self._one_at_a_time:
            await asyncio.to_thread(self._write, text.encode())

    def _write(self, line: bytes) -> None:
        if self._file is None:
            self._file = _made(self._path)
        size = os.fstat(self._file).st_size
        try:
            if os.write(self._file, line) != len(line):
                raise OSError(f"only a part of a line could be written to {self._path}")
            os.fsync(self._file)
        except OSError:
            with contextlib.suppress(OSError):  # a half line would swallow the next one
                os.ftruncate(self._file, size)
            raise


def entries_of(path: Path) -> list[Entry]:
    """What a journal holds that is not done, in the order of the calls. Raises OSError."""
    found: dict[str, Entry] = {}
    for line in _lines(path):
        what, name = line.get("what"), str(line.get("id"))
        told = [str(officer) for officer in line.get("told", ())]
        if what == "call":
            record = record_of_text(RecordKind.EMERGENCY, str(line["document"]))
            assert isinstance(record, Emergency)
            found[name] = Entry(record, int(line["at"]), told)
        elif what == "done":
            found.pop(name, None)
        elif name in found:
            found[name].told += [officer for officer in told if officer not in found[name].told]
            if what == "cancel":
                found[name].cancelled_by = str(line.get("by"))
    return list(found.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        try:
            line = json.loads(text)
            if line.get("what") == "call":
                record_of_text(RecordKind.EMERGENCY, str(line["document"]))
                int(line["at"])
        except Exception:
            _log.warning("%s, line %d cannot be read: nobody was told anything by it", path, number)
            continue
        yield line


def _made(path: Path) -> int:
    """A new file that is ours, and a folder that knows of it even after a crash. It has its name only when it is
    locked: whoever looks for files of the dead at that moment would take it for one, and away."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.rename(path)
    except OSError:
        os.close(descriptor)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return descriptor


def _lock_of(path: Path) -> int | None:
    """The file locked by us; None where somebody living holds it, or it has just gone."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    if os.fstat(descriptor).st_nlink == 0:
        os.close(descriptor)
        return None
    return descriptor


def _emptied(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.fsync(descriptor)
