"""A call for help is one record, however often it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from geo.model import Emergency, Grade, Principal, Status
from geo.store.sqlite import SqliteStore
from streams.conversation.messages import EmergencyCall, EmergencyCancel
from streams.delivery import emergencies
from streams.errors import ProtocolError
from tests.streams.speaking import NOW

AT = "2026-11-22T18:00:00Z"
WHO = Principal(id="o1", role="officer", force="own", expires_at=NOW)
OTHER = Principal(id="o2", role="officer", force="own", expires_at=NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    one = SqliteStore(tmp_path / "beatline.sqlite")
    await one.open()
    yield one
    await one.close()


async def call_for_help(
    store: SqliteStore,
    who: Principal,
    message: EmergencyCall,
    callsign: str,
    place: tuple[float, float] | None,
    now: int,
) -> bool:
    return await emergencies.keep(store, emergencies.emergency_of(who, message, callsign, place, now))


async def record(store: SqliteStore, principal: Principal = WHO, key: str = "k") -> Emergency:
    name = emergencies.emergency_id(principal, key)
    found = (await store.records([name]))[name].record
    assert isinstance(found, Emergency)
    return found


async def test_what_is_written(store: SqliteStore) -> None:
    call = EmergencyCall("k", AT, lon=-1.5, lat=53.8, text="knife")
    assert await call_for_help(store, WHO, call, "BD21", None, NOW)
    found = await record(store)
    assert found.title == "Officer emergency: BD21"
    assert (found.officer, found.callsign, found.grade, found.text) == ("o1", "BD21", Grade.EMERGENCY, "knife")
    assert found.place is not None
    assert (found.category, found.reported_at) == ("officer_emergency", NOW)


async def test_sent_again_it_is_the_same_one_also_after_it_was_closed(store: SqliteStore) -> None:
    call = EmergencyCall("k", AT)
    assert await call_for_help(store, WHO, call, "", (-1.5, 53.8), NOW)
    assert not await call_for_help(store, WHO, call, "", (-1.6, 53.9), NOW + 5)
    assert await emergencies.cancel(store, WHO, EmergencyCancel("c", "k", AT))
    assert not await emergencies.cancel(store, WHO, EmergencyCancel("c", "k", AT))
    assert not await call_for_help(store, WHO, call, "", None, NOW + 9)
    found = await record(store)
    assert (found.status, found.closed_by, found.title) == (Status.CANCELLED, "o1", "Officer emergency: o1")


async def test_two_officers_may_use_the_same_key(store: SqliteStore) -> None:
    await call_for_help(store, WHO, EmergencyCall("k", AT), "", None, NOW)
    assert await call_for_help(store, OTHER, EmergencyCall("k", AT), "", None, NOW)
    assert (await record(store, OTHER)).officer == "o2"


async def test_nobody_takes_back_what_is_not_his(store: SqliteStore) -> None:
    await call_for_help(store, WHO, EmergencyCall("k", AT), "", None, NOW)
    with pytest.raises(ProtocolError) as refused:
        await emergencies.cancel(store, OTHER, EmergencyCancel("c", "k", AT))
    assert (refused.value.code, refused.value.ref) == ("unknown_emergency", "c")


@pytest.mark.parametrize(("lon", "lat"), [(None, None), (0.0, 0.0), (500.0, 1.0), (1.0, 90.0), (float("inf"), 1.0)])
async def test_without_a_place_to_be_believed_the_last_one_counts(
    store: SqliteStore, lon: float | None, lat: float | None
) -> None:
    await call_for_help(store, WHO, EmergencyCall("k", AT, lon, lat), "", (-1.5, 53.8), NOW)
    found = await record(store)
    assert found.place is not None
    assert found.place.bounds == (-1.5, 53.8, -1.5, 53.8)


async def test_without_any_place_it_is_an_emergency_all_the_same(store: SqliteStore) -> None:
    await call_for_help(store, WHO, EmergencyCall("k", AT), "", None, NOW)
    assert (await record(store)).place is None


async def test_a_time_that_is_none_is_refused(store: SqliteStore) -> None:
    with pytest.raises(ProtocolError):
        await call_for_help(store, WHO, EmergencyCall("k", "now"), "", None, NOW)
