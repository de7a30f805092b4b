"""The commands about briefings: what belongs together, and what is refused before anything is opened."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app import brief, cli, receipts


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.delenv("BEATLINE_TOKEN", raising=False)
    monkeypatch.setattr(sys, "argv", ["beatline", "brief", *words])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--data", "x"),
        ("--url", "http://127.0.0.1:1"),
        ("--url", "http://127.0.0.1:1", "--token", "t", "--data", "x"),
        ("--url", "http://127.0.0.1:1", "--token", "t", "--officer", "pc-1"),
        ("--data", "x", "--officer", "pc-1", "--format", "pdf"),
    ],
    ids=" ".join,
)
def test_what_does_not_belong_together_is_refused(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, *words) == 2


def test_a_server_is_asked_with_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(brief, "from_server", lambda *given: asked.extend(given))
    words = ("--url", "http://x", "--token", "t", "--beat", "C1", "--from", "2026-01-15T22:00:00Z", "--format", "html")
    assert run(monkeypatch, *words) == 0
    assert asked == ["http://x", "t", brief.Wish(beat="C1", start="2026-01-15T22:00:00Z", format="html"), None]


def test_a_store_is_asked_for_an_officer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[object] = []
    monkeypatch.setattr(brief, "from_store", lambda *given: asked.extend(given))
    assert run(monkeypatch, "--data", str(tmp_path), "--officer", "pc-1", "--at", "2026-01-15T22:00:00Z") == 0
    assert asked == [tmp_path, "pc-1", brief.Wish(), None, None, "2026-01-15T22:00:00Z"]


def test_what_cannot_be_done_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--data", str(tmp_path), "--officer", "pc-1") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_push_is_put_together_of_what_was_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from app import push

    pushed: list[push.Push] = []
    monkeypatch.setattr(push, "push", lambda url, token, asked: pushed.append(asked))
    (tmp_path / "b.md").write_text("**Do not approach.**")
    words = ["briefing", "push", str(tmp_path / "b.md"), "--title", "Armed man", "--url", "http://x", "--token", "t"]
    words += ["--beat", "C1", "--beat", "C2", "--must-ack", "--escalate-after", "300", "--priority", "1", "--dry-run"]
    monkeypatch.setattr(sys, "argv", ["beatline", *words])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code in (0, None)
    assert pushed[0].dry_run
    assert pushed[0].body == {
        "title": "Armed man",
        "body": "**Do not approach.**",
        "audience": {"beats": ["C1", "C2"]},
        "priority": 1,
        "must_ack": True,
        "escalate_after_s": 300,
    }


@pytest.mark.parametrize(
    "words",
    [("bri-1", "--url", "http://x"), ("bri-1", "--url", "http://x", "--token", "t", "--data", "x"), ()],
    ids=" ".join,
)
def test_receipts_are_from_one_place(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEATLINE_TOKEN", raising=False)
    monkeypatch.setattr(sys, "argv", ["beatline", "briefing", "receipts", *words])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2


def test_receipts_are_asked_for_as_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(receipts, "from_store", lambda *given: asked.extend(given))
    monkeypatch.setattr(receipts, "verify", asked.append)
    for words in (["receipts", "bri-1", "--data", "d", "--format", "csv", "--state", "seen"], ["verify", "e.json"]):
        monkeypatch.setattr(sys, "argv", ["beatline", "briefing", *words])
        with pytest.raises(SystemExit):
            cli.main()
    wish = receipts.Wish(briefing="bri-1", format="csv", states=["seen"])
    assert asked == [Path("d"), wish, None, Path("e.json")]
