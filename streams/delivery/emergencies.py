"""An officer's call for help, from the device's message to a record: once per key, whatever is sent again."""

from __future__ import annotations

from dataclasses import replace

from shapely.geometry import Point

from geo.clock import Instant
from geo.model import Emergency, Grade, Interval, Principal, RecordKind, Status, record_id
from geo.place import in_range, on_null_island
from geo.store.contract import Store
from streams.conversation.messages import EmergencyCall, EmergencyCancel
from streams.conversation.wire import moment_of
from streams.errors import ProtocolError

CATEGORY = "officer_emergency"


def source_of(officer: str) -> str:
    """The source system of what an officer's devices report. With the key of the message it makes the record's id."""
    return f"device/{officer}"


def emergency_id(principal: Principal, key: str) -> str:
    """The record that this officer's emergency with this key is."""
    return record_id(RecordKind.EMERGENCY, principal.force, source_of(principal.id), key)


async def call(
    store: Store,
    principal: Principal,
    message: EmergencyCall,
    callsign: str,
    last_place: tuple[float, float] | None,
    now: Instant,
) -> bool:
    """The emergency is in the store when this returns; True where it is new. Raises StoreUnavailable.

    A key that is known is left as it is: the message sent again must not reopen what has been closed meanwhile.
    """
    if await store.records([emergency_id(principal, message.key)]):
        return False
    name = callsign or principal.id
    at = min(moment_of(message.at, message.key), now)
    record = Emergency(
        force=principal.force,
        source=source_of(principal.id),
        source_id=message.key,
        category=CATEGORY,
        title=f"Officer emergency: {name}",
        text=message.text or "",
        grade=Grade.EMERGENCY,
        place=_place(message, last_place),
        occurred=Interval(at, at),
        reported_at=now,
        officer=principal.id,
        callsign=callsign,
    )
    await store.put([record], actor=principal.id)
    return True


async def cancel(store: Store, principal: Principal, message: EmergencyCancel) -> bool:
    """Takes it back; True where something changed. Raises ProtocolError where there is none, and StoreUnavailable."""
    record = emergency_id(principal, message.emergency)
    stored = (await store.records([record])).get(record)
    if stored is None or not isinstance(stored.record, Emergency):
        raise ProtocolError("no emergency of yours has this key", code="unknown_emergency", ref=message.key)
    if not stored.record.status.live:
        return False
    await store.put([replace(stored.record, status=Status.CANCELLED, closed_by=principal.id)], actor=principal.id)
    return True


def _place(message: EmergencyCall, last_place: tuple[float, float] | None) -> Point | None:
    lon, lat = message.lon, message.lat
    if lon is None or lat is None or not in_range(lon, lat) or on_null_island(lon, lat):
        return None if last_place is None else Point(last_place)
    return Point(lon, lat)
