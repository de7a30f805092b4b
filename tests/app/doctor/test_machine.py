"""This machine, the data folder and the embedded store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.doctor.findings import Finding, Level
from app.doctor.machine import of_folder, of_machine, of_sqlite
from app.identity import Issuer
from geo.model import Emergency, Grade
from geo.store.sqlite import SqliteStore
from streams.delivery.journal import Journal


def of(found: list[Finding], what: str) -> Finding:
    (one,) = [finding for finding in found if finding.what == what]
    return one


def test_a_good_folder(tmp_path: Path) -> None:
    Issuer.open(tmp_path)
    found = list(of_machine(tmp_path))
    assert of(found, "issuer key").level is Level.OK
    assert of(found, "emergency journal").level is Level.OK
    assert "Python 3." in of(found, "versions").found


def test_no_folder_and_none_asked_for(tmp_path: Path) -> None:
    assert of(list(of_machine(tmp_path / "no")), "data folder").level is Level.BAD
    assert [finding.what for finding in of_machine(None)] == ["versions", "open files"]


def test_a_key_that_others_can_read(tmp_path: Path) -> None:
    Issuer.open(tmp_path)
    (key,) = tmp_path.rglob("ed25519.json")
    key.chmod(0o640)
    wrong = of(list(of_machine(tmp_path)), "issuer key")
    assert (wrong.level, wrong.todo) == (Level.BAD, f"chmod 600 {key}")


async def test_an_emergency_left_in_a_journal(tmp_path: Path) -> None:
    record = Emergency(
        force="own",
        source="device/o1",
        source_id="sos",
        category="officer_emergency",
        title="x",
        grade=Grade.EMERGENCY,
        reported_at=0,
        officer="o1",
    )
    journal = Journal(tmp_path / "journal", "n1")
    await journal.called(record, 0, [])
    wrong = of(list(of_machine(tmp_path)), "emergency journal")
    assert wrong.level is Level.BAD
    assert "o1" in wrong.found
    journal.close()


async def test_the_embedded_store(tmp_path: Path) -> None:
    path = tmp_path / "beatline.sqlite"
    assert [finding.level for finding in of_sqlite(path)] == [Level.OK]
    store = SqliteStore(path)
    await store.open()
    await store.close()
    assert [finding.level for finding in of_sqlite(path)] == [Level.OK]
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    connection.close()
    (old,) = of_sqlite(path)
    assert (old.level, old.todo) == (Level.BAD, f"run: beatline migrate --data {tmp_path}")
    path.write_bytes(b"no database at all, and longer than a header of one hundred bytes would be" * 4)
    assert [finding.level for finding in of_sqlite(path)] == [Level.BAD]


def test_the_disk_of_somebody_else(tmp_path: Path) -> None:
    assert [finding.what for finding in of_folder("x", str(tmp_path))] == ["x"]
    assert list(of_folder("x", str(tmp_path / "no"))) == list(of_folder("x", None)) == []
