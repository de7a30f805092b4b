"""The store's briefing part is the contract's, on the one class that both engines are."""

from __future__ import annotations

import inspect

from geo.store.briefing_store import BriefingStore
from geo.store.contract import Store
from geo.store.store import SqlStore


def test_the_contract_promises_what_is_there_with_the_same_parameters() -> None:
    assert issubclass(SqlStore, BriefingStore)
    mine = [name for name in vars(BriefingStore) if not name.startswith("_")]
    assert len(mine) >= 9
    for name in mine:
        promised, kept = getattr(Store, name), getattr(BriefingStore, name)
        assert list(inspect.signature(promised).parameters) == list(inspect.signature(kept).parameters)
