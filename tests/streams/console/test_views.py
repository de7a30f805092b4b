"""What a dispatcher is shown: of a record what access released, of a unit where it is, of a P1 who has not got it."""

from __future__ import annotations

import json

import shapely

from geo.access import release_reading
from geo.clock import HOUR
from geo.model import Disposition, Stored
from geo.store.briefing_rows import Step
from geo.store.receipt_rows import Reply
from geo.store.rows import Act
from streams.console import views
from streams.console.messages import EmergencyShown, IncidentShown, decode_room
from streams.receipts import ReceiptState
from tests.streams.console.desk import (
    DISPATCHER,
    FOREIGN,
    NOW,
    briefing,
    emergency,
    incident,
    nobody,
    owed,
    receipt,
    unit,
    who,
)

LIVES = (True, NOW + HOUR)


def shown(record: object, version: int = 1, live: bool = True) -> bytes:
    stored = Stored(record, version, NOW)  # type: ignore[arg-type]
    readable = release_reading([stored], DISPATCHER, NOW)
    return views.RecordViews().of(readable, {stored.record.id: (live, NOW + HOUR)})[stored.record.id]


def test_an_incident_with_its_place() -> None:
    message = decode_room(shown(incident(text="x" * 2_000, assigned=("LX21",))))
    assert isinstance(message, IncidentShown)
    assert (message.kind, message.grade, message.assigned, message.version) == ("incident", "emergency", ("LX21",), 1)
    assert message.place == {"type": "Point", "coordinates": [-1.55, 53.8]}
    assert len(message.text) == views.MAX_TEXT


def test_one_without_a_place() -> None:
    message = decode_room(shown(incident(place=None)))
    assert isinstance(message, IncidentShown)
    assert message.place is None


def test_a_huge_outline_and_a_long_text_stay_within_a_frame() -> None:
    ring = shapely.Point(-1.5, 53.8).buffer(0.5, quad_segs=20_000)
    text = "\x01" * 5_000
    assert len(shown(incident(place=ring, text=text, title="€" * 500))) < 60_000


def test_an_emergency_says_whether_it_is_recorded_and_live() -> None:
    before = decode_room(shown(emergency(), version=0))
    after = decode_room(shown(emergency(), version=1, live=False))
    assert isinstance(before, EmergencyShown)
    assert isinstance(after, EmergencyShown)
    assert (before.recorded, before.live, before.officer) == (False, True, "pc-1")
    assert (after.recorded, after.live) == (True, False)


def test_a_message_is_made_once_a_version() -> None:
    kept, stored = views.RecordViews(), Stored(incident(), 1, NOW)
    readable = release_reading([stored], DISPATCHER, NOW)
    name = stored.record.id
    first = kept.of(readable, {name: LIVES})[name]
    assert kept.of(readable, {name: LIVES})[name] is first
    assert kept.of(readable, {name: (True, NOW + 2 * HOUR)})[name] != first
    kept.forget(name)
    assert kept.of(readable, {name: LIVES})[name] == first
    assert kept.of(release_reading([stored], FOREIGN, NOW), {name: LIVES}) == {}


def test_a_unit_before_and_after_its_first_fix() -> None:
    message = json.loads(views.of_unit(unit()))
    assert next(iter(message)) == "type"
    assert message["position"] == {"lon": -1.55, "lat": 53.8, "accuracy_m": 8.0, "at": "2026-11-22T18:00:00.000Z"}
    message = json.loads(views.of_unit(unit(lon=None, lat=None, callsign="", accuracy_m=None)))
    assert (message["position"], message["callsign"]) == (None, None)


def test_who_has_not_got_a_p1_after_ten_seconds() -> None:
    rows = [
        owed("late", age_s=11),
        owed("in-his-pocket", age_s=11),
        owed("young", age_s=1),
        owed("has-it", age_s=60, stored_at=NOW),
        owed("less-urgent", age_s=60, priority=3),
        owed("taken-back", age_s=60, act=Act.CANCEL, reason="closed"),
    ]
    message = views.of_deliveries("r1", rows, lambda officer, _: 7 if officer == "in-his-pocket" else 0, NOW)
    assert message is not None
    read = json.loads(message)
    assert read["counts"] == {"queued": 1, "unconfirmed": 2, "stored": 1, "withdrawn": 1}
    assert [(one["officer"], one["pushed"]) for one in read["unconfirmed"]] == [
        ("late", False),
        ("in-his-pocket", True),
    ]
    for some, unsettled in ((rows, True), (rows[3:], False)):
        tally = views.Tally("r1", nobody, NOW)
        tally.add(some)
        assert tally.unsettled is unsettled


def test_nobodys_p1_is_not_shown_and_a_great_many_are_counted() -> None:
    assert views.of_deliveries("r1", [owed(priority=2)], nobody, NOW) is None
    many = [owed(f"pc-{number:05}", age_s=60) for number in range(10_000)]
    message = views.of_deliveries("r1", many, nobody, NOW)
    assert message is not None
    assert len(message) < 60_000
    assert json.loads(message)["left_out"] == 10_000 - views.MOST_LISTED


def test_the_receipts_of_a_briefing_name_who_waits_and_who_answered_last() -> None:
    reply = Reply("pc-9", 1, Disposition.HANDLED, "x" * 500, "phone", NOW + 5)
    people = [
        receipt("pc-2", since=NOW + 1),
        receipt("pc-1", ReceiptState.SEEN, step=Step.SERGEANT),
        receipt("pc-9", ReceiptState.ANSWERED, replies=(reply,)),
        receipt("pc-3", ReceiptState.NOT_ENTITLED),
    ]
    said = json.loads(views.of_receipts(Stored(briefing(), 4, NOW), people, who))
    assert said["counts"] == {"queued": 1, "seen": 1, "answered": 1, "not_entitled": 1}
    assert (said["version"], said["must_ack"], said["left_out"]) == (4, True, 0)
    assert [(one["officer"], one["callsign"], one["step"]) for one in said["waiting"]] == [
        ("pc-1", "LX21", 2),
        ("pc-2", None, 0),
    ]
    (last,) = said["answered"]
    assert (last["answer"], len(last["text"])) == ("handled", views.MAX_ANSWER)


def test_a_list_of_thousands_is_cut_and_says_so() -> None:
    people = [receipt(f"pc-{number:05d}", step=3) for number in range(5_000)]
    stored = Stored(briefing(), 1, NOW)
    said = json.loads(views.of_receipts(stored, people, who))
    assert (len(said["waiting"]), said["left_out"]) == (views.MOST_WAITING, 5_000 - views.MOST_WAITING)
    listed = json.loads(views.of_unanswered(stored, people, who) or b"")
    assert (listed["count"], len(listed["officers"])) == (5_000, views.MOST_WAITING)
    assert views.of_unanswered(stored, [receipt("pc-1", step=2)], who) is None
