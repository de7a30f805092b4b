"""The watched areas of a roster file: each becomes a record of the source ``areas``, marked and versioned as any other.

An entry needs ``id`` and ``area`` (a GeoJSON polygon, or a line that is only to be crossed). ``name`` is its title,
``watch`` what is told of it (default: entering), ``category`` is ``watched_area``, ``grade`` standard; all other fields
are those of ``POST /v1/incidents``: ``text``, ``hazards``, ``marking``, ``valid_from``, ``valid_to``. An area is lifted
by ``"status": "closed"``.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import FieldError, Invalid
from geo.body import raw_of
from geo.clock import SystemClock
from geo.model import Grade, Record
from geo.normalise import Intake, normalise, times_assumed, with_times_of
from geo.reasons import Refused
from geo.store.contract import Store
from geo.store.rows import Put

SOURCE = "areas"
CATEGORY = "watched_area"
_NAMED = {"place": "area", "title": "name", "source_id": "id"}


def area_of(name: str, body: object, force: str) -> Record:
    """The record of an entry. Raises Invalid, naming every field that is wrong."""
    fields = dict(body) if isinstance(body, dict) else {}
    entry: dict[str, object] = {
        "source": SOURCE,
        "source_id": name,
        "title": fields.pop("name", "") or name,
        "category": fields.pop("category", "") or CATEGORY,
        "place": fields.pop("area", None),
        "watch": fields.pop("watch", None) or {"on": ["enter"]},
    }
    if taken := sorted({"source", "source_id", "title", "place"} & set(fields)):
        raise Invalid([FieldError(taken[0], "unknown_field", "is not a field of an area")])
    intake = Intake(force, lambda _: Grade.STANDARD, SystemClock().now())
    made = normalise(raw_of(entry | fields), intake)
    if isinstance(made, Refused):
        raise Invalid([FieldError(_NAMED.get(p.field, p.field), p.reason.value, p.message) for p in made.problems])
    return made


async def put_areas(store: Store, areas: Sequence[Record]) -> list[Put]:
    """Stores them; the time at which an area first came stays, so that the same file again changes nothing."""
    earlier = await store.records([area.id for area in areas if times_assumed(area)])
    timed = [with_times_of(area, earlier[area.id].record) if area.id in earlier else area for area in areas]
    return await store.put(timed, actor=SOURCE)
