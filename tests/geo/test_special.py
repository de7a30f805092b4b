"""Special-category data is known by the names of its fields and cut out before anything is kept."""

from __future__ import annotations

import pytest

from geo.special import WITHHELD, is_special, kept_line, kept_text, without_special


@pytest.mark.parametrize(
    "name",
    ["Gender", "Age range", "Self-defined ethnicity", "officer_defined_ethnicity", "sex", "dateOfBirth", "subject.age"],
)
def test_names_that_are_special(name: str) -> None:
    assert is_special(name)


@pytest.mark.parametrize("name", ["message", "Part of a policing operation", "package", "agency", "Sussex", "stage"])
def test_names_that_are_not(name: str) -> None:
    assert not is_special(name)


def test_members_go_at_any_depth() -> None:
    body = {"title": "x", "who": [{"Ethnicity": "secret", "height": 1}]}
    assert without_special(body) == {"title": "x", "who": [{"height": 1}]}
    assert "secret" not in kept_text(body)


def test_a_line_that_names_them_is_withheld_whole() -> None:
    assert kept_line('{"gender": "x"') == WITHHELD
    assert kept_line("plain") == "plain"


def test_what_is_kept_is_bounded_and_storable() -> None:
    assert len(kept_text("x" * 10_000)) < 4_100
    assert "\0" not in kept_line("a\0b")
    kept_line("half \ud800").encode()
    kept_text({"a": "half \ud800\0"}).encode()
