"""Who is connected to this process: officers, their connections, and what the server last knew of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from geo.clock import Instant
from geo.model import Principal, UnitStatus
from geo.position import Fix
from geo.store.rows import DeviceCursor
from streams.conversation.messages import FirstPosition, Position
from streams.conversation.session import ServerSession
from streams.conversation.wire import moment_of
from streams.errors import ProtocolError

TOGETHER_BYTES = 4_096
"""Frames up to this are written together: a write costs more than building the frame."""


class Link(Protocol):
    """The socket under a connection, as the hub sees it. Nothing here waits."""

    def send(self, payload: bytes) -> None:
        """One text frame."""
        ...

    def send_all(self, payloads: Sequence[bytes]) -> None:
        """Several text frames, in one write."""
        ...

    def close(self, code: int, reason: str) -> None: ...
    def read_on(self) -> None:
        """What was held back while the device was let in may be read now."""
        ...


class Connection:
    """One device's connection: its conversation, and the socket below."""

    __slots__ = ("device", "given", "link", "name", "officer", "person", "principal", "session", "unsaid")

    def __init__(self, session: ServerSession, link: Link, name: str = "") -> None:
        self.session, self.link, self.name = session, link, name
        self.given: int | None = None
        """Where another process decides for the officer: he has been given the series here up to this number. None:
        this one decides, and everything comes by its own fan-outs."""
        self.unsaid: int | None = None
        """Alerts numbered after this were not said here because he was off duty. Mostly they are decided anew when he
        is on duty; where that was done already (he said it at another process too), they are said then. Until they are,
        the device's cursor stays below them: a connection that is lost meanwhile leaves them to the next one."""
        self.person: Person | None = None
        self.principal: Principal | None = None
        self.officer = self.device = ""

    def leave_unsaid(self, seq: int) -> None:
        """He is off duty: this alert is not said now."""
        self.unsaid = seq - 1 if self.unsaid is None else min(self.unsaid, seq - 1)

    def silence(self) -> None:
        """He has gone off duty: what waits to be said to him is not said."""
        dropped = self.session.owed.drop_alerts()
        if dropped is not None:
            self.leave_unsaid(dropped)

    def stored(self) -> tuple[DeviceCursor, tuple[int, ...]]:
        """How far the device has stored the series, and the seqs since this was asked last."""
        owed = self.session.owed
        return owed.cursor(self.session.epoch, self.unsaid), owed.receipt()

    def flush(self) -> None:
        """Writes what the session has to say, as far as the transport takes it, and hangs up where it is over."""
        session, link = self.session, self.link
        over = session.over
        if session.blocked_at is None or over:
            frames, at = session.frames(), 0
            while at < len(frames):
                if session.blocked_at is not None and not over:
                    session.unsent(frames[at:])
                    break
                end = _portion(frames, at)
                if end - at == 1:
                    link.send(frames[at])
                else:
                    link.send_all(frames[at:end])
                at = end
        if over and session.goodbye is not None:
            goodbye, session.goodbye = session.goodbye, None
            link.close(*goodbye)


def _portion(frames: Sequence[bytes], start: int) -> int:
    """The end of what goes in one write: one frame at least, then what stays within the limit."""
    end, size = start + 1, len(frames[start])
    while end < len(frames) and size + len(frames[end]) <= TOGETHER_BYTES:
        size, end = size + len(frames[end]), end + 1
    return end


class Person:
    """An officer with at least one connection here."""

    __slots__ = ("_calls", "connections", "fix", "followed", "known", "officer", "status", "status_at", "status_from")

    def __init__(self, officer: str) -> None:
        self.officer = officer
        self.connections: list[Connection] = []
        self.known = False
        """His state has been read from the store: until then nothing is taken for granted."""
        self.status = UnitStatus.OFF_DUTY
        self.status_at: Instant = 0
        self.status_from = ""
        """The device that said so."""
        self.followed = False
        """Another process decides for him; this one reads what that one owes him."""
        self.fix: Fix | None = None
        """The newest fix while off duty: kept here, used nowhere, until the officer is on duty."""

        self._calls: asyncio.Lock | None = None

    @property
    def calls(self) -> asyncio.Lock:
        """Held while an emergency of his is handled: they are, in the order in which they came."""
        if self._calls is None:
            self._calls = asyncio.Lock()
        return self._calls

    @property
    def on_duty(self) -> bool:
        return not self.known or self.status is not UnitStatus.OFF_DUTY


def fix_of(position: Position | FirstPosition) -> Fix:
    """Raises ProtocolError for a time that is none; whether to trust the fix is the pipeline's business."""
    return Fix(
        moment_of(position.at, "position"),
        position.lon,
        position.lat,
        position.accuracy_m,
        position.speed_mps,
        position.heading_deg,
    )


def first_fix(position: FirstPosition | None) -> Fix | None:
    """The position inside ``identify``; one that cannot be read counts as none."""
    try:
        return None if position is None else fix_of(position)
    except ProtocolError:
        return None
