"""Every noise rule, by what is said to whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.clock import SECOND
from geo.marking import Clearance, Marking
from geo.model import (
    Audience,
    Briefing,
    Emergency,
    Grade,
    Hazard,
    Officer,
    Shift,
    Status,
    Unit,
    UnitStatus,
    Verdict,
)
from geo.position import Fix, FixVerdict
from geo.store.rows import Act
from streams.noise.rules import Cause, Reason, Rule
from tests.streams.scene import NOW, Scene, east, incident


def test_an_emergency_300_m_away_interrupts_who_is_available() -> None:
    scene = Scene()
    scene.officer(at_m=300)
    scene.record(incident())
    said = scene.only()
    assert (said.act, said.brief, said.rev, said.priority) == (Act.ALERT, ("interrupt", "style"), 1, 1)


def test_nobody_20_km_away_hears_of_it() -> None:
    scene = Scene()
    scene.officer(at_m=20_000)
    scene.record(incident())
    assert scene.decide() == []


@pytest.mark.parametrize("category", ["robbery", "theft", "traffic", "administrative", "no_such_code"])
def test_an_emergency_near_by_reaches_attention_whatever_it_is_called(category: str) -> None:
    scene = Scene()
    scene.officer(at_m=300)
    scene.record(incident(category=category))
    assert scene.only().brief[0] in ("interrupt", "notify")


# (1) must-deliver
def test_a_threat_to_life_passes_the_budget_and_the_delay() -> None:
    scene = Scene()
    scene.officer(at_m=830, tokens=0.0)
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    assert scene.only(Cause.MOVE).brief == ("interrupt", "must_threat_to_life")


def test_a_threat_is_immediate_while_nobody_is_there_and_for_who_could_be_there_at_once() -> None:
    assert _rule_of_a_threat(at_m=830, age_s=700) is Rule.MUST_THREAT_TO_LIFE
    assert _rule_of_a_threat(at_m=830, age_s=800) is Rule.STYLE
    assert _rule_of_a_threat(at_m=850, age_s=700) is Rule.STYLE


def _rule_of_a_threat(at_m: float, age_s: int) -> Rule:
    scene = Scene()
    scene.officer(at_m=at_m)
    scene.record(incident(hazards=(Hazard.WEAPON,), reported_at=NOW - age_s * SECOND))
    return scene.only().rule


def test_who_was_told_louder_than_must_deliver_asks_is_not_told_again() -> None:
    scene = Scene()
    scene.officer(at_m=1_200)
    scene.record(incident(category="firearms", hazards=(Hazard.FIREARM,)))
    assert scene.only().brief == ("interrupt", "style")
    scene.officer(at_m=900)
    assert scene.decide(Cause.MOVE) == []


def test_what_was_on_the_map_only_is_told_when_he_comes_back_near() -> None:
    """He was thought to be near by an old fix, was not, and is now: he has not been told of it yet."""
    scene = Scene()
    scene.officer(at_m=2_300, age_s=130)
    scene.record(incident())
    assert scene.only().brief == ("map", "uncertain_place")
    scene.officer(at_m=4_000)
    assert scene.only(Cause.MOVE).rule is Rule.EXIT
    scene.officer(at_m=1_000)
    assert scene.only(Cause.MOVE).verdict >= Verdict.NOTIFY


def test_own_tasking_reaches_who_is_busy_and_far_away() -> None:
    scene = Scene()
    scene.officer(at_m=9_000, status=UnitStatus.BUSY)
    scene.situations.roster([Unit(id="u1", callsign="AB12", force="own", officers=("pc1",))], [], scene.now)
    scene.record(incident(grade=Grade.ROUTINE, assigned=("AB12",)))
    assert scene.only().brief == ("notify", "must_own_tasking")


def test_being_tasked_with_what_he_knows_is_news_once() -> None:
    scene = Scene()
    scene.officer()
    scene.situations.roster([Unit(id="u1", callsign="AB12", force="own", officers=("pc1",))], [], scene.now)
    record = incident(hazards=(Hazard.WEAPON,))
    scene.record(record)
    assert scene.only().brief == ("interrupt", "must_threat_to_life")
    scene.record(replace(record, assigned=("AB12",)))
    assert scene.only().brief == ("interrupt", "must_own_tasking")
    assert scene.decide() == []


def test_an_officers_emergency_reaches_everybody_who_could_be_there() -> None:
    scene = Scene()
    scene.officer("near", 2_900)
    scene.officer("caller", 10)
    scene.record(
        Emergency(force="own", source="device", source_id="k", category="officer_emergency", title="Help",
                  grade=Grade.EMERGENCY, reported_at=NOW, place=shapely.Point(*east(0)), officer="caller")
    )  # fmt: skip
    said = scene.only()
    assert (said.officer, said.brief) == ("near", ("interrupt", "must_officer_emergency"))


def test_a_must_ack_briefing_reaches_its_audience_and_nobody_else() -> None:
    scene = Scene()
    scene.officer("dog", 9_000, profile=Officer(id="dog", force="own", role="dog"))
    scene.officer("other", 10)
    scene.record(
        Briefing(force="own", source="control", source_id="b", category="other", title="Read this",
                 grade=Grade.ROUTINE, reported_at=NOW, audience=Audience(roles=("dog",)), must_ack=True)
    )  # fmt: skip
    said = scene.only()
    assert (said.officer, said.brief) == ("dog", ("interrupt", "must_ack"))


# (2) withdrawn
@pytest.mark.parametrize(("status", "reason"), [(Status.CLOSED, Reason.CLOSED), (Status.CANCELLED, Reason.CANCELLED)])
def test_what_is_over_is_cancelled_with_its_reason(status: Status, reason: Reason) -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    scene.decide()
    scene.record(incident(status=status))
    said = scene.only()
    assert (said.act, said.reason, said.rule, said.rev) == (Act.CANCEL, reason, Rule.WITHDRAWN, 2)
    assert scene.decide() == []


def test_what_expires_is_cancelled_as_expired() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    scene.decide()
    scene.later(5 * 3_600)
    scene.picture.expire(scene.now)
    assert scene.only().reason is Reason.EXPIRED


def test_who_never_heard_of_it_does_not_hear_of_its_end() -> None:
    scene = Scene()
    scene.officer(at_m=20_000)
    scene.record(incident())
    scene.decide()
    scene.record(incident(status=Status.CLOSED))
    assert scene.decide() == []


# (3) no repeat
def test_the_same_again_is_not_said_again() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    assert len(scene.decide()) == 1
    for _ in range(3):
        scene.later(20)
        scene.officer(at_m=280)
        assert scene.decide(Cause.MOVE) == []


def test_a_changed_text_goes_silently_onto_the_map_and_is_no_reason_to_notify_again() -> None:
    scene = Scene()
    scene.officer(at_m=1_500)
    scene.record(incident())
    assert scene.only().brief == ("notify", "style")
    scene.record(incident(text="two men"))
    said = scene.only()
    assert (said.brief, said.rev) == (("map", "silent_change"), 2)
    scene.officer(at_m=1_450)
    assert scene.decide(Cause.MOVE) == []


@pytest.mark.parametrize(
    "changed",
    [{"hazards": (Hazard.DOG,)}, {"grade": Grade.EMERGENCY}, {"place": shapely.Point(*east(-400))}],
    ids=["hazard", "grade up", "moved"],
)
def test_what_is_material_is_said_again(changed: dict[str, object]) -> None:
    scene = Scene()
    scene.officer(at_m=100)
    record = incident(grade=Grade.PRIORITY, category="burglary")
    scene.record(record)
    assert scene.only().brief == ("notify", "style")
    scene.record(replace(record, **changed))  # type: ignore[arg-type]
    said = scene.only()
    assert (said.rule, said.rev) == (Rule.MATERIAL, 2) or said.rule is Rule.NEARER
    assert said.brief[0] in ("notify", "interrupt")


def test_a_smaller_move_or_a_lower_grade_is_not_material() -> None:
    scene = Scene()
    scene.officer()
    record = incident()
    scene.record(record)
    scene.decide()
    scene.record(replace(record, grade=Grade.PRIORITY, place=shapely.Point(*east(30))))
    assert scene.only().brief == ("map", "silent_change")


def test_louder_as_he_nears_is_no_repeat() -> None:
    scene = Scene()
    scene.officer(at_m=1_800)
    scene.record(incident())
    assert scene.only().brief == ("notify", "style")
    scene.officer(at_m=300)
    said = scene.only(Cause.MOVE)
    assert (said.brief, said.rev) == (("interrupt", "nearer"), 2)


def test_news_of_what_a_busy_officer_holds_is_corrected_silently_and_told_when_he_is_free() -> None:
    scene = Scene()
    scene.officer(at_m=1_800)
    record = incident()
    scene.record(record)
    assert scene.only().brief == ("notify", "style")
    scene.officer(at_m=1_800, status=UnitStatus.BUSY)
    scene.record(replace(record, hazards=(Hazard.DOG,)))
    assert scene.only().brief == ("map", "material")
    assert scene.decide() == []
    scene.officer(at_m=1_800)
    assert scene.only(Cause.OFFICER).brief == ("notify", "nearer")


def test_coming_back_into_reach_returns_on_the_map_and_must_deliver_as_a_notify() -> None:
    for hazards, expected in (((), "map"), ((Hazard.WEAPON,), "notify")):
        scene = Scene()
        scene.officer(at_m=300)
        scene.record(incident(hazards=hazards))
        assert scene.only().brief[0] == "interrupt"
        scene.officer(at_m=9_000)
        assert scene.only(Cause.MOVE).reason is Reason.OUT_OF_REACH
        scene.officer(at_m=300)
        said = scene.only(Cause.MOVE)
        assert (said.brief, said.rev) == ((expected, "re_entry"), 3)
        assert scene.decide(Cause.MOVE) == []


# (4) hysteresis and on-delay
def test_who_has_it_keeps_it_up_to_the_exit_reach() -> None:
    scene = Scene()
    scene.officer(at_m=1_900)
    scene.record(incident())
    scene.decide()
    for distance, left in ((2_200, False), (2_500, False), (2_540, True)):
        scene.officer(at_m=distance)
        assert bool(scene.decide(Cause.MOVE)) is left
    scene.officer(at_m=2_300)
    assert scene.decide(Cause.MOVE) == []


def test_what_must_be_delivered_stays_longer() -> None:
    scene = Scene()
    scene.officer(at_m=1_000)
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    scene.decide()
    scene.officer(at_m=6_000)
    assert scene.decide(Cause.MOVE) == []
    scene.officer(at_m=6_500)
    assert scene.only(Cause.MOVE).act is Act.CANCEL


def test_who_drives_over_the_edge_is_told_a_moment_later() -> None:
    scene = Scene()
    scene.officer(at_m=2_050, speed=12.0, heading=270.0)
    scene.record(incident())
    assert scene.decide(Cause.MOVE) == []
    assert scene.due_at == scene.now + 10 * SECOND
    scene.later(10)
    scene.officer(at_m=1_930, speed=12.0, heading=270.0)
    assert scene.only(Cause.MOVE).brief == ("notify", "style")


def test_who_only_grazed_the_edge_is_not_told() -> None:
    scene = Scene()
    scene.officer(at_m=2_080)
    scene.record(incident())
    assert scene.decide(Cause.MOVE) == []
    scene.officer(at_m=2_120)
    assert scene.decide(Cause.MOVE) == []
    assert len(scene.held) == 0


def test_a_new_record_reaches_who_stands_at_the_edge_at_once() -> None:
    scene = Scene()
    scene.officer(at_m=2_050)
    scene.record(incident())
    assert scene.only(Cause.RECORD).brief == ("notify", "style")


def test_a_jump_away_leaves_too() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    scene.decide()
    scene.officer(at_m=500_000)
    assert scene.only(Cause.MOVE).reason is Reason.OUT_OF_REACH


def test_an_unknown_place_is_not_a_departure() -> None:
    scene = Scene()
    slot = scene.officer()
    scene.record(incident())
    scene.decide()
    scene.situations.lon[slot] = scene.situations.lat[slot] = np.nan
    assert scene.decide(Cause.OFFICER) == []


def test_a_record_without_a_place_goes_by_the_beat_and_leaves_with_it() -> None:
    scene = Scene()
    scene.officer(at_m=9_000)
    shift = Shift(id="s", officer="pc1", start=0, end=NOW * 2, beat="B1")
    scene.situations.roster([], [shift], scene.now)
    scene.record(incident(at_m=None, beat="B1", grade=Grade.PRIORITY))
    assert scene.only().brief == ("notify", "style")
    scene.situations.roster([], [replace(shift, beat="B2")], scene.now)
    assert scene.only(Cause.OFFICER).reason is Reason.OUT_OF_REACH


# (6) the budget
def test_over_budget_an_interruption_becomes_a_notify_and_stays_one() -> None:
    scene = Scene()
    scene.officer(at_m=100)
    for number in range(4):
        scene.record(incident(number, at_m=float(number)))
    said = scene.decide()
    assert sorted(item.brief for item in said) == [("interrupt", "style")] * 2 + [("notify", "budget")] * 2
    scene.later(3_600 / 4)
    scene.officer(at_m=100)
    assert scene.decide(Cause.MOVE) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 1_500)), min_size=1, max_size=25))
def test_never_more_than_two_interruptions_in_ten_minutes(arrivals: list[tuple[int, int]]) -> None:
    scene = Scene()
    interrupted = []
    for number, (gap_s, distance) in enumerate(arrivals):
        scene.later(gap_s)
        scene.officer(at_m=0)
        scene.record(incident(number, at_m=float(distance), reported_at=scene.now))
        interrupted += [scene.now for said in scene.decide() if said.brief[0] == "interrupt"]
    for index, at in enumerate(interrupted):
        assert sum(0 <= other - at < 600 * SECOND for other in interrupted[index:]) <= 2


# rights, duty, policy
def test_off_duty_says_nothing_and_back_on_duty_is_coming_back() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    scene.decide()
    scene.officer(status=UnitStatus.OFF_DUTY)
    said = scene.only(Cause.OFFICER)
    assert (said.act, said.rule) == (Act.VERDICT, Rule.OFF_DUTY)
    assert scene.decide(Cause.OFFICER) == []
    scene.officer()
    assert scene.only(Cause.OFFICER).brief == ("map", "re_entry")


def test_what_ends_while_he_is_off_duty_is_cancelled_when_he_is_back() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    scene.decide()
    scene.officer(status=UnitStatus.OFF_DUTY)
    scene.decide(Cause.OFFICER)
    scene.record(incident(status=Status.CLOSED))
    assert scene.decide() == []
    scene.officer()
    assert scene.only(Cause.OFFICER).act is Act.CANCEL


def test_who_may_not_know_any_more_has_it_erased_once() -> None:
    scene = Scene()
    cleared = Officer(id="pc1", force="own", clearance=Clearance.OFFICIAL_SENSITIVE)
    scene.officer(profile=cleared)
    scene.record(incident(marking=Marking(Clearance.OFFICIAL_SENSITIVE)))
    assert scene.only().act is Act.ALERT
    scene.officer(profile=replace(cleared, clearance=Clearance.OFFICIAL))
    said = scene.only(Cause.OFFICER)
    assert (said.act, said.reason) == (Act.PURGE, Reason.NOT_ENTITLED)
    assert scene.decide(Cause.OFFICER) == []


def test_who_never_might_know_is_told_nothing_at_all() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident(marking=Marking(Clearance.OFFICIAL_SENSITIVE)))
    assert scene.decide() == []


def test_a_policy_change_alone_interrupts_nobody_but_for_must_deliver() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident(1))
    scene.record(incident(2, hazards=(Hazard.WEAPON,)))
    assert sorted(item.brief for item in scene.decide(Cause.POLICY)) == [
        ("interrupt", "must_threat_to_life"),
        ("map", "policy_change"),
    ]


def test_a_policy_change_does_not_raise_the_style_of_what_was_told() -> None:
    scene = Scene()
    scene.officer(at_m=1_800)
    scene.record(incident())
    scene.decide()
    scene.with_policy(bands={"p1": 0.5})
    said = scene.only(Cause.POLICY)
    assert (said.act, said.brief, said.rev) == (Act.VERDICT, ("map", "policy_change"), 1)
    for cause in Cause:
        assert scene.decide(cause) == [], "nor does his next fix"


def test_what_a_policy_puts_on_the_map_is_not_said_aloud_by_the_next_fix() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    assert scene.only(Cause.POLICY).brief == ("map", "policy_change")
    scene.officer(at_m=10)
    for cause in Cause:
        assert scene.decide(cause) == [], cause
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    assert scene.only().brief[0] == "interrupt", "what is news is said as ever"


def test_what_waits_for_its_delay_when_the_policy_changes_is_told_all_the_same() -> None:
    scene = Scene()
    scene.record(incident())
    scene.officer(at_m=2_050, speed=12.0, heading=270.0)
    assert scene.decide(Cause.MOVE) == []
    scene.with_policy(bands={"p1": 0.95})
    assert scene.decide(Cause.POLICY) == []
    scene.now += 10 * SECOND
    assert scene.only(Cause.OFFICER).brief == ("notify", "style")


# "why not?"
def test_a_held_verdict_is_kept_once_and_told_when_he_is_free() -> None:
    scene = Scene()
    scene.officer(at_m=1_500, status=UnitStatus.BUSY)
    scene.record(incident())
    said = scene.only()
    assert (said.act, said.brief, said.rev) == (Act.VERDICT, ("hold", "style"), 0)
    assert scene.decide() == []
    scene.officer(at_m=1_500)
    said = scene.only(Cause.OFFICER)
    assert (said.act, said.brief, said.rev) == (Act.ALERT, ("notify", "style"), 1)


def test_nothing_is_decided_twice_whatever_the_order_of_causes() -> None:
    scene = Scene()
    scene.officer("a", 200)
    scene.officer("b", 900, UnitStatus.BUSY)
    scene.officer("c", 1_700, speed=8.0, heading=270.0)
    for number in range(5):
        scene.record(incident(number, at_m=number * 300.0, grade=list(Grade)[number % 4]))
    assert scene.decide()
    for cause in Cause:
        assert scene.decide(cause) == [], cause


# trust: a fix that is wrong interrupts nobody by itself
def _fixes(scene: Scene, *fixes: tuple[float, float], speed: float | None = None) -> list[list[tuple[str, str]]]:
    """(seconds, metres east): what is said after each, decided as a move."""
    start, said = scene.now, []
    scene.officer(at_m=None)
    for at_s, at_m in fixes:
        scene.now = start + int(at_s * SECOND)
        trusted = scene.situations.moved([("pc1", Fix(scene.now, *east(at_m), 5.0, speed))], scene.now)
        said.append([one.brief for one in scene.decide(Cause.MOVE)] if not trusted[0] else [])
    return said


def test_a_teleporting_receiver_is_not_heard_and_a_jump_that_comes_true_waits_a_moment() -> None:
    scene = Scene()
    scene.record(incident())
    said = _fixes(scene, (0, 40_000), (20, 300), (40, 40_100), (60, 300), (80, 290), (100, 280), (102, 278))
    assert said == [[]] * 7
    assert scene.due_at == scene.now - 2 * SECOND + int(scene.policy.noise.on_delay_s * SECOND)
    scene.later(20)
    assert scene.only().brief == ("interrupt", "style")


def test_a_jump_after_a_silence_waits_a_moment_too() -> None:
    scene = Scene()
    scene.record(incident())
    assert _fixes(scene, (0, 9_000), (400, 200)) == [[], []]
    assert scene.due_at > scene.now
    scene.later(20)
    assert scene.only().brief == ("interrupt", "style")


def test_a_threat_to_life_does_not_wait_for_it() -> None:
    scene = Scene()
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    assert _fixes(scene, (0, 9_000), (400, 200)) == [[], [("interrupt", "must_threat_to_life")]]


def test_a_clock_that_is_hours_behind_interrupts_nobody_and_one_that_is_ahead_is_not_heard() -> None:
    scene = Scene()
    scene.record(incident())
    scene.officer(at_m=None)
    ahead, behind = Fix(NOW + 7_200 * SECOND, *east(100), 5.0), Fix(NOW - 7_200 * SECOND, *east(100), 5.0)
    assert scene.situations.moved([("pc1", ahead)], NOW).tolist() == [FixVerdict.FUTURE.code]
    assert scene.decide(Cause.MOVE) == []
    scene.situations.moved([("pc1", behind)], NOW)
    assert [one.brief[0] for one in scene.decide(Cause.MOVE)] in (["notify"], ["map"])


def test_a_frozen_receiver_grows_stale_and_interrupts_nobody() -> None:
    scene = Scene()
    _fixes(scene, *((at, 300) for at in range(0, 240, 20)), speed=9.0)
    scene.record(incident(reported_at=scene.now))
    assert scene.only().brief == ("notify", "uncertain_place")
