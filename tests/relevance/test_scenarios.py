"""Every scenario, played through the one path: by both shipped policies, and again elsewhere, turned, hours later."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.noise.rules import RULE_NAMES
from streams.relevance.score import TERM_NAMES
from tests.relevance.judging import play
from tests.relevance.reader import Scenario, read_all
from tests.relevance.world import DATE_LINE, ELSEWHERE, LEEDS, Frame, world_of

SCENARIOS = read_all()
_ON_DISK = ("the server restarts", "{who} connects with a second device")
"""What asks the store for what it holds: the embedded store, not the one in memory."""


async def _missed(
    scenario: Scenario, policy: str, frame: Frame, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    on_disk = any(step.phrase.sentence in _ON_DISK for step in scenario.steps)
    async with world_of(policy, frame, folder, on_disk) as world:
        world.decisions.listen(monkeypatch)
        return await play(scenario, world, texts=frame.turned == 0)


def _judged(scenario: Scenario, missed: list[str]) -> None:
    where = f"{scenario.file}:{scenario.line} {scenario.name}\nbecause: {scenario.because}"
    if scenario.open:
        assert missed, f"{where}\nis met by now: its OPEN can go"
        return
    assert not missed, "\n".join([where, *missed])


@pytest.mark.parametrize("policy", ["uk", "san_francisco"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_verdict_is_what_doctrine_says(
    scenario: Scenario, policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if policy in scenario.policies:
        _judged(scenario, await _missed(scenario, policy, LEEDS, tmp_path, monkeypatch))


@pytest.mark.slow
@pytest.mark.parametrize("frame", [ELSEWHERE, DATE_LINE], ids=lambda frame: frame.name)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_verdict_is_the_same_elsewhere_turned_and_hours_later(
    scenario: Scenario, frame: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = await _missed(scenario, scenario.policies[0], frame, tmp_path, monkeypatch)
    if not scenario.open:
        _judged(scenario, missed)


def test_there_are_many_and_most_are_in_pairs_that_differ_in_one_fact() -> None:
    paired = {name for scenario in SCENARIOS if scenario.pair for name in (scenario.name, scenario.pair)}
    assert len(SCENARIOS) >= 80
    assert len(paired) > 0.6 * len(SCENARIOS)


def test_every_rule_is_expected_somewhere() -> None:
    expected = {word.rule for scenario in SCENARIOS for one in scenario.expectations for word in one.words}
    assert set(RULE_NAMES) - {"none"} - expected == set()


def test_every_term_is_seen_to_count_somewhere() -> None:
    seen = {one.term for scenario in SCENARIOS for one in scenario.expectations if one.sign}
    assert set(TERM_NAMES) - seen == set()
