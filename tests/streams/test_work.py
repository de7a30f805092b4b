"""What is to be decided, in slices."""

from __future__ import annotations

from collections import Counter

import numpy as np

from geo.pairs import candidates
from geo.picture import LivePicture
from streams.noise.rules import Cause
from streams.work import PIECE, Work, officers_at_a_time, records_at_a_time


def test_few_records_at_a_time_where_each_may_concern_everybody() -> None:
    assert records_at_a_time(0) == 64
    assert records_at_a_time(10_000) == 6
    assert records_at_a_time(10**6) == 1


def test_officers_at_a_time_go_by_the_pairs_that_one_has() -> None:
    assert officers_at_a_time(Counter()) == 64
    assert officers_at_a_time(Counter(officers=10, officer_pairs=10_000)) == PIECE // 1_000
    assert officers_at_a_time(Counter(officers=1, officer_pairs=10**6)) == 8


def test_the_gravest_records_come_first_within_their_cause() -> None:
    picture, work = LivePicture(), Work()
    picture.grade[[1, 2, 3]] = (0, 3, 2)
    work.records_changed([1, 2], Cause.TIME)
    work.records_changed([3, 1], Cause.RECORD)
    slices = [(slots.tolist(), cause) for slots, cause in work.records(picture, 1)]
    assert slices == [([3], Cause.RECORD), ([1], Cause.RECORD), ([2], Cause.TIME)]


def test_who_has_changed_is_not_decided_again_for_having_moved() -> None:
    work = Work()
    work.officers.update((4, 2))
    work.moved.update((2, 7))
    assert [(slots.tolist(), moved) for slots, moved in work.officer_slots(10)] == [([2, 4], False), ([7], True)]
    work.clear()
    assert list(work.officer_slots(10)) == []


def test_pairs_of_changed_records_are_decided_once() -> None:
    work = Work()
    zeros = np.zeros(3, np.float32)
    pairs = candidates(
        np.arange(3, dtype=np.int32), np.array([5, 6, 900], np.int32), zeros, zeros, np.zeros(3, np.uint8)
    )
    assert work.not_decided_yet(pairs) is pairs
    work.records_changed([6], Cause.RECORD)
    assert work.not_decided_yet(pairs).record.tolist() == [5, 900]
