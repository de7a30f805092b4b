"""A beat's records in columns."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from geo.model import RecordKind, Status
from geo.store.patrol_rows import KINDS, STATUSES, BeatColumns


def test_rows_are_chosen_in_every_column_alike() -> None:
    columns = BeatColumns(**{field.name: np.arange(5) for field in fields(BeatColumns)})  # type: ignore[arg-type]
    chosen = columns.rows(np.array([True, False, False, False, True]))
    assert len(columns) == 5
    assert len(chosen) == 2
    assert all(getattr(chosen, field.name).tolist() == [0, 4] for field in fields(BeatColumns))


def test_codes_are_places_in_the_closed_sets() -> None:
    assert KINDS[KINDS.index(RecordKind.INTEL)] is RecordKind.INTEL
    assert STATUSES[STATUSES.index(Status.CLOSED)] is Status.CLOSED
