"""The door: small deployments never wait, a storm is spread by its appointments, and nobody is told nonsense."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from streams.delivery.admission import Admission, AdmissionLimits

LIMITS = AdmissionLimits()


def test_a_few_hundred_at_once_all_come_in() -> None:
    admission = Admission()
    for key in range(LIMITS.at_once):
        assert admission.ask(10.0) is None
        admission.came(key, 10.0)
    assert admission.refused == 0


def test_beyond_a_second_of_backlog_each_is_told_when_his_turn_comes() -> None:
    admission = Admission(AdmissionLimits(at_once=10, first_rate=10.0, least_rate=1.0, booked=1.0))
    for key in range(10):
        assert admission.ask(0.5) is None
        admission.came(key, 0.5)
    told = [admission.ask(0.5) for _ in range(35)]
    assert told == [1] * 10 + [2] * 10 + [3] * 10 + [4] * 5
    assert admission.refused == 35
    assert admission.backlog(0.5) == 45


def test_appointments_lapse_with_their_second() -> None:
    admission = Admission(AdmissionLimits(at_once=1, first_rate=1.0, least_rate=1.0, booked=1.0, silent_s=1e9))
    admission.came("in", 0.0)
    assert [admission.ask(0.0) for _ in range(3)] == [1, 2, 3]
    assert admission.ask(10.0) == 1
    assert admission.backlog(10.0) == 2


def test_who_is_let_in_and_says_nothing_does_not_stand_before_others_for_long() -> None:
    admission = Admission(AdmissionLimits(at_once=1, first_rate=1.0, least_rate=1.0))
    admission.came("silent", 0.0)
    assert admission.ask(1.0) is not None
    assert admission.ask(LIMITS.silent_s) is None


def test_who_joins_counts_until_he_is_in_or_gone() -> None:
    admission = Admission(AdmissionLimits(at_once=1, first_rate=1.0, least_rate=1.0))
    admission.came("one", 0.0)
    admission.speaks("one", 0.1)
    assert admission.ask(60.0) is not None
    admission.done("one", 60.1)
    admission.done("one", 60.2)
    assert admission.ask(60.3) is None
    assert admission.backlog(100.0) == 0


def test_the_rate_is_learnt_from_times_in_which_many_were_waiting() -> None:
    admission = Admission()
    for key in range(2_000):
        admission.speaks(key, 0.0)
    for key in range(2_000):
        admission.done(key, key / 1_000)
    assert admission.rate > LIMITS.first_rate * 1.5
    alone = Admission()
    for key in range(100):
        alone.speaks(key, float(key))
        alone.done(key, key + 0.9)
    assert alone.rate == LIMITS.first_rate


def test_who_comes_by_appointment_does_not_make_the_rate_smaller_and_smaller() -> None:
    admission, rates, key = Admission(), [], 0
    for _ in range(LIMITS.at_once * 20):
        admission.came(("away", _), 0.0)
        admission.ask(0.0)
    for second in range(3, 15):
        for _ in range(int(admission.rate * LIMITS.booked)):
            key += 1
            admission.speaks(key, float(second))
            if key % 60 == 0:  # many at once, but never more than the doors
                for done in range(key - 59, key + 1):
                    admission.done(done, second + 0.01)
        rates.append(admission.rate)
    assert rates == sorted(rates)
    assert LIMITS.first_rate < rates[-1] <= LIMITS.unproven


def test_a_queue_that_ends_within_a_moment_shows_nothing() -> None:
    admission = Admission()
    for key in range(100):
        admission.speaks(key, 0.0)
    for key in range(100):
        admission.done(key, 0.01)
    assert admission.rate == LIMITS.first_rate


@given(st.lists(st.tuples(st.sampled_from(["ask", "came", "speaks", "done"]), st.integers(0, 40),
                          st.floats(0, 3)), max_size=300))  # fmt: skip
def test_whatever_happens_it_stays_within_its_bounds(steps: list[tuple[str, int, float]]) -> None:
    limits = AdmissionLimits(at_once=5, first_rate=5.0, least_rate=2.0, most_rate=50.0, busy=2)
    admission, now = Admission(limits), 100.0
    for step, key, later in steps:
        now += later
        if step == "ask":
            told = admission.ask(now)
            assert told is None or 1 <= told <= limits.longest_s
        else:
            getattr(admission, step)(key, now)
        assert limits.least_rate <= admission.rate <= limits.most_rate
        assert admission.backlog(now) >= 0
    for key in range(41):
        admission.done(key, now)
    assert admission.ask(now) is None


@given(st.integers(1, 4_000), st.floats(50.0, 900.0), st.floats(0.0, 0.999))
def test_a_storm_is_in_about_as_fast_as_the_server_can(devices: int, can: float, began: float) -> None:
    """Devices that come when they are told to; a server that can do ``can`` joins a second, one after the other."""
    admission, due = Admission(), Counter({0: devices})
    joining: list[int] = []
    key, now, rate = 0, began, can / 10
    left = 0.0
    for tick in range(10_000):
        for _ in range(due.pop(tick, 0)):
            told = admission.ask(now)
            if told is None:
                key += 1
                joining.append(key)
                admission.speaks(key, now)
            else:
                due[tick + 10 * told + key % 10] += 1
        left = min(left + rate, len(joining))
        for _ in range(int(left)):
            admission.done(joining.pop(0), now)
        left -= int(left)
        now += 0.1
        assert len(joining) <= max(LIMITS.at_once, admission.rate + 1)
        if not joining and not due:
            break
    assert now - began <= 4.0 + 2.5 * devices / min(can, LIMITS.first_rate)
