"""An officer played by the machine: a real handset, a way to go, and a thumb that acknowledges after a moment."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.people.handset import Handset, Link, LinkChanged
from app.people.movement import Mover
from geo.model import Disposition, UnitStatus
from geo.position import Fix
from streams.conversation.device import Event
from streams.conversation.holding import Ended, Erased, Replaced, Shown
from streams.conversation.messages import Alert, Confirmed

ANSWERS_AFTER_S = (1.5, 6.0)
"""How long a simulated thumb takes to acknowledge an interruption."""


@dataclass(slots=True)
class Tally:
    """What simulated officers lived through, summed."""

    shown: Counter[str] = field(default_factory=Counter)
    """By style."""
    ended: int = 0
    erased: int = 0
    answered: int = 0
    drops: int = 0
    gaps: int = 0
    stopped: Counter[str] = field(default_factory=Counter)
    fixes: int = 0
    came: int = 0
    """How often one of them was connected and told all that he was owed."""

    def count(self, event: Event | LinkChanged) -> None:
        match event:
            case Shown():
                self.shown[event.alert.style.value] += 1
            case Replaced():
                self.shown.update(alert.style.value for alert in event.new)
            case Ended():
                self.ended += 1
            case Erased():
                self.erased += 1
            case Confirmed():
                self.answered += 1
            case LinkChanged(Link.LIVE):
                self.came += 1
            case LinkChanged(Link.WAITING, word):
                self.drops += 1
                self.gaps += word == "gap"
            case LinkChanged(Link.STOPPED, word):
                self.stopped[word] += 1

    @property
    def told(self) -> int:
        return sum(self.shown.values())


Watcher = Callable[["SimulatedOfficer", Event | LinkChanged], None]


class SimulatedOfficer:
    """``watch`` hears everything that happens to him, after he has reacted to it."""

    def __init__(
        self,
        id: str,
        url: str,
        token: str,
        mover: Mover,
        watch: Watcher,
        *,
        seed: int = 0,
        renew: Callable[[], str | None] | None = None,
        speed: float = 1.0,
    ) -> None:
        self.id, self.mover = id, mover
        self.last: Fix | None = None
        self.moved_at = 0.0
        """Monotonic seconds of the newest fix sent."""
        self._watch, self._chance = watch, random.Random(seed)
        self.handset = Handset(
            url, token, self._told, device_id=f"{id}-sim", app="beatline-simulate", renew=renew, speed=speed,
            rng=random.Random(seed + 1),
        )  # fmt: skip
        self.handset.status = UnitStatus.AVAILABLE

    def step(self) -> bool:
        """Sends where he is now; whether there was anything to send."""
        if self.handset.link is not Link.LIVE:
            return False
        fix = self.mover.fix(self.handset.server_now())
        if fix is None:
            return False
        self.last, self.moved_at = fix, time.monotonic()
        self.handset.move(fix)
        return True

    def _told(self, event: Event | LinkChanged) -> None:
        match event:
            case Shown():
                self._look(event.alert)
            case Replaced():
                for alert in event.new:
                    self._look(alert)
            case LinkChanged(Link.LIVE):
                self.step()
        self._watch(self, event)

    def _look(self, alert: Alert) -> None:
        if alert.style.value == "map":
            return
        self.handset.seen(alert.alert_id)
        if alert.style.value == "interrupt" or alert.must_ack:
            wait = self._chance.uniform(*ANSWERS_AFTER_S)
            asyncio.get_running_loop().call_later(wait, self._acknowledge, alert.alert_id)

    def _acknowledge(self, alert_id: str) -> None:
        if alert_id in self.handset.session.holding.alerts and self.handset.link is Link.LIVE:
            self.handset.respond(alert_id, Disposition.ACKNOWLEDGED)


async def drive(officers: Sequence[SimulatedOfficer], every_s: float, tally: Tally) -> None:
    """Lets each officer send his position every ``every_s``, spread evenly, until cancelled."""
    slices = max(1, min(len(officers), round(every_s / 0.02)))
    step = 0
    while True:
        for officer in officers[step % slices :: slices]:
            tally.fixes += officer.step()
        step += 1
        await asyncio.sleep(every_s / slices)


async def start_all(officers: Sequence[SimulatedOfficer], per_second: float = 500.0) -> None:
    """Switches the handsets on, not all at once."""
    for number, officer in enumerate(officers):
        officer.handset.start()
        if number % 25 == 24:
            await asyncio.sleep(25 / per_second)


async def stop_all(officers: Sequence[SimulatedOfficer]) -> None:
    """Says goodbye on every handset, and leaves the goodbyes a moment to go."""
    for officer in officers:
        officer.handset.stop()
    await asyncio.sleep(0.2)
