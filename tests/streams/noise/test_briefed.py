"""Whatever happens to what he was given: he is told each version once, and never left with what is no longer so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.clock import HOUR
from geo.marking import Clearance, Marking
from geo.model import Grade, Hazard, Status, UnitStatus, Verdict, hazard_mask
from geo.store.rows import Act
from streams.held import nothing_of
from streams.noise.rules import Cause, Reason, Rule
from tests.streams.scene import NOW, Said, Scene, incident

FAR = 30_000.0


class Told(Scene):
    """One officer who was given one record, and what his device makes of what he is told."""

    def __init__(self, at_m: float = FAR, **fields: Any) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {"grade": Grade.STANDARD, "category": "burglary", **fields}
        self.officer(at_m=at_m)
        slot = self.record(incident(**self.fields))
        self.row = np.array([0], np.int32)
        self.held.put(nothing_of(self.row, np.array([slot], np.int32)))
        self.row = self.held.lookup(np.zeros(1, np.int32), np.array([slot], np.int32))
        held, briefed, record = self.held, self.held.briefed, incident(**self.fields)
        held.told_grade[self.row], held.told_hazards[self.row] = record.grade.rank, hazard_mask(record.hazards)
        held.told_version[self.row] = 1
        held.told_lon[self.row], held.told_lat[self.row] = self.picture.lon[slot], self.picture.lat[slot]
        briefed.ever, briefed.until[self.row], briefed.item[self.row] = True, NOW + 8 * HOUR, 7
        status = self.picture.status[[slot]]
        briefed.knows(self.row, np.array([1], np.int32), status, np.array([record.status.live]))
        self.slot, self.shows, self.erased = slot, record.status.live, False

    def change(self, **fields: Any) -> list[Said]:
        self.fields |= fields
        self.record(incident(**self.fields))
        return self.decide()

    def decide(self, cause: Cause = Cause.RECORD) -> list[Said]:
        said = super().decide(cause)
        for one in said:
            if one.act is Act.PURGE:
                self.erased = True
            elif one.act is not Act.VERDICT:
                self.shows = one.act is Act.ALERT
        return [one for one in said if one.act is not Act.VERDICT]


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"grade": Grade.PRIORITY}, Verdict.NOTIFY),
        ({"hazards": (Hazard.DOG,)}, Verdict.NOTIFY),
        ({"at_m": 2_000.0}, Verdict.NOTIFY),
        ({"text": "more"}, Verdict.MAP),
        ({"status": Status.ATTENDED}, Verdict.MAP),
        ({"grade": Grade.ROUTINE}, Verdict.MAP),
    ],
)
def test_what_is_material_is_news_and_all_else_is_silent(fields: dict[str, Any], verdict: Verdict) -> None:
    (said,) = Told().change(**fields)
    assert (said.act, said.verdict, said.rule, said.rev) == (Act.ALERT, verdict, Rule.BRIEFED, 1)


@pytest.mark.parametrize("status", [UnitStatus.AT_SCENE, UnitStatus.BUSY, UnitStatus.BREAK])
def test_nothing_is_held_back_from_who_is_engaged(status: UnitStatus) -> None:
    scene = Told()
    scene.officer(status=status, at_m=FAR)
    (said,) = scene.change(grade=Grade.EMERGENCY)
    assert said.brief == ("map", "briefed")


def test_it_costs_no_interruption_and_counts_as_none() -> None:
    scene = Told()
    scene.officer(at_m=FAR)
    before = scene.situations.tokens.copy()
    scene.change(grade=Grade.EMERGENCY, hazards=(Hazard.FIREARM,))
    assert (scene.situations.tokens == before).all()


def test_what_ends_is_taken_back_for_its_reason() -> None:
    (said,) = Told().change(status=Status.CANCELLED)
    assert (said.act, said.rule, said.reason) == (Act.CANCEL, Rule.BRIEFED, Reason.CANCELLED)


STEPS = st.one_of(
    st.tuples(st.just("text"), st.integers(0, 2).map(str)),
    st.tuples(st.just("status"), st.sampled_from(list(Status))),
    st.tuples(st.just("grade"), st.sampled_from(list(Grade))),
    st.tuples(st.just("hazards"), st.sampled_from([(), (Hazard.WEAPON,), (Hazard.DOG, Hazard.WEAPON)])),
    st.tuples(st.just("at_m"), st.sampled_from([0.0, 200.0, 40_000.0])),
    st.tuples(st.just("he"), st.sampled_from([100.0, 1_500.0, FAR])),
    st.tuples(st.just("he is"), st.sampled_from(list(UnitStatus))),
    st.tuples(st.just("later"), st.sampled_from([5.0, 60.0, 900.0])),
    st.tuples(st.just("secret"), st.just(True)),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=14), closed=st.booleans(), near=st.booleans())
def test_he_knows_the_newest_version_and_is_told_it_once(
    steps: list[tuple[str, Any]], closed: bool, near: bool
) -> None:
    scene = Told(300.0 if near else FAR, status=Status.CLOSED if closed else Status.OPEN)
    if near:
        scene.decide()
    status, at_m = UnitStatus.AVAILABLE, 300.0 if near else FAR
    for name, value in steps:
        if name == "he":
            at_m = value
        elif name == "he is":
            status = value
        elif name == "later":
            scene.later(value)
        elif name == "secret":
            scene.fields["marking"] = Marking(Clearance.OFFICIAL_SENSITIVE)
        scene.officer(at_m=at_m, status=status)
        if name in ("text", "status", "grade", "hazards", "at_m", "secret"):
            scene.change(**({} if name == "secret" else {name: value}))
        else:
            scene.decide(Cause.MOVE if name == "he" else Cause.OFFICER)
        again = scene.decide(Cause.OFFICER)
        assert not [one for one in again if one.act is not Act.VERDICT], "what was just said is not said again"
        if "marking" in scene.fields:
            assert scene.erased == (status is not UnitStatus.OFF_DUTY) or scene.erased
            return
        if status is UnitStatus.OFF_DUTY:
            continue
        row, slot = scene.row, scene.slot
        assert scene.held.briefed.lasting(row, scene.now).all()
        assert scene.held.briefed.version[row] == scene.picture.version[slot], "no version is held back"
        if scene.picture.live[slot] and scene.picture.valid_to[slot] > scene.now:
            assert scene.held.briefed.live[row] or scene.picture.version[slot] == 1
        else:
            assert not scene.held.briefed.live[row], "he is not left with what is over"
