"""An officer's call for help, from the device's message to a record: once per key, whatever is sent again."""

from __future__ import annotations

from dataclasses import replace

from shapely.geometry import Point

from geo.clock import Instant
from geo.model import Emergency, Grade, Interval, Principal, RecordKind, Status, record_id
from geo.normalise import UNSAFE
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


def emergency_of(
    principal: Principal, message: EmergencyCall, callsign: str, last_place: tuple[float, float] | None, now: Instant
) -> Emergency:
    """The message as a record. Raises ProtocolError for a time that is none."""
    at = min(moment_of(message.at, message.key), now)
    return Emergency(
        force=principal.force,
        source=source_of(principal.id),
        source_id=message.key,
        category=CATEGORY,
        title=f"Officer emergency: {callsign or principal.id}",
        text=UNSAFE.sub("", message.text or ""),
        grade=Grade.EMERGENCY,
        place=_place(message, last_place),
        occurred=Interval(at, at),
        reported_at=now,
        officer=principal.id,
        callsign=callsign,
    )


async def keep(store: Store, record: Emergency) -> bool:
    """It is in the store when this returns; True where it is new. Raises StoreUnavailable.

    A key that is known is left as it is: the message sent again must not reopen what has been closed meanwhile.
    """
    return await store.put_over(None, record, actor=record.officer) is not None


async def cancel(store: Store, principal: Principal, message: EmergencyCancel) -> bool:
    """Takes it back; True where something changed. Raises ProtocolError where there is none, and StoreUnavailable."""
    found = await take_back(store, emergency_id(principal, message.emergency), principal.id)
    if found is None:
        raise ProtocolError("no emergency of yours has this key", code="unknown_emergency", ref=message.key)
    return found


async def take_back(store: Store, record: str, by: str) -> bool | None:
    """Cancels it: True where it was live, False where it was over already, None where there is none."""
    while True:
        stored = (await store.records([record])).get(record)
        if stored is None or not isinstance(stored.record, Emergency):
            return None
        if not stored.record.status.live:
            return False
        if await store.put_over(stored, cancelled(stored.record, by), actor=by) is not None:
            return True


def cancelled(record: Emergency, by: str) -> Emergency:
    """The same, taken back."""
    return replace(record, status=Status.CANCELLED, closed_by=by)


def _place(message: EmergencyCall, last_place: tuple[float, float] | None) -> Point | None:
    lon, lat = message.lon, message.lat
    if lon is None or lat is None or not in_range(lon, lat) or on_null_island(lon, lat):
        return None if last_place is None else Point(last_place)
    return Point(lon, lat)
