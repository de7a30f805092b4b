"""Redis as an expendable accelerator: each command is bounded, and a connection in doubt is thrown away.

Nothing that is only here is needed for anything but speed. So nothing here retries, queues or waits long: whoever asks
gets an answer within the bound, or AcceleratorAway, and goes on without.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    InvalidResponse,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as NoConnection,
)

from streams.errors import AcceleratorAway, AcceleratorRefuses

log = logging.getLogger("beatline.redis")

T = TypeVar("T")
WITHIN_S = 1.0
"""How long one question may take, connecting included."""
GONE = (RedisError, OSError, asyncio.TimeoutError)
_REFUSED = (AuthenticationError, AuthorizationError, InvalidResponse, ResponseError)
_PASSES = (ReadOnlyError, OutOfMemoryError)
_PASSING = ("MISCONF", "NOREPLICAS", "BUSY", "LOADING", "MASTERDOWN")
"""A failover, a full memory or disk: it may take us again."""


def client_of(url: str) -> Redis:
    """A client that connects when it is used, tries once, and asks for nothing that Redis 7.0 does not know."""
    return Redis.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        driver_info=None,
        socket_connect_timeout=WITHIN_S,
        socket_timeout=WITHIN_S,
    )


def place_of(url: str) -> str:
    """``host:port`` or the path of the socket: what may be shown of an address that may hold a password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"


def check_address(url: str) -> None:
    """Raises ValueError or TypeError for an address that can never work: a bad port, an unknown option."""
    client_of(url).connection_pool.make_connection()  # type: ignore[no-untyped-call]


async def may_be_used(redis: Redis) -> None:
    """Everything that is asked of it later may be asked: a user without rights is found out at the start."""
    name = f"beatline:greeting:{secrets.token_hex(6)}"
    async with redis.pipeline(transaction=False) as pipe:
        pipe.hset(name, "a", "b")
        pipe.geoadd(name + ":places", (0.0, 0.0, "a"))
        pipe.zadd(name + ":nodes", {"a": 1.0})
        pipe.delete(name, name + ":places", name + ":nodes")
        pipe.publish(name, "")
        await pipe.execute()


class Accelerator:
    """One client, asked one question at a time by each caller.

    ``round_trip_s`` is how long the last question took, ``failures`` how many had no answer. ``quiet``: whoever asks
    says himself that it is away.
    """

    def __init__(self, url: str, quiet: bool = False) -> None:
        self._redis, self._place, self._quiet = client_of(url), place_of(url), quiet
        self.round_trip_s = 0.0
        self.failures = 0
        self.away = False

    async def ask(self, question: Callable[[Redis], Awaitable[T]], within_s: float = WITHIN_S) -> T:
        """The answer. Raises AcceleratorAway, and AcceleratorRefuses where it is there and does not want us."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(within_s):
                answer = await question(self._redis)
        except GONE as error:
            await self._discard()
            raise self._lost(error) from error
        except BaseException:  # cancelled in the middle: the answer would be taken for that to the next question
            await self._discard()
            raise
        self.round_trip_s = time.monotonic() - began
        if self.away:
            self.away = False
            log.info("Redis at %s is back", self._place)
        return answer

    async def close(self) -> None:
        """Lets the connections go. Never raises."""
        with contextlib.suppress(*GONE):
            await self._redis.aclose()

    def _lost(self, error: BaseException) -> AcceleratorAway:
        self.failures += 1
        reason = reason_of(error)
        if not self.away and not self._quiet:
            log.warning("Redis at %s is away, nothing is lost but speed: %s", self._place, reason)
        self.away = True
        if isinstance(error, _REFUSED) and not isinstance(error, _PASSES) and not reason.startswith(_PASSING):
            return AcceleratorRefuses(f"Redis at {self._place} refuses us: {reason}")
        return AcceleratorAway(f"Redis at {self._place} is away: {reason}")

    async def _discard(self) -> None:
        """Without waiting for the other side, which may be stopped."""
        pool = self._redis.connection_pool
        for connection in (*pool._available_connections, *pool._in_use_connections):
            with contextlib.suppress(*GONE):
                await connection.disconnect(nowait=True)


def reason_of(error: BaseException) -> str:
    """One line, whatever was raised."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, AuthenticationError):
        return (
            f"{str(error) or 'wrong password'} (its password goes into BEATLINE_REDIS: redis://:PASSWORD@HOST:PORT/0)"
        )
    if isinstance(error, InvalidResponse):
        return "what answers there does not speak Redis"
    if isinstance(error, NoConnection) and error.__cause__ is not None and str(error.__cause__):
        error = error.__cause__
    return " ".join(str(error).split()) or type(error).__name__
