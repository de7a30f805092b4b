"""Every error of this package, as one tree.

AppError
├── ServerRefused     a server that a command asked refused, or cannot be reached
├── CannotStart       this install cannot run as it stands: a port, a folder, a file, a setting (one line says which)
└── RequestRefused    what a request did wrong, before any rule of the trade was asked
    ├── NotJson           the body is no JSON document
    ├── TooLarge          the body is larger than this route takes
    ├── WrongMediaType    the body is not declared as JSON
    ├── NotAllowed        the caller's role may not do this (carries the roles that may)
    ├── UpgradeNeeded     this address is for WebSockets
    ├── CredentialInUrl   a token where proxies and histories keep it
    ├── TooManyRequests   more requests than one caller may make (carries the seconds to wait)
    ├── Invalid           fields that break a rule (carries field and reason of each)
    ├── Conflict          somebody else was first
    ├── Overtaken         what was seen before it was changed is not what is there any more
    ├── Unconditional     a change that must name what it replaces does not
    └── NotReady          the server cannot do its work at the moment
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AppError(Exception):
    """Root of the tree. ``str(error)`` is a sentence that can be shown to a user."""


class CannotStart(AppError):
    """This install cannot run as it stands; the text names what to mend."""


class ServerRefused(AppError):
    """A server that a command asked refused, or cannot be reached; its sentence."""


class RequestRefused(AppError):
    """What a request did wrong, before any rule of the trade was asked."""


class NotJson(RequestRefused):
    """The body is no JSON document."""


class TooLarge(RequestRefused):
    """The body is larger than this route takes."""


class WrongMediaType(RequestRefused):
    """The body is not declared as JSON."""


class NotAllowed(RequestRefused):
    """The caller's role, or his force, may not do this."""


class UpgradeNeeded(RequestRefused):
    """This address speaks another protocol: the request must ask for it (RFC 9110, 15.5.22)."""

    def __init__(self, message: str, upgrade: str) -> None:
        super().__init__(message)
        self.headers = {"Upgrade": upgrade, "Connection": "Upgrade"}


class CredentialInUrl(RequestRefused):
    """A token in the address, where proxies, logs and histories keep it."""


class TooManyRequests(RequestRefused):
    """More requests than one caller may make. ``retry_after_s`` is how long to wait."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that breaks a rule: its name as the sender wrote it, a reason's code, and a sentence."""

    field: str
    reason: str
    message: str


class Invalid(RequestRefused):
    """Fields that break a rule."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors[:5]))
        self.errors = tuple(errors)


class Conflict(RequestRefused):
    """Somebody else was first."""


class Overtaken(RequestRefused):
    """What was seen before it was changed is not what is there any more: read it again. ``current`` is what is there,
    as the caller may read it, and ``headers`` its ETag, where the route says so."""

    def __init__(self, message: str, current: dict[str, object] | None = None, etag: str = "") -> None:
        super().__init__(message)
        self.current = current
        self.headers = {"ETag": etag} if etag else {}


class Unconditional(RequestRefused):
    """A change that must name what it replaces (If-Match) does not."""


class NotReady(RequestRefused):
    """The server cannot do its work at the moment: try again."""
