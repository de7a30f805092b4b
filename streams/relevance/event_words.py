"""What has happened between an officer and a watched area, or what he drove past, in a constable's words."""

from __future__ import annotations

from geo.geofence import Event
from geo.model import Record

_SAID: dict[int, str] = {
    Event.ENTER: "you have entered it",
    Event.EXIT: "you have left it",
    Event.CROSS: "you went through it",
}


def event_text(event: float, record: Record, where: str) -> str:
    """The sentence about where he is from it: ``where``, or what has just happened. ``event`` is the fact."""
    happened = int(event) if event > 0 else Event.NONE
    if happened == Event.PASSED:
        return f"just passed, {where}" if where else "you have just passed it"
    if happened == Event.DWELL:
        return _stay(record.watch.dwell_s if record.watch else 0)
    return _SAID.get(happened, where)


def _stay(seconds: int) -> str:
    if seconds < 90:
        return f"inside for {seconds} s"
    return f"inside for {seconds / 60:.0f} min" if seconds < 5_400 else f"inside for {seconds / 3_600:.0f} h"
