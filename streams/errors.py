"""Every error of this package, as one tree.

StreamsError
├── NotAuthenticated    the token is missing, wrong, expired or not for this: close 4401, or HTTP 401
│   └── Revoked         the credentials were withdrawn: close 4403, the device erases what it holds
├── PolicyError         a policy file that cannot be used (carries file, line and reason)
├── ProtocolError       a message that breaks PROTOCOL.md (carries the code of the `error` that answers it)
│   ├── Malformed       not JSON, not an object, without a type, or binary: close 4400 (a bad field answers `error`)
│   ├── RateLimited     more messages than allowed: `error rate_limited`, then close 4429
│   └── WrongProtocol   a protocol version that is not spoken here: close 4404
├── BadBriefing         a patrol-start briefing that cannot be made as it was asked for (carries field and reason)
├── NotOwner            another process owns the officer by now: nothing was decided
└── AcceleratorAway     Redis did not answer in time: whoever asked goes on without it
    └── AcceleratorRefuses  it is there and refuses us: a password, a right, or no Redis at all
"""

from __future__ import annotations


class StreamsError(Exception):
    """Root of the tree. ``str(error)`` is a sentence that can be shown to a user."""


class NotAuthenticated(StreamsError):
    """The token is missing, wrong, expired or not for this."""


class Revoked(NotAuthenticated):
    """The credentials were withdrawn: the device erases what it holds and stops."""


class PolicyError(StreamsError, ValueError):
    """A policy file that cannot be used. ``str`` reads ``FILE:LINE: REASON``; ``line`` is 0 where none can be named."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class ProtocolError(StreamsError):
    """A message that breaks PROTOCOL.md.

    ``code`` is the ``code`` of the ``error`` message that answers it, ``ref`` the key, id or type it refers to.
    """

    code = "protocol"

    def __init__(self, message: str, *, code: str | None = None, ref: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.ref = ref


class Malformed(ProtocolError):
    """Not JSON, not an object, without a type, or binary: close 4400.

    A known message with a bad field is a plain ProtocolError: it is answered by `error`, and the connection stays.
    """

    code = "malformed"


class RateLimited(ProtocolError):
    """More messages than allowed."""

    code = "rate_limited"


class WrongProtocol(ProtocolError):
    """A protocol version that is not spoken here."""

    code = "unsupported_protocol"


class BadBriefing(StreamsError, ValueError):
    """A patrol-start briefing that cannot be made as it was asked for: a beat that nobody knows, a time that cannot be.

    ``field`` is the name of what was asked (beat, from, to, since, zone), ``reason`` a code that stays the same between
    releases: unknown_beat, no_beat, other_force, bad_time, bad_zone.
    """

    def __init__(self, field: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


class NotOwner(StreamsError):
    """Another process owns the officer by now: nothing was decided."""


class AcceleratorAway(StreamsError):
    """Redis did not answer in time: whoever asked goes on without it."""


class AcceleratorRefuses(AcceleratorAway):
    """Redis is there and refuses us: a password, a right, or no Redis at all."""
