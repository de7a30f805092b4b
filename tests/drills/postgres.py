"""A PostgreSQL server that a drill may kill, stop, fill up, copy and put back: durable as in production (fsync on)."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.drills.ports import free_port
from tests.servers import postgres_folder, unprivileged


@functools.cache
def _template() -> Path:
    """Where the first server of this run leaves its empty database for those that follow."""
    folder = Path(tempfile.mkdtemp(prefix="beatline-drill-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "data"


class DrillPostgres:
    """``start()``, then ``url``; ``folder`` may be a mounted file system of one's own."""

    def __init__(self, folder: Path | None = None, **settings: str) -> None:
        self._bin = postgres_folder()
        self._uid, self._gid = unprivileged()
        self._own = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="beatline-drill-pg-")) if folder is None else folder
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.port = free_port()
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "max_connections": "120",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            **settings,
        }
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://beatline@127.0.0.1:{self.port}/beatline"

    def url_by(self, port: int) -> str:
        """The same database through a proxy."""
        return f"postgresql+asyncpg://beatline@127.0.0.1:{port}/beatline"

    def create(self) -> None:
        """A new cluster with one database and its extensions, running."""
        if self._uid is not None and self._gid is not None:
            os.chown(self.folder, self._uid, self._gid)
        template = _template()
        if template.exists():
            self._copy(template, self.data)
            self.start()
            return
        self._run("initdb", "-D", str(self.data), "-U", "beatline", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start()
        self.sql("CREATE DATABASE beatline", database="postgres")
        self.sql("CREATE EXTENSION postgis", "CREATE EXTENSION btree_gist")
        self.stop()
        self._copy(self.data, template)
        self.start()

    def _copy(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(source), str(target)], check=True)

    def start(self) -> None:
        options = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._bin / "postgres", "-D", self.data, "-p", str(self.port), *options],
                stdout=log,
                stderr=log,
                cwd="/",
                user=self._uid,
                group=self._gid,
            )
        deadline = time.monotonic() + 60
        while self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), check=False) != 0:
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2_000:]}")
            time.sleep(0.05)

    @property
    def runs(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def processes(self) -> list[int]:
        """The server's process and all that it started."""
        assert self._server is not None
        pid = self._server.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            children = []
        return [pid, *map(int, children)]

    def signal_all(self, number: int) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def kill(self) -> None:
        """SIGKILL to every process of it, at once."""
        assert self._server is not None
        self.signal_all(signal.SIGKILL)
        self._server.wait()

    def stop(self) -> None:
        """In order, open sessions ended."""
        if self._server is None or self._server.poll() is not None:
            return
        self.signal_all(signal.SIGCONT)
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(15)
        except subprocess.TimeoutExpired:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(15)

    def remove(self) -> None:
        self.stop()
        if self._own:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------------ restore
    def backup(self) -> Path:
        """A base backup with the WAL that it needs, taken while the server runs."""
        copy = self.folder / f"backup-{time.monotonic_ns()}"
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "beatline"]
        self._run("pg_basebackup", *where, "-D", str(copy), "-X", "fetch", "-c", "fast")
        return copy

    def restore(self, copy: Path) -> None:
        """Stops, puts the backup in place of the data, starts."""
        self.stop()
        self.data.rename(self.folder / f"before-{time.monotonic_ns()}")
        copy.rename(self.data)
        self.start()

    # ------------------------------------------------------------------ a person at psql
    def sql(self, *statements: str, database: str = "beatline") -> None:
        commands = [part for statement in statements for part in ("-c", statement)]
        self._run("psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "beatline", "-d", database, *commands)

    def session(self, *statements: str, seconds: float) -> subprocess.Popen[bytes]:
        """A session that opens a transaction, runs these, and leaves it open for so long."""
        text = ";".join(["BEGIN", *statements, f"SELECT pg_sleep({seconds})", "COMMIT"])
        words = [
            str(self._bin / "psql"),
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "beatline",
            "-d",
            "beatline",
        ]
        quiet = subprocess.DEVNULL
        return subprocess.Popen([*words, "-c", text], stdout=quiet, stderr=quiet, cwd="/")

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
