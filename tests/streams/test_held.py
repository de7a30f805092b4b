"""What each officer was told: kept, found from both sides, loaded from the store's rows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from geo.model import Verdict
from geo.store.rows import Act, HeldRow
from streams.held import TOLD_MUST, TOLD_TASKED, Held, HeldColumns, holds_live, suspended


def columns(pairs: list[tuple[int, int]], **values: Any) -> HeldColumns:
    kinds = {"inside": np.bool_, "told_lon": np.float64, "told_lat": np.float64}
    held: dict[str, Any] = {
        item.name: np.full(len(pairs), values.get(item.name, 0), kinds.get(item.name, np.int64))
        for item in fields(HeldColumns)
    }
    held["officer"] = np.array([pair[0] for pair in pairs], np.int32)
    held["record"] = np.array([pair[1] for pair in pairs], np.int32)
    return HeldColumns(**held)


def slots(*values: int) -> Any:
    return np.array(values, np.int32)


def test_rows_are_found_by_pair_by_officer_and_by_record() -> None:
    held = Held()
    held.put(columns([(1, 7), (1, 8), (2, 7)], rev=3))
    held.put(columns([(2, 7)], rev=4))
    assert len(held) == 3
    rows = held.lookup(slots(1, 2, 9), slots(8, 7, 9))
    assert held.rev[rows[:2]].tolist() == [3, 4]
    assert rows[2] == -1
    assert sorted(held.record[held.of_officers(slots(1))].tolist()) == [7, 8]
    assert sorted(held.officer[held.of_records(slots(7))].tolist()) == [1, 2]


def test_forgotten_rows_are_used_again() -> None:
    held = Held()
    held.put(columns([(1, record) for record in range(1_000)], rev=1))
    held.drop(held.of_officers(slots(1)))
    assert len(held) == 0
    held.put(columns([(2, record) for record in range(1_000)], rev=2))
    assert len(held) == 1_000
    assert len(held.rev) <= 2_048
    assert set(held.rev[held.of_officers(slots(2))].tolist()) == {2}


def test_an_empty_one_answers_too() -> None:
    held = Held()
    assert held.lookup(slots(1), slots(1)).tolist() == [-1]
    assert len(held.of_officers(slots(1))) == 0
    held.drop(slots())


def row(record: str, **changes: Any) -> HeldRow:
    base: dict[str, Any] = {
        "officer": "pc1", "record": record, "rev": 2, "seq": 5, "act": Act.ALERT, "verdict": Verdict.MAP,
        "priority": 1, "inside": True, "told_grade": 3, "told_hazards": 1, "told_lon": 1.0, "told_lat": 2.0,
        "told_version": 4, "told_at": 99, "fanout": 1, "position": 0, "told_style": 5,
    }  # fmt: skip
    return HeldRow(**{**base, **changes})


def test_the_stores_rows_replace_what_was_held_of_the_officer() -> None:
    held = Held()
    held.put(columns([(3, 1), (3, 9), (4, 1)]))
    held.load(3, [row("a", fence=2), row("gone"), row("b", inside=False)], {"a": 1, "b": 2})
    mine = held.of_officers(slots(3))
    assert sorted(held.record[mine].tolist()) == [1, 2]
    first = held.lookup(slots(3), slots(1))
    assert (held.fence[first][0], held.since[first][0], held.doubt_at[first][0]) == (2, 99, 0)
    assert (held.rev[first][0], held.told_version[first][0], held.told_style[first][0]) == (2, 4, 5)
    assert holds_live(held, held.lookup(slots(3, 3), slots(1, 2))).tolist() == [True, False]
    assert suspended(held, held.lookup(slots(3, 3), slots(1, 2))).tolist() == [False, True]
    assert len(held.of_officers(slots(4))) == 1


def test_told_as_must_deliver_is_above_every_style() -> None:
    assert max(Verdict) < TOLD_MUST < TOLD_TASKED
