"""Dead letters: what is kept of a refused body, and what must not be."""

from __future__ import annotations

import pytest

from app.api.letters import handed_in, letter_of
from app.errors import FieldError, Invalid, NotJson
from geo.model import Principal

SENDER = Principal(id="cad", role="feed", force="wyp", expires_at=0)
FAULT = Invalid([FieldError("title", "too_long", "301 characters")])


def test_who_sent_it_where_and_why() -> None:
    letter = letter_of("POST /v1/incidents", b'{"title": "x"}', SENDER, FAULT, 7)
    assert (letter.feed, letter.where, letter.reason, letter.at) == ("http", "POST /v1/incidents", "too_long", 7)
    assert (letter.actor, letter.message) == ("cad@wyp", "title: 301 characters")
    assert '"title"' in letter.raw


def test_above_the_ceiling_only_the_fact_is_kept() -> None:
    error = Invalid([FieldError("marking", "above_ceiling", "SECRET is above")])
    assert "spy" not in letter_of("x", b'{"title": "spy"}', SENDER, error, 0).raw


@pytest.mark.parametrize("raw", [b'{"gender": "f", "title": 1}', {"gender": "f", "title": 1}])
def test_special_category_data_is_cut_out(raw: object) -> None:
    kept = letter_of("x", raw, SENDER, FAULT, 0).raw
    assert "gender" not in kept
    assert "title" in kept


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"[" * 100_000, b'{"title": "\\ud800"}', b"a\0b", b""])
def test_whatever_was_sent_the_letter_can_be_stored(raw: bytes) -> None:
    letter = letter_of("x", raw, SENDER, NotJson("no JSON at \0"), 0)
    assert letter.reason == "not_json"
    for text in (letter.raw, letter.message):
        text.encode()
        assert "\0" not in text
    assert len(letter.raw) < 70_000


def test_a_letter_that_is_handed_in_is_cleaned_again() -> None:
    given = {"feed": "f", "where": "a.csv:1", "reason": "bad_row", "message": "m", "raw": '{"Gender":"x","a":1}'}
    assert handed_in(given, SENDER, 7).raw == '{"a":1}'
    assert handed_in({**given, "raw": "Male,gender,\ud800"}, SENDER, 7).raw.startswith("(withheld")
    assert handed_in({**given, "reason": "above_ceiling"}, SENDER, 7).raw.startswith("(withheld")
