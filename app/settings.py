"""What a deployment can set: options of the command line over variables named BEATLINE_*, over the defaults here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import CannotStart

MIB = 1_048_576


class Settings(BaseSettings):
    """Read once, by :func:`settings_of`; nothing else of Beatline looks at the environment."""

    model_config = SettingsConfigDict(env_prefix="BEATLINE_", extra="ignore", frozen=True)

    data: Path
    host: str = "127.0.0.1"
    port: int = Field(default=8640, ge=0, le=65_535)
    policy: str = "uk"
    store: str = ""
    """A ``postgresql+asyncpg://`` address, or empty: the SQLite file in the data folder."""
    pool: int = Field(default=8, ge=2, le=100)
    """Connections of one process to PostgreSQL: processes x pool must stay below its max_connections."""
    redis: str = ""
    """A ``redis://`` address for hints between processes, or empty: inside this process only."""
    area: Path | None = None
    """A GeoJSON file with the force's area: places outside are refused. None: everywhere is inside."""
    ceiling: str = "official-sensitive"
    """A marking above this is refused at intake."""
    zone: str = "UTC"
    """The force's time zone (IANA), in which briefings say when something was, unless another is asked for."""
    node: str = ""
    """The name of this process to devices and in the store; empty: a random one, that tells strangers nothing."""
    log_level: str = "info"
    body_bytes: int = Field(default=MIB, ge=1_024)
    batch_bytes: int = Field(default=16 * MIB, ge=1_024)
    requests_per_s: float = Field(default=500, gt=0)
    """How many requests one caller may make in the long run; twice as many in one burst."""


def settings_of(**given: Any) -> Settings:
    """The settings, with what the caller gives (None: not given) above the environment. Raises CannotStart."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise CannotStart(f"setting {name} (BEATLINE_{name.upper()}): {first['msg']}") from error
