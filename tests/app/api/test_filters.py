"""The query of a search, from texts to geo's Query."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from app.api.filters import Filters, query_of
from app.errors import Invalid
from geo.marking import Clearance
from geo.model import Grade, Principal, RecordKind, Status
from geo.store.query_rows import Order, Query

READER = Principal(id="a", role="officer", force="own", operations=("OAK",), expires_at=0)


def asked(**texts: Any) -> Query:
    return query_of(Filters.model_validate(texts), RecordKind.INTEL, READER)


def test_nothing_asked_is_everything_newest_first() -> None:
    query = asked()
    assert (query.kind, query.order, query.limit, query.statuses) == (RecordKind.INTEL, Order.NEWEST, 100, ())
    assert query.reader is not None
    assert (query.reader.force, query.reader.clearance, query.reader.operations) == (
        "own",
        Clearance.OFFICIAL,
        ("OAK",),
    )


def test_everything_asked() -> None:
    query = asked(
        bbox="-0.2, 51.4,0.0,51.6",
        near="-0.1,51.5",
        radius_m="250.5",
        **{"from": "2026-11-22T18:00:00 01:00"},
        to="2026-11-22T18:00:00Z",
        category=["robbery,Vehicle Crime", "fire"],
        grade=["EMERGENCY"],
        status=["open,attended"],
        beat=["B1"],
        limit="7",
    )
    assert query.bbox == (-0.2, 51.4, 0.0, 51.6)
    assert (query.near, query.radius_m, query.order) == ((-0.1, 51.5), 250.5, Order.NEAREST)
    assert query.time_to is not None
    assert query.time_from is not None
    assert query.time_to - query.time_from == 3_600_000_000
    assert query.categories == ("robbery", "vehicle_crime", "fire")
    assert (query.grades, query.statuses) == ((Grade.EMERGENCY,), (Status.OPEN, Status.ATTENDED))
    assert (query.beats, query.limit) == (("B1",), 7)


def test_newest_first_can_be_asked_for_with_a_place() -> None:
    assert asked(near="0.1,51", order="newest").order is Order.NEWEST


@pytest.mark.parametrize("texts", [{"bbox": "a,b,c,d"}, {"near": "inf,0"}, {"near": "0,91"}, {"beat": ["\ud800"]}])
def test_what_makes_no_sense_is_refused(texts: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        asked(**texts)


def test_a_misspelt_filter_is_not_ignored() -> None:
    with pytest.raises(ValidationError):
        asked(catgory=["robbery"])
