"""`briefing_request` on a device's socket: the patrol briefing, disclosed and then said; beside everything else"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from geo.errors import StoreUnavailable
from geo.model import Principal
from streams.briefing import Asked
from streams.conversation.messages import BriefingDocument, BriefingRequest
from streams.conversation.protocol import MAX_FRAME_BYTES
from streams.conversation.wire import moment_of
from streams.delivery.presence import Connection
from streams.errors import BadBriefing, ProtocolError

_log = logging.getLogger(__name__)

ROOM = MAX_FRAME_BYTES - 1_024
"""Bytes of the document: the frame's own words and the request's key are beside it."""
AT_ONCE = 16
"""Briefings that are made at a time: at shift change hundreds ask within a minute, and alerts go on meanwhile."""
Give: TypeAlias = Callable[[Principal, Asked, int], Awaitable[dict[str, Any]]]
"""The document, on record as disclosed, in so many bytes at most."""


class Briefings:
    """``give`` is None where there is nobody who makes briefings: a replay, say."""

    def __init__(self) -> None:
        self.give: Give | None = None
        self._places = asyncio.Semaphore(AT_ONCE)
        self._asked: dict[tuple[Connection, str], asyncio.Task[None]] = {}

    def ask(self, connection: Connection, message: BriefingRequest) -> None:
        """The same key again while it is being made is the same request. Raises ProtocolError."""
        if self.give is None:
            raise ProtocolError("no patrol briefings are made here", code="not_available", ref=message.key)
        asked = asked_of(message)
        key = (connection, message.key)
        if key in self._asked:
            return
        task = asyncio.get_running_loop().create_task(self._answer(connection, message.key, asked, self.give))
        self._asked[key] = task
        task.add_done_callback(lambda _: self._asked.pop(key, None))

    async def close(self) -> None:
        """What is being made is given up: the device asks again."""
        tasks = list(self._asked.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, connection: Connection, key: str, asked: Asked, give: Give) -> None:
        session, principal = connection.session, connection.principal
        if principal is None:
            return
        try:
            async with self._places:
                if session.over:
                    return
                session.say(BriefingDocument(key, await give(principal, asked, ROOM)))
        except BadBriefing as error:
            session.refuse(ProtocolError(f"{error.field}: {error}", code=error.reason, ref=key))
        except StoreUnavailable:
            session.refuse(ProtocolError("the store cannot be reached: ask again", code="try_again", ref=key))
        except Exception:
            _log.exception("a patrol briefing could not be made")
            session.refuse(ProtocolError("the briefing cannot be made", code="not_available", ref=key))
        connection.flush()


def asked_of(message: BriefingRequest) -> Asked:
    """What a device asks for. Raises ProtocolError for a time that is none."""
    start, until, since = (
        None if text is None else moment_of(text, message.key) for text in (message.start, message.end, message.since)
    )
    return Asked(beat=message.beat, start=start, until=until, since=since, request=message.key)
