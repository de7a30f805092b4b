"""What comes in is coalesced."""

from __future__ import annotations

from geo.position import Fix
from streams.entrances import Entrances


def test_the_newest_fix_wins_whatever_the_order_of_arrival() -> None:
    came = Entrances()
    assert not came
    for at in (5, 9, 7):
        came.moved("pc1", Fix(at, 0.1, 51.0))
    assert came.fixes["pc1"].at == 9
    assert came


def test_anything_at_all_is_something() -> None:
    officer, gone = Entrances(), Entrances()
    officer.officers.add("a")
    gone.gone.add("a")
    assert officer
    assert gone
