"""A look at a PostgreSQL server from outside the store: facts for whoever has to find out what is wrong with it.

One connection of its own, read only, every question by itself: a role that may not ask one learns all the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
from sqlalchemy.engine import make_url

from geo.clock import Instant
from geo.store.process_rows import Peer
from geo.store.tables import SCHEMA, metadata

CONNECT_S = 5.0
QUESTION_S = 5.0


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's open transaction, or session that is idle in one."""

    pid: int
    user: str
    application: str
    state: str
    age_s: float


@dataclass(frozen=True, slots=True)
class Slot:
    """A replication slot, and the write-ahead log that it makes the server keep."""

    name: str
    active: bool
    kept_bytes: int


@dataclass(slots=True)
class ServerFacts:
    """What was found; None: it could not be asked, or does not apply. ``schema`` is the store's, ``wanted`` ours."""

    server: str | None = None
    version: int | None = None
    replica: bool | None = None
    superuser: bool | None = None
    user: str = ""
    wanted: str = SCHEMA
    schema: str | None = None
    extensions: dict[str, str | None] = field(default_factory=dict)
    """Extension -> its installed version."""
    lacking: tuple[str, ...] | None = None
    """Tables of ours on which the role lacks a right."""
    creates: bool | None = None
    """The role may make tables: parts are made ahead of time by the server."""
    max_connections: int | None = None
    connections: int | None = None
    synchronous_commit: str | None = None
    fsync: str | None = None
    full_page_writes: str | None = None
    open_transactions: tuple[Session, ...] | None = None
    slots: tuple[Slot, ...] | None = None
    latest_inbox_day: str | None = None
    """The newest part of the inbox, as its name ends: ``20261129``."""
    parts: int | None = None
    leases: tuple[Peer, ...] | None = None
    clock: Instant | None = None
    """The server's clock, and how far this machine's is ahead of it (half a round trip is the error)."""
    ahead_s: float | None = None
    round_trip_s: float | None = None
    frozen_age: int | None = None
    size_bytes: int | None = None
    folder: str | None = None


async def look(url: str) -> ServerFacts:
    """Raises OSError, TimeoutError and asyncpg's errors where there is no way in."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with asyncio.timeout(CONNECT_S):
        connection = await asyncpg.connect(
            plain,
            timeout=CONNECT_S,
            command_timeout=QUESTION_S,
            server_settings={"application_name": "beatline doctor"},
        )
    try:
        facts = ServerFacts()
        for ask in (_server, _rights, _settings, _clock, _transactions, _slots, _parts, _leases, _size):
            try:
                await ask(connection, facts)
            except asyncpg.PostgresError:  # no right to know, or nothing there yet
                continue
        return facts
    finally:
        await connection.close(timeout=2.0)


async def _server(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    row = await connection.fetchrow(
        "SELECT current_setting('server_version') AS text, current_setting('server_version_num')::int AS number,"
        " pg_is_in_recovery() AS replica, current_user::text AS name,"
        " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super"
    )
    facts.server, facts.version, facts.replica = row["text"], row["number"], row["replica"]
    facts.user, facts.superuser = row["name"], row["super"]
    rows = await connection.fetch("SELECT name, installed_version FROM pg_available_extensions")
    facts.extensions = {row["name"]: row["installed_version"] for row in rows}
    facts.schema = await connection.fetchval("SELECT value FROM meta WHERE key = 'schema'")


async def _rights(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    facts.creates = await connection.fetchval("SELECT has_schema_privilege(current_schema(), 'CREATE')")
    rows = await connection.fetch(
        "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL AND NOT ("
        "has_table_privilege(name, 'SELECT') AND has_table_privilege(name, 'INSERT')"
        " AND has_table_privilege(name, 'UPDATE') AND has_table_privilege(name, 'DELETE'))",
        sorted(metadata.tables),
    )
    facts.lacking = tuple(row["name"] for row in rows)


async def _settings(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    facts.max_connections = int(await connection.fetchval("SHOW max_connections"))
    facts.connections = await connection.fetchval("SELECT sum(numbackends)::int FROM pg_stat_database")
    facts.synchronous_commit = await connection.fetchval("SHOW synchronous_commit")
    facts.fsync = await connection.fetchval("SHOW fsync")
    facts.full_page_writes = await connection.fetchval("SHOW full_page_writes")


async def _clock(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    began, before = time.perf_counter(), time.time()
    shared = float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8"))
    facts.round_trip_s = time.perf_counter() - began
    facts.clock, facts.ahead_s = int(shared * 1e6), before + facts.round_trip_s / 2 - shared


async def _transactions(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    rows = await connection.fetch(
        "SELECT pid, coalesce(usename, '')::text AS name, application_name AS application,"
        " coalesce(state, '') AS state, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age"
        " FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' ORDER BY xact_start LIMIT 5"
    )
    facts.open_transactions = tuple(
        Session(row["pid"], row["name"], row["application"], row["state"], row["age"]) for row in rows
    )


async def _slots(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    if facts.replica:
        return
    rows = await connection.fetch(
        "SELECT slot_name::text AS name, active,"
        " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::int8 AS kept FROM pg_replication_slots"
    )
    facts.slots = tuple(Slot(row["name"], row["active"], row["kept"]) for row in rows)


async def _parts(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    names: Sequence[asyncpg.Record] = await connection.fetch(
        "SELECT c.relname::text AS name, p.relname::text AS parent FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent"
        " WHERE p.relnamespace = current_schema()::regnamespace"
    )
    facts.parts = len(names)
    days = sorted(row["name"].removeprefix("inbox_") for row in names if row["parent"] == "inbox")
    facts.latest_inbox_day = days[-1] if days else None


async def _leases(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    rows = await connection.fetch("SELECT node, lapses_at, devices, about FROM process ORDER BY node")
    facts.leases = tuple(Peer(row["node"], row["lapses_at"], row["devices"], row["about"]) for row in rows)


async def _size(connection: asyncpg.Connection, facts: ServerFacts) -> None:
    row = await connection.fetchrow(
        "SELECT age(datfrozenxid)::int8 AS frozen, pg_database_size(oid)::int8 AS size"
        " FROM pg_database WHERE datname = current_database()"
    )
    facts.frozen_age, facts.size_bytes = row["frozen"], row["size"]
    facts.folder = await connection.fetchval("SHOW data_directory")
