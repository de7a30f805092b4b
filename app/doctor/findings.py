"""What the facts about a deployment mean: each finding good, doubtful or bad, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from geo.clock import SECOND
from geo.store.checkup import ServerFacts
from geo.store.tables import EXTENSIONS

OLDEST_POSTGRES = 140_000
OLDEST_REDIS = (6, 2)
OLD_TRANSACTION_S, VERY_OLD_S = 60.0, 3_600.0
CLOCKS_S = 2.0
"""The lease corrects the clock of a server process by the store's; tokens and people go by the machine's."""
GIB = 1 << 30
SPARE = 5
"""Connections that are left for people and for backups."""


class Level(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and what to do where something is to be done."""

    what: str
    level: Level
    found: str
    todo: str = ""


def ok(what: str, found: str) -> Finding:
    """As it should be."""
    return Finding(what, Level.OK, found)


def warn(what: str, found: str, todo: str) -> Finding:
    """It works, and somebody should look."""
    return Finding(what, Level.WARN, found, todo)


def bad(what: str, found: str, todo: str) -> Finding:
    """It does not work, or will not for long."""
    return Finding(what, Level.BAD, found, todo)


# --------------------------------------------------------------------------- PostgreSQL
def of_server(facts: ServerFacts, pool: int, processes: int, today: datetime) -> Iterator[Finding]:
    """Everything that a look at PostgreSQL tells. ``processes`` is how many are meant to run."""
    yield _version(facts)
    yield from _extensions(facts)
    yield _schema(facts)
    yield _role(facts)
    yield _connections(facts, pool, processes)
    yield _durability(facts)
    yield _transactions(facts)
    yield _slots(facts)
    if facts.schema is not None:
        yield _parts(facts, today)
        yield _leases(facts)
    yield clock_of("clock of PostgreSQL", facts.ahead_s)
    yield _frozen(facts)


def _version(facts: ServerFacts) -> Finding:
    what, found = "PostgreSQL", f"{facts.server}, {(facts.size_bytes or 0) / 1e6:,.0f} MB"
    if facts.replica:
        return bad(what, f"{found}: a read-only replica", "give BEATLINE_STORE the address of the primary")
    if facts.version is None or facts.version < OLDEST_POSTGRES:
        return bad(what, found, "upgrade to PostgreSQL 14 or newer")
    return ok(what, found)


def _extensions(facts: ServerFacts) -> Iterator[Finding]:
    for name in EXTENSIONS:
        installed = facts.extensions.get(name)
        if installed is not None:
            yield ok(f"extension {name}", installed)
        elif name in facts.extensions:
            yield bad(f"extension {name}", "not created", f"have an administrator run CREATE EXTENSION {name}")
        else:
            yield bad(
                f"extension {name}", "not installed on the server", "install its package (postgresql-NN-postgis-3)"
            )


def _schema(facts: ServerFacts) -> Finding:
    if facts.schema == facts.wanted:
        return ok("schema", f"version {facts.schema}")
    if facts.schema is None:
        return bad("schema", "none", "run: beatline migrate")
    newer = facts.schema.isdigit() and int(facts.schema) > int(facts.wanted)
    todo = "run a Beatline that is as new as the schema" if newer else "run: beatline migrate"
    return bad("schema", f"version {facts.schema}, this Beatline's is {facts.wanted}", todo)


def _role(facts: ServerFacts) -> Finding:
    what = f"role {facts.user}"
    if facts.lacking:
        tables = ", ".join(facts.lacking[:4])
        return bad(what, f"lacks rights on {tables}", "GRANT SELECT, INSERT, UPDATE, DELETE, or make it their owner")
    if facts.creates is False:
        return bad(what, "may not create tables: parts are made ahead of time", "GRANT CREATE ON SCHEMA, and ownership")
    if facts.superuser:
        return warn(what, "is a superuser", "let Beatline have a role of its own that owns its database, no more")
    return ok(what, "has the rights that it needs")


def _connections(facts: ServerFacts, pool: int, processes: int) -> Finding:
    what, most = "connections", facts.max_connections or 0
    living = sum(peer.lapses_at > (facts.clock or 0) for peer in facts.leases or ())
    processes = max(processes, living)
    needed = pool * processes + SPARE
    found = (
        f"{processes} processes x {pool} + {SPARE} spare = {needed} of max_connections {most}; {facts.connections} now"
    )
    if needed > most:
        return bad(what, found, "raise max_connections, or lower BEATLINE_POOL")
    if facts.connections is not None and facts.connections > 0.9 * most:
        return warn(what, found, "nearly all are taken: see pg_stat_activity for whose they are")
    return ok(what, found)


def _durability(facts: ServerFacts) -> Finding:
    settings = {"fsync": facts.fsync, "full_page_writes": facts.full_page_writes}
    off = [name for name, value in settings.items() if value == "off"]
    if off:
        return bad("durability", f"{' and '.join(off)} off", "turn on: a crash of the machine would lose the record")
    if facts.synchronous_commit in ("off", "local"):
        found = f"synchronous_commit {facts.synchronous_commit} by default (Beatline's sessions set it on)"
        return warn("durability", found, "set it on, so that other tools' writes last too")
    return ok("durability", f"fsync {facts.fsync}, synchronous_commit {facts.synchronous_commit}")


def _transactions(facts: ServerFacts) -> Finding:
    what = "oldest open transaction"
    if not facts.open_transactions:
        return ok(what, "none")
    oldest = facts.open_transactions[0]
    found = f"{oldest.age_s:.0f} s: {oldest.user}, {oldest.application or 'no name'}, {oldest.state} (pid {oldest.pid})"
    todo = f"vacuum cannot pass it; end it: SELECT pg_terminate_backend({oldest.pid})"
    if oldest.age_s > VERY_OLD_S:
        return bad(what, found, todo)
    return warn(what, found, todo) if oldest.age_s > OLD_TRANSACTION_S else ok(what, found)


def _slots(facts: ServerFacts) -> Finding:
    what, slots = "replication slots", facts.slots or ()
    if not slots:
        return ok(what, "none")
    worst = max(slots, key=lambda slot: slot.kept_bytes)
    found = (
        f"{len(slots)}; {worst.name} keeps {worst.kept_bytes / 1e9:.1f} GB, {'in use' if worst.active else 'unused'}"
    )
    todo = f"the disk fills: bring its reader back, or SELECT pg_drop_replication_slot('{worst.name}')"
    if worst.kept_bytes > 10 * GIB and not worst.active:
        return bad(what, found, todo)
    return warn(what, found, todo) if worst.kept_bytes > GIB else ok(what, found)


def _parts(facts: ServerFacts, today: datetime) -> Finding:
    what = "parts ahead of time"
    if facts.latest_inbox_day is None:
        return bad(what, "none", "run: beatline migrate")
    last = datetime.strptime(facts.latest_inbox_day, "%Y%m%d").replace(tzinfo=UTC)
    days = (last - today.replace(hour=0, minute=0, second=0, microsecond=0)) // timedelta(days=1)
    found = f"{facts.parts} parts; the inbox's reach {days} days ahead"
    if days < 1:
        return bad(what, found, "run: beatline migrate; then see why the servers' upkeep does not")
    return (
        warn(what, found, "the servers' upkeep has not run for a day: see their logs") if days < 2 else ok(what, found)
    )


def _leases(facts: ServerFacts) -> Finding:
    what, leases, now = "server processes", facts.leases or (), facts.clock or 0
    living = [peer for peer in leases if peer.lapses_at > now]
    devices = sum(peer.devices for peer in living)
    names = ", ".join(peer.about or peer.node for peer in living[:6])
    silent = [peer for peer in leases if peer.lapses_at <= now]
    found = f"{len(living)} alive ({names}), {devices} devices; {len(silent)} silent" if leases else "none"
    if silent and not living:
        return warn(what, found, "no server process is alive: start one")
    if silent and max(now - peer.lapses_at for peer in silent) < 600 * SECOND:
        return warn(what, found, "one has died lately: its officers have been adopted; see its log")
    return ok(what, found)


def clock_of(what: str, ahead_s: float | None) -> Finding:
    """``ahead_s``: how far this machine's clock is ahead."""
    if ahead_s is None:
        return warn(what, "not known", "see whether the role may ask for it")
    found = f"this machine's is {abs(ahead_s):.3f} s {'ahead' if ahead_s >= 0 else 'behind'}"
    if abs(ahead_s) > CLOCKS_S:
        return bad(what, found, "let both machines follow the same time server (chrony, NTP)")
    return ok(what, found)


def _frozen(facts: ServerFacts) -> Finding:
    what, age = "transaction numbers", facts.frozen_age or 0
    found = f"oldest is {age / 1e6:.0f} million back"
    if age > 1_500_000_000:
        return bad(what, found, "VACUUM FREEZE now: at 2 billion the server stops writing")
    return warn(what, found, "see whether autovacuum is on and gets through") if age > 500_000_000 else ok(what, found)


# --------------------------------------------------------------------------- Redis
def of_redis(info: dict[str, object], ahead_s: float, round_trip_s: float, place: str) -> Iterator[Finding]:
    """What Redis says of itself (INFO)."""
    version = str(info.get("redis_version", "0"))
    number = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    found = f"{version} at {place}, {round_trip_s * 1_000:.1f} ms"
    if number < OLDEST_REDIS:
        yield bad("Redis", found, "upgrade to 6.2 or newer")
    elif info.get("role") != "master":
        yield bad("Redis", f"{found}: a replica", "give BEATLINE_REDIS the address of the primary")
    else:
        yield ok("Redis", found)
    yield clock_of("clock of Redis", ahead_s)
    used, most = _number(info, "used_memory"), _number(info, "maxmemory")
    words = f"{used / 1e6:.0f} MB of {f'{most / 1e6:.0f} MB' if most else 'no limit'}"
    if most and used > 0.9 * most and info.get("maxmemory_policy") == "noeviction":
        yield warn("memory of Redis", words, "raise maxmemory: hints still pass, positions of units do not")
    else:
        yield ok("memory of Redis", words)


def _number(info: dict[str, object], name: str) -> int:
    return int(str(info.get(name, 0)))
