"""The limits are real measurements: they end, and they say a rate."""

from __future__ import annotations

from pathlib import Path

from app.bench.bare import bare_insert, bare_send


def test_a_bare_send_loop_reaches_every_socket() -> None:
    limit = bare_send(20, rounds=2)
    assert limit.sockets == 20
    assert 0 < limit.send_us <= limit.received_us


def test_a_bare_insert_writes_and_closes(tmp_path: Path) -> None:
    assert bare_insert(tmp_path, 1_200) > 0
