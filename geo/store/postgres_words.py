"""PostgreSQL's errors in the store's words: which of them mean what, and a sentence that says what to do."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from geo.clock import Instant
from geo.errors import StoreForeign, StoreUnavailable

AGAIN = {"40001", "40P01"}
"""A lost race or a deadlock: the body is run again."""
_AWAY = ("08", "53", "57")
"""Classes: connection lost, out of some resource, ended by an administrator."""
_DETAIL = re.compile(r"\((-?\d+)\)")

_WORDS = {
    "28P01": "refuses the user {user}: the password is wrong",
    "28000": "refuses the user {user}: {sentence}",
    "3D000": "is not there: have an administrator run CREATE DATABASE {database}",
    "25006": "may only be read (a replica, perhaps): give the address of the primary",
    "53100": "has no room left on its disk; nothing was written",
    "53300": "has no connection left for us: processes x BEATLINE_POOL must stay below its max_connections",
    "55P03": "has somebody in that table who would hold everybody else up",
    "55000": "cannot say which it is ({sentence}): give the address of the primary",
    "57P03": "is starting or stopping",
}
"""SQLSTATE -> what it means for whoever runs Beatline."""
_FOREIGN = {
    "42501": "does not let the user {user} do that ({sentence}): run beatline migrate as the same user, or have its"
    " rights granted",
    "42P01": "lacks a table ({sentence}); run: beatline migrate",
    "42703": "lacks a column ({sentence}); run: beatline migrate",
}


def state_of(error: BaseException) -> str:
    """SQLSTATE, or nothing."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(cause, "sqlstate", None) or "")


def sentence_of(error: BaseException) -> str:
    """The server's own words, on one line."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).split(": ", 1)[-1].splitlines()[0] if str(cause) else type(cause).__name__


def lost(error: BaseException) -> bool:
    """Whether the connection is gone, so that nobody knows what became of what was sent last."""
    if isinstance(error, OSError | TimeoutError | PoolTimeout | InterfaceError | asyncpg.InterfaceError):
        return True
    invalid = isinstance(error, DBAPIError) and error.connection_invalidated
    return invalid or state_of(error)[:2] in ("08", "57")


def lacks_part(error: BaseException) -> Instant | None:
    """The instant for which a divided table has no part, where that is what went wrong."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    detail = getattr(cause, "detail", None)
    if state_of(error) != "23514" or getattr(cause, "constraint_name", None) or not detail:
        return None
    found = _DETAIL.search(str(detail).rpartition("=")[2])
    return int(found[1]) if found else None


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """PostgreSQL's errors as the contract's, in a sentence."""
    name = url.render_as_string(hide_password=True)
    try:
        yield
    except (OSError, TimeoutError, PoolTimeout) as error:
        raise StoreUnavailable(f"the database {name} cannot be reached: {_why(error, url)}") from error
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        state = state_of(error)
        given = {"user": url.username or "", "database": url.database or "", "sentence": sentence_of(error)}
        if words := _FOREIGN.get(state):
            raise StoreForeign(f"the database {name} {words.format(**given)}") from error
        if words := _WORDS.get(state):
            raise StoreUnavailable(f"the database {name} {words.format(**given)}") from error
        if state[:2] in _AWAY or isinstance(error, OperationalError | InterfaceError | asyncpg.InterfaceError):
            raise StoreUnavailable(f"the database {name} does not serve us: {given['sentence']}") from error
        raise


def _why(error: BaseException, url: URL) -> str:
    if isinstance(error, socket.gaierror):
        return f"nobody knows the host {url.host}"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens on port {url.port or 5432} of {url.host or 'this machine'}"
    if isinstance(error, TimeoutError | PoolTimeout):
        return "it did not answer in time"
    return str(error) or type(error).__name__
