"""The tree in the docstring is the tree in the code."""

from __future__ import annotations

import inspect
import re

import pytest

from streams import errors
from streams.errors import Malformed, PolicyError, ProtocolError, RateLimited, StreamsError, WrongProtocol


def test_every_error_stands_in_the_tree_and_every_name_in_the_tree_is_an_error() -> None:
    drawn = set(re.findall(r"^[ │├└─]*([A-Z]\w+)", errors.__doc__ or "", re.M)) - {"Every"}
    made = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__}
    assert drawn == made
    assert all(issubclass(getattr(errors, name), StreamsError) for name in made)


def test_a_policy_error_says_where() -> None:
    error = PolicyError("uk.toml", 12, "reach_m is negative")
    assert str(error) == "uk.toml:12: reach_m is negative"
    assert str(PolicyError("uk.toml", 0, "no such file")) == "uk.toml: no such file"
    assert (error.file, error.line, error.reason) == ("uk.toml", 12, "reach_m is negative")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProtocolError("x"), "protocol"),
        (ProtocolError("x", code="unknown_type", ref="poke"), "unknown_type"),
        (Malformed("x"), "malformed"),
        (RateLimited("x"), "rate_limited"),
        (WrongProtocol("x"), "unsupported_protocol"),
    ],
)
def test_a_protocol_error_has_the_code_of_its_answer(error: ProtocolError, code: str) -> None:
    assert error.code == code
    assert error.ref == ("poke" if code == "unknown_type" else None)
