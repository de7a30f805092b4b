"""How it stands with a must-ack, in columns: its numbers, what is written, and what a silent correction says."""

from __future__ import annotations

import numpy as np

from geo.geofence import Fence
from geo.model import Verdict
from geo.store.rows import Act
from streams.held import Held, HeldColumns
from streams.noise.acknowledging import Asked, Asking, nobody, settle, write
from streams.noise.rules import Rule
from streams.recording import _nothing


def held_of(*states: Asking) -> tuple[Held, HeldColumns]:
    held = Held()
    columns = _nothing(np.arange(len(states), dtype=np.int32), np.zeros(len(states), np.int32), 0)
    columns.fence[:] = states
    columns.act[:], columns.inside[:], columns.told_style[:] = Act.ALERT, True, Verdict.INTERRUPT
    held.put(columns)
    return held, columns


def test_its_numbers_are_not_those_of_a_watched_area() -> None:
    fences = {int(fence) for fence in Fence}
    assert all(int(asking) not in fences for asking in Asking if asking is not Asking.ASKED)
    assert 2 * max(Asking) + 1 < 256


def test_each_state_says_its_word_once_and_silence_is_left_alone() -> None:
    held, _ = held_of(Asking.JUST_ANSWERED, Asking.OVERDUE, Asking.ASKED, Asking.ANSWERED, Asking.ANSWERED)
    at = np.arange(5)
    asked = Asked(at, at, held.fence[:5].copy())
    act = np.array([Act.VERDICT] * 4 + [Act.ALERT], np.uint8)
    rule = np.array([Rule.NO_REPEAT] * 4 + [Rule.SILENT_CHANGE], np.uint8)
    verdict, told = np.full(5, Verdict.MAP, np.uint8), np.zeros(5, np.uint8)
    usual = np.full(5, Verdict.INTERRUPT, np.uint8)
    settle(asked, act, verdict, rule, told, held, usual, np.ones(5, np.bool_))
    assert act.tolist() == [Act.ALERT, Act.ALERT, Act.VERDICT, Act.VERDICT, Act.ALERT]
    assert rule.tolist() == [Rule.ANSWERED, Rule.REMINDED, Rule.NO_REPEAT, Rule.NO_REPEAT, Rule.ANSWERED]
    assert verdict.tolist()[:2] == [Verdict.MAP, Verdict.INTERRUPT]
    assert asked.state.tolist() == [
        Asking.ANSWERED, Asking.ASKED, Asking.ASKED, Asking.ANSWERED, Asking.ANSWERED,
    ]  # fmt: skip
    before = act.copy()
    settle(nobody(), act, verdict, rule, told, held, usual, np.ones(5, np.bool_))
    assert act.tolist() == before.tolist()


def test_a_real_change_goes_before_a_reminder() -> None:
    held, _ = held_of(Asking.OVERDUE)
    asked = Asked(np.zeros(1, np.int64), np.zeros(1, np.int64), held.fence[:1].copy())
    act, rule = np.array([Act.ALERT], np.uint8), np.array([Rule.MATERIAL], np.uint8)
    verdict = np.array([Verdict.INTERRUPT], np.uint8)
    settle(asked, act, verdict, rule, np.zeros(1, np.uint8), held, verdict, np.ones(1, np.bool_))
    assert rule.tolist() == [Rule.MATERIAL]
    assert asked.state.tolist() == [Asking.ASKED]


def test_the_state_is_written_into_the_rows_that_are_kept() -> None:
    _, columns = held_of(Asking.ASKED, Asking.ASKED)
    write(Asked(np.array([3]), np.array([0]), np.array([Asking.ANSWERED], np.uint8)), np.array([1, 3]), columns)
    assert columns.fence.tolist() == [Asking.ASKED, Asking.ANSWERED]
    write(nobody(), np.array([1, 3]), columns)
