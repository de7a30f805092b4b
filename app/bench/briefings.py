"""Briefings: a push to 5,000 officers, a receipt on the way back, and a shift change at which 500 ask for theirs"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

import httpx
from websockets.asyncio.client import ClientConnection, connect

from app.bench.away import Away
from app.bench.briefing_scene import BEATS, Desk
from app.bench.report import Figure, quantile
from app.bench.scene import Control, around, ring, settled
from app.bench.server import Server
from app.identity import Issuer, Role


async def push(server: Server, *, devices: int = 5_000, rounds: int = 5) -> list[Figure]:
    """A must-ack briefing to the whole force, all of it connected: from the 201 to the first and to the last device."""
    firsts: list[float] = []
    lasts: list[float] = []
    posts: list[float] = []
    missing = 0
    async with Away() as crowd:
        await settled(server, crowd, around(devices, 3_000))
        desk = Desk.of(server)
        await asyncio.sleep(2)
        for number in range(rounds + 1):
            posted = await desk.push(title=f"Armed suspect, do not approach ({number})")
            held = await crowd.collect(posted.id, devices, 20)
            if number:  # the first one warms the server's code paths up
                waits = sorted(max(0.0, at - posted.at) for at in held.at)
                firsts.append(waits[0] if waits else float("nan"))
                lasts.append(waits[-1] if waits else float("nan"))
                posts.append(posted.took_s)
                missing += devices - len(held.at)
            await asyncio.sleep(1.5)
        receipts = await _receipts(server, desk)
        await desk.close()
    note = f"{devices:,} devices, {rounds} briefings" + (f"; {missing} MISSING" if missing else "")
    post = f"the POST itself: p50 {1e3 * quantile(posts, 0.5):.0f} ms"
    return [
        Figure("briefing pushed, 201 → first device", 1e3 * max(firsts), "ms", 100.0, limit=post, note=note),
        Figure("briefing pushed, 201 → last device", 1e3 * max(lasts), "ms", 1_500.0, note=note),
        *receipts,
    ]


async def _receipts(server: Server, desk: Desk, answers: int = 20) -> list[Figure]:
    """One more officer answers one briefing after the other: how long until the dispatcher reads it."""
    waits: list[float] = []
    token = server.token("B-00000", Role.OFFICER)
    for _ in range(answers):
        posted = await desk.push(audience={"officers": ["B-00000"]}, title="Call in when you have read this")
        async with _device(server, token) as socket:
            await _say(socket, {"type": "identify", "token": token, "device_id": "bench-receipts", "app": "bench"})
            alert = await _alert(socket, posted.id)
            key = f"r-{posted.id}"
            await _say(socket, {"type": "respond", "key": key, "alert_id": posted.id, "rev": alert["rev"],
                                "at": _now(), "choice": "acknowledged"})  # fmt: skip
            said = time.monotonic()
            while time.monotonic() - said < 5:
                receipt = (await desk.http.get(f"/v1/briefings/{posted.id}/receipts")).json()
                if receipt["counts"].get("answered"):
                    break
                await asyncio.sleep(0.01)
            waits.append(time.monotonic() - said)
    note = f"{answers} answers; asked for again every 10 ms"
    return [Figure("answer on a device → in the receipts, p99", 1e3 * quantile(waits, 0.99), "ms", 500.0, note=note)]


def _device(server: Server, token: str) -> connect:
    url = server.url.replace("http", "ws") + "/v1/device"
    return connect(url, subprotocols=["beatline.v1"], compression=None, max_size=None)  # type: ignore[list-item]


async def _say(socket: ClientConnection, message: dict[str, object]) -> None:
    await socket.send(json.dumps(message))


async def _alert(socket: ClientConnection, briefing: str) -> dict[str, int]:
    """The alert about it, pushed or in the reset."""
    async with asyncio.timeout(10):
        async for frame in socket:
            message = json.loads(frame)
            for alert in message.get("alerts", [message] if message["type"] == "alert" else []):
                if alert["alert_id"] == briefing:
                    return {"rev": alert["rev"]}
    raise RuntimeError(f"the device was never told of {briefing}")


def _now() -> str:
    return _at(time.time())


def _at(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


async def shift_change(
    server: Server, *, briefings: int = 500, seconds: float = 60.0, devices: int = 2_000, in_reach: int = 50
) -> list[Figure]:
    """So many officers ask for their patrol-start briefing, spread over a minute, while incidents go on; the same
    incidents before it, for what they cost alone."""
    async with Away() as crowd:
        await settled(server, crowd, around(in_reach, 300) + ring(devices - in_reach, 30_000, 60_000))
        control = Control(server)
        await asyncio.sleep(2)
        await _alerts(control, crowd, in_reach, 5.0)
        alone = await _alerts(control, crowd, in_reach, seconds / 3)
        asking = asyncio.create_task(_ask(server, briefings, seconds))
        meanwhile = await _alerts(control, crowd, in_reach, seconds)
        waits, refused = await asking
        await control.close()
    note = f"{briefings} briefings in {seconds:.0f} s on {BEATS} beats" + (f"; {refused} REFUSED" if refused else "")
    ratio = quantile(meanwhile, 0.99) / quantile(alone, 0.99)
    both = f"p99 {1e3 * quantile(alone, 0.99):.0f} ms alone, {1e3 * quantile(meanwhile, 0.99):.0f} ms meanwhile"
    return [
        Figure("patrol briefing at shift change, p50", 1e3 * quantile(waits, 0.5), "ms", note=note),
        Figure("patrol briefing at shift change, p99", 1e3 * quantile(waits, 0.99), "ms", 2_000.0, note=note),
        Figure("alerts meanwhile, p99 over p99 alone", ratio, "", 1.5, note=both),
    ]


async def _alerts(control: Control, crowd: Away, in_reach: int, seconds: float) -> list[float]:
    waits: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        posted = await control.robbery()
        held = await crowd.collect(posted.id, in_reach, 5)
        waits += [max(0.0, at - posted.at) for at in held.at]
        await asyncio.sleep(0.25)
    return waits


async def _ask(server: Server, briefings: int, seconds: float) -> tuple[list[float], int]:
    """Seconds that each took; and how many were not answered with a briefing."""
    issuer = Issuer.open(server.data)
    tokens = [issuer.issue(f"B-{number:05d}", Role.OFFICER, minutes=600) for number in range(briefings)]
    waits: list[float] = []
    refused = 0

    async def one(http: httpx.AsyncClient, number: int, token: str) -> None:
        nonlocal refused
        await asyncio.sleep(number * seconds / briefings)
        began = time.monotonic()
        answer = await http.get("/v1/patrol-briefing", headers={"Authorization": f"Bearer {token}"})
        waits.append(time.monotonic() - began)
        refused += answer.status_code != 200

    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        await asyncio.gather(*(one(http, number, token) for number, token in enumerate(tokens)))
    return waits, refused


async def compiled(server: Server, beats: Sequence[int], repeats: int = 3) -> list[float]:
    """Seconds of a briefing for each beat, by a reader who has none of his own: nothing is shared between them."""
    headers = {"Authorization": f"Bearer {server.token('bench-analyst', Role.ANALYST)}"}
    waits = []
    async with httpx.AsyncClient(base_url=server.url, timeout=60, headers=headers) as http:
        for number in range(repeats):
            for beat in beats:
                start = time.time() + number * 3_600
                asked = {"beat": f"beat-{beat}", "from": _at(start), "to": _at(start + 8 * 3_600)}
                began = time.monotonic()
                answer = await http.get("/v1/patrol-briefing", params=asked)
                waits.append(time.monotonic() - began)
                if answer.status_code != 200:
                    raise RuntimeError(f"GET /v1/patrol-briefing: {answer.status_code} {answer.text[:200]}")
    return waits


async def compiling(server: Server, records: int, limit_ms: float, repeats: int = 3) -> list[Figure]:
    """A briefing over a store with so many records of 30 days, in which nobody has asked for that beat before."""
    waits = await compiled(server, range(BEATS), repeats)
    note = (
        f"{records:,} records of 30 days; {len(waits)} briefings, none shared; p50 {1e3 * quantile(waits, 0.5):.0f} ms"
    )
    return [Figure("patrol briefing, compiled and sent, p95", 1e3 * quantile(waits, 0.95), "ms", limit_ms, note=note)]
