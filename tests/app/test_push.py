"""A briefing pushed by command: one key for all tries, and the answer in words a dispatcher reads at four at night."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.errors import CannotStart, ServerRefused
from app.push import Push, area_of, body_of, given, push, withdraw

COUNTS = {"would_get": 13, "not_entitled": 2, "by_reason": {"clearance": 2}}
ACCEPTED = {"id": "bri-1", "version": 1, "counts": COUNTS, "closed": None, "warnings": [], "notes": [], "changed": []}
BODY = {"title": "x", "body": "y"}


def served(monkeypatch: pytest.MonkeyPatch, *answers: httpx.Response | Exception) -> list[httpx.Request]:
    seen: list[httpx.Request] = []
    left = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(httpx, "request", httpx.Client(transport=httpx.MockTransport(handle)).request)
    return seen


def quickly(seconds: float) -> None:
    """No wait."""


def test_it_says_whom_it_reaches(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen = served(monkeypatch, httpx.Response(201, json=ACCEPTED))
    push("http://x", "t", Push(body=BODY))
    assert capsys.readouterr().out == "bri-1 version 1: 13 people will have it; 2 may not see it (clearance 2).\n"
    assert seen[0].url.path == "/v1/briefings"
    assert json.loads(seen[0].read()) == BODY
    assert seen[0].headers["Idempotency-Key"].startswith("cli-")


def test_a_lost_answer_is_asked_for_under_the_same_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = httpx.Response(201, json=ACCEPTED, headers={"Idempotent-Replayed": "true"})
    seen = served(monkeypatch, httpx.ReadTimeout("gone"), done)
    push("http://x", "t", Push(body=BODY), quickly)
    assert len({one.headers["Idempotency-Key"] for one in seen}) == 1
    assert "It had been pushed already." in capsys.readouterr().out


def test_two_pushes_have_two_keys_and_a_given_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = served(monkeypatch, *[httpx.Response(201, json=ACCEPTED)] * 3)
    for one in (Push(body=BODY), Push(body=BODY), Push(body=BODY, key="night-1")):
        push("http://x", "t", one)
    keys = [one.headers["Idempotency-Key"] for one in seen]
    assert len(set(keys)) == 3
    assert keys[2] == "night-1"


def test_a_dry_run_says_who_would_get_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    person: dict[str, Any] = {"officer": "pc-1", "name": "A. Khan", "callsign": "CW 1", "reason": None}
    told = {
        "dry_run": True,
        "counts": COUNTS,
        "would_get": [person] * 22,
        "not_entitled": [{**person, "officer": "pc-9", "callsign": None, "reason": "clearance"}],
        "warnings": [{"code": "area_without_beats", "message": "no beat lies in the area"}],
        "notes": ["mended: self-intersection"],
    }
    seen = served(monkeypatch, httpx.Response(200, json=told))
    push("http://x", "t", Push(body=BODY, dry_run=True))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Nothing was sent: 13 people would get it; 2 may not see it (clearance 2)."
    assert lines[1:3] == ["warning: no beat lies in the area", "note: mended: self-intersection"]
    assert lines[3] == "  would get it: pc-1 A. Khan CW 1"
    assert "  would get it: and 2 more" in lines
    assert lines[-1] == "  may not see it: pc-9 A. Khan, clearance"
    assert seen[0].url.query == b"dry_run=true"


def test_confirm_and_what_it_replaces(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen = served(monkeypatch, httpx.Response(201, json={**ACCEPTED, "closed": "bri-0"}))
    push("http://x", "t", Push(body=BODY, confirm=True))
    assert seen[0].url.query == b"confirm=true"
    assert "It replaces bri-0, which is closed." in capsys.readouterr().out


def test_what_the_server_refuses_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = "audience: nobody is on shift for C9; send it with ?confirm=true"
    served(monkeypatch, httpx.Response(422, json={"detail": detail}))
    with pytest.raises(ServerRefused, match="nobody is on shift for C9; send it with --confirm"):
        push("http://x", "t", Push(body=BODY))


def test_withdrawing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen = served(monkeypatch, httpx.Response(200, json={"id": "bri-1", "version": 3}))
    withdraw("http://x", "t", "bri-1/../x", "wrong street")
    assert seen[0].url.raw_path == b"/v1/briefings/bri-1%2F..%2Fx/withdraw"
    assert json.loads(seen[0].read()) == {"reason": "wrong street"}
    assert capsys.readouterr().out == "bri-1 is withdrawn, as version 3\n"


def test_only_what_is_given_is_sent() -> None:
    assert given(a=None, b=(), c="", d={}, e=[], f="x", g=3) == {"f": "x", "g": 3}


def test_the_text_is_a_files_or_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.md"
    file.write_text("**é**", "utf-8")
    assert body_of(file) == "**é**"
    monkeypatch.setattr("sys.stdin", io.StringIO("typed"))
    assert body_of(Path("-")) == "typed"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CannotStart, match=r"b\.md is no text"):
        body_of(file)


@pytest.mark.parametrize(
    "document", [{}, {"features": [{}]}, {"features": [{"geometry": {}}]}], ids=["bare", "collection", "feature"]
)
def test_an_area_is_one_geometry(document: dict[str, object], tmp_path: Path) -> None:
    shape = {"type": "Polygon", "coordinates": [[[0, 1], [1, 1], [1, 2], [0, 1]]]}
    whole = json.loads(json.dumps(document).replace("{}", json.dumps(shape)))
    (tmp_path / "a.geojson").write_text(json.dumps(whole))
    assert area_of(tmp_path / "a.geojson") == shape


@pytest.mark.parametrize("content", ["", "[]", "3", '{"features": []}', '{"features": [{}, {}]}', '{"features": [3]}'])
def test_a_file_without_one_area_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(content)
    with pytest.raises(CannotStart, match=r"a\.geojson"):
        area_of(tmp_path / "a.geojson")
