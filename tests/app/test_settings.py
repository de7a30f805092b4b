"""Settings: options over the environment over defaults, and one line for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import CannotStart
from app.settings import settings_of


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "PORT", "HOST", "POLICY", "STORE", "AREA", "CEILING"):
        monkeypatch.delenv(f"BEATLINE_{name}", raising=False)


def test_defaults(tmp_path: Path) -> None:
    settings = settings_of(data=tmp_path, port=None, host=None, policy=None)
    assert (settings.host, settings.port, settings.policy, settings.store) == ("127.0.0.1", 8640, "uk", "")


def test_options_are_above_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEATLINE_PORT", "9000")
    monkeypatch.setenv("BEATLINE_POLICY", "san_francisco")
    settings = settings_of(data=tmp_path, port=9001)
    assert (settings.port, settings.policy) == (9001, "san_francisco")


def test_what_cannot_be_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEATLINE_PORT", "ninety")
    with pytest.raises(CannotStart, match="BEATLINE_PORT"):
        settings_of(data=tmp_path)
