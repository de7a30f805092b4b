"""A hint carries no content."""

from dataclasses import fields

from streams.hints.contract import EVERYTHING, About, Hint


def test_a_hint_tells_that_and_not_what() -> None:
    assert {field.name for field in fields(Hint)} == {"about", "id", "urgent"}


def test_everything_is_every_kind_once_and_nobody_in_particular() -> None:
    assert [hint.about for hint in EVERYTHING] == list(About)
    assert {hint.id for hint in EVERYTHING} == {""}
