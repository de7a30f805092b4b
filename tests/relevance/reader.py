"""Reads scenario files strictly: what is not in the vocabulary is an error with its line.

A scenario is a block of lines. Its form::

    SCENARIO  robbery ahead of him
    PAIR      robbery behind him
    GIVEN     an officer, available
              he drives east at 12 m/s
    WHEN      a robbery is reported 800 m east: emergency, 1 min old
    EXPECT    interrupt by style
              the reason says "ahead"
    BECAUSE   He gets there first, and going there costs him nothing.

WHEN and EXPECT may follow each other several times. PAIR names a scenario that differs in exactly one line of GIVEN and
WHEN. POLICY names the shipped policies that it holds for (all of them without it). OPEN says that code and doctrine
disagree yet, and about what. Lines that begin with # are remarks. The phrases are in VOCABULARY.md.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.relevance.expecting import Expectation, read_expectation
from tests.relevance.phrases import NotUnderstood, Step, read_step

FOLDER = Path(__file__).parent / "scenarios"
POLICIES = ("uk", "san_francisco")
_KEYWORDS = ("SCENARIO", "PAIR", "POLICY", "GIVEN", "WHEN", "EXPECT", "BECAUSE", "OPEN")
_LINE = re.compile(r"^([A-Z]+)\s+(.*)$")


class BadScenario(Exception):
    """A scenario file that is not understood: ``FILE:LINE: why``."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


@dataclass(slots=True)
class Scenario:
    """One situation, what happens, what is expected and why. ``acts`` are steps and expectations in their order."""

    name: str
    file: str
    line: int
    acts: list[Step | Expectation] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    """The lines of GIVEN and WHEN, as they stand: what a pair differs in."""
    pair: str = ""
    policies: tuple[str, ...] = POLICIES
    because: str = ""
    open: str = ""

    @property
    def expectations(self) -> list[Expectation]:
        return [act for act in self.acts if isinstance(act, Expectation)]

    @property
    def steps(self) -> list[Step]:
        return [act for act in self.acts if isinstance(act, Step)]


def read_all(folder: Path = FOLDER) -> list[Scenario]:
    """Every scenario of every file; names are unique and pairs exist. Raises BadScenario."""
    found: dict[str, Scenario] = {}
    for path in sorted(folder.glob("*.txt")):
        for scenario in read_text(path.read_text(encoding="utf-8"), path.name):
            if scenario.name in found:
                raise BadScenario(scenario.file, scenario.line, f"there is another scenario {scenario.name!r}")
            found[scenario.name] = scenario
    for scenario in found.values():
        _check_pair(scenario, found)
    return list(found.values())


def read_text(text: str, file: str) -> list[Scenario]:
    """The scenarios of one text. Raises BadScenario."""
    scenarios: list[Scenario] = []
    keyword = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            keyword = keyword if line.startswith("#") else ""
            continue
        if match := _LINE.match(line):
            keyword, line = match[1], match[2]
        elif not line.startswith(" "):
            raise BadScenario(file, number, f"a line begins with one of {', '.join(_KEYWORDS)}, or is indented")
        if keyword not in _KEYWORDS:
            raise BadScenario(file, number, f"{keyword or 'nothing'!r} is not one of {', '.join(_KEYWORDS)}")
        if keyword == "SCENARIO" and match:
            scenarios.append(Scenario(line.strip(), file, number))
        elif not scenarios:
            raise BadScenario(file, number, "the first line of a scenario is SCENARIO and its name")
        else:
            _take(scenarios[-1], keyword, line.strip(), file, number)
    for scenario in scenarios:
        _check_whole(scenario)
    return scenarios


def _take(scenario: Scenario, keyword: str, line: str, file: str, number: int) -> None:
    if keyword in ("GIVEN", "WHEN"):
        _step(scenario, keyword, line, file, number)
    elif keyword == "EXPECT":
        try:
            scenario.acts.append(read_expectation(line, number))
        except NotUnderstood as error:
            raise BadScenario(file, number, str(error)) from error
    elif keyword == "POLICY":
        scenario.policies = tuple(line.replace(",", " ").split())
        if not set(scenario.policies) <= set(POLICIES):
            raise BadScenario(file, number, f"the shipped policies are {' and '.join(POLICIES)}")
    elif keyword == "SCENARIO":
        raise BadScenario(file, number, "a scenario's name is one line")
    else:
        name = keyword.lower()
        setattr(scenario, name, f"{getattr(scenario, name)} {line}".strip())


def _step(scenario: Scenario, keyword: str, line: str, file: str, number: int) -> None:
    if keyword == "GIVEN" and scenario.expectations:
        raise BadScenario(file, number, "GIVEN stands before the first EXPECT")
    try:
        scenario.acts.append(read_step(line, number))
    except NotUnderstood as error:
        raise BadScenario(file, number, str(error)) from error
    scenario.facts.append(line)


def _check_whole(scenario: Scenario) -> None:
    for missing, there in (
        ("GIVEN or WHEN", scenario.steps),
        ("EXPECT", scenario.expectations),
        ("BECAUSE", scenario.because),
    ):
        if not there:
            raise BadScenario(scenario.file, scenario.line, f"{scenario.name!r} has no {missing}")


def _check_pair(scenario: Scenario, known: dict[str, Scenario]) -> None:
    if not scenario.pair:
        return
    other = known.get(scenario.pair)
    if other is None:
        near = difflib.get_close_matches(scenario.pair, known, 1)
        hint = f"; is it {near[0]!r}?" if near else ""
        raise BadScenario(scenario.file, scenario.line, f"there is no scenario {scenario.pair!r}{hint}")
    differing = differences(scenario.facts, other.facts)
    if differing != 1:
        reason = f"{scenario.name!r} and {other.name!r} are a pair and differ in {differing} lines, not in one"
        raise BadScenario(scenario.file, scenario.line, reason)


def differences(one: list[str], other: list[str]) -> int:
    """Lines that were replaced, added or left out."""
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal")
