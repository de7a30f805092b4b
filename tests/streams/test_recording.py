"""Decided rows as fan-outs: the baseline, the count of what was said, one fan-out a record."""

from __future__ import annotations

import numpy as np

from geo.model import Hazard
from geo.store.rows import Act
from streams import recording
from streams.noise import decide as noise
from streams.noise.rules import Cause
from streams.relevance import score as relevance
from tests.streams.scene import Scene, incident


def decided(scene: Scene) -> recording.Words:
    scored = scene.scored()
    result = noise.decide(scored, scene.held, scene.situations, scene.picture, scene.policy, scene.now, Cause.RECORD)
    return recording.words_of(scored, result, scene.held, scene.picture, scene.now)


def test_what_is_said_takes_the_record_as_its_baseline() -> None:
    scene = Scene()
    scene.officer(at_m=200)
    slot = scene.record(incident(hazards=(Hazard.DOG,)))
    words = decided(scene)
    held = words.held
    assert (held.rev[0], held.act[0], held.told_version[0], held.told_at[0]) == (1, Act.ALERT, 1, scene.now)
    assert held.told_hazards[0] == Hazard.DOG.bit
    assert held.told_lon[0] == scene.picture.lon[slot]


def test_a_kept_verdict_counts_as_nothing_said() -> None:
    from geo.model import UnitStatus

    scene = Scene()
    scene.officer(at_m=1_500, status=UnitStatus.BUSY)
    scene.record(incident())
    words = decided(scene)
    assert (words.act[0], words.held.rev[0], words.held.told_version[0]) == (Act.VERDICT, 0, 0)
    assert np.isnan(words.held.told_lon[0])


def test_one_fan_out_a_record_with_columns_by_officer() -> None:
    scene = Scene()
    for number in range(5):
        scene.officer(f"pc{number}", at_m=number * 100.0)
    for number in range(3):
        scene.record(incident(number, at_m=number * 100.0))
    words = decided(scene)
    fanouts, stored = recording.fanouts_of([words], scene.picture, scene.situations, scene.held, "uk 1", scene.now)
    assert [item.record.id for item in stored] == [fanout.record for fanout in fanouts]
    assert sorted(fanout.record for fanout in fanouts) == sorted(incident(number).id for number in range(3))
    for fanout in fanouts:
        assert sorted(fanout.officers) == [f"pc{number}" for number in range(5)]
        assert fanout.terms.shape == (5, len(relevance.TERM_NAMES))
        assert fanout.facts.shape == (5, len(relevance.FACT_NAMES))
        assert set(fanout.rev.tolist()) == {1}
        assert fanout.rule_names[fanout.rule[0]] in ("style", "budget")


def test_pieces_of_a_tick_become_one_fan_out() -> None:
    scene = Scene()
    scene.officer("a", at_m=100)
    scene.record(incident())
    first = decided(scene)
    scene.held.put(first.held)
    scene.officer("b", at_m=100)
    second = decided(scene)
    fanouts, _ = recording.fanouts_of([first, second], scene.picture, scene.situations, scene.held, "uk 1", scene.now)
    assert [fanout.officers for fanout in fanouts] == [("a", "b")]


def test_nothing_said_is_no_fan_out() -> None:
    scene = Scene()
    assert recording.fanouts_of([], scene.picture, scene.situations, scene.held, "uk 1", scene.now) == ([], [])
