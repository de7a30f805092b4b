"""Which drivers the settings name: the only file that chooses a store, hints, and the force's area.

Apart from `app.main`, which puts a whole server together, because a command that only needs a store must not wait for
a web framework to load.
"""

from __future__ import annotations

import json
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from app.errors import CannotStart
from app.settings import Settings
from geo.place import geometry_of, mend
from geo.store.contract import Store
from streams.hints.contract import Hint, Hints


def store_of(settings: Settings) -> Store:
    """The store that the settings name: the SQLite file of the data folder, or PostGIS. Raises CannotStart."""
    if not settings.store:
        from geo.store.sqlite import SqliteStore

        settings.data.mkdir(parents=True, exist_ok=True)
        return SqliteStore(settings.data / "beatline.sqlite")
    if settings.store.startswith("postgresql+asyncpg://"):
        from geo.store.postgis import PostgisStore

        return PostgisStore(settings.store)
    raise CannotStart("BEATLINE_STORE is empty, or an address that begins with postgresql+asyncpg://")


def hints_of(settings: Settings) -> Hints:
    """Hints through the Redis that the settings name, or inside this process. Raises CannotStart."""
    if not settings.redis:
        from streams.hints.memory import MemoryHints

        return MemoryHints()
    if settings.redis.startswith(("redis://", "rediss://", "unix://")):
        from streams.hints.redis_hints import RedisHints

        return RedisHints(settings.redis)
    raise CannotStart("BEATLINE_REDIS is empty, or an address that begins with redis://, rediss:// or unix://")


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
