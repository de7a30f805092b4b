"""Who is on which shift, in which unit, on which beat."""

from __future__ import annotations

from geo.model import Shift, Unit
from streams.officers.shifts import ShiftBook


def book() -> ShiftBook:
    made = ShiftBook()
    made.put_units(
        [
            Unit(id="u1", callsign="C1", force="own", officers=("p1", "p2")),
            Unit(id="u2", callsign="C2", force="own"),
        ]
    )
    return made


def test_a_unit_gives_its_callsign_and_a_shift_the_beat() -> None:
    roster = book()
    roster.put_shifts([Shift(id="s1", officer="p1", start=10, end=20, unit="u2", beat="LD-1")])
    before, during, after = (roster.duty_of("p1", at) for at in (9, 10, 20))
    assert (before.callsign, before.beat, before.shift) == ("C1", "", None)
    assert (during.callsign, during.beat, during.unit) == ("C2", "LD-1", "u2")
    assert (after.callsign, after.beat) == ("C1", "")


def test_the_shift_that_started_last_counts_where_they_overlap() -> None:
    roster = book()
    roster.put_shifts(
        [
            Shift(id="s1", officer="p1", start=10, end=30, beat="LD-1"),
            Shift(id="s2", officer="p1", start=20, end=40, beat="LD-2"),
        ]
    )
    assert [roster.duty_of("p1", at).beat for at in (15, 25, 35, 45)] == ["LD-1", "LD-2", "LD-2", ""]
    assert roster.duty_of("p1", 15).callsign == "C1"


def test_whom_the_roster_does_not_know_goes_by_his_id_unless_that_is_a_callsign() -> None:
    roster = book()
    assert roster.duty_of("p9", 0).callsign == "p9"
    assert roster.duty_of("C2", 0).callsign == ""


def test_a_unit_is_named_by_id_or_callsign() -> None:
    roster = book()
    roster.put_shifts([Shift(id="s1", officer="p9", start=0, end=9, unit="C2")])
    assert roster.duty_of("p9", 1).callsign == "C2"
    assert [roster.callsign_of(name) for name in ("u1", "C1", "u9")] == ["C1", "C1", "u9"]


def test_starts_and_ends_come_due_once() -> None:
    roster = book()
    roster.put_shifts([Shift(id="s1", officer="p1", start=10, end=20), Shift(id="s2", officer="p2", start=15, end=25)])
    assert roster.next_due() == 10
    assert roster.advance(9) == set()
    assert roster.advance(10) == {"p1"}
    assert roster.advance(20) == {"p1", "p2"}
    assert roster.next_due() == 25
    assert roster.advance(99) == {"p2"}
    assert roster.next_due() is None


def test_changes_name_the_officers_concerned() -> None:
    roster = book()
    assert roster.put_shifts([Shift(id="s1", officer="p1", start=0, end=9, unit="u2")]) == {"p1"}
    assert roster.put_shifts([Shift(id="s1", officer="p3", start=0, end=9, unit="u2")]) == {"p1", "p3"}
    assert roster.shift_of("p1", 5) is None
    assert roster.put_units([Unit(id="u2", callsign="C7", force="own", officers=("p4",))]) == {"p3", "p4"}
    assert roster.duty_of("p3", 5).callsign == "C7"


def test_which_of_two_units_counts_does_not_depend_on_which_came_last() -> None:
    units = [Unit(id=name, callsign="C1", force="own", officers=("p1",), skills=(name,)) for name in ("u1", "u2")]
    for order in (units, units[::-1]):
        roster = ShiftBook()
        for unit in order:
            roster.put_units([unit])
        roster.put_shifts([Shift(id="s1", officer="p2", start=10, end=20, unit="C1")])
        assert [roster.duty_of(name, 15).unit for name in ("p1", "p2")] == ["u2", "u2"]
