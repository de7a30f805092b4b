"""The terminal handset: commands become messages, and what arrives becomes lines."""

from __future__ import annotations

import asyncio
import os
import pty
from pathlib import Path

import pytest

from app.people.handset import Link, LinkChanged
from app.people.movement import BadTrace, Standing
from app.people.officer import TerminalHandset, raw_keys, stdin_lines, way
from geo.errors import BadPlace
from geo.model import UnitStatus
from tests.app.people.test_handset import ALERT, Script, _serve

TRACE = "unit,at,lon,lat,speed_mps,heading_deg,accuracy_m\nU1,2026-01-15T16:00:00Z,-1.5,53.8,,,\n"


async def _until(handset: TerminalHandset, lines: list[str], script: Script, word: str) -> None:
    async with asyncio.timeout(10):
        while word not in script.types() and not any(line.startswith(word) for line in lines):
            await asyncio.sleep(0.01)


async def test_a_shift_at_the_terminal() -> None:
    script, lines = Script(), list[str]()
    script.alerts = [ALERT, ALERT | {"seq": 2, "prev_seq": 1, "alert_id": "inc-2", "style": "notify", "priority": 2}]
    async with _serve(script.talk) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        officer = TerminalHandset(url, "T", "d", None, UnitStatus.AVAILABLE, None, lines.append)
        officer.handset.start()
        await _until(officer, lines, script, "NOTIFY")
        for line in ("ack", "attending 2", "ack", "ack 9", "pos -1.5 53.8", "pos 0 0", "status at_scene", "list"):
            officer.obey(line)
        officer.obey("emergency officer down")
        officer.obey("cancel")
        officer.obey("cancel")
        await _until(officer, lines, script, "emergency_cancel")
        officer.obey("quit")
        assert officer.done.is_set()
        officer.handset.stop()
    answers = [(m["alert_id"], m["choice"]) for m in script.heard if m["type"] == "respond"]
    assert answers == [("inc-1", "acknowledged"), ("inc-2", "attending")]
    assert {"seen", "position", "emergency", "emergency_cancel"} <= set(script.types())
    emergency = next(m for m in script.heard if m["type"] == "emergency")
    assert (emergency["lon"], emergency["text"]) == (-1.5, "officer down")
    for word in ("nothing waits", "no such alert", "knows no place", "no emergency of this handset"):
        assert any(word in line.lower() for line in lines), word
    assert any(line.startswith("  2 NOTIFY") for line in lines)


async def test_who_is_not_let_in_is_told_why() -> None:
    officer = TerminalHandset("http://127.0.0.1:9", "T", "d", None, UnitStatus.AVAILABLE, None, print)
    officer.told(LinkChanged(Link.STOPPED, "the token is not one of ours"))
    assert officer.done.is_set()
    assert officer.refusal == "the token is not one of ours"


@pytest.mark.parametrize("kind", ["pipe", "file", "nothing"])
async def test_commands_come_from_whatever_stdin_is(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "commands"
    file.write_text("" if kind == "nothing" else "list\nquit\n")
    if kind == "pipe":
        read, write = os.pipe()
        os.write(write, file.read_bytes())
        os.close(write)
        stdin = os.fdopen(read)
    else:
        stdin = (Path(os.devnull) if kind == "nothing" else file).open()
    monkeypatch.setattr("sys.stdin", stdin)
    async with asyncio.timeout(5):
        lines = [line.strip() async for line in stdin_lines()]
    assert lines == ([] if kind == "nothing" else ["list", "quit"])
    if kind != "pipe":
        stdin.close()


def test_keys_type_a_command_and_escape_forgets_it() -> None:
    officer = TerminalHandset("http://127.0.0.1:9", "T", "d", None, UnitStatus.AVAILABLE, None)
    for key in ":pox\x7fs 1 2":
        officer._key(key)
    typed = officer.desk.typing
    officer._key("\x1b")
    assert (typed, officer.desk.typing) == ("pos 1 2", None)
    officer._key("q")
    assert officer.done.is_set()


async def test_the_terminal_is_put_back_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    pressed: list[str] = []
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        with raw_keys(pressed.append):
            os.write(ours, b"a:")
            async with asyncio.timeout(5):
                while len(pressed) < 2:
                    await asyncio.sleep(0.01)
        assert not asyncio.get_running_loop().remove_reader(terminal.fileno())
    os.close(ours)
    assert pressed == ["a", ":"]


def test_where_he_is(tmp_path: Path) -> None:
    file = tmp_path / "traces.csv"
    file.write_text(TRACE)
    assert way(file, None, None, None) is not None
    assert way(None, None, None, None) is None
    assert isinstance(way(None, None, -1.5, 53.8), Standing)
    with pytest.raises(BadPlace, match="U1"):
        way(file, "U7", None, None)
    with pytest.raises(BadPlace):
        way(None, None, 0.0, 0.0)
    file.write_text("nothing\n")
    with pytest.raises(BadTrace):
        way(file, None, None, None)
