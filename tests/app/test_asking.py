"""A command asks a server: once, or again with the same question while nobody answers whether it was done."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.asking import TRIES, asked
from app.errors import ServerRefused


def answering(monkeypatch: pytest.MonkeyPatch, answers: Iterator[httpx.Response | Exception]) -> list[httpx.Request]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(httpx, "request", httpx.Client(transport=httpx.MockTransport(handle)).request)
    return seen


def test_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = answering(monkeypatch, iter([httpx.Response(201, json={"id": 1})]))
    answer = asked(
        "POST", "http://x/", "/v1/y", "secret", query={"a": "b"}, body={"c": 1}, headers={"Idempotency-Key": "k"}
    )
    assert answer.json() == {"id": 1}
    assert (seen[0].method, str(seen[0].url), seen[0].read()) == ("POST", "http://x/v1/y?a=b", b'{"c":1}')
    assert (seen[0].headers["Authorization"], seen[0].headers["Idempotency-Key"]) == ("Bearer secret", "k")


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_question(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    lost: list[httpx.Response | Exception] = [
        httpx.ReadError("gone"),
        httpx.Response(503, json={"detail": "busy"}),
        httpx.Response(200),
    ]
    seen = answering(monkeypatch, iter(lost))
    assert (
        asked("POST", "http://x", "/y", "t", body={"c": 1}, headers={"K": "k"}, sleep=waits.append).status_code == 200
    )
    assert waits == [1.0, 2.0]
    assert len({(one.read(), one.headers["K"]) for one in seen}) == 1


def test_it_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = answering(monkeypatch, iter([httpx.ConnectError("nobody there")] * 9))
    with pytest.raises(ServerRefused, match="http://x cannot be reached: nobody there"):
        asked("GET", "http://x", "/y", "t", sleep=lambda seconds: None)
    assert len(seen) == TRIES
    busy = answering(monkeypatch, iter([httpx.Response(503, json={"detail": "busy"})] * 9))
    with pytest.raises(ServerRefused, match="http://x answered 503: busy"):
        asked("GET", "http://x", "/y", "t", sleep=lambda seconds: None)
    assert len(busy) == TRIES


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 500])
def test_what_is_refused_is_not_asked_again(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = answering(monkeypatch, iter([httpx.Response(status, json={"detail": "no, because"})] * 2))
    with pytest.raises(ServerRefused, match=f"http://x answered {status}: no, because"):
        asked("GET", "http://x", "/y", "t", sleep=lambda seconds: None)
    assert len(seen) == 1


def test_what_may_not_be_asked_twice_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = answering(monkeypatch, iter([httpx.ReadError("gone")] * 2))
    with pytest.raises(ServerRefused, match="cannot be reached"):
        asked("POST", "http://x", "/y", "t")
    assert len(seen) == 1


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ServerRefused, match="cannot be reached"):
        asked("GET", "no address", "/y", "t", sleep=lambda seconds: pytest.fail("asked again"))


def test_an_answer_without_a_problem_document_has_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, iter([httpx.Response(502, text="<html>")]))
    with pytest.raises(ServerRefused, match="answered 502: Bad Gateway"):
        asked("GET", "http://x", "/y", "t")
