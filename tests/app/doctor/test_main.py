"""The command against real servers: good ones, refused, away, and broken in ways that happen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app as cli
from app.identity import Issuer
from tests.redis_server import RedisServer, free_port

Found = dict[str, tuple[str, str, str]]


def doctor(*words: str) -> tuple[int, Found]:
    done = CliRunner().invoke(cli, ["doctor", "--json", *words])
    lines = json.loads(done.stdout)
    return done.exit_code, {line["what"]: (line["level"], line["found"], line["todo"]) for line in lines}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    Issuer.open(tmp_path)
    return tmp_path


def test_the_embedded_default_is_well(data: Path) -> None:
    code, found = doctor("--data", str(data))
    assert (code, {level for level, _, _ in found.values()} <= {"ok", "warn"}) == (0, True)
    done = CliRunner().invoke(cli, ["doctor", "--data", str(data)])
    assert "beatline doctor" in done.stdout


def test_without_anything_to_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEATLINE_STORE", raising=False)
    assert CliRunner().invoke(cli, ["doctor"]).exit_code == 1


@pytest.mark.postgis
def test_postgresql_as_it_should_be(data: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEATLINE_STORE", postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    code, found = doctor("--data", str(data), "--processes", "2")
    assert found["schema"][0] == "ok"
    assert found["extension postgis"][0] == found["extension btree_gist"][0] == "ok"
    assert found["durability"][:2] == ("bad", "fsync and full_page_writes off"), "as the tests' own server has it"
    assert found["clock of PostgreSQL"][0] == "ok"
    assert found["Redis"][0] == "warn", "two processes without it"
    assert code == 1
    assert doctor("--data", str(data), "--processes", "500")[1]["connections"][0] == "bad"


@pytest.mark.postgis
@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("/test_", "/nosuch_"), "does not exist"),
        (("beatline@", "nobody@"), "does not exist"),
        (("127.0.0.1:", "127.0.0.1:1"), ""),
    ],
)
def test_no_way_in(
    data: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], word: str
) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+asyncpg://").replace(*change)
    if word == "":
        url = f"postgresql+asyncpg://beatline@127.0.0.1:{free_port()}/x"
    monkeypatch.setenv("BEATLINE_STORE", url)
    code, found = doctor("--data", str(data))
    level, said, todo = found["PostgreSQL"]
    assert (code, level) == (1, "bad")
    assert word in said
    assert "BEATLINE_STORE" in todo


@pytest.mark.postgis
def test_an_empty_database(data: Path, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEATLINE_STORE", empty_postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    code, found = doctor("--data", str(data))
    assert (code, found["schema"][0], found["schema"][2]) == (1, "bad", "run: beatline migrate")


@pytest.mark.redis
def test_redis_as_it_should_be_refusing_and_away(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RedisServer(password="secret") as server:
        monkeypatch.setenv("BEATLINE_REDIS", server.url)
        code, found = doctor("--data", str(data))
        assert (code, found["Redis"][0], found["clock of Redis"][0]) == (0, "ok", "ok")
        monkeypatch.setenv("BEATLINE_REDIS", server.url.replace(":secret@", ""))
        code, found = doctor("--data", str(data))
        assert (code, found["Redis"][0]) == (1, "bad")
        assert "secret" not in str(found)
    code, found = doctor("--data", str(data))
    assert (code, found["Redis"][0]) == (0, "warn"), "it is expendable"
