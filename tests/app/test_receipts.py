"""Receipts by command: from a store and from a server, in each form; evidence is checked, altered evidence found."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.drivers import store_of
from app.errors import CannotStart
from app.receipts import Wish, from_server, from_store, verify
from app.settings import settings_of
from geo.access import refusals_of
from geo.clock import HOUR, SECOND, SystemClock
from geo.errors import NotFound
from geo.model import Disposition, Interval, Officer, Shift, Unit
from geo.store.rows import Answered, Answers
from tests.geo.store.making import fanout, say
from tests.streams.console.desk import briefing


@pytest.fixture
def pushed(tmp_path: Path) -> str:
    """A data folder with a must-ack for pc-1 (told, answered) and pc-2 (in bed)."""
    now = SystemClock().now()
    it = briefing(reported_at=now - HOUR, valid=Interval(now - HOUR, now + HOUR), title="Stolen van")

    async def fill() -> None:
        store: Any = store_of(settings_of(data=tmp_path))
        await store.open()
        await store.put_officers([Officer(id="pc-1", force="own", name="Ann Smith"), Officer(id="pc-2", force="own")])
        await store.put_units([Unit(id="u1", callsign="LX21", force="own")])
        await store.put_shifts([Shift(id="s", officer="pc-1", start=now - HOUR, end=now + HOUR, unit="u1")])
        assert await store.publish(it, refusals_of, "disp-1") is not None
        await say(store, fanout(it.id, ["pc-1"], at=now - 9 * SECOND))
        reply = Answered("k", "pc-1", "phone", it.id, 1, Disposition.ATTENDING, "two minutes", now - SECOND)
        await store.answer(Answers(answered=(reply,)))
        await store.close()

    asyncio.run(fill())
    return it.id


def test_as_text_those_who_have_not_answered_come_first(
    pushed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from_store(tmp_path, Wish(briefing=pushed), None)
    lines = capsys.readouterr().out.splitlines()
    assert "Stolen van" in lines[1]
    assert "1 of 2 people answered, 1 not" in lines[2]
    people = [line for line in lines if "pc-" in line]
    assert people[0].startswith("pc-2")
    assert people[1].startswith("Ann Smith (pc-1)  LX21  Answered")
    assert "attending: two minutes" in people[1]


@pytest.mark.parametrize(
    ("form", "holds"), [("csv", "attending,two minutes"), ("html", "Ann Smith"), ("json", '"state": "answered"')]
)
def test_in_each_form(pushed: str, tmp_path: Path, form: str, holds: str) -> None:
    out = tmp_path / "out"
    from_store(tmp_path, Wish(briefing=pushed, format=form, states=("answered",)), out)
    text = out.read_text("utf-8")
    assert holds in text
    assert "pc-2" not in text
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_evidence_is_checked(pushed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "evidence.json"
    from_store(tmp_path, Wish(briefing=pushed, format="evidence"), out)
    verify(out)
    assert f"whole: {pushed}, 2 people" in capsys.readouterr().out
    out.write_text(out.read_text("utf-8").replace("two minutes", "ten minutes"), "utf-8")
    with pytest.raises(CannotStart, match="was altered"):
        verify(out)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"evidence": {"format": "other"}, "sha256": ""}'])
def test_what_is_no_evidence_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(CannotStart, match="no evidence export"):
        verify(file)


def test_a_briefing_that_is_not_there(pushed: str, tmp_path: Path) -> None:
    assert pushed
    with pytest.raises(NotFound, match="no briefing 'bri-9'"):
        from_store(tmp_path, Wish(briefing="bri-9"), None)


def test_a_state_that_there_is_none() -> None:
    with pytest.raises(CannotStart, match="no state 'lost': queued, pushed"):
        Wish(briefing="bri-9", states=("lost",))


def test_neither_a_folder_nor_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEATLINE_STORE", raising=False)
    with pytest.raises(CannotStart, match="give --data"):
        from_store(None, Wish(briefing="bri-9"), None)


def test_a_server_is_asked_for_what_is_wanted(
    pushed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from_store(tmp_path, Wish(briefing=pushed, format="json"), None)
    document = json.loads(capsys.readouterr().out)
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=document)

    monkeypatch.setattr(httpx, "request", httpx.Client(transport=httpx.MockTransport(handle)).request)
    from_server("http://x", "t", Wish(briefing=pushed, states=("queued", "seen")), None)
    assert str(seen[0].url) == f"http://x/v1/briefings/{pushed}/receipts?format=json&state=queued&state=seen"
    assert "Ann Smith (pc-1)" in capsys.readouterr().out
