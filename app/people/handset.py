"""One device over a real socket: connects, comes back as PROTOCOL.md says, holds its alerts, answers.

The conversation itself is :class:`streams.conversation.device.DeviceSession`; this is its pump. A handset has no task
of its own, only timers, so that one process can play a thousand of them.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import msgspec

from app.people.device_socket import DeviceSocket, Listener, socket_url
from app.people.device_socket import Ended as Hangup
from geo.clock import Instant, format_instant
from geo.model import Disposition, UnitStatus
from geo.position import Fix
from streams.conversation.device import DeviceSession, Event, Step
from streams.conversation.holding import Holding
from streams.conversation.messages import CaughtUp, Position, Ready

TICK_S = 1.0


class Link(StrEnum):
    """How a handset stands with the server."""

    CONNECTING = "connecting"
    LIVE = "live"
    WAITING = "waiting"
    """The connection ended; it comes back by itself."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """``word`` says why; ``after_s`` is how long it waits before it comes back."""

    link: Link
    word: str = ""
    after_s: float = 0.0


Told: TypeAlias = Callable[[Event | LinkChanged], None]


class Shelf:
    """Where a handset keeps what it holds, so that it resumes after it was switched off. Whole or as it was before."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Holding | None:
        """What was kept; None where there is nothing, or nothing that can be read."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Holding)
        except (OSError, msgspec.MsgspecError):
            return None

    def save(self, holding: Holding) -> None:
        part = self._file.with_name(self._file.name + ".part")
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.write_bytes(msgspec.json.encode(holding))
        part.chmod(0o600)
        part.replace(self._file)


class Handset:
    """``start()`` it inside a running loop. ``told`` is called for everything that happens, in order.

    ``renew`` is asked for a new token after 4401; without it, or when it has none, the handset stops.
    """

    def __init__(
        self,
        url: str,
        token: str,
        told: Told,
        *,
        device_id: str | None = None,
        app: str = "beatline-handset",
        renew: Callable[[], str | None] | None = None,
        shelf: Shelf | None = None,
        speed: float = 1.0,
        rng: random.Random | None = None,
    ) -> None:
        self._url, self._told, self._renew, self._shelf = socket_url(url), told, renew, shelf
        self._rng = rng or random.Random()
        holding = shelf.load() if shelf else None
        device = device_id or f"handset-{uuid4().hex[:12]}"
        self.session = DeviceSession(device, token, self._rng, app, holding, speed)
        self.link = Link.STOPPED
        self.status: UnitStatus | None = None
        self.ready: Ready | None = None
        self._socket: DeviceSocket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._dialling: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ its life
    def start(self) -> None:
        """Connects, and from then on stays connected."""
        self._timer = None
        self._change(LinkChanged(Link.CONNECTING))
        self._socket = DeviceSocket(self._url, Listener(self._opened, self._text, self._ended))
        self._dialling = asyncio.get_running_loop().create_task(self._socket.dial())

    def stop(self) -> None:
        """Says goodbye and does not come back."""
        self._later(None)
        self.link = Link.STOPPED
        if self._dialling is not None:
            self._dialling.cancel()
        if self._socket is not None:
            self._socket.close()

    def cut(self) -> None:
        """The tunnel: the connection is gone without a word. It comes back by itself."""
        if self._socket is not None:
            self._socket.drop()

    # ------------------------------------------------------------------ what the officer does
    @property
    def knows_the_time(self) -> bool:
        """The server has told its time: before that nothing can be dated."""
        return self.ready is not None

    def server_now(self) -> Instant:
        return self.session.server_now(time.monotonic())

    def move(self, fix: Fix) -> None:
        """The newest fix; ``fix.at`` is server time."""
        at = format_instant(fix.at)
        self.session.position(Position(at, fix.lon, fix.lat, fix.accuracy_m, fix.speed_mps, fix.heading_deg))
        self._flush()

    def go(self, status: UnitStatus) -> None:
        """Says the status now, and again after each reconnect."""
        self.status = status
        self.session.status(status, time.monotonic())
        self._flush()

    def seen(self, alert_id: str) -> None:
        self.session.seen(alert_id, time.monotonic())
        self._flush()

    def respond(self, alert_id: str, choice: Disposition, text: str | None = None) -> str:
        """Answers an alert; the key that ``confirmed`` will name."""
        key = uuid4().hex
        self.session.respond(key, alert_id, choice, time.monotonic(), text)
        self._flush()
        return key

    def emergency(self, lon: float | None = None, lat: float | None = None, text: str | None = None) -> str:
        """Calls for help; the key that ``confirmed`` and ``cancel_emergency`` name."""
        key = uuid4().hex
        self.session.emergency(key, time.monotonic(), lon, lat, text)
        self._flush()
        return key

    def cancel_emergency(self, emergency: str) -> str:
        key = uuid4().hex
        self.session.cancel_emergency(key, emergency, time.monotonic())
        self._flush()
        return key

    # ------------------------------------------------------------------ the pump
    def _opened(self) -> None:
        self.session.opened(time.monotonic())
        self._later(TICK_S * self._rng.uniform(0.5, 1.5), self._tick)

    def _text(self, payload: bytes) -> None:
        self.session.receive(payload, time.monotonic())
        self._pump()

    def _tick(self) -> None:
        self.session.tick(time.monotonic())
        self._later(TICK_S, self._tick)
        self._pump()

    def _pump(self) -> None:
        events = self.session.events()
        if self._shelf is not None and events:
            self._shelf.save(self.session.holding)
        for event in events:
            if isinstance(event, Ready):
                self.ready = event
                if self.status is not None:
                    self.session.status(self.status, time.monotonic())
            elif isinstance(event, CaughtUp):
                self._change(LinkChanged(Link.LIVE))
            self._told(event)
        self._flush()
        if self.session.hang_up is not None and self._socket is not None:
            self._socket.drop()

    def _flush(self) -> None:
        if self._socket is None:
            return
        for frame in self.session.frames():
            self._socket.send(frame)

    def _ended(self, how: Hangup) -> None:
        self._socket = None
        if self.link is Link.STOPPED:
            return
        word = self.session.hang_up or how.reason or f"code {how.code}"
        after = self.session.closed(how.code, time.monotonic(), how.retry_after_s)
        match after.step:
            case Step.RESUME:
                self._come_back(word, after.after_s)
            case Step.NEW_TOKEN if (token := self._renew() if self._renew else None) is not None:
                self.session.token = token
                self._come_back(word, after.after_s)
            case _:
                self._later(None)
                self._change(LinkChanged(Link.STOPPED, f"{word} ({after.step.value.replace('_', ' ')})"))

    def _come_back(self, word: str, after_s: float) -> None:
        self._change(LinkChanged(Link.WAITING, word, after_s))
        self._later(after_s, self.start)

    def _later(self, seconds: float | None, call: Callable[[], None] | None = None) -> None:
        """One timer at a time: the tick while connected, the return while not."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if seconds is not None and call is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, call)

    def _change(self, change: LinkChanged) -> None:
        self.link = change.link
        self._told(change)
