"""THE ONE PATH from a change to a device: five entrances, one exit. Read this first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from geo.clock import Clock, Instant
from geo.model import Disposition, Officer, Shift, Stored, UnitStatus
from geo.pairs import Int64
from geo.picture import LivePicture
from geo.position import Fix
from geo.store.contract import Store
from geo.store.rows import Fanout, OfficerState
from streams.policy import Policy
from streams.situations import Situations


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the exit is given, once it is durable: one record's fan-out of a tick.

    ``seqs[i]`` belongs to ``fanout.officers[i]``; 0 where nothing is owed (a verdict kept for "why not", or an officer
    whom another process owns by now). ``stored`` is the record in the version that was decided on; its text is only
    for officers with a seq.
    """

    fanout: Fanout
    seqs: Int64
    stored: Stored


class Pipeline:
    """Decides for the officers of this process. ``exit`` is called after RECORD returned, before the next tick."""

    def __init__(
        self,
        store: Store,
        picture: LivePicture,
        situations: Situations,
        policy: Policy,
        clock: Clock,
        owner: str,
        exit: Callable[[Sequence[Delivered]], None],
    ) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        """Loads the picture and its cursor, the roster, and the officers seen in the last 30 min with what they were told."""
        raise NotImplementedError

    async def run(self) -> None:
        """Ticks for ever: at an entrance, at a due time, at the latest after 2 s. Ends with :meth:`stop`."""
        raise NotImplementedError

    async def stop(self) -> None: ...
    async def tick(self) -> None:
        """One pass over everything that has happened since the last one."""

    async def connect(self, officer: Officer, now: Instant) -> OfficerState:
        """A device of this officer is here: takes ownership, and he is decided for from now on. Rights are the
        narrower of the token's (``officer``) and the roster's."""
        raise NotImplementedError

    # the entrances: synchronous, never wait, what they bring makes the next tick
    def wake(self) -> None:
        """The store holds changes (a hint: losing it costs at most 2 s)."""

    def moved(self, officer_id: str, fix: Fix) -> None:
        """A fix of one of his devices; of several before a tick the newest wins."""

    def status(self, officer_id: str, status: UnitStatus, at: Instant) -> None: ...
    def disconnected(self, officer_id: str) -> None: ...
    def answered(self, officer_id: str, record: str, disposition: Disposition) -> None: ...
    def policy_changed(self, policy: Policy) -> None: ...

    # what a session asks
    def position_of(self, officer_id: str) -> str:
        """``ok``, ``stale`` or ``none``."""
        raise NotImplementedError

    def shift_of(self, officer_id: str) -> Shift | None:
        """The shift that he is on now."""
        raise NotImplementedError
