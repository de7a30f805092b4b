"""Which drivers the settings name: the only file that chooses a store, hints, whereabouts, and the force's area.

Apart from `app.main`, which puts a whole server together, because a command that only needs a store must not wait for
a web framework to load.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.exc import SQLAlchemyError

from app.errors import CannotStart
from app.settings import Settings
from geo.clock import Clock
from geo.place import geometry_of, mend
from geo.store.contract import Store
from streams.errors import AcceleratorAway, AcceleratorRefuses
from streams.hints.contract import Hint, Hints
from streams.whereabouts.contract import Whereabouts

log = logging.getLogger("beatline")

_EXAMPLE = "postgresql+asyncpg://user:password@host:5432/beatline"


def past_store(file: Path, clock: Clock) -> Store:
    """An embedded store in a file of its own, on a clock that is set: for looking at the past as it was known then."""
    from geo.store.sqlite import SqliteStore

    return SqliteStore(file, clock)


def store_of(settings: Settings, clock: Clock | None = None) -> Store:
    """The store that the settings name: the SQLite file of the data folder, or PostGIS. Raises CannotStart.

    ``clock`` dates what is written by this process where the store is shared; an embedded store has the machine's, and
    is what a server's clock is set by.
    """
    if not settings.store:
        from geo.store.sqlite import SqliteStore

        settings.data.mkdir(parents=True, exist_ok=True)
        return SqliteStore(settings.data / "beatline.sqlite")
    if settings.store.startswith("postgresql+asyncpg://"):
        from geo.store.postgis import PostgisStore

        try:
            return PostgisStore(settings.store, clock, pool=settings.pool)
        except (SQLAlchemyError, ValueError):
            raise CannotStart(f"BEATLINE_STORE is no address that can be read; it looks like {_EXAMPLE}") from None
    raise CannotStart("BEATLINE_STORE is empty, or an address that begins with postgresql+asyncpg://")


def hints_of(settings: Settings) -> Hints:
    """Hints through the Redis that the settings name, or inside this process. Raises CannotStart."""
    if not settings.redis:
        from streams.hints.memory import MemoryHints

        return MemoryHints()
    _check_redis(settings.redis)
    from streams.hints.redis_hints import RedisHints

    return RedisHints(settings.redis)


def whereabouts_of(settings: Settings, node: str, clock: Clock) -> Whereabouts:
    """Units' last fixes shared through the Redis that the settings name, or known to this process only. Raises
    CannotStart."""
    if not settings.redis:
        from streams.whereabouts.memory import MemoryWhereabouts

        return MemoryWhereabouts(clock)
    _check_redis(settings.redis)
    from streams.whereabouts.redis_whereabouts import RedisWhereabouts

    return RedisWhereabouts(settings.redis, node, clock)


def _check_redis(url: str) -> None:
    from streams.accelerator import check_address

    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise CannotStart("BEATLINE_REDIS is empty, or an address that begins with redis://, rediss:// or unix://")
    try:
        check_address(url)
    except (ValueError, TypeError) as error:
        raise CannotStart(f"BEATLINE_REDIS is no address of a Redis: {error}") from error


async def greet_redis(settings: Settings) -> None:
    """Before anything is served: a Redis that is there and refuses us is a mistake in the settings (CannotStart). One
    that does not answer is no reason not to start: it is expendable, and may come later."""
    if not settings.redis:
        return
    from streams.accelerator import Accelerator, may_be_used

    redis = Accelerator(settings.redis, quiet=True)
    try:
        await redis.ask(may_be_used)
    except AcceleratorRefuses as error:
        raise CannotStart(str(error)) from error
    except AcceleratorAway as error:
        log.warning("starting without Redis, nothing is lost but speed: %s", error)
    finally:
        await redis.close()


async def announce(settings: Settings) -> None:
    """Tells the servers of this install that the store holds something new, where Redis can carry it; else their sweep
    finds it within 2 s."""
    hints = hints_of(settings)
    await hints.open(lambda hint: None)
    hints.publish(Hint(urgent=True))
    await hints.close()


def area_of(file: Path | None) -> BaseGeometry | None:
    """The force's area in a GeoJSON file: a geometry, a feature or a collection. Raises CannotStart."""
    if file is None:
        return None
    try:
        document = json.loads(file.read_text())
        features = document.get("features", [document])
        area = shapely.union_all([mend(geometry_of(feature.get("geometry", feature)))[0] for feature in features])
    except (OSError, ValueError, AttributeError) as error:
        raise CannotStart(f"{file} is no GeoJSON file with an area: {error}") from error
    if area.geom_type not in ("Polygon", "MultiPolygon"):
        raise CannotStart(f"{file} holds no area but a {area.geom_type}")
    shapely.prepare(area)
    return area
