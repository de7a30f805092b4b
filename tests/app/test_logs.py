"""Log lines: JSON, one a line, and what must not leave the process does not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("info", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_ours_and_the_libraries_lines_look_alike(written: io.StringIO) -> None:
    structlog.get_logger("beatline").info("started", port=8640)
    logging.getLogger("uvicorn.error").warning("odd: %s", "x")
    ours, theirs = (json.loads(line) for line in written.getvalue().splitlines())
    assert (ours["event"], ours["port"], ours["level"]) == ("started", 8640, "info")
    assert (theirs["event"], theirs["logger"]) == ("odd: x", "uvicorn.error")
    assert ours["timestamp"].endswith("Z")


def test_a_line_break_forges_no_line_and_secrets_stay(written: io.StringIO) -> None:
    structlog.get_logger("beatline").warning("refused\n{}", token="eyJ", lon=-0.1, who="a\x1b[31m")
    line = written.getvalue()
    assert line.count("\n") == 1
    assert "eyJ" not in line
    assert "\x1b" not in line
    assert json.loads(line)["lon"] == "withheld"
