"""A route comes by the runtime of its own application."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import Request

from app.main import build
from app.runtime import runtime_of
from app.settings import settings_of


def test_each_application_has_its_own(tmp_path: Path) -> None:
    one, other = build(settings_of(data=tmp_path / "a")), build(settings_of(data=tmp_path / "b"))
    for runtime in (one, other):
        assert runtime_of(Request({"type": "http", "app": runtime.api})) is runtime
        assert runtime.devices == 0


def test_an_application_without_one_is_a_fault(tmp_path: Path) -> None:
    api = build(settings_of(data=tmp_path)).api
    api.state.runtime = None
    with pytest.raises(AssertionError):
        runtime_of(Request({"type": "http", "app": api}))
