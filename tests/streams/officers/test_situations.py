"""Officers in columns: who is here, where, and what they may see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.clock import SECOND
from geo.codebook import skill_mask
from geo.marking import Clearance
from geo.model import Officer, Shift, Unit, UnitStatus
from geo.place import moved_by
from geo.position import Fix, Fixes, FixVerdict
from geo.store.rows import OfficerState
from streams.officers.situations import CELL_ACCURACY_M, LOST_AT_MOST_M, Situations

NOW = 1_800_000_000 * SECOND
LEEDS = (-1.5491, 53.7997)


def state(officer: str = "p1", **changes: object) -> OfficerState:
    values: dict[str, object] = {
        "officer": officer,
        "epoch": "e",
        "seq": 0,
        "owner": "o",
        "term": 3,
        "status": UnitStatus.AVAILABLE,
        "status_at": NOW,
        "tokens": 1.5,
        "tokens_at": NOW - 5,
        "seen_at": NOW - 9,
    }
    return OfficerState(**(values | changes))  # type: ignore[arg-type]


def fix(seconds: float, east_m: float = 0.0, **said: float) -> Fix:
    return Fix(NOW + int(seconds * SECOND), *moved_by(*LEEDS, east_m, 0), **said)


def with_officer(officer: str = "p1") -> Situations:
    situations = Situations()
    situations.put(Officer(id=officer, force="own"), state(officer), NOW)
    return situations


def test_columns_say_what_the_officer_is() -> None:
    situations = Situations()
    officer = Officer(
        id="p1",
        force="own",
        role="dogs",
        skills=("taser", "medic"),
        clearance=Clearance.OFFICIAL_SENSITIVE,
        operations=("ALPHA",),
    )
    slot = situations.put(officer, state(status=UnitStatus.BUSY), NOW)
    books = situations.books
    assert (situations.slot_of, situations.officers, len(situations)) == ({"p1": slot}, ["p1"], 1)
    assert list(UnitStatus)[situations.status[slot]] is UnitStatus.BUSY
    assert situations.used[slot]
    assert situations.duty[slot]
    assert situations.connected[slot]
    assert books.roles.text(int(situations.role[slot])) == "dogs"
    assert books.operations.value(int(situations.opset[slot])) == {"ALPHA"}
    assert situations.skills[slot] == 0b11
    assert (situations.clearance[slot], situations.term[slot], situations.tokens[slot]) == (1, 3, 1.5)
    assert (situations.seen_at[slot], situations.fix_at[slot]) == (NOW, 0)
    assert np.isnan(situations.lon[slot])
    rights = situations.rights()
    assert (rights.clearance[slot], rights.duty[slot]) == (1, True)


def test_off_duty_is_a_status_and_not_a_disconnect() -> None:
    situations = with_officer()
    assert situations.set_status("p1", UnitStatus.OFF_DUTY) == 0
    assert not situations.rights().duty[0]
    situations.set_status("p1", UnitStatus.BREAK)
    assert situations.rights().duty[0]
    situations.set_connected("p1", False, NOW + 7)
    assert (situations.connected[0], situations.duty[0], situations.seen_at[0]) == (False, True, NOW + 7)
    assert situations.set_status("nobody", UnitStatus.BUSY) is None
    assert situations.set_connected("nobody", True, NOW) is None


def test_rights_can_change_while_he_is_here() -> None:
    situations = with_officer()
    assert situations.rights_changed(Officer(id="p1", force="own", clearance=Clearance.SECRET)) == 0
    assert situations.rights().clearance[0] == Clearance.SECRET
    assert situations.rights_changed(Officer(id="p2", force="own")) is None


def test_a_trusted_fix_moves_him_and_another_does_not() -> None:
    situations = with_officer()
    codes = situations.moved([("p1", fix(0, accuracy_m=8.0, speed_mps=4.0, heading_deg=90.0))], NOW)
    assert codes.tolist() == [FixVerdict.TRUSTED.code]
    assert (situations.lon[0], situations.fix_at[0]) == (pytest.approx(LEEDS[0]), NOW)
    assert (situations.accuracy_m[0], situations.speed_mps[0], situations.heading_deg[0]) == (8.0, 4.0, 90.0)
    codes = situations.moved([("p1", fix(5, 30_000.0))], NOW)
    assert codes.tolist() == [FixVerdict.TOO_FAST.code]
    assert situations.fix_at[0] == NOW
    codes = situations.moved([("p1", fix(6, 10.0, accuracy_m=1_500.0))], NOW)
    assert codes.tolist() == [FixVerdict.COARSE.code]
    assert situations.accuracy_m[0] == 8.0


def test_heading_and_speed_are_derived_where_the_device_is_silent() -> None:
    situations = with_officer()
    situations.moved([("p1", fix(0))], NOW)
    assert np.isnan(situations.heading_deg[0])
    situations.moved([("p1", fix(10, 150.0))], NOW + 10 * SECOND)
    assert situations.heading_deg[0] == pytest.approx(90.0, abs=0.1)
    assert situations.speed_mps[0] == pytest.approx(15.0, rel=1e-3)
    situations.moved([("p1", fix(20, 155.0))], NOW + 20 * SECOND)
    assert np.isnan(situations.heading_deg[0])


def test_one_officer_many_times_in_a_batch_is_in_order() -> None:
    situations = with_officer()
    situations.put(Officer(id="p2", force="own"), state("p2"), NOW)
    batch = [("p1", fix(0)), ("p2", fix(0, 5_000.0)), ("p1", fix(-1)), ("p1", fix(1, 20.0)), ("p1", fix(1, 30.0))]
    codes = [FixVerdict.TRUSTED, FixVerdict.TRUSTED, FixVerdict.OLDER, FixVerdict.TRUSTED, FixVerdict.DUPLICATE]
    assert situations.moved(batch, NOW).tolist() == [verdict.code for verdict in codes]
    assert situations.fix_at[0] == NOW + SECOND
    assert situations.moved([], NOW).tolist() == []


def test_doubt_and_age_widen_the_reach() -> None:
    situations = with_officer()
    situations.moved([("p1", fix(0, accuracy_m=40.0))], NOW)
    minute = 60 * SECOND
    assert situations.extra_m(NOW + 2 * minute)[0] == 40.0
    assert situations.extra_m(NOW + 2 * minute + SECOND)[0] == pytest.approx(1_250.0)
    assert situations.extra_m(NOW + 20 * minute)[0] == 40.0 + LOST_AT_MOST_M
    assert situations.fresh(NOW + 2 * minute)[0]
    assert not situations.fresh(NOW + 3 * minute)[0]
    assert not situations.fresh(NOW)[1]
    ages = [situations.position_of("p1", NOW + at) for at in (0, 2 * minute, 3 * minute)]
    assert ages == ["ok", "ok", "stale"]
    assert situations.position_of("nobody", NOW) == "none"


def test_a_restart_goes_on_from_the_last_cell() -> None:
    situations = Situations()
    slot = situations.put(
        Officer(id="p1", force="own"), state(cell=(-1.549, 53.8), fix_at=NOW - 60 * SECOND), NOW, connected=False
    )
    assert (situations.lon[slot], situations.accuracy_m[slot]) == (-1.549, pytest.approx(CELL_ACCURACY_M))
    assert (situations.connected[slot], situations.seen_at[slot]) == (False, NOW - 9)
    situations.moved([("p1", fix(0))], NOW)
    situations.put(Officer(id="p1", force="own"), state(cell=(-1.6, 53.9), fix_at=NOW - 30 * SECOND), NOW + SECOND)
    assert situations.lon[slot] == pytest.approx(LEEDS[0])
    assert len(situations) == 1


def test_a_slot_that_is_free_again_remembers_nothing() -> None:
    situations = with_officer()
    situations.moved([("p1", fix(0))], NOW)
    situations.drop("p1")
    situations.drop("p1")
    assert len(situations) == 0
    assert not situations.used[0]
    assert situations.rights().force[0] == 0
    slot = situations.put(Officer(id="p2", force="own"), state("p2"), NOW)
    assert slot == 0
    assert np.isnan(situations.lon[0])
    assert situations.moved([("p2", fix(1, 40_000.0))], NOW).tolist() == [FixVerdict.TRUSTED.code]


def test_shifts_give_and_take_beat_and_callsign_as_time_passes() -> None:
    situations = Situations()
    units = [Unit(id="u1", callsign="C1", force="own")]
    situations.roster(units, [Shift(id="s1", officer="p1", start=NOW + 10, end=NOW + 20, unit="u1", beat="b1")], NOW)
    slot = situations.put(Officer(id="p1", force="own"), state(), NOW)
    books = situations.books

    def now_has() -> tuple[str, str]:
        return books.callsigns.text(int(situations.callsign[slot])), books.beats.text(int(situations.beat[slot]))

    assert now_has() == ("p1", "")
    assert situations.shifts.next_due() == NOW + 10
    assert situations.advance(NOW + 9).tolist() == []
    assert situations.advance(NOW + 10).tolist() == [slot]
    assert now_has() == ("C1", "b1")
    assert (shift := situations.shift_of("p1", NOW + 10)) is not None
    assert shift.id == "s1"
    assert situations.advance(NOW + 20).tolist() == [slot]
    assert now_has() == ("p1", "")
    assert situations.roster([], [Shift(id="s2", officer="p9", start=NOW, end=NOW + 99)], NOW + 20).tolist() == []


def test_what_the_unit_has_with_it_counts_while_he_is_with_it() -> None:
    situations = Situations()
    units = [Unit(id="u1", callsign="C1", force="own", skills=("dog",), equipment=("defibrillator",))]
    situations.roster(units, [Shift(id="s1", officer="p1", start=NOW, end=NOW + 20, unit="u1")], NOW)
    slot = situations.put(Officer(id="p1", force="own", skills=("taser",)), state(), NOW)

    def can() -> set[str]:
        books = situations.books.skills
        return {text for text in books.texts if text and situations.skills[slot] & skill_mask(books, (text,))}

    assert can() == {"taser", "dog", "defibrillator"} == set(situations.skills_of(slot))
    situations.rights_changed(Officer(id="p1", force="own"))
    assert can() == {"dog", "defibrillator"}
    assert situations.roster([replace(units[0], equipment=())], [], NOW).tolist() == [slot], "he is decided anew"
    assert can() == {"dog"}
    assert situations.advance(NOW + 20).tolist() == [slot]
    assert can() == set()
    situations.drop("p1")
    assert situations.skills_of(slot) == ()


def test_ten_thousand_officers_keep_their_columns() -> None:
    situations = Situations()
    for number in range(10_000):
        situations.put(Officer(id=f"p{number}", force="own"), state(f"p{number}"), NOW)
    random = np.random.default_rng(1)
    lon, lat = random.uniform(-1.8, -1.2, 10_000), random.uniform(53.6, 54.0, 10_000)
    unsaid = np.full(10_000, np.nan, np.float32)
    fixes = Fixes(np.full(10_000, NOW), lon, lat, unsaid, unsaid, unsaid)
    assert situations.move(np.arange(10_000, dtype=np.int32), fixes, NOW).sum() == 0
    np.testing.assert_array_equal(situations.lon[:10_000], lon)
    assert situations.used.sum() == 10_000


def test_a_step_begins_where_the_last_decided_one_ended() -> None:
    situations = with_officer()
    situations.moved([("p1", fix(0))], NOW)
    assert np.isnan(situations.from_lon[0])
    situations.moved([("p1", fix(20, 300))], NOW + 20 * SECOND)
    situations.moved([("p1", fix(40, 600))], NOW + 40 * SECOND)
    assert (situations.from_lon[0], situations.from_lat[0]) == (fix(0).lon, fix(0).lat)
    situations.steps_taken([0])
    situations.moved([("p1", fix(60, 900))], NOW + 60 * SECOND)
    assert situations.from_lon[0] == fix(40, 600).lon


def test_after_a_gap_a_poor_fix_or_a_cell_nobody_knows_what_way_he_took() -> None:
    for first, then in ((fix(0), fix(121, 900)), (fix(0, accuracy_m=51), fix(20, 300))):
        situations = with_officer()
        situations.moved([("p1", first)], NOW)
        situations.moved([("p1", then)], NOW + 200 * SECOND)
        assert np.isnan(situations.from_lon[0])
    situations = Situations()
    situations.put(Officer(id="p1", force="own"), state(cell=LEEDS, fix_at=NOW), NOW)
    situations.moved([("p1", fix(20, 300))], NOW + 20 * SECOND)
    assert np.isnan(situations.from_lon[0])


def test_who_is_somewhere_else_at_once_has_landed_and_who_was_still_has_not() -> None:
    silent, jumped, still = with_officer(), with_officer(), with_officer()
    for situations in (silent, jumped, still):
        situations.moved([("p1", fix(0))], NOW)
        assert situations.landed_at[0] == 0
    silent.moved([("p1", fix(300, 900))], NOW + 300 * SECOND)
    assert silent.landed_at[0] == NOW + 300 * SECOND
    still.moved([("p1", fix(300, 150))], NOW + 300 * SECOND)
    assert still.landed_at[0] == 0
    for at in (20, 40, 60):
        jumped.moved([("p1", fix(at, 30_000))], NOW + at * SECOND)
    assert jumped.landed_at[0] == NOW + 60 * SECOND
    assert np.isnan(jumped.from_lon[0])
