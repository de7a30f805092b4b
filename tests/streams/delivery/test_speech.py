"""A fan-out and a stored word, as messages."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from geo.model import Briefing, Grade, Stored, Verdict
from geo.store.rows import Act, OwedRow
from streams.conversation import frames
from streams.conversation.messages import Alert, Cancel, Purge
from streams.conversation.wire import decode_server
from streams.delivery.speech import Again, FanoutSpeech, SharedParts, alert_again, piece_of
from streams.noise.rules import Reason
from tests.streams.speaking import NOW, delivered, incident

SHARED = SharedParts(lambda record: NOW)


def test_a_fan_out_speaks_to_each_officer() -> None:
    record = incident(title="Robbery at knifepoint")
    speech = FanoutSpeech(delivered(["o1", "o2"], [5, 9], record, verdict=Verdict.INTERRUPT, priority=1), SHARED)
    assert len(speech) == 2
    alert = decode_server(frames.frame(Act.ALERT, 9, 5, speech.tail(1)))
    assert isinstance(alert, Alert)
    assert (alert.seq, alert.prev_seq, alert.style, alert.title) == (9, 5, "interrupt", "Robbery at knifepoint")
    assert alert.distance_m == 340
    assert any("340 m" in why.text for why in alert.why)
    word = speech.word(1)
    assert (word.seq, word.priority, word.act, word.record) == (9, 1, Act.ALERT, record.id)
    assert word.speech.tail() == speech.tail(1)


def test_a_piece_says_what_the_whole_says() -> None:
    told = delivered([f"o{number}" for number in range(7)], list(range(7)))
    whole, piece = FanoutSpeech(told, SHARED), FanoutSpeech(piece_of(told, 3, 6), SHARED)
    assert (len(piece), piece.officers, piece.seqs) == (3, ("o3", "o4", "o5"), [3, 4, 5])
    assert [piece.tail(row) for row in range(3)] == [whole.tail(row) for row in range(3, 6)]
    assert piece_of(told, 0, 7) is told
    assert len(FanoutSpeech(piece_of(told, 6, 500), SHARED)) == 1


def test_what_is_taken_back_carries_its_reason() -> None:
    closed = FanoutSpeech(delivered(["o1"], [1], act=Act.CANCEL, reason=Reason.CLOSED, rev=4), SHARED)
    message = decode_server(frames.frame(Act.CANCEL, 1, None, closed.tail(0)))
    assert message == Cancel(1, None, incident().id, 4, "closed")
    purged = FanoutSpeech(delivered(["o1"], [1], act=Act.PURGE, reason=Reason.NOT_ENTITLED), SHARED)
    assert decode_server(frames.frame(Act.PURGE, 1, None, purged.word(0).speech.tail())) == Purge(
        1, None, incident().id, "not_entitled"
    )


def test_the_shared_part_is_made_once_per_version() -> None:
    shared = SharedParts(lambda record: None)
    one = shared.of(Stored(incident(), 1, NOW))
    assert shared.of(Stored(incident(), 1, NOW)) is one
    assert shared.of(Stored(incident(title="Other"), 2, NOW)) != one


def test_what_is_said_again_says_the_same_in_the_style_of_now() -> None:
    row = OwedRow(
        officer="o1",
        record=incident().id,
        version=1,
        seq=3,
        rev=2,
        act=Act.ALERT,
        verdict=Verdict.INTERRUPT,
        priority=1,
        reason="none",
        rule="style",
        at=NOW,
        score=0.9,
        terms={"reach": 1.0, "severity": 2.0},
        facts={"distance_m": 340.0, "bearing_deg": 90.0},
    )
    said = alert_again(row, Verdict.NOTIFY, Stored(incident(), 1, NOW), SHARED)
    alert = msgspec.json.decode(frames.reset_alert(said), type=Alert)
    assert (alert.rev, alert.style, alert.distance_m, alert.bearing_deg) == (2, "notify", 340, 90)
    assert alert.why
    assert Again(b"a", b"b").tail() == b"ab"


def test_who_has_acknowledged_is_not_asked_by_any_device() -> None:
    shared = SharedParts(lambda record: None)
    item = Stored(
        Briefing(
            force="own", source="briefings", source_id="1", category="other", title="t", grade=Grade.PRIORITY,
            reported_at=0, must_ack=True,
        ),
        1,
        0,
    )  # fmt: skip
    assert b'"must_ack":true' in shared.of(item)
    assert b'"must_ack":false' in shared.of(item, answered=True)
    row = OwedRow("a", item.record.id, 1, 1, 2, Act.ALERT, Verdict.MAP, 1, "", "answered", 0, 0.5)
    assert b'"must_ack":false' in alert_again(row, Verdict.MAP, item, shared)
    assert b'"must_ack":true' in alert_again(replace(row, rule="must_ack"), Verdict.MAP, item, shared)
