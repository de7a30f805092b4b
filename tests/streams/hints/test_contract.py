"""A hint carries no content."""

from dataclasses import fields

from streams.hints.contract import Hint


def test_a_hint_tells_that_and_not_what() -> None:
    assert {field.name for field in fields(Hint)} == {"officer", "urgent"}
