"""An administrator changes one weight of an evening: nobody's phone rings for it, and the next incident obeys it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.kit import Device, Server, beatline, metres_from
from tests.redis_server import RedisServer
from tests.servers import Postgres


def in_force(server: Server) -> dict[str, Any]:
    with server.http("admin") as http:
        found: dict[str, Any] = http.get("/v1/policy").json()
    return found


def with_weight(text: str, table: str, key: str, value: float) -> str:
    """The policy with one number changed."""
    head, _, rest = text.partition(f"[{table}]\n")
    return f"{head}[{table}]\n" + re.sub(rf"(?m)^{key} = [-0-9.]+", f"{key} = {value}", rest, count=1)


async def goes_by(server: Server, version: str, within_s: float = 6.0) -> None:
    until = time.monotonic() + within_s
    while (found := await asyncio.to_thread(in_force, server))["here"] != version:
        assert time.monotonic() < until, f"{server.url} still goes by {found['here']}"
        await asyncio.sleep(0.05)


def apply(server: Server, file: Path, note: str, *, check: bool = True) -> tuple[int, str]:
    token = server.token("sgt-12", "admin")
    words = ("policy", "apply", str(file), "--url", server.url, "--token", token, "--note", note)
    done = beatline(*words, check=check)
    return done.returncode, done.stdout + done.stderr


async def evening(first: Server, second: Server, folder: Path) -> None:
    """Officers at both processes, a weight changed at the first."""
    officers = [await Device(first, "pc1").on_patrol(metres_from(first.place, 150, 0))]
    officers.append(await Device(second, "pc2").on_patrol(metres_from(first.place, 0, 150)))
    for device in officers:
        await device.expect("status", status="available")
    before = {"grade": "priority", "category": "burglary", "title": "Burglary, an hour ago"}
    old = await asyncio.to_thread(lambda: first.post(**before))
    for device in officers:
        assert (await device.alert_of(old))["style"] == "notify"

    found = in_force(first)
    file = folder / "night.toml"
    file.write_text(with_weight(found["text"], "grades.priority", "severity", 6.0))
    shown = [len(device.shown) for device in officers]
    code, said = await asyncio.to_thread(apply, first, file, "burglaries at once, while the series lasts")
    assert (code, f"policy {found['n'] + 1} is in force" in said) == (0, True), said
    version = in_force(first)["version"]
    for server in (first, second):
        await goes_by(server, version)
    for step in range(3):
        for device, (east, north) in zip(officers, ((150, step), (step, 150)), strict=True):
            await device.at(metres_from(first.place, east, north))
        await asyncio.sleep(1.1)
    for device, count in zip(officers, shown, strict=True):
        assert {alert["style"] for alert in device.shown[count:]} <= {"map"}, "nobody is interrupted by a policy"

    new = await asyncio.to_thread(lambda: second.post(**before))
    for device in officers:
        assert (await device.alert_of(new))["style"] == "interrupt"
        assert device.holes == []

    file.write_text(file.read_text().replace("own_tasking = true", "own_tasking = false"))
    code, said = await asyncio.to_thread(lambda: apply(second, file, "", check=False))
    assert code == 1
    assert re.search(r"night\.toml:\d+: must_deliver\.own_tasking silences", said)
    history = [in_force(server) for server in (first, second)]
    assert [(one["here"], one["actor"]) for one in history] == [(version, "sgt-12")] * 2
    for device in officers:
        await device.close()


async def test_nobody_is_interrupted_by_a_changed_weight_and_the_next_incident_is_judged_by_it(
    own_server: Server, tmp_path: Path
) -> None:
    await evening(own_server, own_server, tmp_path)


async def test_a_server_that_comes_back_goes_by_what_was_put_in_force_and_not_by_its_option(tmp_path: Path) -> None:
    with Server(tmp_path / "data", "--policy", "san_francisco") as server:
        first = in_force(server)
        assert (first["n"], first["name"]) == (1, "san_francisco")
        words = ("--data", str(server.data))
        assert "policy 2 is in force" in beatline("policy", "apply", "uk", *words, "--note", "home again").stdout
        await goes_by(server, in_force(server)["version"])
        server.kill()
        server.start()
        found = in_force(server)
        assert (found["n"], found["name"], found["here"], found["note"]) == (2, "uk", found["version"], "home again")
        assert "the store's policy holds" in server.log()
    lines = beatline("policy", "versions", *words).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert beatline("policy", "show", "1", *words).stdout == first["text"]
    assert server.stop() in (0, -9)


@pytest.fixture
def pair(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two processes on one PostgreSQL and one Redis."""
    with RedisServer() as redis, contextlib.ExitStack() as servers, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEATLINE_STORE", postgres.database().replace("postgresql://", "postgresql+asyncpg://"))
        patch.setenv("BEATLINE_REDIS", redis.url)
        yield servers.enter_context(Server(tmp_path / "data")), servers.enter_context(Server(tmp_path / "data"))


@pytest.mark.postgis
@pytest.mark.redis
@pytest.mark.slow
async def test_the_same_on_two_processes(pair: tuple[Server, Server], tmp_path: Path) -> None:
    await evening(*pair, tmp_path)
