"""The parts of one running server, as `app.main` has put them together, and how a route comes by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from shapely.geometry.base import BaseGeometry

from app.gathering import Gathered
from app.identity import Issuer
from app.metrics import Metrics
from app.pace import Pace
from app.settings import Settings
from app.together import Together
from geo.clock import Clock
from geo.marking import Clearance
from geo.picture import LivePicture
from geo.store.contract import Store
from streams.console.room import Room
from streams.delivery.hub import Hub
from streams.giving import Giving
from streams.hints.contract import Hint, Hints
from streams.officers.situations import Situations
from streams.pipeline import Pipeline
from streams.relevance.in_force import InForce
from streams.relevance.policy import Policy
from streams.whereabouts.contract import Whereabouts
from streams.whereabouts.sharing import Sharing


@dataclass(slots=True)
class Runtime:
    """Everything that lives as long as the process. Only :func:`app.main.build` makes one."""

    settings: Settings
    clock: Clock
    store: Store
    picture: LivePicture
    situations: Situations
    pipeline: Pipeline
    in_force: InForce
    hub: Hub
    hints: Hints
    issuer: Issuer
    metrics: Metrics
    pace: Pace
    ceiling: Clearance
    whereabouts: Whereabouts
    sharing: Sharing
    area: BaseGeometry | None = None
    started: bool = False
    busy_at_s: float = 0.0
    """Monotonic seconds when something was last delivered: the garbage collector waits for quiet."""
    api: FastAPI = field(init=False)
    together: Together = field(init=False)
    consoles: Room = field(init=False)
    giving: Giving = field(init=False)
    gathered: Gathered = field(init=False)
    stop: Callable[[], None] | None = None
    """Ends the server politely, where one runs."""
    again: bool = False
    """Once it has ended, it begins anew: the store is another one."""

    @property
    def policy(self) -> Policy:
        """The relevance policy that this process decides by at this moment."""
        return self.pipeline.policy

    def written(self) -> None:
        """The store holds something new: the live path looks now, and other processes are told to."""
        self.pipeline.wake()
        self.hints.publish(Hint(urgent=True))

    def begin_anew(self) -> None:
        """The store is another one (restored, failed over): nothing that was loaded holds. The devices go with
        ``reconnect``, and the process begins anew in the same place."""
        self.again = True
        if self.stop is not None:
            self.stop()

    def who(self, officer: str) -> tuple[str, str]:
        """His name and his callsign at this moment, by the roster; "" where it does not know."""
        known = self.pipeline.following.roster.get(officer)
        callsign = self.situations.shifts.duty_of(officer, self.clock.now()).callsign
        return known.name if known is not None else "", callsign if callsign != officer else ""

    @property
    def devices(self) -> int:
        """Devices connected to this process."""
        return self.hub.figures.connections


def runtime_of(request: Request) -> Runtime:
    """The runtime that answers this request."""
    runtime = request.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime
