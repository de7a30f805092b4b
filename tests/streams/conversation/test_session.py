"""The server's end of a conversation, message by message and second by second."""

from __future__ import annotations

import json
from typing import Any

from geo.model import UnitStatus
from geo.store.rows import Act
from streams.conversation import frames
from streams.conversation.messages import (
    Ack,
    BriefingRequest,
    Identify,
    OfficerWords,
    Position,
    Ready,
    StatusChange,
    StatusReport,
)
from streams.conversation.owed import Word
from streams.conversation.protocol import Close, Phase, SessionLimits
from streams.conversation.session import ServerSession
from streams.delivery.speech import Again
from tests.streams.speaking import NOW

LIMITS = SessionLimits()
IDENTIFY = b'{"type":"identify","token":"t","device_id":"d","app":"a"}'


def new(now: float = 0.0) -> ServerSession:
    return ServerSession(LIMITS, "node", "nonce", NOW, now)


def said(session: ServerSession) -> list[dict[str, Any]]:
    return [json.loads(frame) for frame in session.frames()]


def kinds(session: ServerSession) -> list[str]:
    return [message["type"] for message in said(session)]


def live(now: float = 0.0, expires_at: float = 3_600.0) -> ServerSession:
    session = new(now)
    list(session.receive(IDENTIFY, now))
    let_in(session, now, expires_at)
    session.frames()
    return session


def let_in(session: ServerSession, now: float = 0.0, expires_at: float = 3_600.0) -> None:
    ready = Ready("s", "epoch", 0, "snapshot", OfficerWords("o", None, ("officer",)), 1_800)
    session.ready(ready, expires_at, "2026-11-22T19:00:00.000Z")
    session.reset(frames.reset_frames("epoch", 0, []), 0)
    session.caught_up(0, now)


def word(seq: int, priority: int = 2, record: str = "") -> Word:
    record = record or f"r{seq}"
    return Word(seq, record, 1, priority, Act.CANCEL, Again(frames.cancel_tail(record, 1, "closed")))


# ---------------------------------------------------------------- coming in
def test_hello_is_the_first_frame() -> None:
    (hello,) = said(new())
    assert list(hello) == ["type", "protocol", "node", "nonce", "heartbeat_s", "server_time", "limits"]
    assert hello["server_time"] == "2026-11-22T18:00:00.000Z"
    assert hello["limits"] == {"max_frame_bytes": 65_536, "max_unacked": 64}


def test_who_does_not_identify_is_hung_up_on_after_five_seconds() -> None:
    session = new()
    assert session.due == 5.0
    list(session.tick(4.9))
    assert session.goodbye is None
    list(session.tick(5.0))
    assert session.goodbye == (Close.NOT_AUTHENTICATED, "no identify within 5 s")


def test_the_order_of_the_answer() -> None:
    session = new()
    (message,) = session.receive(IDENTIFY, 0.0)
    assert isinstance(message, Identify)
    assert session.phase is Phase.JOINING
    let_in(session)
    session.report(StatusReport(UnitStatus.OFF_DUTY, "none", None))
    assert kinds(session) == ["hello", "ready", "reset", "caught_up", "status"]


def test_what_follows_identify_at_once_is_handled_after_it_in_order() -> None:
    session = new()
    list(session.receive(IDENTIFY, 0.0))
    assert list(session.receive(b'{"type":"status","status":"available","at":"2026-11-22T18:00:00Z"}', 0.0)) == []
    list(session.receive(b'{"type":"heartbeat","t":7}', 0.0))
    list(session.receive(b'{"type":"position","at":"2026-11-22T18:00:00Z","lon":1,"lat":2}', 0.0))
    list(session.receive(b'{"type":"ack","seq":0}', 0.0))
    let_in(session)
    session.frames()
    handed_on = list(session.early(0.0))
    assert [type(message) for message in handed_on] == [StatusChange, Position]
    assert said(session) == [{"type": "heartbeat_ack", "t": 7, "head_seq": 0, "sent_seq": 0}]


def test_of_too_many_positions_behind_identify_the_newest_counts_as_well() -> None:
    session = new()
    list(session.receive(IDENTIFY, 0.0))
    for number in range(70):
        list(session.receive(b'{"type":"position","at":"2026-11-22T18:00:00Z","lon":%d,"lat":2}' % number, 0.0))
    assert list(session.tick(0.2)) == []
    let_in(session)
    assert len([message for message in session.early(0.3) if isinstance(message, Position)]) == 60
    (newest,) = session.tick(0.5)
    assert isinstance(newest, Position)
    assert newest.lon == 69


def test_other_messages_before_identify_are_refused() -> None:
    session = new()
    session.frames()
    assert (
        list(session.receive(b'{"type":"respond","key":"k","alert_id":"a","rev":1,"at":"x","choice":"handled"}', 0))
        == []
    )
    (error,) = said(session)
    assert (error["code"], error["ref"]) == ("not_identified", "k")


def test_a_second_identify_is_refused() -> None:
    session = live()
    assert list(session.receive(IDENTIFY, 1.0)) == []
    assert said(session)[0]["code"] == "already_identified"


# ---------------------------------------------------------------- what is not understood
def test_what_is_not_a_message_closes_and_what_is_not_known_does_not() -> None:
    for payload in (b"{", b"[]", b"7", b'"x"', b'{"a":1}', b'{"type":7}', b"\xff", b"[" * 40_000):
        session = live()
        assert list(session.receive(payload, 1.0)) == []
        assert session.goodbye is not None
        assert session.goodbye[0] == Close.MALFORMED
    session = live()
    list(session.receive(b'{"type":"dance","key":"k"}', 1.0))
    list(session.receive(b'{"type":"ack","seq":"one"}', 1.0))
    assert [(error["code"], error["ref"]) for error in said(session)] == [
        ("unknown_type", "dance"),
        ("bad_field", "ack"),
    ]
    assert session.live


def test_a_binary_frame_closes() -> None:
    session = live()
    session.receive_binary()
    assert session.goodbye == (Close.MALFORMED, "a message is a text frame")


def test_what_this_server_does_not_do_is_said_clearly() -> None:
    session = live()
    list(session.receive(b'{"type":"reauth","token":"t"}', 1.0))
    assert [(error["code"], error["ref"]) for error in said(session)] == [("not_supported", "reauth")]


def test_a_briefing_request_is_for_the_hub() -> None:
    session = live()
    (asked,) = session.receive(b'{"type":"briefing_request","key":"b","from":"2026-01-15T22:00:00Z"}', 1.0)
    assert asked == BriefingRequest("b", start="2026-01-15T22:00:00Z")
    assert said(session) == []


# ---------------------------------------------------------------- rates
def test_positions_beyond_the_rate_are_coalesced_and_the_newest_wins() -> None:
    session = live()
    taken = [
        message
        for number in range(100)
        for message in session.receive(b'{"type":"position","at":"x","lon":%d,"lat":2}' % number, 1.0)
    ]
    assert len(taken) == 60
    assert said(session) == []
    assert session.due <= 1.1
    (late,) = session.tick(1.2)
    assert isinstance(late, Position)
    assert late.lon == 99.0
    assert list(session.tick(1.3)) == []


def test_too_many_messages_are_refused_and_then_it_is_over() -> None:
    session = live()
    for _ in range(130):
        list(session.receive(b'{"type":"heartbeat","t":1}', 1.0))
    answers = said(session)
    assert [answer["type"] for answer in answers].count("heartbeat_ack") == 120
    assert {answer.get("code") for answer in answers if answer["type"] == "error"} == {"rate_limited"}
    assert session.live
    for _ in range(60):
        list(session.receive(b'{"type":"nonsense"}', 1.0))
    assert session.goodbye is not None
    assert session.goodbye[0] == Close.TOO_MANY
    assert session.over


def test_acknowledging_what_was_sent_is_never_too_much() -> None:
    session = live()
    for seq in range(1, 400):
        session.offer(word(seq), 1.0)
        assert len(session.frames()) == 1
        (ack,) = session.receive(b'{"type":"ack","seq":%d}' % seq, 1.0)
        assert isinstance(ack, Ack)
    for _ in range(200):
        list(session.receive(b'{"type":"ack","seq":1}', 1.0))
    assert session.over


# ---------------------------------------------------------------- saying
def test_the_chain_of_prev_seq_and_what_a_heartbeat_is_told() -> None:
    session = live()
    session.offer(word(3), 1.0)
    payload = session.push(5, 2, Act.CANCEL, frames.cancel_tail("r5", 1, "closed"), 1.0)
    assert payload is None  # the first is not written yet: nothing may overtake it
    assert [message["prev_seq"] for message in said(session)] == [None]
    payload = session.push(5, 2, Act.CANCEL, frames.cancel_tail("r5", 1, "closed"), 1.0)
    assert payload is not None
    assert json.loads(payload)["prev_seq"] == 3
    list(session.receive(b'{"type":"heartbeat","t":"echo"}', 1.1))
    assert said(session) == [{"type": "heartbeat_ack", "t": "echo", "head_seq": 5, "sent_seq": 5}]


def test_an_unasked_heartbeat_ack_two_seconds_after_a_burst() -> None:
    session = live()
    for seq, now in ((1, 1.0), (2, 2.0)):
        session.offer(word(seq), now)
    session.frames()
    list(session.tick(3.5))
    assert said(session) == []
    assert session.due == 4.0
    list(session.tick(4.0))
    assert said(session) == [{"type": "heartbeat_ack", "t": None, "head_seq": 2, "sent_seq": 2}]
    list(session.tick(6.5))
    assert said(session) == []


def test_stops_at_64_lets_8_p1_through_and_gives_up_after_15_seconds() -> None:
    session = live()
    for seq in range(1, 101):
        session.offer(word(seq), 1.0)
    assert len(said(session)) == 64
    for seq in range(101, 121):
        session.offer(word(seq, priority=1), 1.0)
    assert [message["seq"] for message in said(session)] == list(range(101, 109))
    list(session.receive(b'{"type":"heartbeat","t":1}', 10.0))
    assert said(session)[0]["head_seq"] == 120
    list(session.tick(15.9))
    assert session.live
    list(session.tick(16.0))
    assert session.goodbye is not None
    assert session.goodbye[0] == Close.SLOW


def test_an_acknowledgement_lets_what_waits_go_on() -> None:
    session = live()
    for seq in range(1, 101):
        session.offer(word(seq), 1.0)
    session.frames()
    list(session.receive(b'{"type":"ack","seq":64}', 2.0))
    session.pump(2.0)
    assert [message["seq"] for message in said(session)] == list(range(65, 101))


def test_a_blocked_transport_is_not_written_to_and_given_up_on() -> None:
    session = live()
    session.block(1.0)
    session.offer(word(1), 1.0)
    assert said(session) == []
    session.unblock()
    session.pump(2.0)
    assert [message["seq"] for message in said(session)] == [1]
    session.block(3.0)
    list(session.receive(b'{"type":"heartbeat","t":1}', 17.0))
    list(session.tick(18.0))
    assert session.goodbye == (Close.SLOW, "nothing read for 15 s")


def test_too_much_waiting_is_not_kept() -> None:
    session = live()
    for seq in range(1, LIMITS.max_waiting + 100):
        session.offer(word(seq), 1.0)
    list(session.tick(1.1))
    assert session.goodbye is not None
    assert session.goodbye[0] == Close.SLOW


# ---------------------------------------------------------------- time
def test_a_device_silent_for_45_seconds_is_dropped() -> None:
    session = live()
    session.heard(10.0)
    list(session.tick(54.9))
    assert session.live
    list(session.tick(55.0))
    assert session.goodbye is not None
    assert session.goodbye[0] == Close.SILENT


def test_an_expiring_token_is_announced_and_then_it_is_over() -> None:
    session = live(expires_at=90.0)
    session.heard(30.0)
    list(session.tick(30.0))
    assert said(session) == [{"type": "auth_expiring", "at": "2026-11-22T19:00:00.000Z"}]
    session.heard(60.0)
    list(session.tick(89.9))
    assert session.live
    list(session.tick(90.0))
    assert session.goodbye == (Close.NOT_AUTHENTICATED, "the token has expired")


def test_a_short_token_is_announced_at_once() -> None:
    session = live(expires_at=10.0)
    assert session.due <= 0.0
    list(session.tick(0.2))
    assert kinds(session) == ["auth_expiring"]


def test_a_drain_is_polite() -> None:
    session = live()
    session.drain(1_234)
    assert said(session) == [{"type": "reconnect", "after_ms": 1_234}]
    assert session.goodbye == (Close.DRAIN, "the server is going away")
    session.offer(word(1), 1.0)
    assert said(session) == []


def test_status_is_said_when_it_has_changed() -> None:
    session = live()
    report = StatusReport(UnitStatus.AVAILABLE, "ok", None)
    session.report(report)
    session.report(report)
    assert kinds(session) == ["status"]
    session.report(report, always=True)
    assert kinds(session) == ["status"]
