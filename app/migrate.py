"""``beatline migrate``: the store's schema brought up to this version's, or what an administrator has to do first."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.drivers import store_of
from app.errors import CannotStart
from app.settings import Settings, settings_of


def main(data: Path | None, restored: bool) -> None:
    """Migrates the store that the settings name and prints what was done. Raises CannotStart and the store's errors."""
    settings = _settings(data)
    for line in asyncio.run(store_of(settings).migrate(restored)) or ["the schema is this version's already"]:
        print(line)  # noqa: T201


def _settings(data: Path | None) -> Settings:
    """The data folder is only needed where the store lies in it."""
    try:
        return settings_of(data=data)
    except CannotStart:
        settings = settings_of(data=Path())
        if data is None and not settings.store:
            raise CannotStart("give --data DIR, the data folder of this install, or set BEATLINE_STORE") from None
        return settings
