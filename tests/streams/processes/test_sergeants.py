"""The sergeants on shift for his beat; where there are none, those of his force; never he himself."""

from __future__ import annotations

from geo.clock import HOUR
from geo.model import Officer, Shift, Unit
from streams.officers.shifts import ShiftBook
from streams.processes.sergeants import Sergeants

NOW = 1_800_000_000_000_000


def chain() -> Sergeants:
    people = [
        Officer(id="a", force="own", name="Ann Smith"),
        Officer(id="b", force="own"),
        Officer(id="p", force="partner"),
        Officer(id="s1", force="own", role="sergeant"),
        Officer(id="s2", force="own", role="sergeant"),
        Officer(id="s3", force="own", role="sergeant"),
        Officer(id="ps", force="partner", role="sergeant"),
    ]
    book = ShiftBook()
    book.put_units([Unit(id="u1", callsign="LX21", force="own", officers=("a",))])
    beats = {"a": "N1", "b": None, "s1": "N1", "s2": "S1", "ps": "N1"}
    book.put_shifts([Shift(id=who, officer=who, start=NOW, end=NOW + HOUR, beat=beat) for who, beat in beats.items()])
    return Sergeants(lambda: {one.id: one for one in people}, book)


def of(officer: str, at: int = NOW) -> list[str]:
    return [one.id for one in chain().of([officer], "own", at)[officer]]


def test_the_beats_own_else_the_forces() -> None:
    assert of("a") == ["s1"]
    assert of("b") == ["s1", "s2"], "s3 is not on shift"
    assert of("p") == ["ps"]
    assert of("unknown") == ["s1", "s2"]


def test_nobody_is_his_own_sergeant() -> None:
    assert of("s1") == ["s2"]


def test_after_the_shift_there_is_nobody() -> None:
    assert of("a", NOW + HOUR) == []


def test_a_name_is_as_much_as_is_known() -> None:
    named = chain().named
    assert (named("a", NOW), named("b", NOW), named("x", NOW)) == ("Ann Smith (LX21)", "b", "x")
    assert [one.id for one in chain().all()] == ["ps", "s1", "s2", "s3"]
