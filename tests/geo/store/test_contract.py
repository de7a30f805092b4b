"""Both drivers keep the contract: by type (mypy reads this file) and by name."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from geo.store.contract import Store
from geo.store.postgis import PostgisStore
from geo.store.sqlite import SqliteStore


def the_drivers(path: Path) -> list[Store]:
    """mypy refuses this where a driver does not fit the contract."""
    return [SqliteStore(path), PostgisStore("postgresql://nobody@127.0.0.1:1/none")]


@pytest.mark.parametrize("driver", [SqliteStore, PostgisStore])
def test_every_promise_has_a_method_with_the_same_parameters(driver: type[Store]) -> None:
    for name, promised in inspect.getmembers(Store, inspect.isfunction):
        if name.startswith("_"):
            continue
        kept = getattr(driver, name)
        assert inspect.iscoroutinefunction(kept) == inspect.iscoroutinefunction(promised), name
        assert list(inspect.signature(kept).parameters) == list(inspect.signature(promised).parameters), name


def test_making_a_driver_touches_nothing(tmp_path: Path) -> None:
    for driver in the_drivers(tmp_path / "no" / "such.db"):
        assert driver.epoch == ""
    assert not list(tmp_path.iterdir())
