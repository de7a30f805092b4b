"""What lies in Redis is read back as it was, unless it is old or not ours."""

from __future__ import annotations

from geo.clock import SECOND
from geo.model import UnitStatus
from streams.whereabouts.contract import KEPT
from streams.whereabouts.entries import believed, entry_of, places_key, units_key
from tests.streams.whereabouts.shared import NOW, unit


def test_there_and_back() -> None:
    units = [unit("pc-1"), unit("é", lon=None, lat=None, accuracy_m=None, fix_at=0, status=UnitStatus.OFF_DUTY)]
    assert believed([entry_of(one, NOW) for one in units], NOW + SECOND) == units


def test_what_was_not_renewed_is_not_believed() -> None:
    assert believed([entry_of(unit("pc-1"), NOW)], NOW + KEPT + 1) == []


def test_what_cannot_be_read_is_left_out() -> None:
    good = entry_of(unit("pc-1"), NOW)
    assert believed([b"", b"\xff", b"{}", b"[1]", good[:-3], good.replace(b"available", b"asleep"), good], NOW) == [
        unit("pc-1")
    ]


def test_each_process_has_its_own_keys() -> None:
    assert len({units_key("a"), units_key("b"), places_key("a"), places_key("b")}) == 4
