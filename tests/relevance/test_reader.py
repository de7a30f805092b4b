"""The reader is strict: what it does not understand has a file, a line and a reason, and pairs differ in one fact."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.relevance.reader import BadScenario, differences, read_all, read_text
from tests.relevance.vocabulary import PAGE, page

_GOOD = """\
SCENARIO  near
GIVEN     an officer, available
WHEN      a robbery is reported 300 m east: emergency, weapon, 2 min old
EXPECT    interrupt by style
          the reason says "300 m"
BECAUSE   He is
          near.
"""


def test_a_scenario_is_read() -> None:
    (scenario,) = read_text(_GOOD, "good.txt")
    assert (scenario.name, scenario.because, scenario.open) == ("near", "He is near.", "")
    assert [step.line for step in scenario.steps] == [2, 3]
    verdict, reason = scenario.expectations
    assert [(word.what, word.rule) for word in verdict.words] == [("interrupt", "style")]
    assert (reason.part, reason.says, reason.is_said) == ("reason", "300 m", True)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("an officer, available", "an officer, asleep", "bad.txt:2: .*not in the vocabulary; the nearest phrase is"),
        ("300 m east", "300 yards east", "bad.txt:3: .*not in the vocabulary"),
        ("weapon", "weapn", "bad.txt:3: 'weapn' is not a detail"),
        ("interrupt by style", "shout by style", "bad.txt:4: 'shout by style' is not one of"),
        ("interrupt by style", "interrupt by stile", "bad.txt:4: 'stile' is not a rule"),
        ("interrupt by style", "rich counts for it", "bad.txt:4: 'rich' is not a term"),
        ("interrupt by style", "interrupt because closed", "bad.txt:4: 'closed' is not a reason"),
        ("interrupt by style", "hold, then map", "bad.txt:4: .*stand alone"),
        ("SCENARIO  near", "GIVEN     an officer, available", "bad.txt:1: the first line of a scenario"),
        ("EXPECT    ", "EXPECTS   ", "bad.txt:4: 'EXPECTS' is not one of"),
        ("BECAUSE   He is\n          near.\n", "", "bad.txt:1: 'near' has no BECAUSE"),
        ("BECAUSE", "POLICY    mars\nBECAUSE", "bad.txt:6: the shipped policies are"),
        ("BECAUSE", "GIVEN     an officer, busy\nBECAUSE", "bad.txt:6: GIVEN stands before the first EXPECT"),
    ],
)
def test_what_is_not_understood_has_its_line(line: str, instead: str, said: str) -> None:
    assert line in _GOOD
    with pytest.raises(BadScenario, match=said):
        read_text(_GOOD.replace(line, instead, 1), "bad.txt")


def test_a_pair_that_differs_in_two_facts_is_refused(tmp_path: Path) -> None:
    other = _GOOD.replace("SCENARIO  near", "SCENARIO  far\nPAIR      near").replace("300 m east", "9 km east")
    (tmp_path / "a.txt").write_text(f"{_GOOD}\n{other}", encoding="utf-8")
    assert [scenario.pair for scenario in read_all(tmp_path)] == ["", "near"]
    (tmp_path / "a.txt").write_text(f"{_GOOD}\n{other.replace('available', 'busy')}", encoding="utf-8")
    with pytest.raises(BadScenario, match="differ in 2 lines, not in one"):
        read_all(tmp_path)
    (tmp_path / "a.txt").write_text(f"{_GOOD}\n{other.replace('PAIR      near', 'PAIR      neer')}", encoding="utf-8")
    with pytest.raises(BadScenario, match="there is no scenario 'neer'; is it 'near'"):
        read_all(tmp_path)


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{_GOOD}\n{_GOOD}", encoding="utf-8")
    with pytest.raises(BadScenario, match=r"a\.txt:9: there is another scenario 'near'"):
        read_all(tmp_path)


def test_differences_are_lines_replaced_added_or_left_out() -> None:
    assert differences(["a", "b", "c"], ["a", "x", "c"]) == 1
    assert differences(["a", "b"], ["a", "b", "c"]) == 1
    assert differences(["a", "b", "c"], ["c", "b", "a"]) > 1
    assert differences(["a"], ["a"]) == 0


def test_the_vocabulary_is_written_down() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.relevance.vocabulary"
