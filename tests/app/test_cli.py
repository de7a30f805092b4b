"""The command line: tokens, and one line where something cannot be done."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli
from app.identity import Issuer
from app.settings import Settings


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["beatline", *words])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    out, err = capsys.readouterr()
    return int(stopped.value.code or 0), out, err


def test_token_prints_the_token_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    options = ["--officer", "PC-1", "--role", "officer", "--clearance", "official-sensitive"]
    code, out, err = run(capsys, monkeypatch, "token", "--data", str(tmp_path), *options, "--operation", "OAK")
    assert (code, err, out.count("\n")) == (0, "", 1)
    principal = Issuer.open(tmp_path).verify(out.strip())
    assert (principal.id, principal.force, principal.operations) == ("PC-1", "own", ("OAK",))


def test_token_with_count_prints_lines_of_id_and_token(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    options = ["--officer", "PC", "--role", "officer", "--count", "20"]
    code, out, _ = run(capsys, monkeypatch, "token", "--data", str(tmp_path), *options)
    lines = [line.split(" ") for line in out.splitlines()]
    assert code == 0
    assert [line[0] for line in lines] == [f"PC-{n:05d}" for n in range(1, 21)]
    issuer = Issuer.open(tmp_path)
    assert all(issuer.verify(token).id == name for name, token in lines)


def test_token_loads_no_framework_no_numbers_no_database(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['beatline', 'token', '--data', sys.argv[1], '--officer', 'a', '--role', 'feed']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'fastapi', 'numpy', 'sqlalchemy', 'shapely'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "[]"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["token", "--officer", "a b", "--role", "officer"], 1, "id 'a b'"),
        (["token", "--officer", "a", "--role", "officer", "--clearance", "cosmic"], 2, "cosmic"),
        (["token", "--officer", "a", "--role", "king"], 2, "king"),
        (["ingest", "x.csv", "--format", "geojson", "--url", "http://127.0.0.1:1"], 2, "--data"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
    code: int,
    says: str,
) -> None:
    got, out, err = run(capsys, monkeypatch, *words, "--data", str(tmp_path))
    assert (got, out) == (code, "")
    assert says in err
    assert "Traceback" not in err


def test_a_data_folder_that_cannot_be_made_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, monkeypatch, "token", "--data", "/proc/none", "--officer", "a", "--role", "feed")
    assert (code, err.count("\n")) == (1, 1)
    assert "/proc/none" in err


COMMANDS: dict[str, tuple[str, list[str]]] = {
    "serve": ("app.main.serve", ["--data", "d", "--port", "9000", "--host", "::1", "--policy", "san_francisco"]),
    "migrate": ("app.migrate.main", ["--data", "d", "--restored"]),
    "ingest": ("app.feeds.runner.ingest_file", ["f.csv", "--format", "geojson", "--data", "d", "--rejects", "r.jsonl"]),
    "replay": (
        "app.replay.main",
        [
            "--incidents",
            "f",
            "--format",
            "datasf-cad",
            "--units",
            "u",
            "--out",
            "o",
            "--policy",
            "p",
            "--summary",
            "s",
            "--report",
            "r",
            "--zone",
            "UTC",
        ],
    ),
    "roster import": ("app.roster.import_file", ["f.json", "--data", "d"]),
    "officer": (
        "app.people.officer.main",
        ["--url", "u", "--token", "t", "--lon", "1", "--lat", "2", "--status", "busy"],
    ),
    "simulate": ("app.people.simulate.main", ["--url", "u", "--data", "d", "--officers", "7", "--seconds", "1"]),
    "demo": ("app.demo.main.main", ["--pack", "west-yorkshire", "--speed", "20", "--seconds", "5"]),
    "bench": ("app.bench.main.main", ["--quick", "--json", "b.json"]),
    "policy schema": ("app.policy_schema.show", ["--json"]),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_calls_what_it_names_with_what_that_takes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    target, options = COMMANDS[command]
    module, _, name = target.rpartition(".")
    real = getattr(importlib.import_module(module), name)
    calls: list[inspect.BoundArguments] = []
    monkeypatch.setattr(target, lambda *a, **k: calls.append(inspect.signature(real).bind(*a, **k)))
    code, _, err = run(capsys, monkeypatch, *command.split(), *options)
    assert (code, err, len(calls)) == (0, "", 1)


def test_serve_hands_its_options_on_as_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Settings] = []
    monkeypatch.setattr("app.main.serve", served.append)
    run(capsys, monkeypatch, "serve", "--data", "d", "--port", "9000")
    assert (served[0].data, served[0].port, served[0].policy) == (Path("d"), 9000, "uk")


def test_a_policy_is_put_in_force_listed_and_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    where = ("--data", str(tmp_path))
    code, out, _ = run(capsys, monkeypatch, "policy", "apply", "uk", *where, "--note", "the first")
    assert (code, out.startswith("policy 1 is in force: uk")) == (0, True)
    code, out, _ = run(capsys, monkeypatch, "policy", "versions", *where)
    assert (code, out.split()[0], out.endswith("the first\n")) == (0, "1", True)
    code, out, _ = run(capsys, monkeypatch, "policy", "show", *where)
    assert (code, 'name = "uk"' in out) == (0, True)
    code, _, err = run(capsys, monkeypatch, "policy", "show", *where, "--url", "http://x", "--token", "t")
    assert code == 2
    code, _, err = run(capsys, monkeypatch, "policy", "show", "--url", "http://x")
    assert (code, "--token" in err) == (2, True)


def test_a_policy_is_checked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, out, _ = run(capsys, monkeypatch, "policy", "check", "uk")
    assert (code, out.startswith("uk: good")) == (0, True)
    bad = tmp_path / "bad.toml"
    bad.write_text("schema = 1\nnonsense = [\n")
    code, _, err = run(capsys, monkeypatch, "policy", "check", str(bad))
    assert (code, err.count("\n")) == (1, 2)
    assert "bad.toml: not TOML" in err
