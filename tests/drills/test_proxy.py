"""The proxy carries, holds back, reorders nothing, cuts in half, and forgets one end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from tests.drills.proxy import BASEMENT, BLACK_HOLE, CLEAR, FaultProxy, Link, Weather, in_order, leaves_at


def test_a_thin_line_takes_its_time_for_each_piece() -> None:
    thin = Weather(bytes_per_s=1_000)
    rng = random.Random(1)
    due, free = leaves_at(thin, 500, 10.0, 0.0, rng)
    assert (due, free) == (10.5, 10.5)
    assert leaves_at(thin, 500, 10.1, free, rng) == (11.0, 11.0)


def test_jitter_stays_in_its_bounds_and_is_repeatable() -> None:
    one = [leaves_at(BASEMENT, 100, 0.0, 0.0, random.Random(seed))[0] for seed in range(200)]
    two = [leaves_at(BASEMENT, 100, 0.0, 0.0, random.Random(seed))[0] for seed in range(200)]
    assert one == two
    assert all(0.4 <= late <= 0.4 + 0.8 + 0.5 + 0.02 for late in one)
    assert in_order(1.0, 2.0) == 2.0


class Echo(asyncio.Protocol):
    """Says back what it hears, and what became of it."""

    lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        Echo.lost = True


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    Echo.lost = False
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    proxy = await FaultProxy(("127.0.0.1", server.sockets[0].getsockname()[1])).open()
    yield proxy
    await proxy.close()
    server.close()


async def test_clear_weather_changes_nothing(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"hello" * 1_000)
    assert await reader.readexactly(5_000) == b"hello" * 1_000
    writer.close()


async def test_a_hole_keeps_what_it_swallows_until_it_is_lifted(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    assert await reader.readexactly(1) == b"a"
    proxy.set_weather(BLACK_HOLE)
    writer.write(b"bc")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.1)
    proxy.set_weather(CLEAR)
    assert await reader.readexactly(2) == b"bc"
    writer.close()


async def test_whoever_gives_up_in_a_hole_is_timed(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    await reader.readexactly(1)
    proxy.set_weather(Weather(hole_down=True))
    writer.write(b"b")
    await asyncio.sleep(0.05)
    writer.transport.abort()
    await _until(lambda: bool(proxy.noticed_s))
    assert proxy.noticed_s[0][1]
    await _until(lambda: Echo.lost)  # the way up is open: the server is told


async def test_bad_weather_keeps_the_order(proxy: FaultProxy) -> None:
    proxy.set_weather(Weather(delay_s=0.001, jitter_s=0.01, stall=0.3, stall_s=0.02))
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    sent = b"".join(number.to_bytes(2, "big") for number in range(100))
    for start in range(0, 200, 2):
        writer.write(sent[start : start + 2])
        await asyncio.sleep(0)
    assert await reader.readexactly(200) == sent
    writer.close()


async def test_a_cut_arrives_in_half(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    await reader.readexactly(1)
    assert proxy.cut_mid_frame() == 1
    writer.write(b"0123456789")
    assert await reader.read(-1) == b"01234"
    await _until(lambda: Echo.lost)
    writer.close()


async def test_a_half_open_link_tells_the_device_nothing(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    await reader.readexactly(1)
    proxy.each(1.0, lambda link: link.half_open("server"))
    await _until(lambda: Echo.lost)
    assert proxy.noticed_s == []
    assert not reader.at_eof()
    writer.transport.abort()
    await _until(lambda: bool(proxy.noticed_s))


async def test_a_reset_reaches_both_and_refusal_lets_nobody_in(proxy: FaultProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"a")
    await reader.readexactly(1)
    proxy.each(1.0, Link.reset)
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    await _until(lambda: Echo.lost)
    proxy.set_weather(Weather(refuse=True))
    with pytest.raises(OSError):  # noqa: PT012 - refused at once, or at the first read
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await reader.readexactly(1)


async def _until(holds: object, patience_s: float = 2.0) -> None:
    assert callable(holds)
    async with asyncio.timeout(patience_s):
        while not holds():
            await asyncio.sleep(0.005)
