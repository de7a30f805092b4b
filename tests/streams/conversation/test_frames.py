"""Spliced frames are the messages of PROTOCOL.md, as their classes read them."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geo.marking import Clearance, Grading, Marking
from geo.model import Briefing, Grade, Hazard, IntelReport, Interval, Stored
from geo.store.rows import Act
from streams.conversation import frames
from streams.conversation.messages import Alert, Cancel, Purge, Reset
from streams.conversation.protocol import MAX_FRAME_BYTES
from streams.conversation.wire import decode_server
from tests.streams.speaking import NOW, incident

WHY = b'[{"term":"reach","weight":1.5,"text":"340 m ahead"}]'


def alert_of(stored: Stored, **own: object) -> Alert:
    part = {"rev": 2, "priority": 1, "style": "interrupt", "distance_m": 340.4, "bearing_deg": 359.8, "score": 0.75}
    tail = frames.own_part(**(part | own), why=WHY) + frames.shared_part(stored, NOW)  # type: ignore[arg-type]
    message = decode_server(frames.frame(Act.ALERT, 9, None, tail))
    assert isinstance(message, Alert)
    return message


def test_an_alert_is_whole() -> None:
    record = incident(
        text='He said "run"',
        place_text="Leeds, Briggate",
        hazards=(Hazard.WEAPON,),
        occurred=Interval(NOW, NOW),
        marking=Marking(Clearance.OFFICIAL_SENSITIVE),
    )
    alert = alert_of(Stored(record, 3, NOW))
    assert (alert.seq, alert.prev_seq, alert.rev, alert.priority, alert.style) == (9, None, 2, 1, "interrupt")
    assert (alert.distance_m, alert.bearing_deg, alert.score) == (340, 0, 0.75)
    assert (alert.alert_id, alert.kind, alert.category) == (record.id, "incident", "robbery")
    assert (alert.text, alert.place_text, alert.hazards) == ('He said "run"', "Leeds, Briggate", ("weapon",))
    assert alert.place == {"type": "Point", "coordinates": [-1.55, 53.8]}
    assert alert.occurred_at == alert.issued_at == alert.expires_at == "2026-11-22T18:00:00.000Z"
    assert (alert.marking, alert.grading, alert.must_ack) == ("OFFICIAL-SENSITIVE", None, False)
    assert (alert.source.system, alert.source.reference) == ("test", "1")
    assert alert.why[0].text == "340 m ahead"


def test_unknown_is_null() -> None:
    alert = alert_of(Stored(incident(place=None), 1, NOW), distance_m=math.nan, bearing_deg=math.nan)
    assert (alert.distance_m, alert.bearing_deg, alert.place, alert.occurred_at) == (None, None, None, None)


def test_what_only_some_kinds_have() -> None:
    fields = {"force": "own", "source": "s", "source_id": "1", "category": "intel", "title": "t", "reported_at": NOW}
    report = IntelReport(grade=Grade.ROUTINE, grading=Grading.parse("1-B-P"), source_reference="R7", **fields)  # type: ignore[arg-type]
    alert = alert_of(Stored(report, 1, NOW))
    assert (alert.kind, alert.grading, alert.source.reference) == ("intel", "1-B-P", "R7")
    briefing = Briefing(grade=Grade.ROUTINE, must_ack=True, **fields)  # type: ignore[arg-type]
    assert alert_of(Stored(briefing, 1, NOW)).must_ack


def test_the_chain() -> None:
    first = decode_server(frames.frame(Act.CANCEL, 4, None, frames.cancel_tail('a"b', 2, "closed")))
    assert first == Cancel(4, None, 'a"b', 2, "closed")
    assert decode_server(frames.frame(Act.PURGE, 5, 4, frames.purge_tail("a", "not_entitled"))) == Purge(
        5, 4, "a", "not_entitled"
    )


@given(st.text(max_size=300), st.text(max_size=30))
def test_any_text_is_json(text: str, place_text: str) -> None:
    alert = alert_of(Stored(incident(text=text, place_text=place_text), 1, NOW))
    assert (alert.text, alert.place_text) == (text, place_text)


@pytest.mark.parametrize(
    "place",
    [
        Point(-1.55, 53.8).buffer(0.05, quad_segs=4_000),
        MultiPolygon([Polygon(box(x / 50, 53, x / 50 + 0.01, 53.5).exterior) for x in range(2_000)]),
    ],
    ids=["a fine outline", "two thousand pieces"],
)
def test_the_largest_place_and_text_fit_into_a_frame(place: object) -> None:
    shared = frames.shared_part(Stored(incident(place=place, text="\u4e2d" * 100_000), 1, NOW), NOW)
    assert len(shared) < MAX_FRAME_BYTES - 4_000
    assert json.loads(b"{" + shared)["place"]["type"] in ("Polygon", "MultiPolygon")


def test_a_reset_takes_as_many_frames_as_it_needs() -> None:
    tail = frames.own_part(1, 2, "map", 1.0, 2.0, 0.5, WHY) + frames.shared_part(Stored(incident(), 1, NOW), None)
    pages = frames.reset_frames("e", 7, [frames.reset_alert(tail)] * 300)
    assert len(pages) > 1
    assert all(len(page) <= MAX_FRAME_BYTES for page in pages)
    resets = [decode_server(page) for page in pages]
    assert all(isinstance(reset, Reset) for reset in resets)
    assert [reset.more for reset in resets if isinstance(reset, Reset)] == [True] * (len(pages) - 1) + [False]
    assert sum(len(reset.alerts) for reset in resets if isinstance(reset, Reset)) == 300
    (empty,) = frames.reset_frames("e", 7, [])
    assert decode_server(empty) == Reset("e", 7, (), False)
