"""The worst ten: which they are, in what order, and that nothing is named that is not for everybody."""

from __future__ import annotations

import math

from app.report.nearby import nearby
from app.report.worst import TEN, may_be_named, worst_of
from geo.clock import MINUTE, SECOND
from geo.marking import Marking
from geo.model import Grade, Hazard
from tests.app.report.scene import START, Shift, call, evening, nothing, shift, trace


def busy() -> Shift:
    """Twelve threats, two minutes apart, near U1; U2 has one; U3 stands beside a routine call."""
    changes = [call(n, 60 + 120 * n, 100 + 10 * n, hazards=(Hazard.WEAPON,)) for n in range(12)]
    changes += [call(50, 600, 8_100, hazards=(Hazard.WEAPON,))]
    changes += [call(51, 700, 15_030, category="traffic", grade=Grade.ROUTINE)]
    stands = {"U1": 0.0, "U2": 8_000.0, "U3": 15_000.0}
    changes.sort(key=lambda change: change[0])
    return shift(changes, {unit: trace([east] * 120) for unit, east in stands.items()})


def test_the_fullest_ten_minutes_come_first_and_share_nothing() -> None:
    scene = busy()
    moments = worst_of(scene.heard, scene.said, scene.near).moments
    assert [moment.unit for moment in moments] == ["U1", "U1", "U2"] or moments[0].unit == "U1"
    counts = [len(moment.words) for moment in moments]
    assert counts == sorted(counts, reverse=True)
    words = [(moment.unit, word.at, word.record.id) for moment in moments for word in moment.words]
    assert len(words) == len(set(words)) == scene.figures.interrupts
    for moment in moments:
        assert all(0 <= word.at - moment.since <= 10 * MINUTE for word in moment.words)
        assert all(word.why for word in moment.words)


def test_no_list_is_longer_than_ten_and_the_longest_wait_comes_first() -> None:
    scene = busy()
    waits = worst_of(scene.heard, scene.said, scene.near).waits
    assert len(waits) == TEN < scene.figures.must_due
    seconds = [waited.seconds for waited in waits]
    assert seconds == sorted(seconds, reverse=True)
    assert all(waited.word is not None and waited.word.at - waited.since <= 5 * SECOND for waited in waits)


def test_what_must_be_delivered_and_was_not_heads_the_list() -> None:
    scene = busy()
    unheard = call(99, 60, 50, hazards=(Hazard.FIREARM,))
    near = nearby([*scene.changes, unheard], scene.traces, scene.policy)
    first = worst_of(scene.heard, scene.said, near).waits[0]
    assert (first.record.source_id, first.seconds, first.word, first.since) == (
        "99",
        math.inf,
        None,
        START + 60 * SECOND,
    )


def test_the_gravest_and_closest_untold_says_why() -> None:
    scene = evening()
    untold = worst_of(scene.heard, scene.said, scene.near).untold
    assert {one.record.source_id for one in untold} == {"2"}
    assert untold[0].because[0].isupper()
    unheard = call(99, 60, 40)
    near = nearby([*scene.changes, unheard], scene.traces, scene.policy)
    assert [one.record.source_id for one in worst_of(scene.heard, scene.said, near).untold] == ["99", "2"]


def test_what_is_marked_is_not_named() -> None:
    assert may_be_named(call(1, 0)[1])
    assert not may_be_named(call(1, 0, marking=Marking(operations=("OAK",)))[1])
    assert not may_be_named(call(1, 0, force="other")[1])
    assert not may_be_named(call(1, 0, sensitive=True)[1])
    scene = evening()
    worst = worst_of(scene.heard, scene.said, scene.near)
    named = [one.record.source_id for one in worst.waits] + [one.record.source_id for one in worst.untold]
    assert "5" not in named


def test_nothing_at_all_is_three_empty_lists() -> None:
    scene = nothing()
    worst = worst_of(scene.heard, scene.said, scene.near)
    assert (worst.moments, worst.waits, worst.untold) == ((), (), ())
