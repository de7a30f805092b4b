"""The replay's store keeps no more than the pipeline asks for, and its lines say what was decided."""

from __future__ import annotations

import io

from app.replay_store import ReplayStore
from geo.model import Status
from geo.store.rows import Outcome
from tests.streams.scene import NOW, incident


async def test_the_same_record_again_is_no_change() -> None:
    store = ReplayStore(io.StringIO(), 2.0)
    cursor = (await store.snapshot(NOW)).cursor
    assert store.take_in(incident(), NOW).outcome is Outcome.NEW
    assert store.take_in(incident(), NOW).outcome is Outcome.UNCHANGED
    put = store.take_in(incident(status=Status.CLOSED), NOW)
    assert (put.outcome, put.version) == (Outcome.CHANGED, 2)
    changes = await store.changes_since(cursor)
    assert [row.version for row in changes.rows] == [1, 2]
    assert (await store.changes_since(changes.cursor)).rows == ()
    limited = await store.changes_since(cursor, 1)
    assert limited.more
    assert (await store.records([put.id, "unknown"]))[put.id].version == 2


async def test_officers_start_with_a_full_budget() -> None:
    (state,) = await ReplayStore(io.StringIO(), 2.0).take(["U1"], "replay", NOW)
    assert (state.tokens, state.status.value) == (2.0, "available")
