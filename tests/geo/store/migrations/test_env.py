"""Alembic's environment is run by Alembic only: importing it does nothing."""

from __future__ import annotations

import importlib
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from geo.store.schema import REVISION


def test_importing_it_touches_nothing() -> None:
    module = importlib.import_module("geo.store.migrations.env")
    assert module.__doc__


def test_there_is_one_line_of_revisions_and_its_end_is_this_versions() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[4] / "geo" / "store" / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [REVISION]
    assert [item.revision for item in script.walk_revisions()][-1] == "0001"
