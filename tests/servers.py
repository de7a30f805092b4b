"""Servers that the tests start themselves, on this machine, as child processes that end with the tests."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from geo.clock import DAY

_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
ASKED = "asked"
"""A user who is asked for his password; nobody else is."""
_STORY = 1_800_000_000_000_000
_PORTS = range(15_432, 15_932)


class Missing(Exception):
    """What is not there, in words: the tests that need it are not run."""


def postgres_folder() -> Path:
    """The folder of the newest PostgreSQL server's programs with PostGIS beside it. Raises Missing."""
    folders: list[Path] = []
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip()))
    for pattern in _PLACES:
        folders += sorted(Path("/").glob(pattern.lstrip("/")), key=_version, reverse=True)
    servers = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    if not servers:
        raise Missing("PostgreSQL's server programs (initdb, postgres): on Debian, postgresql-15")
    for folder in servers:
        answer = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False)
        if (Path(answer.stdout.strip() or _share(folder)) / "extension" / "postgis.control").exists():
            return folder
    raise Missing(f"PostGIS for the PostgreSQL at {servers[0]}: on Debian, postgresql-15-postgis-3")


def _version(folder: Path) -> float:
    digits = "".join(char for char in folder.parent.name if char.isdigit() or char == ".")
    return float(digits or 0)


def _share(folder: Path) -> str:
    return str(folder).replace("/lib/", "/share/").removesuffix("/bin")


class Postgres:
    """A private PostgreSQL server in a temporary folder, on 127.0.0.1."""

    def __init__(self) -> None:
        self._bin = postgres_folder()
        # initdb refuses root; every parent of the data folder must be open to the user it runs as.
        self._uid, self._gid = unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="beatline-pg-"))
        self._data = self._folder / "data"
        self.port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def start(self) -> None:
        if self._uid is not None and self._gid is not None:
            os.chown(self._folder, self._uid, self._gid)
        self._run("initdb", "-D", str(self._data), "-U", "beatline", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        access = self._data / "pg_hba.conf"
        access.write_text(f"host all {ASKED} 127.0.0.1/32 scram-sha-256\n" + access.read_text())
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "timezone": "UTC",
            # The machine does not crash in a test; a killed process loses nothing without fsync either.
            "fsync": "off",
            "full_page_writes": "off",
        }
        self._serve(settings)
        self.run_sql("postgres", "CREATE DATABASE template_beatline")
        self.run_sql("template_beatline", "CREATE EXTENSION postgis", "CREATE EXTENSION btree_gist")
        self.run_sql("postgres", "CREATE DATABASE template_migrated TEMPLATE template_beatline")
        with ThreadPoolExecutor(1) as aside:  # whoever starts us may have a loop of his own
            aside.submit(asyncio.run, _migrated(self.url("template_migrated"))).result()

    def _serve(self, settings: dict[str, str]) -> None:
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        log = (self._folder / "log").open("wb")
        self._server = subprocess.Popen(
            [self._bin / "postgres", "-D", self._data, "-p", str(self.port), *options],
            stdout=log,
            stderr=log,
            cwd="/",
            user=self._uid,
            group=self._gid,
        )
        log.close()
        deadline = time.monotonic() + 30
        while self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), check=False) != 0:
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(self._folder / 'log').read_text()[-2_000:]}")
            time.sleep(0.05)

    def replica(self) -> Postgres:
        """A replica that follows this server, running; ``promote`` makes it a primary, ``stop`` ends it."""
        other = Postgres()
        if other._uid is not None and other._gid is not None:
            os.chown(other._folder, other._uid, other._gid)
        source = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "beatline")
        self._run("pg_basebackup", "-D", str(other._data), *source, "-R", "-X", "stream", "-c", "fast")
        other._serve({"listen_addresses": "127.0.0.1", "unix_socket_directories": str(other._folder)})
        return other

    def promote(self) -> None:
        """The replica goes on by itself, on a timeline of its own."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self._data))

    def database(self, template: str = "template_migrated") -> str:
        """The URL of a new database with today's schema; ``template_beatline`` has only the extensions, ``template1``
        nothing at all."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.run_sql("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Ends a database and whoever is still in it."""
        self.run_sql("postgres", f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def url(self, name: str) -> str:
        return f"postgresql://beatline@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def paused(self) -> Iterator[None]:
        """All its processes stand still, as on a machine that has hung: connections stay open and nobody answers."""
        assert self._server is not None
        master = self._server.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        pids = [master, *(int(pid) for pid in children)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # "fast": open sessions are ended
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self._server.send_signal(signal.SIGQUIT)
                self._server.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def run_sql(self, database: str, *statements: str) -> None:
        commands = [part for statement in statements for part in ("-c", statement)]
        self._run("psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "beatline", "-d", database, *commands)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        done = subprocess.run(
            [self._bin / program, *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            user=self._uid,
            group=self._gid,
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-2_000:]}")
        return done.returncode


async def _migrated(url: str) -> None:
    """What ``beatline migrate`` makes, and parts for the days on which the tests of the store play."""
    from geo.store import partitions
    from geo.store.postgis import PostgisStore

    store = PostgisStore(url)
    await store.migrate()
    await store.open()
    for day in range(-3, 3):
        await store._write(partial(partitions.make_all, at=_STORY + day * DAY))
    await store.close()


def unprivileged() -> tuple[int | None, int | None]:
    """Whom to run as where the tests run as root; None: as ourselves."""
    if os.geteuid() != 0:
        return None, None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise Missing("a user other than root to run PostgreSQL as (postgres or nobody)")


def _free_port(ports: Sequence[int] = _PORTS) -> int:
    """A port that nobody listens on, below those that the system hands out to clients."""
    start = os.getpid() % len(ports)
    for port in (*ports[start:], *ports[:start]):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Missing(f"a free port between {ports[0]} and {ports[-1]}")


def missing(error: Missing, skip: Callable[[str], None], fail: Callable[[str], None]) -> None:
    """Says what is not there: a skip, but a failure in CI."""
    word = f"NOT RUN: needs {error}"
    (fail if os.environ.get("CI") == "true" else skip)(word)
