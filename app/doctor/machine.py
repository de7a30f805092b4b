"""What there is to know of this machine and of the data folder: versions, disk, files, keys, journals left behind."""

from __future__ import annotations

import contextlib
import resource
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from app.doctor.findings import GIB, Finding, bad, ok, warn
from geo.store.tables import SCHEMA
from streams.delivery.journal import ENDING, entries_of

ENOUGH_FILES = 12_000
"""10,000 devices are as many open files, and some."""
OLDEST_PYTHON = (3, 11)


def of_machine(data: Path | None) -> Iterator[Finding]:
    """``data`` is the data folder; None: there is none to be looked at."""
    yield _versions()
    yield _files()
    if data is None:
        return
    if not data.is_dir():
        yield bad("data folder", f"{data} is not there", "give --data the folder that `beatline serve` has")
        return
    yield disk_of("disk of the data folder", data)
    yield _keys(data)
    yield _journals(data)


def _versions() -> Finding:
    try:
        ours = metadata.version("beatline")
    except metadata.PackageNotFoundError:
        ours = "from the source"
    found = f"Beatline {ours}, Python {'.'.join(map(str, sys.version_info[:3]))}, SQLite {sqlite3.sqlite_version}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return bad("versions", found, "install Python 3.11 or newer")
    return ok("versions", found)


def _files() -> Finding:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < ENOUGH_FILES:
        todo = "each device is one: LimitNOFILE=65536 in the unit, or ulimit -Hn 65536"
        return warn("open files", f"at most {hard} a process", todo)
    return ok("open files", "no limit" if hard == resource.RLIM_INFINITY else f"at most {hard} a process")


def disk_of(what: str, folder: Path) -> Finding:
    """Room where something is written for ever."""
    total, _, free = shutil.disk_usage(folder)
    found = f"{free / 1e9:.1f} GB free of {total / 1e9:.1f} GB"
    if free < GIB // 4 or free < 0.02 * total:
        return bad(what, found, "make room now: when it is full, nothing is accepted any more")
    return warn(what, found, "make room") if free < GIB or free < 0.1 * total else ok(what, found)


def of_folder(what: str, folder: str | None) -> Iterator[Finding]:
    """The disk under somebody else's folder, where it is on this machine and may be seen."""
    with contextlib.suppress(OSError):
        if folder is not None and Path(folder).is_dir():
            yield disk_of(what, Path(folder))


def _keys(data: Path) -> Finding:
    keys = sorted(data.rglob("ed25519.json"))
    if not keys:
        return warn("issuer key", "none", "it is made by the first start; all processes must share this folder")
    for path in keys:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            return bad("issuer key", f"{path} has mode {mode:o}: others can make tokens", f"chmod 600 {path}")
    return ok("issuer key", f"{keys[0]}, mode {stat.S_IMODE(keys[0].stat().st_mode):o}")


def _journals(data: Path) -> Finding:
    """Emergencies that were sent while the store was away (decision 0009)."""
    open_ = {path: entries_of(path) for path in sorted((data / "journal").glob(f"*{ENDING}"))}
    count = sum(len(entries) for entries in open_.values())
    if not count:
        return ok("emergency journal", "nothing waits in it")
    officers = ", ".join(sorted({entry.record.officer for entries in open_.values() for entry in entries})[:5])
    found = f"{count} emergencies not in the store yet (officers {officers})"
    return bad("emergency journal", found, "a server process on this folder records them once the store is there")


def of_sqlite(path: Path) -> Iterator[Finding]:
    """The embedded store."""
    if not path.exists():
        yield ok("store", f"{path} is not there yet: the first start makes it")
        return
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=2.0) as connection:
            version = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if path.stat().st_size < GIB else "ok"
    except sqlite3.Error as error:
        yield bad("store", f"{path}: {error}", "restore it from a backup")
        return
    size = f"{path}, {path.stat().st_size / 1e6:,.0f} MB"
    if sound != "ok":
        yield bad("store", f"{size}: {sound}", "stop the server, and restore the file from a backup")
    elif version is None or version[0] != SCHEMA:
        found = f"schema version {version and version[0]}, this Beatline's is {SCHEMA}"
        yield bad("store", found, f"run: beatline migrate --data {path.parent}")
    else:
        yield ok("store", f"{size}, schema version {version[0]}")
