"""The other process of the bench: thousands of bare devices on one core, told what to do in lines of JSON on stdin."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections import defaultdict
from typing import TypeAlias

import msgspec

from app.bench.device import BareDevice, instant_text
from app.bench.storming import Storm
from app.people.device_socket import raise_open_files

PUT_OFF_S = 0.7
"""Longer than a fan-out to 10,000 devices takes to arrive."""

Answer: TypeAlias = dict[str, object]


class Connect(msgspec.Struct, tag="connect", tag_field="do"):
    """Connect a device for each token, at its place; answers how many caught up, and in how many seconds."""

    port: int
    tokens: list[str]
    places: list[tuple[float, float]]
    at_once: int = 100


class Collect(msgspec.Struct, tag="collect", tag_field="do"):
    """When each device had this alert (monotonic seconds); waits for ``expect`` of them, at most ``seconds``.

    With ``before``: only those that had caught up before then and were connected ever since; all of them are waited
    for, whatever ``expect`` says."""

    alert: str
    expect: int
    seconds: float
    before: float | None = None


class Drive(msgspec.Struct, tag="drive", tag_field="do"):
    """Everybody drives north and back, ``rate`` fixes a second in all, for ``seconds``; answers how many were sent."""

    rate: float
    seconds: float


class Quiet(msgspec.Struct, tag="quiet", tag_field="do"):
    """From now on arrivals are timed at once but read and acknowledged later: nothing disturbs the server's push."""

    on: bool


class Drop(msgspec.Struct, tag="drop", tag_field="do"):
    """Cuts every connection at once, without a word; then each device comes back by itself as PROTOCOL.md says, to any
    of ``ports``."""

    ports: list[int]


class Back(msgspec.Struct, tag="back", tag_field="do"):
    """Waits until all are back, at most ``seconds``; answers when each had caught up, in seconds since the drop."""

    seconds: float


class Count(msgspec.Struct, tag="count", tag_field="do"):
    """How many are connected, how many gaps were seen, which close codes came."""


Command: TypeAlias = Connect | Collect | Drive | Quiet | Drop | Back | Count


class Crowd:
    """All devices of this process and what they were told."""

    def __init__(self) -> None:
        self.devices: list[BareDevice] = []
        self.held: dict[str, dict[int, float]] = defaultdict(dict)
        self.put_off = False
        self.storm: Storm | None = None
        self._news = asyncio.Event()

    def read(self, device: BareDevice, data: bytes) -> None:
        """Bytes for a device, timed before anything is done with them."""
        at = time.monotonic()
        if self.put_off and device.settled.done():
            asyncio.get_running_loop().call_later(PUT_OFF_S, device.take, data, at)
        else:
            device.take(data, at)

    def told(self, number: int, alert: str, at: float) -> None:
        self.held[alert].setdefault(number, at)
        self._news.set()

    async def obey(self, command: Command) -> Answer:
        match command:
            case Connect():
                return await self._connect(command)
            case Collect():
                return await self._collect(command)
            case Drive():
                return await self._drive(command)
            case Quiet():
                self.put_off = command.on
                return {}
            case Drop():
                self.storm = Storm(self.devices, command.ports)
                return {}
            case Back():
                return await self.storm.over(command.seconds) if self.storm else {}
            case Count():
                return self._count()

    async def _connect(self, command: Connect) -> Answer:
        began, gate = time.monotonic(), asyncio.Semaphore(command.at_once)
        base = len(self.devices)
        made = [
            BareDevice(base + n, token, *place, self.told, self.read)
            for n, (token, place) in enumerate(zip(command.tokens, command.places, strict=True))
        ]
        self.devices += made
        well = await asyncio.gather(*(self._dial(device, command.port, gate) for device in made))
        gc.collect()
        gc.freeze()
        return {"connected": sum(well), "seconds": time.monotonic() - began}

    async def _dial(self, device: BareDevice, port: int, gate: asyncio.Semaphore) -> bool:
        async with gate:
            try:
                await asyncio.get_running_loop().create_connection(lambda: device, "127.0.0.1", port)
                return await asyncio.wait_for(device.settled, 60)
            except (OSError, TimeoutError):
                return False

    async def _collect(self, command: Collect) -> Answer:
        deadline, held, chosen = time.monotonic() + command.seconds, self.held[command.alert], set[int]()
        expect = command.expect
        if (before := command.before) is not None:
            chosen = {device.number for device in self.devices if device.here_since(before)}
            expect = len(chosen)
        while len(chosen & held.keys() if chosen else held) < expect and (left := deadline - time.monotonic()) > 0:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(left, 0.25))
            except TimeoutError:
                continue
        found = {number: held[number] for number in chosen if number in held} if before is not None else held
        return {"at": [round(at, 6) for at in found.values()], "expected": expect}

    async def _drive(self, command: Drive) -> Answer:
        """Ten slices a second; who cannot keep up says so in ``sent``."""
        devices = [device for device in self.devices if device.transport is not None]
        began, sent, at = time.monotonic(), 0, 0
        while (passed := time.monotonic() - began) < command.seconds and devices:
            now = instant_text(time.time())
            for _ in range(max(0, int(passed * command.rate) - sent)):
                device = devices[at % len(devices)]
                device.lat += 0.00002 if (at // len(devices)) % 200 < 100 else -0.00002
                device.send_position(now)
                sent, at = sent + 1, at + 1
            await asyncio.sleep(0.01)
        return {"sent": sent, "seconds": time.monotonic() - began}

    def _count(self) -> Answer:
        closed = [device.close_code for device in self.devices if device.close_code is not None]
        return {
            "connected": sum(device.transport is not None for device in self.devices),
            "gaps": sum(device.gaps for device in self.devices),
            "closed": {str(code): closed.count(code) for code in set(closed)},
        }

    async def live(self) -> None:
        """Heartbeats every 20 s and positions every 20 s, spread evenly, as PROTOCOL.md asks of a device."""
        step, slices = 0, 200
        while True:
            await asyncio.sleep(20 / slices)
            now = instant_text(time.time())
            for device in self.devices[step % slices :: slices]:
                device.send_heartbeat()
                device.send_position(now)
            step += 1


async def run() -> None:
    """Answers each line of stdin with one line on stdout, until stdin ends."""
    loop, crowd = asyncio.get_running_loop(), Crowd()
    reader = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    alive = asyncio.create_task(crowd.live())
    decoder = msgspec.json.Decoder(Command)
    while line := await reader.readline():
        answer = await crowd.obey(decoder.decode(line))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()
    alive.cancel()
    for device in crowd.devices:
        if device.transport is not None:
            device.transport.abort()


if __name__ == "__main__":
    raise_open_files()
    asyncio.run(run())
