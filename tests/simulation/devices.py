"""A device in the simulation: the real device session on a simulated wire, and all that its officer was shown."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from geo.clock import format_instant
from geo.model import Disposition, UnitStatus
from streams.conversation.device import DeviceSession, Step
from streams.conversation.holding import Ended, Erased, Holding, Replaced, Shown
from streams.conversation.messages import Alert, Position, Ready
from tests.simulation.nodes import Node
from tests.simulation.wires import Wire

TICK_S = 0.5
ANEW = "anew"
"""The screen of an app that knows nothing of before."""


@dataclass(frozen=True, slots=True)
class Display:
    """One moment on one screen. ``rev`` 0: something was taken away."""

    at: float
    alert: str
    rev: int
    style: str


@dataclass
class Screen:
    """What one device showed, in order, and what it did about it."""

    shown: list[Display] = field(default_factory=list)
    resets: int = 0
    replays: int = 0


class Device:
    """Connects to whichever process answers, and keeps what it holds over every break."""

    def __init__(
        self, officer: str, device: str, place: tuple[float, float], rng: random.Random, node: Callable[[], Node | None]
    ) -> None:
        self.officer, self.device, self.place = officer, device, place
        self.screen, self.status = Screen(), UnitStatus.AVAILABLE
        self.holding = Holding()
        self.stopped: Step | None = None
        self._rng, self._node = rng, node
        self._session = self._fresh()
        self._wire: Wire | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    # ------------------------------------------------------------------ life
    def start(self) -> None:
        node = self._node()
        if node is None:
            self._later(self._rng.uniform(0.1, 2.0), self.start)
            return
        wire = Wire(node.hub, node.act, self._rng, self._rng.choice((0.005, 0.02, 0.3)), self._text, lambda code: None)
        wire._ended = lambda code: self._ended(wire, code)
        wire._text = lambda payload: self._text(payload) if self._wire is wire else None
        self._wire = wire
        self._session.opened(self._loop.time())
        wire.open()
        self._later(TICK_S, self._tick)

    def crash(self) -> None:
        """The app is gone; what was durable stays."""
        if self._wire is not None:
            self._wire.cut(self._rng.choice((0.0, 1.0, None)), None)
            self._wire = None
        self._session = self._fresh()
        self._later(self._rng.uniform(0.1, 5.0), self.start)

    def reinstall(self) -> None:
        """The app is new: nothing is held, everything may be shown again."""
        self.crash()
        self.holding = Holding()
        self._session = self._fresh()
        self.screen.shown.append(Display(self._loop.time(), "", 0, ANEW))

    @property
    def wire(self) -> Wire | None:
        return self._wire

    @property
    def live(self) -> bool:
        return self._wire is not None and self._session.live

    def _fresh(self) -> DeviceSession:
        return DeviceSession(self.device, self.officer, self._rng, holding=self.holding)

    # ------------------------------------------------------------------ the officer
    def says(self, status: UnitStatus) -> None:
        self.status = status
        self._session.status(status, self._loop.time())
        self._flush()

    def moves(self, lon: float, lat: float) -> None:
        self.place = (lon, lat)
        now = self._session.server_now(self._loop.time())
        self._session.position(Position(format_instant(now), lon, lat, 5.0))
        self._flush()

    def answers(self, key: str) -> None:
        if self.holding.alerts:
            alert = self._rng.choice(sorted(self.holding.alerts))
            self._session.seen(alert, self._loop.time())
            self._session.respond(key, alert, Disposition.ACKNOWLEDGED, self._loop.time())
            self._flush()

    # ------------------------------------------------------------------ the pump
    def _text(self, payload: bytes) -> None:
        self._session.receive(payload, self._loop.time())
        self._pump()

    def _tick(self) -> None:
        if self._wire is not None:
            self._session.tick(self._loop.time())
            self._pump()
        if self._wire is not None:
            self._later(TICK_S, self._tick)

    def _pump(self) -> None:
        for event in self._session.events():
            self._show(event)
        self._flush()
        if self._session.hang_up is not None and self._wire is not None:
            wire, self._wire = self._wire, None
            wire.drop()
            self._after(self._session.closed(1006, self._loop.time()).after_s)

    def _show(self, event: object) -> None:
        match event:
            case Ready():
                self.screen.resets += event.mode == "snapshot"
                self.screen.replays += event.mode == "replay"
                self._session.status(self.status, self._loop.time())
                self.moves(*self.place)
            case Shown(alert):
                self._displayed(alert)
            case Replaced(new, gone):
                for alert in new:
                    self._displayed(alert)
                for name in gone:
                    self.screen.shown.append(Display(self._loop.time(), name, 0, "replaced"))
            case Ended(name, reason) | Erased(name, reason):
                self.screen.shown.append(Display(self._loop.time(), name, 0, reason))
            case _:
                pass

    def _displayed(self, alert: Alert) -> None:
        self.screen.shown.append(Display(self._loop.time(), alert.alert_id, alert.rev, alert.style))

    def _flush(self) -> None:
        if self._wire is not None:
            for frame in self._session.frames():
                self._wire.say(frame)

    def _ended(self, wire: Wire, code: int) -> None:
        if self._wire is not wire:
            return
        self._wire = None
        after = self._session.closed(code, self._loop.time())
        if after.step is Step.RESUME:
            self._after(after.after_s)
        else:
            self.stopped = after.step

    def _after(self, seconds: float) -> None:
        self._session.hang_up = None
        self._later(seconds, self.start)

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, call)
