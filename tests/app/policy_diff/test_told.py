"""Two sides and what differs between them: the loudest word for each officer and record, must-deliver first."""

from __future__ import annotations

import json
from dataclasses import replace

from app.policy_diff.told import About, Changed, Lines, Side, Told, about_of, difference
from geo.clock import HOUR, MINUTE, Instant, format_instant
from tests.streams.scene import NOW, incident


def told(
    verdict: str,
    officer: str = "pc-1",
    record: str = "r1",
    *,
    at: Instant = NOW,
    rule: str = "style",
    score: float = 0.5,
) -> Told:
    return Told(at, officer, record, verdict, rule, score, 340.0)


def side(*those: Told, hours: float = 2.0) -> Side:
    return Side("uk 1 aaaa", those, hours)


def test_lines_of_a_replay_are_read_back() -> None:
    lines = Lines()
    line = {
        "at": format_instant(NOW), "unit": "U1", "record": "inc-1", "source_id": "1", "rev": 1, "verdict": "notify",
        "score": 0.5, "terms": {"reach": 1.25}, "rule": "style", "distance_m": None,
    }  # fmt: skip
    lines.write(json.dumps(line) + "\n")
    assert lines.told == [Told(NOW, "U1", "inc-1", "notify", "style", 0.5, None, {"reach": 1.25})]


def test_each_change_is_in_one_list() -> None:
    a = side(told("interrupt", "missed"), told("interrupt", "softer"), told("notify", "louder"), told("map", "new"),
             told("notify", "same"), told("hold", "never"))  # fmt: skip
    b = side(told("map", "missed"), told("notify", "softer"), told("interrupt", "louder"), told("notify", "new"),
             told("notify", "same"))  # fmt: skip
    found = difference(a, b)
    for name in ("missed", "softer", "louder", "new"):
        (changed,) = getattr(found, name)
        assert changed.either.officer == name


def test_must_deliver_that_would_be_missed_comes_first_and_is_counted() -> None:
    a = side(told("interrupt", "pc-1", score=0.99), told("notify", "pc-2", rule="must_own_tasking", score=0.1))
    found = difference(a, side())
    assert [changed.either.officer for changed in found.missed] == ["pc-2", "pc-1"]
    assert found.must_missed == 1
    assert difference(side(), a).must_missed == 0
    assert len(difference(side(), a).new) == 2


def test_of_several_words_the_loudest_counts_and_of_those_the_first() -> None:
    words = (told("map"), told("interrupt", at=NOW + MINUTE), told("interrupt", at=NOW + 2 * MINUTE), told("none"))
    assert side(*words).strongest() == {("pc-1", "r1"): words[1]}


def test_the_worst_ten_minutes_are_one_officers() -> None:
    at = [NOW, NOW + 9 * MINUTE, NOW + 10 * MINUTE, NOW + 30 * MINUTE]
    words = [told("interrupt", "pc-1", at=when) for when in at] + [told("interrupt", "pc-2", at=NOW)]
    assert side(*words).busiest() == (2, "pc-1")
    assert side().busiest() == (0, "")


def test_figures_of_a_side() -> None:
    some = side(told("interrupt"), told("notify", record="r2"), told("map"), told("interrupt", at=NOW + HOUR))
    assert (some.count("interrupt"), some.per_hour("interrupt"), some.per_hour("interrupt", "notify")) == (2, 1.0, 1.5)
    assert some.by_category({"r1": About("robbery", "emergency", "cad 1")}) == {
        "robbery": {"interrupt": 2}, "": {"notify": 1},
    }  # fmt: skip
    assert list(some.by_hour().values()) == [1, 1]
    assert side(told("notify", rule="must_ack"), told("map", rule="must_ack")).must == 1


def test_a_reader_learns_what_it_was_and_not_what_was_said() -> None:
    record = incident(7, title="Ms Smith's flat", text="door code 1234")
    assert about_of([record]) == {record.id: About("robbery", "emergency", "test 7")}


def test_nothing_on_either_side_is_no_difference() -> None:
    found = difference(side(told("map")), side())
    assert (found.missed, found.new, found.softer, found.louder) == ([], [], [], [])
    assert Changed(told("map"), None).either.verdict == "map"


def test_the_term_that_differs_most_says_why_where_it_is_the_same_situation() -> None:
    a, b = told("interrupt"), told("map")
    with_terms = replace(a, terms={"reach": 1.0, "beat": 1.2}), replace(b, terms={"reach": -0.5, "beat": 1.1})
    assert Changed(*with_terms).term == ("reach", 1.0, -0.5)
    assert Changed(with_terms[0], replace(with_terms[1], at=NOW + 1)).term is None
    assert Changed(with_terms[0], replace(b, terms=with_terms[0].terms)).term is None
    assert Changed(a, None).term is None
