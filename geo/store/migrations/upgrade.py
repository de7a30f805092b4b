"""Brings a store up to this version's schema: from nothing, or from any version before, with its data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationInfo
from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from geo.store import schema

_FOLDER = Path(__file__).parent


def upgrade(connection: Connection) -> list[str]:
    """Runs the revisions that are wanting -> what was done, in lines; empty: it was current.

    To be called in a transaction that nobody else can be in, and that the caller commits. Raises StoreForeign for a
    store that is somebody else's, or newer.
    """
    version = schema.version_of(connection)
    if version is not None:
        schema.refuse_newer(version)
    done: list[str] = []

    def applied(step: MigrationInfo, **_: Any) -> None:
        if not step.is_stamp:
            done.append(f"schema: brought up to revision {step.up_revision_id}")

    config = _config(connection, applied)
    if version == "1" and "alembic_version" not in inspect(connection).get_table_names():
        command.stamp(config, "0001")  # made before there were revisions: it is the first
    command.upgrade(config, "head")
    return done


def _config(connection: Connection, applied: object) -> Config:
    config = Config(attributes={"connection": connection, "applied": applied})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
