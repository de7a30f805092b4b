"""Who is calling: tokens signed with the key of this install, and what a verified one says.

The key pair is made by whichever command needs it first, in ``DATA/issuer/``, and shared by all processes on that
data folder; there is no default key, and the tokens of another install are refused. The rules of verification are
those that forged tokens have broken elsewhere: one algorithm, one type, our own key whatever the header proposes,
exact issuer and audience, whole-second times (ended is ended; begun may be up to 60 s ahead of this clock), nothing
critical that is not understood.

Kept light: ``beatline token`` loads no web framework, no numpy and no database.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from app.errors import CannotStart
from geo.clock import SECOND
from geo.errors import BadMarking
from geo.marking import Clearance
from streams.errors import NotAuthenticated

if TYPE_CHECKING:
    from geo.model import Principal

ALGORITHM = "Ed25519"
"""RFC 9864: the fully specified name; ``EdDSA`` would let the key choose the curve."""
TYPE = "at+jwt"
"""RFC 9068: an access token, so that no other sort of signed token passes for one."""
AUDIENCE = "beatline"
SKEW_S = 60
LONGEST_TOKEN = 8_192

_KEY_FILE = "ed25519.json"
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}")
_HEADER_FIELDS = {"alg", "typ", "kid"}


class Role(StrEnum):
    """What a token lets its bearer do."""

    OFFICER = "officer"
    DISPATCHER = "dispatcher"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    ADMIN = "admin"
    FEED = "feed"


class Issuer:
    """Signs and verifies the tokens of one install."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self._kid = key.thumbprint()
        self._name = f"beatline:{self._kid}"
        self._header = {"alg": ALGORITHM, "typ": TYPE, "kid": self._kid}
        self.clock_s: Callable[[], float] = time.time
        """By which tokens are judged: a server's is set by the store's."""

    @classmethod
    def open(cls, data: Path) -> Issuer:
        """The issuer of this data folder; its key is made if nobody made it yet. Raises CannotStart."""
        path = data / "issuer" / _KEY_FILE
        try:
            if not path.exists():
                _make_key(path)
            if path.stat().st_mode & 0o007:
                raise CannotStart(f"{path} can be read by everybody on this machine: chmod 600 it")
            return cls(OKPKey.import_key(json.loads(path.read_bytes())))
        except OSError as error:
            raise CannotStart(f"the issuer key {path} can be neither read nor made: {error.strerror}") from error
        except (ValueError, JoseError) as error:
            raise CannotStart(f"{path} is no key of ours: move it away and a new one is made") from error

    def issue(
        self,
        id: str,
        role: Role,
        *,
        force: str = "own",
        clearance: Clearance = Clearance.OFFICIAL,
        operations: Sequence[str] = (),
        minutes: float = 60,
        now_s: float | None = None,
    ) -> str:
        """A token for one person or machine. Raises ValueError for an id or force that cannot be one."""
        for name, text in (("id", id), ("force", force)):
            if not _ID.fullmatch(text):
                raise ValueError(f"{name} {text[:40]!r} is empty, longer than 128, or has blanks in it")
        now = int(time.time() if now_s is None else now_s)
        claims = {
            "iss": self._name,
            "aud": AUDIENCE,
            "sub": id,
            "iat": now,
            "nbf": now,
            "exp": now + max(1, round(minutes * 60)),
            "jti": secrets.token_urlsafe(12),
            "role": role.value,
            "force": force,
            "clearance": clearance.text,
            "operations": sorted(set(operations)),
        }
        payload = json.dumps(claims, separators=(",", ":"))
        return jws.serialize_compact(dict(self._header), payload, self._key, [ALGORITHM])

    def verify(self, token: str, now_s: float | None = None) -> Principal:
        """Who holds this token. Raises NotAuthenticated, whose text never repeats any part of the token."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise NotAuthenticated("the token is not one of ours")
        try:
            parts = jws.extract_compact(token.encode())
            self._check_header(parts.headers())
            signed = jws.validate_compact(parts, self._key, [ALGORITHM])
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise NotAuthenticated("the token is not one of ours") from error
        if not signed:
            raise NotAuthenticated("the token is not one of ours")
        return self._principal(_claims(parts.payload), self.clock_s() if now_s is None else now_s)

    def _check_header(self, header: object) -> None:
        """Nothing in the header is followed (jku, x5u, jwk), and nothing in it is beyond what we write ourselves."""
        if not isinstance(header, dict) or set(header) != _HEADER_FIELDS:
            raise NotAuthenticated("the token's header is not one of ours")
        if header != self._header:
            raise NotAuthenticated("the token is of another install, or no access token")

    def _principal(self, claims: dict[str, object], now_s: float) -> Principal:
        from geo.model import Principal  # loads shapely: not for those who only issue

        if claims.get("iss") != self._name or claims.get("aud") != AUDIENCE:
            raise NotAuthenticated("the token is not for this install")
        expires_s = _seconds(claims, "exp")
        if now_s >= expires_s:
            raise NotAuthenticated("the token has expired")
        if min(_seconds(claims, "nbf"), _seconds(claims, "iat")) < 0 or (
            max(_seconds(claims, "nbf"), _seconds(claims, "iat")) > now_s + SKEW_S
        ):
            raise NotAuthenticated("the token is not valid yet")
        operations = claims.get("operations")
        if not isinstance(operations, list) or not all(isinstance(name, str) for name in operations):
            raise NotAuthenticated("the token names its operations wrongly")
        try:
            return Principal(
                id=_text(claims, "sub"),
                role=Role(_text(claims, "role")).value,
                force=_text(claims, "force"),
                clearance=Clearance.parse(_text(claims, "clearance")),
                operations=tuple(operations),
                expires_at=expires_s * SECOND,
            )
        except (ValueError, BadMarking) as error:
            raise NotAuthenticated("the token claims what is not known here") from error


def _claims(payload: bytes | None) -> dict[str, object]:
    """The payload as an object; a claim that stands in it twice could be read in two ways, so it is refused."""
    try:
        claims = json.loads(payload or b"", object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise NotAuthenticated("the token's claims cannot be read") from error
    if not isinstance(claims, dict):
        raise NotAuthenticated("the token's claims cannot be read")
    return claims


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    claims = dict(pairs)
    if len(claims) != len(pairs):
        raise ValueError("a claim stands there twice")
    return claims


def _seconds(claims: dict[str, object], name: str) -> int:
    """A whole number of seconds up to the year 5138. Floats, texts, booleans and giants are refused."""
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < 100_000_000_000:
        raise NotAuthenticated(f"the token's {name} is not a time")
    return value


def _text(claims: dict[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise NotAuthenticated(f"the token's {name} cannot be one")
    return value


def _make_key(path: Path) -> None:
    """Makes the key whole or not at all: a finished file is linked into place, and the second uses the first's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{_KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    key = OKPKey.generate_key("Ed25519", private=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(key.as_dict(private=True), file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
