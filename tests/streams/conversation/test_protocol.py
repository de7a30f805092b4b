"""The numbers are those of PROTOCOL.md."""

from __future__ import annotations

from streams.conversation.protocol import HEARTBEAT_S, MAX_FRAME_BYTES, PROTOCOL, RESUME_S, Close, SessionLimits


def test_the_numbers() -> None:
    assert (PROTOCOL, MAX_FRAME_BYTES, HEARTBEAT_S, RESUME_S) == ("beatline.v1", 65_536, 20, 1_800)
    limits = SessionLimits()
    assert (limits.max_unacked, limits.beyond_for_p1, limits.stalled_s, limits.silent_s) == (64, 8, 15.0, 45.0)
    assert (limits.min_window_bytes, limits.max_window_bytes, limits.window_s) == (16_384, 262_144, 2.0)
    assert (limits.identify_s, limits.burst_s, limits.replay_max, limits.replay_s) == (5.0, 2.0, 300, 1_800)
    assert (limits.positions_per_s, limits.position_burst) == (10.0, 60)
    assert (limits.messages_per_s * 60, limits.message_burst) == (120.0, 120)


def test_every_close_code_is_a_different_one() -> None:
    codes = [value for name, value in vars(Close).items() if name.isupper()]
    assert len(set(codes)) == len(codes)
    assert {4100, 4101, 4102, 4103, 4400, 4401, 4403, 4404, 4429} <= set(codes)
