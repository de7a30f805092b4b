"""`beatline migrate` and `beatline serve` on stores that are not as they should be: one line, exit code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from geo.store.sqlite import SqliteStore
from tests.servers import ASKED, Postgres

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def beatline(*words: str, store: str = "") -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BEATLINE_")}
        if store:
            environment["BEATLINE_STORE"] = store.replace("postgresql://", "postgresql+asyncpg://")
        command = [sys.executable, "-m", "app", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)

    return beatline


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command says that cannot do its work."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("beatline: ")]
    return line


@pytest.mark.slow
async def test_the_embedded_store_is_made_by_itself_and_may_be_declared_restored(run: Run, tmp_path: Path) -> None:
    done = run("migrate", "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (0, "schema: made\n")
    store = SqliteStore(tmp_path / "data" / "beatline.sqlite")
    await store.open()
    await store.close()
    assert "already" in run("migrate", "--data", str(tmp_path / "data")).stdout
    assert "epoch drawn anew" in run("migrate", "--data", str(tmp_path / "data"), "--restored").stdout
    again = SqliteStore(tmp_path / "data" / "beatline.sqlite")
    await again.open()
    assert again.epoch != store.epoch
    await again.close()


def test_somewhere_must_be_said(run: Run) -> None:
    assert "give --data DIR" in refused(run("migrate"))


@pytest.mark.postgis
def test_from_nothing_to_a_schema_that_is_served(run: Run, postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database("template1")
    serve = ("serve", "--data", str(tmp_path), "--port", "0")
    assert "the database is empty; run: beatline migrate" in refused(run(*serve, store=url))
    done = run("migrate", store=url)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["extension postgis: created", "extension btree_gist: created"], done
    assert "already" in run("migrate", store=url).stdout
    assert "epoch drawn anew" in run("migrate", "--restored", store=url).stdout


@pytest.mark.postgis
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("127.0.0.1", "no-such-host.invalid"), "nobody knows the host no-such-host.invalid"),
        (("{port}", "1"), "nothing listens on port 1 of 127.0.0.1"),
        (("{name}", "nowhere"), "is not there: have an administrator run CREATE DATABASE nowhere"),
        (("beatline@", "nobody:secret@"), "refuses the user nobody"),
        (("postgresql://", "mysql://"), "BEATLINE_STORE is empty, or an address that begins with postgresql+asyncpg"),
        (("{port}", "port"), "BEATLINE_STORE is no address that can be read"),
    ],
)
def test_a_wrong_address_is_one_line(
    run: Run, postgres: Postgres, postgres_url: str, tmp_path: Path, wrong: tuple[str, str], said: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    old, new = (part.format(port=postgres.port, name=name) for part in wrong)
    done = run("serve", "--data", str(tmp_path), "--port", "0", store=postgres_url.replace(old, new))
    assert said in refused(done)
    assert "secret" not in done.stderr + done.stdout


@pytest.mark.postgis
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE meta SET value = '1' WHERE key = 'schema'",
            "is version 1, this Beatline's is 4; run: beatline migrate",
        ),
        ("UPDATE meta SET value = '99' WHERE key = 'schema'", "is version 99, and this Beatline knows those up to 4"),
        ("UPDATE meta SET value = 'x' WHERE key = 'schema'", "is version x"),
        ("DROP TABLE meta", "that Beatline did not make"),
        ("ALTER DATABASE {name} SET default_transaction_read_only = on", "is a replica or may only be read"),
    ],
)
def test_a_store_that_is_not_as_it_should_be_is_one_line(
    run: Run, postgres: Postgres, postgres_url: str, tmp_path: Path, statement: str, said: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres.run_sql(name, statement.format(name=name))
    assert said in refused(run("serve", "--data", str(tmp_path), "--port", "0", store=postgres_url))


@pytest.mark.postgis
def test_a_password_that_is_wrong_is_one_line(run: Run, postgres_url: str, tmp_path: Path) -> None:
    for command in (("serve", "--data", str(tmp_path), "--port", "0"), ("migrate",)):
        line = refused(run(*command, store=postgres_url.replace("beatline@", f"{ASKED}:wrong@")))
        assert f"refuses the user {ASKED}: the password is wrong" in line
        assert ":wrong@" not in line
