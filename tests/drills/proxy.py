"""A TCP proxy that lies as networks do: late, thin, one-way, dead without a word, reset, cut in the middle of a frame.

One proxy stands before one server port. What TCP would hold is held, not dropped: a hole keeps the bytes and lets them
through when it is lifted, as retransmission does, unless somebody has given up before. Loss on the way shows to TCP's
users as stalls, and so it is played.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

BUFFER = 65_536
"""Bytes that a direction holds before it stops reading: what a kernel would."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How a link is. ``stall`` is the share of pieces that wait ``stall_s`` longer, as a lost segment makes them."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: float | None = None
    stall: float = 0.0
    stall_s: float = 0.3
    hole_up: bool = False
    """Nothing goes from the device to the server."""
    hole_down: bool = False
    refuse: bool = False
    """New connections are reset at once."""

    @property
    def clear(self) -> bool:
        return self.delay_s == 0.0 == self.jitter_s and self.bytes_per_s is None and self.stall == 0.0


CLEAR = Weather()
BLACK_HOLE = Weather(hole_up=True, hole_down=True)
BASEMENT = Weather(delay_s=0.4, jitter_s=0.8, bytes_per_s=8_000, stall=0.1, stall_s=0.5)
"""64 kbit/s, 400 ms and up to 800 ms more, a tenth of the pieces lost once."""


def in_order(due: float, last: float) -> float:
    """A piece never overtakes the one before it."""
    return max(due, last)


def leaves_at(weather: Weather, size: int, now: float, free_at: float, rng: random.Random) -> tuple[float, float]:
    """When a piece that comes now is through, and when the line is free again."""
    begin = max(now, free_at)
    free = begin + (size / weather.bytes_per_s if weather.bytes_per_s else 0.0)
    late = weather.delay_s + (rng.random() * weather.jitter_s if weather.jitter_s else 0.0)
    if weather.stall and rng.random() < weather.stall:
        late += weather.stall_s
    return free + late, free


class _Lane:
    """One direction of one link."""

    def __init__(self, link: Link, up: bool) -> None:
        self._link, self._up = link, up
        self.source: asyncio.Transport | None = None
        self.target: asyncio.Transport | None = None
        self._queue: deque[tuple[float, bytes]] = deque()
        self._held: deque[bytes] = deque()
        self._bytes = 0
        self._last = self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False
        self._paused: set[str] = set()

    @property
    def hole(self) -> bool:
        weather = self._link.weather
        return weather.hole_up if self._up else weather.hole_down

    def carry(self, data: bytes) -> None:
        if self._link.cut_next and not self._up:
            self._link.cut_in(data)
            return
        if self.hole or self._held or self.target is None:
            self._held.append(data)
            self._bytes += len(data)
            if self.hole:
                self._link.falls_silent()
        elif self._link.weather.clear and not self._queue:
            self.target.write(data)
            return
        else:
            self._later(data)
        if self._bytes > BUFFER:
            self.pause("full")

    def _later(self, data: bytes) -> None:
        now = time.monotonic()
        due, self._free_at = leaves_at(self._link.weather, len(data), now, self._free_at, self._link.rng)
        self._last = in_order(due, self._last)
        self._queue.append((self._last, data))
        self._bytes += len(data)
        self._arm()

    def _arm(self) -> None:
        if self._timer is None and self._queue:
            wait = max(0.0, self._queue[0][0] - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self._due)

    def _due(self) -> None:
        self._timer = None
        now = time.monotonic()
        while self._queue and self._queue[0][0] <= now and not self.hole:
            data = self._queue.popleft()[1]
            self._bytes -= len(data)
            if self.target is not None:
                self.target.write(data)
        if not self.hole:
            self._arm()
        self._eased()

    def _eased(self) -> None:
        if self._bytes <= BUFFER:
            self.resume("full")
        if self._ended and not self._queue and not self._held and not self.hole and self.target is not None:
            self.target.close()

    def changed(self) -> None:
        """The weather is another, or the other end is there now."""
        if self.hole or self.target is None:
            return
        held, self._held = self._held, deque()
        for data in held:
            self._bytes -= len(data)
            self.carry(data)
        self._arm()
        self._eased()

    def end(self) -> None:
        """The source has closed: the target is told, once all before it is through, and not through a hole."""
        self._ended = True
        self._eased()

    def pause(self, why: str) -> None:
        if self.source is not None and not self._paused and not self.source.is_closing():
            self.source.pause_reading()
        self._paused.add(why)

    def resume(self, why: str) -> None:
        if why in self._paused:
            self._paused.discard(why)
            if self.source is not None and not self._paused and not self.source.is_closing():
                self.source.resume_reading()


class _End(asyncio.Protocol):
    """One of a link's two sockets."""

    def __init__(self, link: Link, out: _Lane, into: _Lane, device: bool) -> None:
        self._link, self._out, self._into, self._device = link, out, into, device

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._out.source, self._into.target = transport, transport
        self._into.changed()
        if self._device:
            self._link.begin()

    def data_received(self, data: bytes) -> None:
        self._out.carry(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._into.target = self._out.source = None
        self._link.ended(self._out, self._device)

    def pause_writing(self) -> None:
        self._into.pause("slow")

    def resume_writing(self) -> None:
        self._into.resume("slow")


class Link:
    """One connection of one device, both directions."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy, self.rng = proxy, proxy.rng
        self._own: Weather | None = None
        self.up, self.down = _Lane(self, up=True), _Lane(self, up=False)
        self.silent_since: float | None = None
        """Since when bytes were held back by a hole."""
        self.cut_next = False
        self._forgotten: bool | None = None
        """Half open: which end was closed behind the other's back (True: the device's)."""
        self._connecting: asyncio.Task[None] | None = None

    @property
    def weather(self) -> Weather:
        return self._proxy.weather if self._own is None else self._own

    def set_weather(self, weather: Weather | None) -> None:
        """Of this link alone; None: the proxy's again."""
        self._own = weather
        self.changed()

    def changed(self) -> None:
        self.up.changed()
        self.down.changed()

    def protocol(self, device: bool) -> _End:
        out, into = (self.up, self.down) if device else (self.down, self.up)
        return _End(self, out, into, device)

    def begin(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            host, port = self._proxy.target
            await asyncio.get_running_loop().create_connection(lambda: self.protocol(device=False), host, port)
        except OSError:
            self.reset()

    def falls_silent(self) -> None:
        """Bytes are held back from now on, where both ends are still there to notice."""
        if self.silent_since is None and self.up.source is not None and self.down.source is not None:
            self.silent_since = time.monotonic()

    def ended(self, out: _Lane, device: bool) -> None:
        """One of the sockets has closed."""
        if self._forgotten is device:
            return
        if self.silent_since is not None:
            self._proxy.noticed(time.monotonic() - self.silent_since, by_device=device)
            self.silent_since = None
        if self._forgotten is None:
            out.end()
        if self.up.source is None and self.down.source is None:
            self._proxy.links.discard(self)

    def reset(self) -> None:
        """RST to both."""
        for transport in (self.up.source, self.down.source):
            if transport is not None:
                _linger_zero(transport)
                transport.abort()
        self._proxy.links.discard(self)

    def half_open(self, forget: str) -> None:
        """``server``: the server's socket goes, and the device is told nothing; ``device``: the other way round."""
        self._forgotten, self.silent_since = forget == "device", time.monotonic()
        source = (self.up if self._forgotten else self.down).source
        if source is not None:
            source.abort()

    def cut_in(self, data: bytes) -> None:
        """Half of this piece, and then RST: the frame never ends."""
        if self.down.target is not None and len(data) > 1:
            self.down.target.write(data[: max(1, len(data) // 2)])
            self.down.target.close()
        if self.down.source is not None:
            self.down.source.abort()
        self._proxy.links.discard(self)


class FaultProxy:
    """``await open()``; then ``port`` leads to ``target``, through the weather."""

    def __init__(self, target: tuple[str, int], rng: random.Random | None = None) -> None:
        self.target, self.rng = target, rng or random.Random(0)
        self.weather = CLEAR
        self.links: set[Link] = set()
        self.port = 0
        self.noticed_s: list[tuple[float, bool]] = []
        """(seconds of silence until an end gave up, whether it was the device's end), of each link that fell silent."""
        self._server: asyncio.Server | None = None

    async def open(self, port: int = 0) -> FaultProxy:
        from tests.drills.ports import free_port

        self.port = port or free_port()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, "127.0.0.1", self.port, backlog=4_096)
        return self

    def _accept(self) -> asyncio.Protocol:
        link = Link(self)
        if self.weather.refuse:
            return _Refused()
        self.links.add(link)
        return link.protocol(device=True)

    def noticed(self, seconds: float, by_device: bool) -> None:
        self.noticed_s.append((seconds, by_device))

    # ------------------------------------------------------------------ faults
    def set_weather(self, weather: Weather) -> None:
        """For all links without their own, those of now and those to come."""
        self.weather = weather
        for link in tuple(self.links):
            link.changed()

    def some(self, share: float) -> list[Link]:
        """About this share of the links, at random."""
        links = sorted(self.links, key=id)
        return links if share >= 1 else [link for link in links if self.rng.random() < share]

    def each(self, share: float, fault: Callable[[Link], None]) -> int:
        """Does this to a share of the links; how many it was."""
        chosen = self.some(share)
        for link in chosen:
            fault(link)
        return len(chosen)

    def reset(self, share: float = 1.0) -> int:
        return self.each(share, Link.reset)

    def cut_mid_frame(self, share: float = 1.0) -> int:
        """The next piece from the server arrives in half, and nothing after it."""

        def arm(link: Link) -> None:
            link.cut_next = True

        return self.each(share, arm)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()


class _Refused(asyncio.Protocol):
    """A connection that is reset as soon as it is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        _linger_zero(transport)
        transport.abort()


def _linger_zero(transport: asyncio.BaseTransport) -> None:
    """The socket's end is RST, not FIN."""
    found = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):  # it may be closed already
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
