"""Reading a policy's TOML strictly: where a key stands, and what is wrong with it."""

from __future__ import annotations

import pytest

from streams.errors import PolicyError
from streams.relevance.policy_file import PolicyText, nearest

TEXT = """\
top = 1
[a]
x = 2      # why
"y" = "z"

[a.b]
x = 3
list = ["weapon", "dog"]
"""


def parsed(text: str = TEXT) -> PolicyText:
    return PolicyText.parse("p.toml", text)


def test_every_key_has_its_line() -> None:
    source = parsed()
    assert [source.line_of("", "top"), source.line_of("a"), source.line_of("a", "x"), source.line_of("a", "y")] == [
        1, 2, 3, 4,
    ]  # fmt: skip
    assert source.line_of("a.b", "x") == 7
    assert source.line_of("a", "absent") == 2
    assert source.line_of("nowhere") == 0


def test_what_stands_in_headers_only_has_their_line() -> None:
    source = parsed('x = 1\n[a.b]\ny = 1\n[[a.c]]\nz = 1\n[[a.c]]\nz = 2\n["a".d.e]\n')
    assert [source.line_of("a"), source.line_of("a", "b"), source.line_of("a", "c"), source.line_of("a.d")] == [
        2,
        2,
        4,
        8,
    ]
    assert [source.line_of("a.c.1", "z"), source.line_of("a.c.2", "z"), source.line_of("a.c.2")] == [5, 7, 6]
    assert source.table("a.c.2").number("z", low=0, high=9) == 2
    assert not source.has("a.c.3")


def test_quoted_keys_have_their_line() -> None:
    source = parsed("[a]\n\"Other theft\" = 1\n'Big fire' = 2\n")
    assert [source.line_of("a", "Other theft"), source.line_of("a", "Big fire")] == [2, 3]


def test_no_toml_names_the_line() -> None:
    with pytest.raises(PolicyError) as refused:
        parsed("a = 1\nb = = 2\n")
    assert (refused.value.file, refused.value.line) == ("p.toml", 2)


def test_values_are_checked_for_kind_and_range() -> None:
    table = parsed().table("a")
    assert table.number("x", low=0, high=5) == 2.0
    assert table.text("y") == "z"
    for wrong in (
        lambda: table.number("x", low=3, high=5),
        lambda: table.number("y", low=3, high=5),
        lambda: table.text("x"),
        lambda: table.truth("x"),
        lambda: table.texts("x"),
        lambda: table.grade("y"),
        lambda: table.number("absent", low=0, high=1),
    ):
        with pytest.raises(PolicyError, match=r"^p\.toml:\d+: a\."):
            wrong()


def test_a_closed_set_names_the_nearest() -> None:
    assert [hazard.value for hazard in parsed().table("a.b").hazards("list")] == ["weapon", "dog"]
    with pytest.raises(PolicyError, match=r"p\.toml:8: a\.b\.list 'wepon' is not one of: .*: did you mean weapon\?"):
        parsed(TEXT.replace('"weapon"', '"wepon"')).table("a.b").hazards("list")


def test_nothing_is_suggested_that_is_not_near() -> None:
    assert nearest("severty", ["severity", "reach"]) == ": did you mean severity?"
    assert nearest("zeppelin", ["severity", "reach"]) == ""
    assert nearest("reach", ["severity", "reach"]) == ""


def test_a_missing_table_is_named() -> None:
    with pytest.raises(PolicyError, match="c is missing"):
        parsed().table("c")


def test_whether_there_is_a_table() -> None:
    source = parsed()
    assert [path for path in ("", "a", "a.b", "a.x", "top", "c.d") if source.has(path)] == ["", "a", "a.b"]
