"""`beatline demo` as a newcomer runs it: it shows both ends, ends by itself or by Ctrl-C, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.demo.main import kept_away, main
from app.demo.pack_data import SHIPPED
from app.errors import CannotStart

pytestmark = pytest.mark.slow

METRICS = """
# HELP beatline_decided_total Verdicts
# TYPE beatline_decided_total counter
beatline_decided_total{verdict="drop",rule="below_threshold"} 5
beatline_decided_total{verdict="map",rule="style"} 2
beatline_decided_total{verdict="hold",rule="style"} 1
beatline_decided_total{verdict="interrupt",rule="must_threat_to_life"} 9
"""


def test_what_was_kept_away_is_counted_by_rule() -> None:
    assert kept_away(METRICS) == {"below_threshold": 5, "style": 3}


def test_an_unknown_pack_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="atlantis"):
        main(pack="atlantis")


def _demo(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """On a made-up street file, kept where the pack looks first; temporary files in a folder that can be looked at."""
    from tests.app.demo.test_packs import street_file

    (tmp_path / "packs").mkdir()
    street_file(tmp_path / "packs")
    assert (tmp_path / "packs" / SHIPPED.name).is_file()
    (tmp_path / "tmp").mkdir()
    code = (
        f"import app.demo.main, pathlib; app.demo.main._kept = lambda: pathlib.Path({str(tmp_path)!r});"
        "from app.cli import main; main()"
    )
    environment = os.environ | {"BEATLINE_TEST_DATA": str(tmp_path / "none"), "TMPDIR": str(tmp_path / "tmp")}
    return subprocess.Popen(
        [sys.executable, "-c", code, "demo", "--officers", "5", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
    )  # fmt: skip


def test_it_plays_shows_and_sums_up(tmp_path: Path) -> None:
    with _demo(tmp_path, "--seconds", "8") as demo:
        said, _ = demo.communicate(timeout=90)
    assert demo.returncode == 0, said
    for word in ("INVENTED", "  IN  ", "5 officers", "from the server's 201 to the device", "pairs"):
        assert word in said
    assert list((tmp_path / "tmp").iterdir()) == []


def test_ctrl_c_is_clean(tmp_path: Path) -> None:
    with _demo(tmp_path) as demo:
        assert demo.stdout is not None
        until = time.monotonic() + 60
        while "INVENTED" not in demo.stdout.readline() and time.monotonic() < until:
            pass
        demo.send_signal(signal.SIGINT)
        said = demo.stdout.read()
        assert demo.wait(30) in (0, 130), said
    assert "Traceback" not in said
    assert "officers" in said
    assert list((tmp_path / "tmp").iterdir()) == []
