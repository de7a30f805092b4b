"""Only what has changed is shared, and nobody's place once he is off duty."""

from __future__ import annotations

import asyncio

import pytest

from geo.clock import SECOND, VirtualClock
from geo.model import Officer, Unit, UnitStatus
from geo.position import Fix
from geo.store.rows import OfficerState
from streams.officers.situations import Situations
from streams.whereabouts import sharing as module
from streams.whereabouts.contract import Sighting
from streams.whereabouts.memory import MemoryWhereabouts
from streams.whereabouts.sharing import Sharing, seen_elsewhere, share_for_ever, share_now
from tests.streams.whereabouts.shared import LEEDS, NOW, until


def come(here: Situations, officer: str, status: UnitStatus = UnitStatus.AVAILABLE) -> None:
    state = OfficerState(officer, "e", 0, "n1", 1, status, NOW, 2.0, NOW)
    here.put(Officer(id=officer, force="own"), state, NOW)


def move(here: Situations, officer: str, second: int) -> None:
    here.moved([(officer, Fix(NOW + second * SECOND, LEEDS[0] + second / 10_000, LEEDS[1], 8.04, None, None))], NOW)


@pytest.fixture
def here() -> Situations:
    here = Situations()
    here.roster([Unit(id="u", callsign="LX21", force="own", officers=("pc-1",))], [], NOW)
    for officer in ("pc-1", "pc-2"):
        come(here, officer)
    move(here, "pc-1", 0)
    return here


def test_everybody_once_and_then_only_what_changed(here: Situations) -> None:
    sharing = Sharing(here, "n1", lambda officer: 0)
    units, gone, whole = sharing.changes()
    assert [(one.officer, one.callsign, one.lon, one.accuracy_m) for one in units] == [
        ("pc-1", "LX21", pytest.approx(LEEDS[0]), 8.0),
        ("pc-2", "pc-2", None, None),
    ]
    assert (gone, whole) == ([], True)
    assert sharing.changes() == ([], [], True)
    move(here, "pc-2", 1)
    assert [(one.officer, one.fix_at) for one in sharing.changes()[0]] == [("pc-2", NOW + SECOND)]


def test_off_duty_he_is_connected_and_nowhere(here: Situations) -> None:
    sharing = Sharing(here, "n1", lambda officer: 0)
    sharing.changes()
    here.set_status("pc-1", UnitStatus.OFF_DUTY)
    (one,), gone, _ = sharing.changes()
    assert (one.status, one.lon, one.lat, one.accuracy_m, one.fix_at) == (UnitStatus.OFF_DUTY, None, None, None, 0)
    assert gone == []


def test_off_duty_and_gone_within_a_second_his_place_goes_before_he_does(here: Situations) -> None:
    """The fault: he was only "gone", so that his last place was kept for the process his device comes to next."""
    sharing = Sharing(here, "n1", lambda officer: 0)
    sharing.changes()
    here.set_status("pc-1", UnitStatus.OFF_DUTY)
    here.set_connected("pc-1", False, NOW)
    (one,), gone, whole = sharing.changes()
    assert (one.officer, one.status, one.lon, gone, whole) == ("pc-1", UnitStatus.OFF_DUTY, None, [], False)
    assert sharing.changes() == ([], ["pc-1"], True)


def test_whose_device_left_is_gone_and_a_slot_is_another_officers(here: Situations) -> None:
    sharing = Sharing(here, "n1", lambda officer: 0)
    sharing.changes()
    here.set_connected("pc-1", False, NOW)
    here.drop("pc-2")
    come(here, "pc-3")
    units, gone, _ = sharing.changes()
    assert ([one.officer for one in units], sorted(gone)) == (["pc-3"], ["pc-1", "pc-2"])
    here.set_connected("pc-1", True, NOW)
    assert [one.officer for one in sharing.changes()[0]] == ["pc-1"]


def test_an_officer_who_comes_back_into_another_slot_is_not_gone(here: Situations) -> None:
    sharing = Sharing(here, "n1", lambda officer: 0)
    sharing.changes()
    here.drop("pc-1")
    come(here, "pc-9")
    come(here, "pc-1")
    units, gone, _ = sharing.changes()
    assert sorted(one.officer for one in units) == ["pc-1", "pc-9"]
    assert gone == []


def test_how_far_the_sockets_got_is_shared_in_turns(here: Situations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASKED_AT_ONCE", 1)
    sent = {"pc-1": 0, "pc-2": 0}
    sharing = Sharing(here, "n1", lambda officer: sent[officer])
    sharing.changes()
    sent.update({"pc-1": 7, "pc-2": 9})
    told = [(one.officer, one.sent_seq) for _ in range(2) for one in sharing.changes()[0]]
    assert sorted(told) == [("pc-1", 7), ("pc-2", 9)]


async def test_a_shift_that_begins_is_shared_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    here, clock = Situations(), VirtualClock(NOW)
    for number in range(2_500):
        come(here, f"pc-{number}")
    sharing, whereabouts = Sharing(here, "n1", lambda officer: 0), MemoryWhereabouts(clock)
    units, _, whole = sharing.changes()
    assert (len(units), whole) == (module.AT_ONCE, False)
    whereabouts.share(units)
    await share_now(sharing, whereabouts)
    assert len((await whereabouts.everybody("own")).units) == 2_500
    going_on = asyncio.create_task(share_for_ever(sharing, whereabouts))
    here.set_connected("pc-7", False, NOW)

    async def left() -> bool:
        return len((await whereabouts.everybody("own")).units) == 2_499

    await until(left)
    going_on.cancel()


async def test_a_second_that_fails_is_made_good_by_the_next(
    here: Situations, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    failures = [ValueError("once")]

    def sent(officer: str) -> int:
        if failures:
            raise failures.pop()
        return 0

    whereabouts = MemoryWhereabouts(VirtualClock(NOW))
    going_on = asyncio.create_task(share_for_ever(Sharing(here, "n1", sent), whereabouts))

    async def there() -> bool:
        return len((await whereabouts.everybody("own")).units) == 2

    await until(there)
    assert "were not shared" in caplog.text
    going_on.cancel()


class SeenOnce(MemoryWhereabouts):
    """Knows one officer's last place."""

    def __init__(self, seen: Sighting | None) -> None:
        super().__init__(VirtualClock(NOW))
        self._seen = seen

    async def last(self, officer: str) -> Sighting | None:
        return self._seen


@pytest.mark.parametrize(
    ("node", "age_s", "fresher"), [("n2", 10, True), ("n2", 31, False), ("n1", 10, False), (None, 0, False)]
)
async def test_a_fresh_fix_at_another_process_leaves_him_there(node: str | None, age_s: int, fresher: bool) -> None:
    seen = None
    if node is not None:
        where = (LEEDS[0], LEEDS[1], 8.0, NOW - age_s * SECOND)
        seen = Sighting("pc-1", "own", "LX21", "", UnitStatus.AVAILABLE, node, *where)
    assert await seen_elsewhere(SeenOnce(seen), "n1", VirtualClock(NOW), "pc-1") is fresher
