"""``beatline brief``: a patrol-start briefing from a server, or from the store of this machine, in each of its forms

What is shown is disclosed: on a store it is written before the first letter is printed, as a server does it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import pwd
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from app.asking import asked as ask
from app.drivers import announce, store_of
from app.errors import CannotStart
from app.pages.bundle import bundle
from app.pages.forms import as_html, as_json, as_text, digest
from app.policy_in_force import policy_for
from app.settings import Settings, settings_of
from geo.clock import HOUR, Clock, Instant, SystemClock, VirtualClock, parse_instant
from geo.model import Principal
from geo.store.contract import Store
from streams.briefing import Asked, Compiler
from streams.giving import Given, Giving

FORMATS = ("text", "html", "json", "bundle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for, as it was typed; times are RFC 3339."""

    beat: str | None = None
    start: str | None = None
    until: str | None = None
    since: str | None = None
    zone: str | None = None
    format: str = "text"


def from_server(url: str, token: str, wish: Wish, out: Path | None) -> None:
    """Asks a server, which discloses and renders. Raises ServerRefused."""
    asked = {
        "beat": wish.beat,
        "from": wish.start,
        "to": wish.until,
        "since": wish.since,
        "zone": wish.zone,
        "format": wish.format,
    }
    query = {name: value for name, value in asked.items() if value is not None}
    key = {"Idempotency-Key": _request()}  # asked again, it is one disclosure
    answer = ask("GET", url, "/v1/patrol-briefing", token, query=query, headers=key, sleep=time.sleep)
    text = answer.text
    put(_indented(json.loads(text)) if wish.format in ("json", "bundle") else text, out)


def from_store(
    data: Path | None, officer: str, wish: Wish, out: Path | None, streets: Path | None = None, at: str | None = None
) -> None:
    """Compiles it here, for an officer of the roster, or one whom it does not know: then without beat or shift.

    ``at``: as if it were this instant, to look at records of the past. Raises CannotStart where there is no store.
    """
    settings = settings_of(data=data or Path())
    if data is None and not settings.store:
        raise CannotStart("give --data DIR, or --url with --token, or set BEATLINE_STORE")
    if not settings.store and not (settings.data / "beatline.sqlite").is_file():
        raise CannotStart(f"{settings.data} holds no store: `beatline ingest` and `beatline roster import` fill one")
    lines = streets_of(streets) if streets is not None else ()
    clock = SystemClock() if at is None else VirtualClock(parse_instant(at))
    given = asyncio.run(_given(settings, officer, wish, clock))
    put(_rendered(given, wish.format, lines), out)


def _rendered(given: Given, form: str, streets: Sequence[BaseGeometry]) -> str:
    if form == "html":
        return as_html(given.briefing, streets)
    if form == "text":
        return as_text(given.briefing)
    return _indented(bundle(given) if form == "bundle" else given.document)


def put(text: str, out: Path | None) -> None:
    """To stdout, or to a file that only its owner can read: it is marked."""
    if out is None:
        sys.stdout.write(text)
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    print(f"written to {out}", file=sys.stderr)  # noqa: T201


def streets_of(file: Path) -> Sequence[BaseGeometry]:
    """The lines of a GeoJSON file, plain or .gz, of features or of bare ``{"coordinates": [...]}``; what is no line is
    left out. Raises CannotStart for what is no such file."""
    try:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        features = json.loads(raw)["features"]
        return [line for feature in features if (line := _line(feature)) is not None]
    except OSError as error:
        raise CannotStart(f"{file}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, ShapelyError, EOFError) as error:
        raise CannotStart(f"{file} is no GeoJSON file of streets: {error}") from error


def _line(feature: dict[str, object]) -> BaseGeometry | None:
    geometry = feature.get("geometry", feature)
    if not isinstance(geometry, dict):
        return None
    kind, coordinates = geometry.get("type", "LineString"), geometry.get("coordinates")
    if kind == "MultiLineString":
        return shapely.MultiLineString(coordinates)
    if kind == "LineString" and isinstance(coordinates, list) and len(coordinates) > 1:  # some are of one point
        return shapely.LineString(coordinates)
    return None


# --------------------------------------------------------------------------- on the store
async def _given(settings: Settings, officer: str, wish: Wish, clock: Clock) -> Given:
    store = store_of(settings)
    await store.open()
    try:
        policy = await policy_for(store, settings)
        compiler = Compiler(store, lambda: policy, clock)
        giving = Giving(store, compiler.briefing, as_json, digest, clock, lambda: None)
        reader = await _reader(store, officer, clock.now())
        given = await giving.give(reader, _asked(wish), actor=f"{_me()} (beatline brief)")
        await announce(settings)
        return given
    finally:
        await store.close()


async def _reader(store: Store, officer: str, now: Instant) -> Principal:
    """With the rights that the roster gives, and no more than OFFICIAL for whom it does not know."""
    known = await store.officers([officer])
    if not known:
        return Principal(id=officer, role="officer", force="own", expires_at=now + HOUR)
    one = known[0]
    return Principal(
        id=one.id,
        role="officer",
        force=one.force,
        clearance=one.clearance,
        operations=one.operations,
        expires_at=now + HOUR,
    )


def _asked(wish: Wish) -> Asked:
    start, until, since = (
        None if text is None else parse_instant(text) for text in (wish.start, wish.until, wish.since)
    )
    return Asked(beat=wish.beat, start=start, until=until, since=since, zone=wish.zone, request=_request())


def _request() -> str:
    return f"brief-{secrets.token_hex(8)}"


def _me() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _indented(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
