"""What comes in is coalesced."""

from __future__ import annotations

from geo.clock import MINUTE
from geo.position import Fix
from streams.entrances import Entrances


def test_the_newest_fix_wins_whatever_the_order_of_arrival() -> None:
    came = Entrances()
    assert not came
    for at in (5, 9, 7):
        came.moved("pc1", Fix(at, 0.1, 51.0), 10)
    assert came.fixes["pc1"].at == 9
    assert came


def test_a_plainly_wrong_fix_does_not_push_out_a_good_one() -> None:
    came = Entrances()
    for at, lon, lat in ((5, 0.1, 51.0), (6, 0.0, 0.0), (MINUTE, 0.1, 51.0), (7, 181.0, 51.0)):
        came.moved("pc1", Fix(at, lon, lat), 10)
    assert came.fixes["pc1"] == Fix(5, 0.1, 51.0)


def test_anything_at_all_is_something() -> None:
    officer, gone = Entrances(), Entrances()
    officer.officers.add("a")
    gone.gone.add("a")
    assert officer
    assert gone


def test_fixes_may_be_taken_out_alone() -> None:
    came = Entrances()
    came.moved("pc1", Fix(5, 0.1, 51.0), 10)
    came.gone.add("pc2")
    assert set(came.only_fixes().fixes) == {"pc1"}
    assert (came.fixes, came.gone) == ({}, {"pc2"})
