"""A briefing is known by its id, as every kind's ids begin otherwise; and only a briefing is withdrawn."""

from __future__ import annotations

from dataclasses import replace

from geo.model import Briefing, Grade, RecordKind, Status, record_id
from streams.withdrawn import is_briefing, is_withdrawn
from tests.streams.scene import NOW, incident


def test_of_all_kinds_only_a_briefing_s_id_is_one() -> None:
    found = [kind for kind in RecordKind if is_briefing(record_id(kind, "own", "test", "1"))]
    assert found == [RecordKind.BRIEFING]


def test_cancelled_is_not_withdrawn() -> None:
    item = Briefing(
        force="own", source="t", source_id="1", category="other", title="T", grade=Grade.ROUTINE, reported_at=NOW
    )
    assert not is_withdrawn(replace(item, status=Status.CANCELLED))
    assert is_withdrawn(replace(item, status=Status.CANCELLED, withdrawn=True))
    assert not is_withdrawn(incident())
