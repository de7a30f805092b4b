"""Rows by which processes share the work: values, told apart by what they are about."""

from __future__ import annotations

import dataclasses
import inspect

from geo.store import process_rows
from geo.store.process_rows import Job, JobKind, Seat


def test_every_row_is_a_frozen_slotted_dataclass() -> None:
    classes = [item for _, item in inspect.getmembers(process_rows, inspect.isclass)]
    found = [item for item in classes if dataclasses.is_dataclass(item)]
    assert {item.__name__ for item in found} >= {"Job", "Lease", "Peer", "Renewed", "Seat"}
    assert all(item.__dict__["__dataclass_params__"].frozen and hasattr(item, "__slots__") for item in found)


def test_a_job_is_its_key() -> None:
    assert len({Job(JobKind.UPKEEP, "", 5), Job(JobKind.UPKEEP, "", 5), Job(JobKind.UNCONFIRMED, "", 5)}) == 2
    assert Seat("a", "d", "node", "c").at == 0, "written by the store"
