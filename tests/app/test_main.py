"""The composition root: the drivers that settings name, and a process that starts, says so, and stops clean."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.errors import CannotStart
from app.identity import Issuer, Role
from app.main import address_of, build, listening_socket, raise_file_limit, running
from app.settings import settings_of
from geo.errors import BadMarking
from streams.errors import PolicyError
from tests.app.api.conftest import incident


def test_nothing_is_built_on_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        build(settings_of(data=tmp_path, policy=str(tmp_path / "none.toml")))
    with pytest.raises(BadMarking):
        build(settings_of(data=tmp_path, ceiling="cosmic"))


SQUARE = {"type": "Polygon", "coordinates": [[[-1, 51], [0, 51], [0, 52], [-1, 52], [-1, 51]]]}


async def test_places_outside_the_forces_area_are_refused_where_one_is_configured(tmp_path: Path) -> None:
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps(SQUARE))
    async with running(build(settings_of(data=tmp_path, area=file))) as runtime:
        token = runtime.issuer.issue("cad", Role.FEED)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(runtime.api),
            base_url="http://test",
            headers={"Authorization": f"Bearer {token}"},
        )
        async with client:
            inside = await client.post("/v1/incidents", json=incident())
            place = {"type": "Point", "coordinates": [-3.19, 55.95]}
            outside = await client.post("/v1/incidents", json=incident("2", place=place))
    assert (inside.status_code, outside.status_code) == (201, 422)
    assert outside.json()["errors"][0]["reason"] == "out_of_area"


async def test_a_live_path_that_ends_by_itself_makes_the_process_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = build(settings_of(data=tmp_path))

    async def broken() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(runtime.pipeline, "run", broken)
    life = running(runtime)
    await life.__aenter__()
    await asyncio.sleep(0.05)
    assert not runtime.started
    with pytest.raises(RuntimeError, match="a fault"):
        await life.__aexit__(None, None, None)


async def test_what_the_parts_count_is_in_the_metrics(tmp_path: Path) -> None:
    async with running(build(settings_of(data=tmp_path))) as runtime:
        await runtime.pipeline.tick()
        text = runtime.metrics.text().decode()
    assert "beatline_tick_seconds_count 0.0" not in text
    for name in (
        "devices",
        "joining",
        "officers",
        "live_records",
        "pushed_total",
        "held_back_total",
        "receipts_lost_total",
        "pairs_total",
    ):
        assert f"\nbeatline_{name} " in text, name


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    assert raise_file_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def test_addresses() -> None:
    with listening_socket("127.0.0.1", 0) as one:
        assert address_of(one).startswith("http://127.0.0.1:")
        with pytest.raises(CannotStart, match="is in use"):
            listening_socket("127.0.0.1", one.getsockname()[1])
    with pytest.raises(CannotStart, match="cannot"):
        listening_socket("no.such.host.invalid", 0)


# --------------------------------------------------------------------------- as a process
class Process:
    """``beatline serve`` on a free port."""

    def __init__(self, data: Path) -> None:
        words = [sys.executable, "-m", "app", "serve", "--data", str(data), "--port", "0"]
        self._log = (data.parent / "serve.log").open("w+")
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self._log, text=True)
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()
        self.url = self.said.removeprefix("listening on ")

    def stop(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=30)
        self._log.seek(0)
        return self.process.returncode, out, self._log.read()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        self._log.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    one = Process(tmp_path / "data")
    yield one
    one.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.slow
def test_it_says_where_it_listens_answers_and_stops_clean(
    process: Process, tmp_path: Path, number: signal.Signals
) -> None:
    assert process.said.startswith("listening on http://127.0.0.1:")
    token = Issuer.open(tmp_path / "data").issue("canary", Role.FEED)
    posted = httpx.post(f"{process.url}/v1/incidents", json=incident(), headers={"Authorization": f"Bearer {token}"})
    assert posted.status_code == 201
    assert "server" not in posted.headers
    assert httpx.get(f"{process.url}/v1/incidents?access_token={token}").status_code == 400
    code, out, log = process.stop(number)
    assert (code, out) == (0, "")
    assert "Traceback" not in log
    assert token not in log
    assert all(json.loads(line)["level"] == "info" for line in log.splitlines())


@pytest.mark.slow
def test_who_hangs_on_does_not_keep_it_from_stopping(process: Process) -> None:
    host, port = process.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as idle, socket.create_connection((host, int(port))) as half:
        half.sendall(b"POST /v1/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
        assert httpx.get(f"{process.url}/healthz").status_code == 200
        code, _, log = process.stop(signal.SIGTERM)
        assert code == 0, log
        assert idle.recv(1) == b""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--policy", "/no/such/policy.toml"], "/no/such/policy.toml"),
        (["--host", "no.such.host.invalid"], "no.such.host.invalid"),
    ],
)
@pytest.mark.slow
def test_what_keeps_it_from_starting_is_one_line(tmp_path: Path, options: list[str], says: str) -> None:
    words = [sys.executable, "-m", "app", "serve", "--data", str(tmp_path), "--port", "0", *options]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert says in done.stderr


@pytest.mark.slow
def test_a_taken_port_and_a_folder_that_cannot_be_made_are_one_line(process: Process, tmp_path: Path) -> None:
    port = process.url.rpartition(":")[2]
    for data, number, says in ((tmp_path / "data", port, f"port {port}"), (Path("/proc/none"), "0", "/proc/none")):
        words = [sys.executable, "-m", "app", "serve", "--data", str(data), "--port", number]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert says in done.stderr


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    sealed = Path("/proc") if os.geteuid() == 0 else tmp_path  # root may write everywhere but there
    words = [sys.executable, "-m", "app", "serve", "--data", str(sealed / "beatline"), "--port", "0"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
