"""What was taken back: known by its id to be a briefing, and by itself to be erased from devices"""

from __future__ import annotations

from geo.model import Briefing, Record, RecordKind

_BRIEFING = f"{RecordKind.BRIEFING.value[:3]}-"


def is_briefing(record_id: str) -> bool:
    """By its id alone (:func:`geo.model.record_id`)."""
    return record_id.startswith(_BRIEFING)


def is_withdrawn(record: Record) -> bool:
    """What devices have of it is to be erased, however long ago it was over."""
    return isinstance(record, Briefing) and record.withdrawn
