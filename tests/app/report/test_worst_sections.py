"""Single cases are told with their reasons, and never in the record's own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from app.report.worst import Untold, Waited, Worst, worst_of
from app.report.worst_sections import mapped, named, worst_ten
from geo.marking import Marking
from geo.model import Hazard
from tests.app.report.scene import START, call, evening, nothing

SCENE = evening()
WORST = worst_of(SCENE.heard, SCENE.said, SCENE.near)


def test_each_case_has_its_unit_its_time_its_reason_and_its_rule() -> None:
    html = worst_ten(WORST, SCENE.policy, UTC)
    assert "U1, from 10:01: 1 interruption" in html
    assert "10:01:40 Robbery, emergency" in html
    assert "200 m east" in html
    assert "Immediate threat to life: always told." in html
    assert "within reach from 10:01:40" in html
    assert html.count("<h3>") == 3


def test_what_was_never_told_says_so() -> None:
    _, record = call(7, 0, hazards=(Hazard.FIREARM,))
    worst = Worst(
        (), (Waited("U9", record, START, float("inf"), None),), (Untold("U9", record, 1_240, START, "Late", None, ()),)
    )
    html = worst_ten(worst, SCENE.policy, UTC)
    assert "<strong>never told</strong>, U9: Robbery, emergency" in html
    assert "1.2 km from U9 at 10:00, under 1 s after it was reported" in html
    assert '<span class="rule">Late.</span>' in html
    assert "Nobody was interrupted." in html


def test_a_reason_says_when_it_was_decided() -> None:
    html = worst_ten(WORST, SCENE.policy, UTC)
    assert "Traffic, routine</strong>, 0 m from U3 at 10:08, 7 min after it was reported" in html
    assert "Last decided at 10:0" in html


def test_a_record_is_named_by_its_kind_only() -> None:
    assert named(call(1, 0)[1], SCENE.policy) == "Robbery, emergency"
    assert named(call(1, 0, marking=Marking(operations=("OAK",)))[1], SCENE.policy) == (
        "A record that is not for everybody"
    )


def test_the_map_counts_what_came_of_each_incident_and_leaves_out_what_is_marked() -> None:
    html = mapped(SCENE.said, SCENE.near, SCENE.traces, WORST)
    assert "Where units drove, and 3 incidents: 1 interrupted somebody" in html
    assert "interrupted at least one unit (1)" in html
    assert "The numbers are the most interrupted moments" in html
    bare = mapped(SCENE.said, SCENE.near, SCENE.traces, replace(WORST, moments=()))
    assert "The numbers are" not in bare


def test_nothing_at_all_is_no_error() -> None:
    scene = nothing()
    worst = worst_of(scene.heard, scene.said, scene.near)
    assert "no positions" in mapped(scene.said, scene.near, scene.traces, worst)
    assert "Everything within reach was told." in worst_ten(worst, scene.policy, UTC)
