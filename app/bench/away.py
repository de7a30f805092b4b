"""The crowd as the bench sees it: commands to the other process, answers from it."""

from __future__ import annotations

import asyncio
import sys
from types import TracebackType

import msgspec

from app.bench.crowd import Back, Collect, Command, Connect, Count, Drive, Drop, Quiet
from geo.place import LonLat


class Connected(msgspec.Struct):
    """How many devices caught up, in how many seconds."""

    connected: int
    seconds: float


class Collected(msgspec.Struct):
    """Monotonic seconds, one for each device that holds the alert."""

    at: list[float]
    expected: int = 0


class Returned(msgspec.Struct):
    """After a drop: when each device was back (seconds since), how often it was refused with a time to come back, how
    often a connection failed, how many were answered with a reset."""

    at: list[float]
    refused: int
    failed: int
    resets: int


class Driven(msgspec.Struct):
    """How many fixes were sent, in how many seconds."""

    sent: int
    seconds: float


class Counted(msgspec.Struct):
    """The state of the devices."""

    connected: int
    gaps: int
    closed: dict[str, int]


class Away:
    """``async with Away() as crowd``: a process full of devices, on the other core."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Away:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.bench.crowd", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            limit=1 << 26, start_new_session=True,
        )  # fmt: skip
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, command: Command) -> bytes:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(command) + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the crowd's process ended")
        return line

    async def connect(self, port: int, tokens: list[str], places: list[LonLat]) -> Connected:
        return msgspec.json.decode(await self._ask(Connect(port, tokens, places)), type=Connected)

    async def collect(self, alert: str, expect: int, seconds: float) -> Collected:
        return msgspec.json.decode(await self._ask(Collect(alert, expect, seconds)), type=Collected)

    async def collect_of_those_here(self, alert: str, before: float, seconds: float) -> Collected:
        """Of the devices that had caught up before then and are connected since."""
        return msgspec.json.decode(await self._ask(Collect(alert, 0, seconds, before)), type=Collected)

    async def drop(self, ports: list[int]) -> None:
        """All connections are cut at once."""
        await self._ask(Drop(ports))

    async def back(self, seconds: float) -> Returned:
        return msgspec.json.decode(await self._ask(Back(seconds)), type=Returned)

    async def drive(self, rate: float, seconds: float) -> Driven:
        return msgspec.json.decode(await self._ask(Drive(rate, seconds)), type=Driven)

    async def quiet(self, on: bool) -> None:
        await self._ask(Quiet(on))

    async def count(self) -> Counted:
        return msgspec.json.decode(await self._ask(Count()), type=Counted)
