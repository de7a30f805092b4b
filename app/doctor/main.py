"""Looks at everything that a deployment stands on, and prints what was found: a table, or JSON."""

from __future__ import annotations

import asyncio
import json as json_text
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from app.doctor import policy
from app.doctor.findings import Finding, Level, bad, of_redis, of_server, ok, warn
from app.doctor.machine import of_folder, of_machine, of_sqlite
from app.errors import CannotStart
from app.settings import Settings, settings_of
from geo.store import checkup
from geo.store.postgres_words import sentence_of
from streams.accelerator import Accelerator, may_be_used, place_of
from streams.errors import AcceleratorAway, AcceleratorRefuses

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.BAD: "bold red"}


def main(data: Path | None, processes: int, json: bool) -> bool:
    """Prints the findings; True where none is bad."""
    settings = settings_of(data=data or Path())
    if data is None and not settings.store:
        raise CannotStart("give --data DIR, the data folder of this install, or set BEATLINE_STORE")
    found = asyncio.run(examine(settings, data, processes))
    if json:
        lines = [{"what": f.what, "level": f.level.value, "found": f.found, "todo": f.todo} for f in found]
        print(json_text.dumps(lines, indent=2))  # noqa: T201
    else:
        _print(found)
    return all(finding.level is not Level.BAD for finding in found)


async def examine(settings: Settings, data: Path | None, processes: int) -> list[Finding]:
    """All findings about one deployment."""
    found = list(of_machine(data))
    if settings.store:
        found += await _postgres(settings, processes)
    elif data is not None:
        found += of_sqlite(data / "beatline.sqlite")
    found += await policy.of_store(settings, data)
    found += await _redis(settings, processes)
    return found


async def _postgres(settings: Settings, processes: int) -> list[Finding]:
    what = "PostgreSQL"
    if not settings.store.startswith("postgresql+asyncpg://"):
        return [bad(what, "BEATLINE_STORE is no address", "postgresql+asyncpg://user:password@host:5432/beatline")]
    try:
        facts = await checkup.look(settings.store)
    except TimeoutError:
        return [bad(what, "no answer within 5 s", "see host, port and firewall of BEATLINE_STORE")]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        return [bad(what, sentence_of(error), "see host, port, user, password and database of BEATLINE_STORE")]
    found = list(of_server(facts, settings.pool, processes, datetime.now(UTC)))
    return found + list(of_folder("disk of PostgreSQL", facts.folder))


async def _redis(settings: Settings, processes: int) -> Iterator[Finding] | list[Finding]:
    what = "Redis"
    if not settings.redis:
        if processes > 1:
            todo = "set BEATLINE_REDIS: without it other processes notice changes after up to 2 s"
            return [warn(what, "none, for more than one process", todo)]
        return [ok(what, "none; one process needs none")]
    redis = Accelerator(settings.redis)
    try:
        await redis.ask(may_be_used)
        began, before = time.perf_counter(), time.time()
        seconds, micros = await redis.ask(_time)
        took_s = time.perf_counter() - began
        info = await redis.ask(_info)
    except AcceleratorRefuses as error:
        return [bad(what, str(error), "see user and password of BEATLINE_REDIS, and what the user may do (ACL)")]
    except AcceleratorAway as error:
        return [warn(what, str(error), "start it, or see host and port of BEATLINE_REDIS; nothing is lost meanwhile")]
    finally:
        await redis.close()
    ahead_s = before + took_s / 2 - (seconds + micros / 1e6)
    return of_redis(info, ahead_s, took_s, place_of(settings.redis))


async def _time(redis: Redis) -> tuple[int, int]:
    seconds, micros = await redis.time()
    return int(seconds), int(micros)


async def _info(redis: Redis) -> dict[str, object]:
    return dict(await redis.info())


def _print(found: list[Finding]) -> None:
    table = Table(title="beatline doctor", title_justify="left")
    for name in ("", "what", "found", "what to do"):
        table.add_column(name, overflow="fold")
    for finding in found:
        word = f"[{_COLOURS[finding.level]}]{finding.level.value}[/]"
        table.add_row(word, finding.what, finding.found, finding.todo)
    Console().print(table)
