"""The rows are values: frozen, slotted, and without SQL."""

from __future__ import annotations

import dataclasses
import inspect

from geo.store import rows


def test_every_row_is_a_frozen_slotted_dataclass() -> None:
    found = [item for _, item in inspect.getmembers(rows, inspect.isclass) if item.__module__ == rows.__name__]
    for item in found:
        if dataclasses.is_dataclass(item):
            assert item.__dict__["__dataclass_params__"].frozen, item
            assert hasattr(item, "__slots__"), item
    assert len(found) > 20


def test_acts_are_numbered_as_they_are_packed() -> None:
    assert [(act.name, act.value) for act in rows.Act] == [("VERDICT", 0), ("ALERT", 1), ("CANCEL", 2), ("PURGE", 3)]
