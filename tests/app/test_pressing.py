"""The three kinds of messages that wait for no fan-out, under any mask, behind any others, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from app.pressing import pressing


def framed(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


PRESSING = ("emergency", "emergency_cancel", "respond", "status")
OTHERS = ("ack", "seen", "position", "heartbeat", "identify", "briefing_request")


@pytest.mark.parametrize("kind", PRESSING)
def test_what_must_not_wait(kind: str) -> None:
    for pad in ("", "x" * 200, "x" * 2_000):
        said = framed(f'{{"type":"{kind}","key":"k","pad":"{pad}"}}')
        assert pressing(said)
        assert pressing(framed('{"type":"ack","seq":5}') + framed('{"type":"seen","alert_id":"a"}') + said)


@pytest.mark.parametrize("kind", OTHERS)
def test_what_may(kind: str) -> None:
    assert not pressing(framed(f'{{"type":"{kind}","t":1}}') * 3)


def test_what_is_written_otherwise_waits_like_the_rest() -> None:
    assert not pressing(framed('{ "type" : "emergency" }'))
    assert not pressing(framed('{"key":"emergency","type":"x"}'))
    assert not pressing(framed("{}"))
    assert not pressing(b"")


@given(st.binary(max_size=400))
def test_no_bytes_break_it(data: bytes) -> None:
    assert pressing(data) in (True, False)


@given(st.sampled_from(PRESSING), st.integers(0, 60))
def test_a_piece_of_a_frame_breaks_nothing(kind: str, cut: int) -> None:
    said = framed(f'{{"type":"{kind}","key":"k"}}')
    assert pressing(said[:cut]) in (True, False)
