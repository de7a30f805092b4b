"""Fixtures that all tests share: the real data, and servers that the tests start themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real files. Absent: the test is not run and says so; in CI that is a failure."""
    folder = Path(os.environ.get("BEATLINE_TEST_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        word = f"NOT RUN: no real data at {folder} (set BEATLINE_TEST_DATA)"
        if os.environ.get("CI") == "true":
            pytest.fail(word)
        pytest.skip(word)
    return folder
