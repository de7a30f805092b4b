"""The figures of a short evening, counted by hand; what adds up must add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.report.figures import HourFigures, busiest_of, numbered, pair_keys
from app.report.heard import loud
from geo.clock import HOUR, MINUTE, SECOND
from geo.model import Verdict
from tests.app.report.scene import START, evening, nothing


def test_the_evening_in_figures() -> None:
    figures = evening().figures
    assert (figures.records, len(figures.units)) == (5, 3)
    assert figures.everything == 4  # U1 and U3, by 1 and 2
    assert (figures.must_due, figures.must_told) == (2, 2)
    assert (figures.must_waits_s <= 5).all()
    assert figures.interrupts >= figures.must >= 1
    assert figures.hours_on_duty == pytest.approx((2 * 99 + 59) * 20 / 3_600)
    assert (figures.began, figures.ended) == (START, START + 99 * 20 * SECOND)


def test_the_parts_add_up_to_the_whole() -> None:
    scene = evening()
    figures = scene.figures
    assert sum(count for _, count in figures.fates) == figures.everything
    assert sum(unit.interrupts for unit in figures.units) == figures.interrupts
    assert sum(unit.notices for unit in figures.units) == figures.notices
    assert sum(unit.everything for unit in figures.units) == figures.everything
    assert sum(hour.must + hour.interrupts for hour in figures.hours) == figures.interrupts
    assert sum(hour.everything for hour in figures.hours) == figures.everything
    assert sum(many * count for many, count in enumerate(figures.windows)) == figures.interrupts
    assert len(loud(scene.said, Verdict.INTERRUPT)) == figures.interrupts
    assert len(loud(scene.said)) == figures.interrupts + figures.notices


def test_what_is_routine_is_kept_quiet_and_says_why() -> None:
    figures = evening().figures
    fates = dict(figures.fates)
    assert fates["Interrupted for it"] + fates.get("Told of it by a notice", 0) == 2
    assert [words for words in fates if words not in ("Interrupted for it", "Told of it by a notice")] != []


def test_nothing_at_all_is_all_zero() -> None:
    figures = nothing().figures
    assert (figures.interrupts, figures.everything, figures.hours, figures.units, figures.windows) == (
        0,
        0,
        (),
        (),
        (0,),
    )


def test_the_hours_follow_each_other_without_gaps() -> None:
    hours = evening().figures.hours
    assert [hour.at for hour in hours] == [START // HOUR * HOUR + number * HOUR for number in range(len(hours))]
    assert isinstance(hours[0], HourFigures)


def test_the_busiest_ten_minutes_begin_at_an_interruption() -> None:
    at = np.array([0, 20, 25, 26, 31, 50], np.int64) * MINUTE
    assert busiest_of(at) == (3, 20 * MINUTE)
    assert busiest_of(at[:0]) == (0, 0)


def test_what_is_said_of_no_incident_has_a_number_of_its_own() -> None:
    scene = evening()
    said = replace(scene.said, records=(scene.said.records[0], "summary-1", "summary-2"))
    assert numbered(said, scene.near).tolist() == [0, 5, 6]


def test_each_pair_has_its_own_key() -> None:
    keys = pair_keys(np.tile(np.arange(3), 4), np.repeat(np.arange(4), 3), 3)
    assert len(set(keys.tolist())) == 12
