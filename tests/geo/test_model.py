"""The nouns and their closed sets."""

from __future__ import annotations

import dataclasses

import pytest

from geo.model import (
    Grade,
    Hazard,
    Incident,
    RecordKind,
    Status,
    Verdict,
    hazard_mask,
    record_id,
)


def test_an_id_is_made_from_where_the_record_came_from() -> None:
    made = Incident(
        force="own", source="cad", source_id="7", category="other", title="t", grade=Grade.ROUTINE, reported_at=0
    )
    assert made.id == record_id(RecordKind.INCIDENT, "own", "cad", "7")
    assert made.id.startswith("inc-")
    assert dataclasses.replace(made, title="another", reported_at=9).id == made.id
    others = {
        record_id(RecordKind.INTEL, "own", "cad", "7"),
        record_id(RecordKind.INCIDENT, "other", "cad", "7"),
        record_id(RecordKind.INCIDENT, "own", "cad7", ""),
        record_id(RecordKind.INCIDENT, "own", "cad", "77"),
    }
    assert made.id not in others
    assert len(others) == 4


def test_records_cannot_be_changed() -> None:
    made = Incident(
        force="own", source="cad", source_id="7", category="other", title="t", grade=Grade.ROUTINE, reported_at=0
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.title = "x"  # type: ignore[misc]


def test_grades_rank_and_live_is_open_or_attended() -> None:
    assert [grade.rank for grade in Grade] == [3, 2, 1, 0]
    assert [status for status in Status if status.live] == [Status.OPEN, Status.ATTENDED]


def test_hazards_keep_their_bit() -> None:
    """Stored in masks: the order of the set must never change, only grow at the end."""
    assert Hazard.WEAPON.bit == 1
    assert Hazard.ELECTRICITY.bit == 1 << 11
    assert hazard_mask((Hazard.WEAPON, Hazard.DOG, Hazard.WEAPON)) == 0b101
    assert hazard_mask(tuple(Hazard)) == (1 << len(Hazard)) - 1


def test_verdicts_order_by_strength() -> None:
    assert Verdict.INTERRUPT > Verdict.NOTIFY > Verdict.MAP > Verdict.HOLD > Verdict.DROP
    assert Verdict.INTERRUPT.text == "interrupt"
