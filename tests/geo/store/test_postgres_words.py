"""PostgreSQL's errors in words: which may be tried again, which leave the outcome unknown, what to do about each."""

from __future__ import annotations

import socket

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from geo.errors import StoreForeign, StoreUnavailable
from geo.store.postgres_words import explained, lacks_part, lost, sentence_of, state_of

URL = make_url("postgresql+asyncpg://who:secret@db.force:5433/beat")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), StoreUnavailable, "nobody knows the host db.force"),
        (ConnectionRefusedError(111, "refused"), StoreUnavailable, "nothing listens on port 5433 of db.force"),
        (TimeoutError(), StoreUnavailable, "it did not answer in time"),
        (OSError(113, "No route to host"), StoreUnavailable, "No route to host"),
        (asyncpg.InvalidPasswordError("x"), StoreUnavailable, "refuses the user who: the password is wrong"),
        (asyncpg.InvalidCatalogNameError("x"), StoreUnavailable, "run CREATE DATABASE beat"),
        (asyncpg.TooManyConnectionsError("x"), StoreUnavailable, "BEATLINE_POOL"),
        (asyncpg.DiskFullError("x"), StoreUnavailable, "no room left"),
        (asyncpg.ReadOnlySQLTransactionError("x"), StoreUnavailable, "give the address of the primary"),
        (asyncpg.CannotConnectNowError("x"), StoreUnavailable, "is starting or stopping"),
        (asyncpg.AdminShutdownError("bye"), StoreUnavailable, "does not serve us: bye"),
        (asyncpg.InterfaceError("connection is closed"), StoreUnavailable, "connection is closed"),
        (asyncpg.InsufficientPrivilegeError("no"), StoreForeign, "does not let the user who do that"),
        (asyncpg.UndefinedTableError("no"), StoreForeign, "run: beatline migrate"),
    ],
)
def test_an_error_is_a_sentence_that_says_what_to_do(error: Exception, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught, explained(URL):
        raise error
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_our_own_fault_is_not_dressed_up() -> None:
    with pytest.raises(asyncpg.PostgresSyntaxError), explained(URL):
        raise asyncpg.PostgresSyntaxError("at or near")


def test_a_connection_that_is_gone_leaves_the_outcome_unknown() -> None:
    gone = [TimeoutError(), ConnectionResetError(), asyncpg.InterfaceError("x"), asyncpg.AdminShutdownError("x")]
    assert all(lost(error) for error in gone)
    assert not lost(asyncpg.SerializationError("x"))
    assert not lost(ValueError())


def test_words_and_states() -> None:
    assert state_of(asyncpg.DeadlockDetectedError("x")) == "40P01"
    assert (state_of(ValueError()), sentence_of(ValueError())) == ("", "ValueError")
    assert lacks_part(asyncpg.CheckViolationError("x")) is None
    assert lacks_part(ValueError()) is None
