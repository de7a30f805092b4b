"""One console's conversation: opened, shown a snapshot, then what changes; late, slow and silent ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from shapely import Point

from geo.marking import Clearance, Marking
from geo.model import Principal, Stored
from streams.console import views
from streams.console.board import Key, Topic
from streams.console.messages import StoreState
from streams.console.session import ConsoleSession
from streams.conversation.protocol import MAX_FRAME_BYTES, SessionLimits
from streams.errors import NotAuthenticated
from tests.streams.console.desk import (
    DISPATCHER,
    LEEDS,
    NOW,
    Desk,
    briefing,
    emergency,
    incident,
    owed,
    read,
    receipt,
    unit,
    who,
)

HOUR_S = 3_600.0


def verify(token: str) -> tuple[Principal, float]:
    """``id``, ``id/role`` or ``id/cleared``."""
    name, _, role = token.partition("/")
    if not name:
        raise NotAuthenticated("no token")
    if role == "cleared":
        return replace(DISPATCHER, id=name, clearance=Clearance.OFFICIAL_SENSITIVE), HOUR_S
    return replace(DISPATCHER, id=name, role=role or "dispatcher"), 70.0 if role == "" and name == "short" else HOUR_S


class Talk:
    """A session with its board; ``said`` is everything that went out."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.session = ConsoleSession(SessionLimits(), "n1", verify, NOW, 0.0)
        self.said: list[dict[str, Any]] = []
        self.largest = 0

    def say(self, type: str, at: float = 1.0, **fields: Any) -> None:
        self.session.receive(json.dumps({"type": type, **fields}).encode(), at, NOW)

    def hear(self) -> list[dict[str, Any]]:
        """All there is to hear."""
        came: list[dict[str, Any]] = []
        for _ in range(10_000):
            frames = self.session.frames(self.desk.board, NOW)
            self.largest = max([self.largest, *map(len, frames)])
            came += read(frames)
            if not frames and not self.session.waiting:
                break
        self.said += came
        return came

    def opened(self, token: str = "disp-1", **fields: Any) -> list[dict[str, Any]]:
        self.hear()
        self.say("open", token=token, **fields)
        self.session.begin()
        return self.hear()

    def looked(self) -> list[dict[str, Any]]:
        self.session.touch(self.desk.board.look())
        return self.hear()


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


# ---------------------------------------------------------------- coming in
def test_hello_then_open_then_a_snapshot_of_everything() -> None:
    talk = Talk()
    assert kinds(talk.hear()) == ["hello"]
    robbery, call = incident(), emergency()
    talk.desk.put(robbery, call)
    talk.desk.units(unit("pc-1"), unit("pc-2", lon=None, lat=None), partial=True)
    talk.desk.progressed(robbery.id, [owed()], NOW)
    (snapshot,) = talk.opened()
    assert (snapshot["type"], snapshot["part"], snapshot["more"], snapshot["partial"]) == ("snapshot", 0, False, True)
    assert [one["id"] for one in snapshot["incidents"]] == [robbery.id]
    assert [one["id"] for one in snapshot["emergencies"]] == [call.id]
    assert [one["counts"] for one in snapshot["deliveries"]] == [{"queued": 1}]
    assert [one["officer"] for one in snapshot["units"]] == ["pc-1", "pc-2"]
    assert snapshot["store"]["state"] == "up"


def test_an_empty_board_is_a_snapshot_too() -> None:
    (snapshot,) = Talk().opened(viewport=list(LEEDS))
    assert snapshot["viewport"] == list(LEEDS)
    assert [snapshot[name] for name in ("units", "incidents", "emergencies", "deliveries")] == [[], [], [], []]


def test_nothing_is_shown_before_open() -> None:
    talk = Talk()
    talk.desk.put(incident())
    assert kinds(talk.looked()) == ["hello"]
    talk.say("viewport", viewport=None)
    assert [message["code"] for message in talk.hear()] == ["not_open"]
    talk.session.tick(5.1, NOW)
    assert talk.session.goodbye == (4401, "no open")


@pytest.mark.parametrize("token", ["", "pc-1/officer", "an-1/analyst", "admin/admin"])
def test_only_dispatchers_are_let_in(token: str) -> None:
    talk = Talk()
    talk.desk.put(incident())
    assert "snapshot" not in kinds(talk.opened(token))
    assert talk.session.goodbye is not None
    assert talk.session.goodbye[0] == 4401


def test_what_is_wrong_with_a_message() -> None:
    talk = Talk()
    talk.opened()
    talk.say("nonsense")
    talk.say("open", token="disp-1")
    talk.say("viewport", viewport=[1, 50, 0, 51])
    assert [message["code"] for message in talk.hear()] == ["unknown_type", "already_open", "bad_field"]
    assert talk.session.live
    talk.session.receive(b"{", 1.0, NOW)
    assert talk.session.goodbye is not None
    assert talk.session.goodbye[0] == 4400
    binary = Talk()
    binary.session.receive_binary()
    assert binary.session.over


def test_too_many_messages() -> None:
    talk = Talk()
    talk.opened()
    for _ in range(300):
        talk.say("heartbeat", t=1)
    assert talk.session.goodbye is not None
    assert talk.session.goodbye[0] == 4429


# ---------------------------------------------------------------- a snapshot in parts
def test_a_large_snapshot_comes_in_parts_and_lacks_nothing() -> None:
    desk = Desk()
    names = desk.put(*[incident(str(number), text="x" * 900) for number in range(700)])
    desk.units(*[unit(f"pc-{number}") for number in range(900)])
    talk = Talk(desk)
    parts = talk.opened()
    assert kinds(parts) == ["snapshot"] * len(parts)
    assert len(parts) > 5
    assert [part["part"] for part in parts] == list(range(len(parts)))
    assert [part["more"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert sorted(one["id"] for part in parts for one in part["incidents"]) == sorted(names)
    assert sum(len(part["units"]) for part in parts) == 900
    assert talk.largest <= MAX_FRAME_BYTES
    assert talk.looked() != [], "the board is looked at for the first time"
    assert talk.looked() == []


def test_what_changes_during_a_snapshot_is_not_lost_and_an_emergency_does_not_wait() -> None:
    desk = Desk()
    records = [incident(str(number), text="x" * 900) for number in range(600)]
    desk.put(*records)
    desk.board.look()
    talk = Talk(desk)
    talk.hear()
    talk.say("open", token="disp-1")
    talk.session.begin()
    said: list[dict[str, Any]] = []
    while not said:
        said += read(talk.session.frames(desk.board, NOW))
    first, call = records[0], emergency()
    desk.put(replace(first, title="Another title"), version=2)
    desk.put(call)
    talk.session.touch(desk.board.look())
    after = talk.hear()
    assert kinds(after).index("emergency") < len(after) - 2
    assert [message["title"] for message in after if message["type"] == "incident"] == ["Another title"]


def test_a_new_viewport_is_a_new_snapshot_also_amid_the_old_one() -> None:
    desk = Desk()
    desk.put(*[incident(str(number), text="x" * 900) for number in range(600)])
    desk.board.look()
    talk = Talk(desk)
    talk.hear()
    talk.say("open", token="disp-1")
    talk.session.begin()
    for _ in range(3):
        talk.session.frames(desk.board, NOW)
    talk.say("viewport", viewport=[10, 10, 11, 11])
    (snapshot,) = talk.hear()
    assert (snapshot["part"], snapshot["more"], snapshot["incidents"]) == (0, False, [])
    talk.say("viewport", viewport=None)
    assert sum(len(part["incidents"]) for part in talk.hear()) == 600


# ---------------------------------------------------------------- what changes
def test_records_come_change_and_go() -> None:
    talk = Talk()
    talk.opened(viewport=list(LEEDS))
    robbery = incident()
    talk.desk.put(robbery)
    assert kinds(talk.looked()) == ["incident"]
    talk.desk.put(replace(robbery, title="Armed robbery"), version=2)
    assert [message["title"] for message in talk.looked()] == ["Armed robbery"]
    talk.desk.close(robbery, version=3)
    assert talk.looked() == [{"type": "incident_gone", "id": robbery.id}]
    talk.desk.close(robbery, version=4)
    assert talk.looked() == []


def test_a_record_that_he_may_not_see_any_more_is_gone() -> None:
    talk = Talk()
    talk.opened()
    robbery = incident()
    talk.desk.put(robbery)
    talk.looked()
    talk.desk.put(replace(robbery, marking=Marking(level=Clearance.OFFICIAL_SENSITIVE)), version=2)
    assert talk.looked() == [{"type": "incident_gone", "id": robbery.id}]
    talk.desk.put(replace(robbery, title="x", marking=Marking(level=Clearance.OFFICIAL_SENSITIVE)), version=3)
    assert talk.looked() == []


def test_an_emergency_from_call_to_close() -> None:
    talk = Talk()
    talk.opened(viewport=[10, 10, 11, 11])
    call = emergency()
    talk.desk.put(call)
    talk.desk.put(replace(call, taken_over_by="disp-2", taken_over_at=NOW), version=2)
    assert [message["taken_over_by"] for message in talk.looked()] == ["disp-2"]
    talk.desk.close(replace(call, closed_by="disp-2"), version=3)
    assert [(message["live"], message["closed_by"]) for message in talk.looked()] == [(False, "disp-2")]
    talk.desk.close(replace(call, closed_by="disp-3"), version=4)
    assert talk.looked() == []


def test_units_come_move_and_go() -> None:
    talk = Talk()
    talk.opened(viewport=list(LEEDS))

    def sighted(*units: Any) -> list[dict[str, Any]]:
        keys: list[Key] = [(Topic.UNIT, name) for name in talk.desk.units(*units)]
        talk.session.touch(keys)
        return talk.hear()

    assert kinds(sighted(unit())) == ["unit"]
    assert sighted(unit()) == []
    assert kinds(sighted(unit(lon=-1.56))) == ["unit"]
    assert sighted(unit(lon=0.0)) == [{"type": "unit_gone", "officer": "pc-1"}]
    assert sighted(unit(lon=0.1)) == []
    assert kinds(sighted(unit())) == ["unit"]
    assert kinds(sighted()) == ["unit_gone"]


def test_deliveries_follow_the_record_that_is_shown() -> None:
    talk = Talk()
    talk.opened(viewport=list(LEEDS))
    robbery = incident()
    talk.session.touch(talk.desk.progressed(robbery.id, [owed()], NOW))
    assert talk.hear() == [], "the record is not shown"
    talk.desk.put(robbery)
    assert kinds(talk.looked()) == ["incident", "deliveries"]
    talk.session.touch(talk.desk.progressed(robbery.id, [owed(age_s=11)], NOW))
    (message,) = talk.hear()
    assert (message["counts"], message["unconfirmed"][0]["officer"]) == ({"unconfirmed": 1}, "pc-1")


def test_store_and_coverage_newest_wins() -> None:
    talk = Talk()
    talk.opened()
    talk.session.store_is(StoreState("down", "t1"))
    talk.session.store_is(StoreState("up", "t2"))
    talk.session.coverage_is(True)
    assert talk.hear() == [{"type": "store", "state": "up", "since": "t2"}, {"type": "coverage", "partial": True}]


# ---------------------------------------------------------------- slow, silent, expired
def test_a_console_that_does_not_read_costs_an_entry_per_thing_and_gets_the_newest() -> None:
    talk = Talk()
    talk.opened()
    robbery = incident()
    for version in range(1, 500):
        talk.desk.put(replace(robbery, title=f"Title {version}"), version=version)
        talk.session.touch(talk.desk.board.look())
    assert talk.session.backlog == 1
    assert [message["title"] for message in talk.hear()] == ["Title 499"]


def test_it_is_cut_off_when_it_has_not_read_for_long() -> None:
    talk = Talk()
    talk.opened()
    talk.session.blocked_at = 10.0
    talk.session.tick(24.9, NOW)
    assert talk.session.live
    talk.session.tick(25.1, NOW)
    assert talk.session.goodbye == (4101, "nothing read")
    assert talk.session.backlog == 0


def test_silence_and_heartbeats() -> None:
    talk = Talk()
    talk.opened()
    talk.say("heartbeat", at=40.0, t=7)
    assert talk.hear() == [{"type": "heartbeat_ack", "t": 7, "server_time": "2026-11-22T18:00:00.000Z"}]
    talk.session.tick(84.0, NOW)
    assert talk.session.live
    talk.session.tick(85.1, NOW)
    assert talk.session.goodbye == (1001, "nothing heard")


def test_a_token_that_ends_is_announced_and_can_be_replaced() -> None:
    talk = Talk()
    talk.opened("short")
    talk.session.tick(12.0, NOW)
    assert kinds(talk.hear()) == ["auth_expiring"]
    talk.say("reauth", at=20.0, token="short")
    talk.session.tick(30.5, NOW)
    talk.say("heartbeat", at=75.0)
    talk.session.tick(85.0, NOW)
    assert kinds(talk.hear()) == ["auth_expiring", "heartbeat_ack"] or talk.session.live
    talk.session.tick(91.0, NOW)
    assert talk.session.goodbye == (4401, "the token has expired")


def test_other_rights_are_another_snapshot_and_another_person_is_refused() -> None:
    talk = Talk()
    secret = incident(marking=Marking(level=Clearance.OFFICIAL_SENSITIVE))
    talk.desk.put(secret)
    assert talk.opened()[0]["incidents"] == []
    talk.say("reauth", token="disp-1")
    assert talk.hear() == []
    talk.say("reauth", token="disp-1/cleared")
    assert [one["id"] for one in talk.hear()[0]["incidents"]] == [secret.id]
    talk.say("reauth", token="disp-2")
    assert talk.session.goodbye is not None
    assert talk.session.goodbye[0] == 4401


def test_a_drain_says_when_to_come_back() -> None:
    talk = Talk()
    talk.opened()
    talk.session.drain(300)
    talk.session.drain(300)
    assert talk.hear() == [{"type": "reconnect", "after_ms": 300}]
    assert talk.session.goodbye == (4100, "the server goes away")
    talk.say("heartbeat")
    assert talk.hear() == []


def test_receipts_come_with_the_briefing_that_they_are_about_and_the_unanswered_wherever_it_is() -> None:
    talk = Talk()
    talk.opened(viewport=LEEDS)
    here, there = briefing("here"), briefing("there", place=Point(0.0, 51.5))
    talk.desk.put(here, there)
    talk.session.touch([*talk.desk.board.look()])
    for one in (here, there):
        message = views.of_receipts(Stored(one, 1, NOW), [receipt("pc-1", step=3)], who)
        entry = views.of_unanswered(Stored(one, 1, NOW), [receipt("pc-1", step=3)], who)
        talk.session.touch(talk.desk.board.received(one.id, message, entry))
    said = talk.hear()
    assert [one["id"] for one in said if one["type"] == "receipts"] == [here.id]
    assert [one["id"] for one in said if one["type"] == "unanswered"] == [here.id, there.id]
    talk.session.touch(talk.desk.board.over(there.id))
    assert [(one["type"], one["id"], one["count"]) for one in talk.hear()] == [("unanswered", there.id, 0)]
    again = Talk(talk.desk).opened()
    (snapshot,) = [one for one in again if one["type"] == "snapshot"]
    assert [one["id"] for one in snapshot["receipts"]] == [here.id]
    assert [one["id"] for one in snapshot["unanswered"]] == [here.id]
