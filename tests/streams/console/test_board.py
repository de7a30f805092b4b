"""The board: what has changed comes out as keys, and only what a reader may see comes out as messages."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import shapely

from geo.clock import SECOND
from geo.marking import Clearance, Marking
from geo.model import Grade, Status, Stored, UnitStatus
from streams.console import views
from streams.console.board import STILL_FOR, Key, Topic
from streams.summing import card_of
from tests.streams.console.desk import (
    DISPATCHER,
    FOREIGN,
    LEEDS,
    NOW,
    Desk,
    briefing,
    emergency,
    incident,
    owed,
    receipt,
    unit,
    who,
)


def seen(desk: Desk, keys: list[Key], reader: object = DISPATCHER, viewport: object = None) -> set[str]:
    return {name for _, name in desk.board.messages(keys, reader, viewport, NOW)}  # type: ignore[arg-type]


# ---------------------------------------------------------------- records
def test_what_changed_in_the_picture_since_the_last_look() -> None:
    desk = Desk()
    call, robbery = emergency(), incident()
    desk.put(call, robbery)
    assert sorted(desk.board.look()) == [(Topic.EMERGENCY, call.id), (Topic.RECORD, robbery.id)]
    assert desk.board.look() == []
    desk.put(replace(robbery, text="more"), version=2)
    assert desk.board.look() == [(Topic.RECORD, robbery.id)]
    desk.close(robbery, version=3)
    assert desk.board.look() == [(Topic.RECORD, robbery.id)]
    assert not desk.board.live(robbery.id)


def test_a_summary_card_is_an_officers_and_not_the_consoles() -> None:
    desk = Desk()
    desk.put(card_of("own"))
    assert desk.board.look() == []
    assert desk.board.keys(DISPATCHER, None) == []


def test_a_slot_that_another_record_got_between_two_looks() -> None:
    desk = Desk()
    first, second = incident("1"), incident("2", reported_at=NOW + SECOND)
    desk.put(first)
    desk.board.look()
    desk.picture.drop(desk.picture.slot_of[first.id])
    desk.put(second)
    assert sorted(desk.board.look()) == sorted([(Topic.RECORD, first.id), (Topic.RECORD, second.id)])
    desk.picture.drop(desk.picture.slot_of[second.id])
    assert desk.board.look() == [(Topic.RECORD, second.id)]
    assert seen(desk, [(Topic.RECORD, second.id)]) == set()


def test_an_unrecorded_emergency_is_seen_and_then_recorded() -> None:
    desk = Desk()
    call = emergency()
    desk.put(call, version=0)
    (key,) = desk.board.look()
    assert json.loads(desk.board.messages([key], DISPATCHER, None, NOW)[key])["recorded"] is False
    desk.put(call, version=1)
    assert desk.board.look() == [key]
    assert json.loads(desk.board.messages([key], DISPATCHER, None, NOW)[key])["recorded"] is True


def test_only_who_may_see_is_shown() -> None:
    desk = Desk()
    plain, secret = incident("1"), incident("2", marking=Marking(level=Clearance.OFFICIAL_SENSITIVE))
    theirs = incident("3", force="other")
    shared = incident("4", force="other", marking=Marking(shared_with=("own",)))
    operation = incident("5", marking=Marking(operations=("OAK",)))
    desk.put(plain, secret, theirs, shared, operation)
    keys = desk.board.keys(DISPATCHER, None)
    assert seen(desk, keys) == {plain.id, shared.id}
    assert seen(desk, keys, FOREIGN) == {theirs.id, shared.id}
    cleared = replace(DISPATCHER, clearance=Clearance.OFFICIAL_SENSITIVE, operations=("OAK",))
    assert seen(desk, keys, cleared) == {plain.id, secret.id, shared.id, operation.id}


def test_inside_the_viewport_or_without_a_place_or_an_emergency() -> None:
    desk = Desk()
    here, away = incident("1"), incident("2", place=shapely.Point(0.0, 51.0))
    nowhere, call = incident("3", place=None), emergency()
    across = incident("4", place=shapely.LineString([(-3.0, 53.8), (3.0, 53.8)]))
    beyond = incident("5", place=shapely.box(0.0, 51.0, 1.0, 52.0))
    desk.put(here, away, nowhere, call, across, beyond)
    every = [(Topic.RECORD, one.id) for one in (here, away, nowhere, across, beyond)] + [(Topic.EMERGENCY, call.id)]
    expected = {here.id, nowhere.id, across.id, call.id}
    assert seen(desk, every, viewport=LEEDS) == expected
    assert {name for _, name in desk.board.keys(DISPATCHER, LEEDS)} == expected
    assert desk.board.keys(DISPATCHER, None)[0] == (Topic.EMERGENCY, call.id)


def test_what_is_over_is_shown_only_of_emergencies() -> None:
    desk = Desk()
    robbery, call = incident(), emergency()
    desk.put(robbery, call)
    desk.close(robbery)
    desk.close(call)
    keys: list[Key] = [(Topic.RECORD, robbery.id), (Topic.EMERGENCY, call.id)]
    messages = desk.board.messages(keys, DISPATCHER, None, NOW)
    assert [json.loads(message)["live"] for message in messages.values()] == [False]
    assert desk.board.keys(DISPATCHER, None) == []


def test_what_may_be_a_p1_is_worth_watching() -> None:
    desk = Desk()
    grave, slight = incident("1"), incident("2", grade=Grade.ROUTINE)
    tasked, call = incident("3", grade=Grade.ROUTINE, assigned=("LX21",)), emergency()
    desk.put(grave, slight, tasked, call)
    assert [desk.board.worth_watching(one.id) for one in (grave, slight, tasked, call)] == [True, False, True, True]
    desk.close(grave)
    assert not desk.board.worth_watching(grave.id)
    assert not desk.board.worth_watching("nothing")


# ---------------------------------------------------------------- units
def test_a_unit_that_moved_or_does_something_else_is_news() -> None:
    desk = Desk()
    assert desk.units(unit("a"), unit("b")) == ["a", "b"]
    assert desk.units(unit("a", fix_at=NOW + SECOND), unit("b")) == []
    assert desk.units(unit("a", lon=-1.5499), unit("b", status=UnitStatus.BUSY)) == ["a", "b"]
    assert desk.units(unit("a", lon=-1.5499, fix_at=NOW + STILL_FOR), unit("b", status=UnitStatus.BUSY)) == ["a"]
    assert desk.units(unit("a", lon=None, lat=None)) == ["a", "b"]
    assert seen(desk, [(Topic.UNIT, "a"), (Topic.UNIT, "b")]) == {"a"}


def test_units_of_another_force_or_outside_the_viewport_are_not_shown() -> None:
    desk = Desk()
    desk.units(unit("in"), unit("out", lon=0.0), unit("unknown", lon=None, lat=None), partial=True)
    desk.units(unit("theirs", force="other"), force="other")
    keys: list[Key] = [(Topic.UNIT, name) for name in ("in", "out", "unknown", "theirs")]
    assert seen(desk, keys, viewport=LEEDS) == {"in", "unknown"}
    assert seen(desk, keys, FOREIGN) == {"theirs"}
    assert desk.board.partial == {"own": True, "other": False}


# ---------------------------------------------------------------- deliveries
def test_deliveries_change_when_a_state_does() -> None:
    desk = Desk()
    (name,) = desk.put(incident())
    key = (Topic.DELIVERIES, name)
    assert desk.progressed(name, [owed()], NOW) == [key]
    assert desk.progressed(name, [owed()], NOW + SECOND) == []
    assert desk.progressed(name, [owed()], NOW + 11 * SECOND) == [key]
    assert seen(desk, [key]) == {name}
    desk.board.over(name)
    assert seen(desk, [key]) == set()
    assert desk.progressed(name, [owed(priority=4)], NOW) == []


def test_who_was_told_is_the_records_own_force_s_business() -> None:
    desk = Desk()
    shared, closed = desk.put(
        incident("1", marking=Marking(shared_with=("other",))),
        incident("2", marking=Marking(Clearance.OFFICIAL_SENSITIVE)),
    )
    keys = [(Topic.DELIVERIES, shared), (Topic.DELIVERIES, closed)]
    for name in (shared, closed):
        desk.progressed(name, [owed()], NOW)
    assert seen(desk, keys) == {shared}
    assert seen(desk, keys, FOREIGN) == set()


def test_what_other_processes_have_pushed() -> None:
    desk = Desk()
    desk.units(unit("a", sent_seq=9))
    assert (desk.board.sent_seq("a"), desk.board.sent_seq("b")) == (9, 0)
    assert desk.units(unit("a", sent_seq=12)) == [], "no news of where it is"
    assert desk.board.sent_seq("a") == 12
    desk.board.forget()
    assert desk.board.sent_seq("a") == 0


def test_the_picture_may_grow() -> None:
    desk = Desk()
    desk.put(*[incident(str(number)) for number in range(500)])
    assert len(desk.board.look()) == 500
    desk.put(*[incident(str(number)) for number in range(500, 1_000)])
    assert len(desk.board.look()) == 500
    assert int(np.count_nonzero(desk.picture.live)) == 1_000


def test_receipts_are_for_the_briefings_own_force_and_for_who_may_read_it() -> None:
    desk = Desk()
    pushed = briefing(marking=Marking(shared_with=("other",)))
    desk.put(pushed)
    message, entry = views.of_receipts(Stored(pushed, 1, NOW), [receipt("pc-1")], who), b"{}"
    keys = desk.board.received(pushed.id, message, entry)
    assert keys == [(Topic.RECEIPTS, pushed.id), (Topic.UNANSWERED, pushed.id)]
    assert desk.board.received(pushed.id, message, entry) == []
    assert desk.board.messages(keys, DISPATCHER, None, NOW) == dict(zip(keys, (message, entry), strict=True))
    assert desk.board.messages(keys, FOREIGN, None, NOW) == {}
    assert set(keys) <= set(desk.board.keys(DISPATCHER, None))
    assert desk.board.received(pushed.id, message, None) == [(Topic.UNANSWERED, pushed.id)]
    secret = replace(pushed, marking=Marking(level=Clearance.OFFICIAL_SENSITIVE))
    desk.put(secret, version=2)
    assert desk.board.messages(keys, DISPATCHER, None, NOW) == {}


def test_what_is_over_leaves_the_list() -> None:
    desk = Desk()
    (name,) = desk.put(briefing())
    assert desk.board.briefing(name) is not None
    assert desk.board.over(name) == []
    desk.board.received(name, b"{}", b"{}")
    assert desk.board.over(name) == [(Topic.UNANSWERED, name)]
    desk.put(briefing(status=Status.CLOSED), version=2)
    assert desk.board.briefing(name) is None
    assert desk.board.briefing("bri-unknown") is None
