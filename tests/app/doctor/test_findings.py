"""What each fact means, and that whoever reads it is told what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.doctor.findings import Finding, Level, clock_of, of_redis, of_server
from geo.clock import SECOND
from geo.store.checkup import ServerFacts, Session, Slot
from geo.store.process_rows import Peer
from geo.store.tables import SCHEMA

TODAY = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
NOW = 1_800_000_000_000_000


def facts(**fields: Any) -> ServerFacts:
    good = ServerFacts(
        server="15.8",
        version=150_008,
        replica=False,
        superuser=False,
        user="beatline",
        schema=SCHEMA,
        extensions={"postgis": "3.3.2", "btree_gist": "1.7"},
        lacking=(),
        creates=True,
        max_connections=100,
        connections=17,
        synchronous_commit="on",
        fsync="on",
        full_page_writes="on",
        open_transactions=(),
        slots=(),
        latest_inbox_day="20261129",
        parts=30,
        leases=(Peer("n1", NOW + SECOND, 40, "host pid 1"),),
        clock=NOW,
        ahead_s=0.002,
        round_trip_s=0.001,
        frozen_age=1_000_000,
        size_bytes=10_000_000,
    )
    return replace(good, **fields)


def found(pool: int = 8, processes: int = 2, **fields: Any) -> list[Finding]:
    return list(of_server(facts(**fields), pool, processes, TODAY))


def test_all_is_well() -> None:
    assert {finding.level for finding in found()} == {Level.OK}


@pytest.mark.parametrize(
    ("fields", "level", "what", "todo"),
    [
        ({"replica": True}, Level.BAD, "PostgreSQL", "primary"),
        ({"version": 130_000}, Level.BAD, "PostgreSQL", "upgrade"),
        ({"extensions": {"postgis": None, "btree_gist": "1"}}, Level.BAD, "extension postgis", "CREATE EXTENSION"),
        ({"extensions": {"btree_gist": "1"}}, Level.BAD, "extension postgis", "install its package"),
        ({"schema": None}, Level.BAD, "schema", "beatline migrate"),
        ({"schema": "1"}, Level.BAD, "schema", "beatline migrate"),
        ({"schema": "99"}, Level.BAD, "schema", "as new as"),
        ({"lacking": ("held", "inbox")}, Level.BAD, "role beatline", "GRANT"),
        ({"creates": False}, Level.BAD, "role beatline", "GRANT CREATE"),
        ({"superuser": True}, Level.WARN, "role beatline", "of its own"),
        ({"max_connections": 20}, Level.BAD, "connections", "BEATLINE_POOL"),
        ({"connections": 95}, Level.WARN, "connections", "pg_stat_activity"),
        ({"fsync": "off"}, Level.BAD, "durability", "turn on"),
        ({"synchronous_commit": "off"}, Level.WARN, "durability", "set it on"),
        (
            {"open_transactions": (Session(7, "ann", "psql", "idle", 90.0),)},
            Level.WARN,
            "oldest",
            "terminate_backend(7)",
        ),
        ({"open_transactions": (Session(7, "ann", "", "idle", 9e3),)}, Level.BAD, "oldest", "terminate_backend(7)"),
        ({"slots": (Slot("old", False, 20 << 30),)}, Level.BAD, "replication slots", "drop_replication_slot('old')"),
        ({"slots": (Slot("slow", True, 2 << 30),)}, Level.WARN, "replication slots", "bring its reader back"),
        ({"latest_inbox_day": "20261122"}, Level.BAD, "parts", "migrate"),
        ({"latest_inbox_day": "20261123"}, Level.WARN, "parts", "upkeep"),
        ({"latest_inbox_day": None}, Level.BAD, "parts", "migrate"),
        ({"leases": (Peer("n1", NOW - SECOND, 4, ""),)}, Level.WARN, "server processes", "start one"),
        ({"ahead_s": -3_600.0}, Level.BAD, "clock", "time server"),
        ({"ahead_s": None}, Level.WARN, "clock", "role"),
        ({"frozen_age": 1_900_000_000}, Level.BAD, "transaction numbers", "VACUUM FREEZE"),
        ({"frozen_age": 700_000_000}, Level.WARN, "transaction numbers", "autovacuum"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(fields: dict[str, Any], level: Level, what: str, todo: str) -> None:
    (wrong,) = [finding for finding in found(**fields) if finding.level is not Level.OK]
    assert wrong.level is level
    assert wrong.what.startswith(what)
    assert todo in wrong.todo


def test_one_that_died_lately_among_the_living() -> None:
    leases = (Peer("n1", NOW + SECOND, 4, "a"), Peer("n2", NOW - 60 * SECOND, 9, "b"))
    (wrong,) = [finding for finding in found(leases=leases) if finding.level is not Level.OK]
    assert "adopted" in wrong.todo
    old = (leases[0], Peer("n2", NOW - 3_600 * SECOND, 9, "b"))
    assert {finding.level for finding in found(leases=old)} == {Level.OK}


def test_a_server_of_which_nothing_may_be_known_is_no_trace() -> None:
    assert any(finding.level is Level.BAD for finding in of_server(ServerFacts(), 8, 1, TODAY))


INFO: dict[str, object] = {"redis_version": "7.0.15", "role": "master", "used_memory": 1_000_000, "maxmemory": 0}


@pytest.mark.parametrize(
    ("changed", "levels"),
    [
        ({}, ["ok", "ok", "ok"]),
        ({"redis_version": "5.0.3"}, ["bad", "ok", "ok"]),
        ({"role": "slave"}, ["bad", "ok", "ok"]),
        ({"maxmemory": 1_050_000, "maxmemory_policy": "noeviction"}, ["ok", "ok", "warn"]),
    ],
)
def test_redis(changed: dict[str, object], levels: list[str]) -> None:
    assert [finding.level for finding in of_redis(INFO | changed, 0.1, 0.001, "here:6379")] == levels


def test_clocks() -> None:
    assert clock_of("x", 0.5).level is Level.OK
    assert "behind" in clock_of("x", -3_600.0).found
