"""Each reason to distrust a fix, the way back from a wrong one, and the columns that judge alike."""

from __future__ import annotations

import csv
import gzip
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import SECOND, parse_instant
from geo.place import moved_by
from geo.position import (
    CHAIN_LENGTH,
    Fix,
    Fixes,
    FixVerdict,
    Track,
    Tracks,
    better,
    drives_near_me,
    follow,
    follow_all,
    is_coarse,
    is_duplicate,
    is_from_the_future,
    is_older,
    is_on_null_island,
    is_out_of_range,
    is_too_fast,
    is_wrong_in_itself,
    judge,
)

NOW = 1_800_000_000 * SECOND
LEEDS = (-1.5491, 53.7997)


def fix(seconds: float = 0, east_m: float = 0, accuracy_m: float | None = 5.0, speed_mps: float | None = None) -> Fix:
    lon, lat = moved_by(*LEEDS, east_m, 0)
    return Fix(NOW + int(seconds * SECOND), lon, lat, accuracy_m, speed_mps)


@pytest.mark.parametrize(
    ("new", "last", "verdict"),
    [
        (fix(), None, FixVerdict.TRUSTED),
        (fix(10, 690), fix(), FixVerdict.TRUSTED),
        (fix(10, 710), fix(), FixVerdict.TOO_FAST),
        (fix(0.1, 60), fix(), FixVerdict.TRUSTED),
        (fix(0.1, 80), fix(), FixVerdict.TOO_FAST),
        (fix(10, 710), fix(-110), FixVerdict.TRUSTED),
        (fix(10, 20_000), fix(-110), FixVerdict.TOO_FAST),
        (fix(10, 20_000), fix(-111), FixVerdict.TOO_FAST),
        (fix(10, 50_000), fix(-120), FixVerdict.TOO_FAST),
        (fix(10, 50_000), fix(-720), FixVerdict.TRUSTED),
        (fix(10), None, FixVerdict.TRUSTED),
        (fix(10.001), None, FixVerdict.FUTURE),
        (fix(-1), fix(), FixVerdict.OLDER),
        (fix(0, 5), fix(), FixVerdict.DUPLICATE),
        (fix(1), fix(), FixVerdict.TRUSTED),
        (fix(accuracy_m=1_000), None, FixVerdict.TRUSTED),
        (fix(accuracy_m=1_001), None, FixVerdict.COARSE),
        (fix(accuracy_m=None), None, FixVerdict.TRUSTED),
        (fix(10, 300, speed_mps=0.0), fix(), FixVerdict.TRUSTED),
        (fix(10, 0, speed_mps=60.0), fix(), FixVerdict.TRUSTED),
        (Fix(NOW, 0.0, 0.0), None, FixVerdict.NULL_ISLAND),
        (Fix(NOW, 0.0, 90.0), None, FixVerdict.OUT_OF_RANGE),
        (Fix(NOW, 180.1, 10.0), None, FixVerdict.OUT_OF_RANGE),
        (Fix(NOW, float("nan"), 10.0), None, FixVerdict.OUT_OF_RANGE),
        (Fix(NOW, 10.0, float("inf")), None, FixVerdict.OUT_OF_RANGE),
    ],
)
def test_the_first_reason_is_named(new: Fix, last: Fix | None, verdict: FixVerdict) -> None:
    assert judge(new, last, NOW) is verdict


def test_each_reason_is_a_predicate() -> None:
    assert is_out_of_range(Fix(NOW, 0.0, -91.0))
    assert is_on_null_island(Fix(NOW, 0.0, 0.0))
    assert is_from_the_future(fix(11), NOW)
    assert is_older(fix(-1), fix())
    assert is_duplicate(fix(), fix())
    assert is_coarse(fix(accuracy_m=2_000))
    assert is_too_fast(fix(1, 71), fix())
    assert not is_too_fast(fix(1, 69), fix())


def test_near_me_needs_a_fresh_and_fine_fix() -> None:
    assert drives_near_me(NOW - 120 * SECOND, 1_000, NOW)
    assert drives_near_me(NOW, None, NOW)
    assert not drives_near_me(NOW - 121 * SECOND, 5, NOW)
    assert not drives_near_me(NOW, 1_001, NOW)


def test_one_wrong_fix_does_not_lock_the_officer_out() -> None:
    """The trusted fix was the wrong one: the third fix in a row that agrees with the others is believed."""
    track, verdict = follow(Track(), fix(0, 30_000), NOW + 99 * SECOND)
    assert verdict is FixVerdict.TRUSTED
    verdicts = []
    for step in range(1, 5):
        track, verdict = follow(track, fix(step * 5, 10 * step), NOW + 99 * SECOND)
        verdicts.append(verdict)
    assert verdicts == [FixVerdict.TOO_FAST, FixVerdict.TOO_FAST, FixVerdict.TRUSTED, FixVerdict.TRUSTED]
    assert track.last == fix(20, 40)


def test_a_burst_of_wrong_fixes_within_seconds_is_not_believed() -> None:
    track, _ = follow(Track(), fix(), NOW + 99 * SECOND)
    for step in range(CHAIN_LENGTH + 1):
        track, verdict = follow(track, fix(10 + step, 30_000), NOW + 99 * SECOND)
        assert verdict is FixVerdict.TOO_FAST
    track, verdict = follow(track, fix(14, 20), NOW + 99 * SECOND)
    assert verdict is FixVerdict.TRUSTED
    assert track.chain is None


def test_wrong_fixes_that_contradict_each_other_are_never_believed() -> None:
    track, _ = follow(Track(), fix(), NOW + 999 * SECOND)
    for step in range(1, 12):
        track, verdict = follow(track, fix(step * 10, 30_000 * (-1) ** step), NOW + 999 * SECOND)
        assert verdict is FixVerdict.TOO_FAST


def frozen(*seconds: float, speed_mps: float | None = 8.0) -> list[FixVerdict]:
    track, verdicts = Track(), []
    for at in seconds:
        track, verdict = follow(track, fix(at, 100, speed_mps=speed_mps), NOW + 9_999 * SECOND)
        verdicts.append(verdict)
    return verdicts


def test_a_receiver_that_has_frozen_brings_no_newer_knowledge() -> None:
    assert frozen(0, 20, 40, 60) == [FixVerdict.TRUSTED] * 4
    assert frozen(0, 20, 40, 61, 80) == [*[FixVerdict.TRUSTED] * 3, FixVerdict.FROZEN, FixVerdict.FROZEN]
    assert frozen(0, 90) == [FixVerdict.TRUSTED] * 2
    assert frozen(0, 40, 90) == [FixVerdict.TRUSTED, FixVerdict.TRUSTED, FixVerdict.FROZEN]


@pytest.mark.parametrize("speed_mps", [None, 0.0, 1.4])
def test_who_stands_is_not_frozen(speed_mps: float | None) -> None:
    assert frozen(*range(0, 600, 20), speed_mps=speed_mps) == [FixVerdict.TRUSTED] * 30


def test_a_receiver_that_thaws_is_believed_at_once_and_its_last_fix_has_grown_old_meanwhile() -> None:
    track = Track()
    for at in range(0, 200, 20):
        track, verdict = follow(track, fix(at, 100, speed_mps=8.0), NOW + 999 * SECOND)
    assert verdict is FixVerdict.FROZEN
    assert track.last is not None
    assert track.last.at == NOW + 60 * SECOND
    track, verdict = follow(track, fix(200, 900, speed_mps=8.0), NOW + 999 * SECOND)
    assert verdict is FixVerdict.TRUSTED
    assert track.same_length == 1


def test_a_jump_after_a_silence_is_believed_when_three_fixes_agree() -> None:
    track, verdicts = Track(fix(-600)), []
    for at in (0, 20, 40):
        track, verdict = follow(track, fix(at, 60_000 + at), NOW + 99 * SECOND)
        verdicts.append(verdict)
    assert verdicts == [FixVerdict.TOO_FAST, FixVerdict.TOO_FAST, FixVerdict.TRUSTED]


coordinates = st.sampled_from([0.0, 20.0, 60.0, 300.0, 5_000.0, 30_000.0])
fixes = st.builds(
    fix,
    st.sampled_from([-1.0, 0.0, 0.5, 1.0, 3.0, 5.0, 9.0, 30.0, 100.0, 121.0, 130.0, 300.0, 500.0]),
    coordinates,
    st.sampled_from([None, 5.0, 2_000.0]),
    st.sampled_from([None, 0.0, 8.0]),
)
odd = st.sampled_from([Fix(NOW, 0.0, 0.0), Fix(NOW + SECOND, 5.0, 90.0), Fix(NOW, float("nan"), 1.0)])


@given(st.lists(st.lists(st.one_of(fixes, fixes, fixes, odd), min_size=3, max_size=3), max_size=12))
def test_columns_judge_like_one_at_a_time(batches: list[list[Fix]]) -> None:
    tracks, scalars = Tracks.of_size(2).grown(3), [Track(), Track(), Track()]
    rows = np.arange(3)
    for step, batch in enumerate(batches):
        now = NOW + step * 60 * SECOND
        expected = []
        for row, one in enumerate(batch):
            scalars[row], verdict = follow(scalars[row], one, now)
            expected.append(verdict.code)
        assert follow_all(tracks, rows, Fixes.of(batch), now).tolist() == expected
        for row, track in enumerate(scalars):
            assert tracks.at[row] == (track.last.at if track.last else 0)
            assert tracks.same_length[row] == track.same_length


def test_where_one_can_be_judged_it_is_the_newer_but_not_one_that_is_wrong_in_itself() -> None:
    good, newer = Fix(NOW, 0.1, 51.0), Fix(NOW + SECOND, 0.2, 51.0)
    future = Fix(NOW + 600 * SECOND, 0.1, 51.0)
    assert better(None, future, NOW) is future
    assert better(good, newer, NOW) is newer
    assert better(newer, good, NOW) is newer
    for wrong in (future, Fix(NOW + SECOND, 0.0, 0.0), Fix(NOW + SECOND, 1.0, 91.0)):
        assert is_wrong_in_itself(wrong, NOW)
        assert better(good, wrong, NOW) is good
        assert better(wrong, good, NOW) is good


def test_unsaid_values_are_nan_in_columns() -> None:
    columns = Fixes.of([Fix(NOW, 1.0, 2.0), fix(speed_mps=3.0)])
    assert np.isnan(columns.accuracy_m[0])
    assert columns.speed_mps[1] == 3.0
    assert len(columns.rows(np.array([1]))) == 1


@pytest.mark.data
def test_simulated_patrols_are_believed_and_planted_jumps_are_not(data_dir: Path) -> None:
    """Every 50th of 20,000 fixes is thrown 30 km away: those are refused, and no other."""
    tracks: dict[str, Track] = {}
    refused = []
    with gzip.open(data_dir / "sf" / "patrols_simulated_2026-01-15.csv.gz", "rt", newline="") as lines:
        for number, row in enumerate(itertools.islice(csv.DictReader(lines), 20_000)):
            unit, at = row["unit"], parse_instant(row["at"])
            lon, lat = float(row["lon"]), float(row["lat"])
            if number % 50 == 49:
                lon, lat = moved_by(lon, lat, 30_000, 0)
            accuracy = float(row["accuracy_m"]) if row["accuracy_m"] else None
            tracks[unit], verdict = follow(tracks.get(unit, Track()), Fix(at, lon, lat, accuracy), at)
            if verdict is not FixVerdict.TRUSTED:
                refused.append((number, verdict))
    assert refused == [(number, FixVerdict.TOO_FAST) for number in range(49, 20_000, 50)]
