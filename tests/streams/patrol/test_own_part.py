"""The reader's own part: pure, whole, and marked as its highest item."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from shapely.geometry import Point

from geo.marking import Clearance, Handling, Marking
from geo.model import Stored
from streams.patrol.document import Section
from streams.patrol.own_part import highest, own_part
from tests.streams.patrol import town
from tests.streams.patrol.judging_kit import READER, cleared, question, shared


def test_two_readers_of_one_shared_part_have_each_their_own() -> None:
    part = shared(town.incident("open"), town.secret(town.incident("secret")))
    low = own_part(part, question(), {})
    high = own_part(part, question(cleared(Clearance.OFFICIAL_SENSITIVE)), {})
    assert (len(low.items), len(high.items)) == (1, 2)
    assert (low.marking.level, high.marking.level) == (Clearance.OFFICIAL, Clearance.OFFICIAL_SENSITIVE)
    assert low == own_part(part, question(), {})


def test_many_threads_ask_of_one_shared_part() -> None:
    part = shared(*(town.incident(f"{n}", hazards=town.DOG if n % 3 else ()) for n in range(40)))
    readers = [replace(READER, callsign=f"C{n}") for n in range(16)]
    alone = [own_part(part, question(reader), {}) for reader in readers]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda reader: own_part(part, question(reader), {}), readers))
    assert together == alone


def test_what_is_elsewhere_is_his_only_if_it_is_assigned_to_him_and_he_may_know() -> None:
    there = Point(-0.05, 51.51)
    away = [
        town.incident("mine", place=there, assigned=("N1-12",)),
        town.incident("other", place=there, assigned=("N2-1",)),
        town.secret(town.incident("secret", place=there, assigned=("N1-12",))),
    ]
    made = own_part(shared(town.incident("here")), question(), {}, [Stored(one, 1, town.NOW) for one in away])
    tasking = [item.line for item in made.items if item.section is Section.TASKING]
    assert tasking == ["Burglary mine"]


def test_what_changed_again_by_now_is_left_out() -> None:
    part = shared(town.incident("a"), town.incident("b"))
    made = own_part(part, question(), {}, (), frozenset({town.incident("a").id}))
    assert [item.line for item in made.items] == ["Burglary b"]


def test_the_marking_of_the_whole() -> None:
    one = Marking(Clearance.OFFICIAL_SENSITIVE, (Handling.RECIPIENTS_ONLY,), operations=("ALPHA",))
    other = Marking(caveats=("UK EYES",), shared_with=("north",))
    assert highest([other, one]) == Marking(
        Clearance.OFFICIAL_SENSITIVE, (Handling.RECIPIENTS_ONLY,), ("UK EYES",), ("ALPHA",)
    )
    assert highest([]) == Marking()
