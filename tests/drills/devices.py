"""Devices as officers carry them: they hold, acknowledge, beat, notice gaps, come back; and a crowd of them."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from tests.drills.ledger import Ledger, Screen
from tests.drills.memory import Json, Memory, Message, text_of
from tests.drills.wire import Ended, Listener, Wire

HELLO_S, READY_S, ANSWER_S = 8.0, 24.0, 5.0
"""How long a device waits for ``hello``, in silence for ``ready``, and for the answer to a heartbeat."""
POSITION_S = 25.0
RESEND_S = 5.0
_STOPS = {4400, 4403, 4404}

Dial = Callable[[], tuple[str, int]]


@dataclass(slots=True)
class Figures:
    """What all devices of a drill counted."""

    whole: int = 0
    reset: int = 0
    gaps: int = 0
    """Holes in ``prev_seq`` or ``sent_seq``, noticed and resumed from."""
    silent: int = 0
    """Connections given up for a heartbeat without an answer."""
    refused: int = 0
    """Handshakes answered 503."""
    closes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    back_s: list[float] = field(default_factory=list)
    """From a lost connection to ``caught_up`` again."""


class Handheld:
    """One device of one officer. ``start()`` it in a running loop; :class:`Crowd` ticks it."""

    def __init__(
        self,
        screen: Screen,
        ledger: Ledger,
        token: Callable[[], str],
        dial: Dial,
        place: tuple[float, float],
        rng: random.Random,
        figures: Figures,
    ) -> None:
        self.screen, self._ledger, self._token, self._dial, self.place = screen, ledger, token, dial, place
        self._rng, self._figures = rng, figures
        self.memory = Memory()
        self.status = "available"
        self.acks = self.moves = True
        self.quiet = False
        """It was told to stay so: 4103, or a code after which it stops."""
        self.live = False
        self.confirmed: set[str] = set()
        self._unconfirmed: dict[str, Message] = {}
        self._wire: Wire | None = None
        self._dialling: asyncio.Task[None] | None = None
        self._return: asyncio.TimerHandle | None = None
        self._stopped = True
        self._tries = 0
        self._asked_s: float | None = None
        self._lost_at: float | None = None
        self._server_offset_s = 0.0
        self._begun = self._ready = self._given_up = False
        self._heard_at = 0.0
        self._beat_at = self._position_at = self._resend_at = float("inf")
        self._beat_s, self._beaten_at = 20.0, 0.0

    # ------------------------------------------------------------------ its life
    def start(self) -> None:
        self._stopped = False
        self._connect()

    def stop(self) -> None:
        """Switched off, politely, for good."""
        self._stopped = self.screen.retired = True
        self.screen.out(time.monotonic())
        if self._return is not None:
            self._return.cancel()
        if self._dialling is not None:
            self._dialling.cancel()
        if self._wire is not None:
            self._wire.close()

    def cut(self) -> None:
        """Its connection is gone without a word; it comes back by itself."""
        if self._wire is not None:
            self._wire.drop()

    def deaf(self) -> None:
        """Reads nothing any more, answers nothing, and keeps the socket."""
        self._stopped = self.screen.retired = True
        self.live = False
        if self._wire is not None:
            self._wire.deaf()

    def _connect(self) -> None:
        self._return = None
        host, port = self._dial()
        self.memory.connected()
        self._begun = self._ready = self._given_up = self.live = False
        self._heard_at = time.monotonic()
        self._beat_at = self._position_at = self._resend_at = float("inf")
        self._beaten_at = 0.0
        self._wire = Wire(host, port, "/v1/device", "beatline.v1", Listener(self._text, self._arrived, self._ended))
        self._dialling = asyncio.get_running_loop().create_task(self._wire.dial())

    # ------------------------------------------------------------------ what the officer does
    def set_status(self, status: str) -> None:
        self.status = status
        if self._ready:
            self._say({"type": "status", "status": status, "at": self._at()})

    def emergency(self, key: str, text: str) -> None:
        lon, lat = self.place
        self._keep({"type": "emergency", "key": key, "at": self._at(), "lon": lon, "lat": lat, "text": text})

    def respond(self, key: str, alert_id: str, choice: str) -> None:
        rev = self.memory.revs.get(alert_id, 1)
        words: dict[str, Json] = {"key": key, "alert_id": alert_id, "rev": rev, "at": self._at(), "choice": choice}
        self._keep({"type": "respond", **words})

    def _keep(self, message: dict[str, Json]) -> None:
        """Said until it is confirmed."""
        self._unconfirmed[str(message["key"])] = message
        if self._ready:
            self._say(message)
            self._resend_at = time.monotonic() + RESEND_S

    def _say(self, message: Message) -> None:
        if self._wire is not None:
            self._wire.send(msgspec.json.encode(message))

    def _at(self) -> str:
        at = datetime.fromtimestamp(time.monotonic() + self._server_offset_s, UTC)
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"

    def _position(self) -> dict[str, Json]:
        lon, lat = self.place
        return {"at": self._at(), "lon": lon, "lat": lat, "accuracy_m": 8}

    # ------------------------------------------------------------------ time
    def tick(self, now: float) -> None:
        """To be called about twice a second."""
        if self._wire is None or self._stopped:
            return
        patience = READY_S if self._begun else HELLO_S
        unanswered = self._beaten_at > self._heard_at and now - self._beaten_at > ANSWER_S
        if (not self._ready and now - self._heard_at > patience) or (self._ready and unanswered):
            self._figures.silent += 1
            self._wire.drop()
            return
        if self._ready and now >= self._beat_at:
            self._beat_at, self._beaten_at = now + self._beat_s, now
            self._say({"type": "heartbeat", "t": round(now, 3), "acked_seq": self.memory.last})
        if self._ready and self.moves and now >= self._position_at:
            self._position_at = now + POSITION_S
            self._say({"type": "position"} | self._position())
        if self._ready and now >= self._resend_at:
            self._resend()

    def _resend(self) -> None:
        for message in self._unconfirmed.values():
            self._say(message)
        self._resend_at = time.monotonic() + RESEND_S if self._unconfirmed else float("inf")

    # ------------------------------------------------------------------ what the server says
    def _text(self, data: bytes) -> None:
        now = self._heard_at = time.monotonic()
        if self._given_up:
            return
        message = msgspec.json.decode(data)
        for event in self.memory.take(message, now):
            self._ledger.seen(self.screen, event)
        if self.memory.gap:
            self._given_up = True
            self._figures.gaps += 1
            self.cut()
            return
        self._other(message, now)

    def _arrived(self) -> None:
        """After each read one ack for all of it."""
        if self.memory.to_ack is not None and self.acks and not self.memory.gap:
            self._say({"type": "ack", "seq": self.memory.to_ack})
            self.memory.to_ack = None

    def _other(self, message: Message, now: float) -> None:
        match message.get("type"):
            case "hello":
                self._hello(message, now)
            case "ready":
                self._is_ready(message, now)
            case "caught_up":
                self._caught_up(now)
            case "confirmed":
                self.confirmed.add(text_of(message, "key"))
                self._unconfirmed.pop(text_of(message, "key"), None)
            case "reconnect":
                after_ms = message.get("after_ms")
                self._asked_s = float(after_ms) / 1_000 if isinstance(after_ms, int | float) else 1.0
            case "error":
                self._figures.errors[text_of(message, "code")] += 1

    def _hello(self, hello: Message, now: float) -> None:
        self._begun = True
        self._server_offset_s = datetime.fromisoformat(text_of(hello, "server_time")).timestamp() - now
        beat = hello.get("heartbeat_s")
        self._beat_s = float(beat) if isinstance(beat, int | float) else 20.0
        self._beat_at = now + self._rng.random() * self._beat_s
        words: dict[str, Json] = {"token": self._token(), "device_id": self.screen.device, "app": "drills/1"}
        if self.moves:
            words["position"] = self._position()
        if self.memory.epoch is None:
            self._say({"type": "identify"} | words)
        else:
            self._say({"type": "resume"} | words | {"epoch": self.memory.epoch, "seq": self.memory.seq})

    def _is_ready(self, ready: Message, now: float) -> None:
        self._ready, self._tries = True, 0
        if ready.get("mode") == "replay":
            self._figures.whole += 1
        elif self.memory.epoch is not None:
            self._figures.reset += 1
        self._position_at = now + self._rng.random() * POSITION_S
        if ready.get("mode") != "replay":
            self._say({"type": "status", "status": self.status, "at": self._at()})
        self._resend()

    def _caught_up(self, now: float) -> None:
        self.live = True
        self.screen.live(now)
        if self._lost_at is not None:
            self._figures.back_s.append(now - self._lost_at)
            self._lost_at = None

    # ------------------------------------------------------------------ and when it ends
    def _ended(self, how: Ended) -> None:
        now = time.monotonic()
        self._wire, self.live, self._ready = None, False, False
        self.screen.out(now)
        self._lost_at = self._lost_at or now
        self._figures.closes[str(how.status or how.code)] += 1
        self._figures.refused += how.status == 503
        if self._stopped:
            return
        if how.code == 4403:
            self.memory.erase()
        if how.code == 4103 or how.code in _STOPS:
            self.quiet = True
            return
        self._return = asyncio.get_running_loop().call_later(self._wait_s(how), self._connect)

    def _wait_s(self, how: Ended) -> float:
        asked, self._asked_s = self._asked_s, None
        self._tries += 1
        if how.retry_after_s is not None:
            return how.retry_after_s
        if asked is not None:
            return asked
        jitter = self._rng.random() * min(30.0, 0.5 * float(2 ** min(self._tries - 1, 10)))
        return jitter + (30.0 if how.code == 4429 else 0.0)


class Crowd:
    """All devices of a drill; ``async with`` ticks them and switches them off at the end."""

    def __init__(self, ledger: Ledger, rng: random.Random) -> None:
        self.ledger, self._rng = ledger, rng
        self.figures = Figures()
        self.devices: list[Handheld] = []
        self._tending: asyncio.Task[None] | None = None

    def add(
        self, officer: str, token: Callable[[], str], dial: Dial, place: tuple[float, float], device: str = ""
    ) -> Handheld:
        screen = self.ledger.screen(device or f"{officer}-phone", officer)
        own = random.Random(self._rng.random())
        handheld = Handheld(screen, self.ledger, token, dial, place, own, self.figures)
        self.devices.append(handheld)
        return handheld

    @property
    def live(self) -> int:
        """Devices that have caught up."""
        return sum(device.live for device in self.devices)

    async def __aenter__(self) -> Crowd:
        self._tending = asyncio.create_task(self._tend())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        for device in self.devices:
            device.stop()
        await asyncio.sleep(0.1)

    async def begin(self, patience_s: float = 90.0, at_once: int = 40) -> None:
        """Switches all on, some at a time, and waits until they have caught up. Raises TimeoutError."""
        for start in range(0, len(self.devices), at_once):
            for device in self.devices[start : start + at_once]:
                device.start()
            await asyncio.sleep(0.15)
        await self.settled(patience_s)

    async def settled(self, patience_s: float = 90.0) -> float:
        """Waits until every device that should be is live; how long it took. Raises TimeoutError."""
        begun = time.monotonic()
        async with asyncio.timeout(patience_s):
            while not all(device.live or device.quiet or device.screen.retired for device in self.devices):
                await asyncio.sleep(0.05)
        return time.monotonic() - begun

    async def _tend(self) -> None:
        while True:
            for start in range(0, len(self.devices), 50):
                now = time.monotonic()
                for device in self.devices[start : start + 50]:
                    device.tick(now)
                await asyncio.sleep(0)
            await asyncio.sleep(0.4)
