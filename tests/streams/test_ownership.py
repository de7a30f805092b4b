"""Officers are taken in groups, with the narrower of two rights, and let go after the resume window."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from geo.clock import MINUTE
from geo.errors import StoreUnavailable
from geo.marking import Clearance
from geo.model import Officer
from geo.store.rows import OfficerState
from streams.ownership import narrower
from tests.streams.live import Live, live
from tests.streams.scene import incident

HIGH = Officer(id="pc1", force="own", clearance=Clearance.OFFICIAL_SENSITIVE, operations=("ALPHA", "BETA"))


def test_whom_the_roster_does_not_know_has_the_tokens_rights() -> None:
    assert narrower(HIGH, None) is HIGH


def test_the_narrower_of_both_holds() -> None:
    roster = Officer(id="pc1", force="own", role="dog", skills=("dog",), operations=("BETA", "GAMMA"), name="A. B.")
    merged = narrower(HIGH, roster)
    assert (merged.role, merged.skills, merged.name) == ("dog", ("dog",), "A. B.")
    assert (merged.clearance, merged.operations) == (Clearance.OFFICIAL, ("BETA",))


def test_two_forces_make_nobody_cleared() -> None:
    merged = narrower(HIGH, Officer(id="pc1", force="other", clearance=Clearance.SECRET, operations=("ALPHA",)))
    assert (merged.force, merged.clearance, merged.operations) == ("own", Clearance.OFFICIAL, ())
    assert isinstance(merged.clearance, Clearance)


async def test_many_who_connect_at_once_are_few_transactions(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        takes, take = [], here.store.take

        async def counted(officers, *rest):  # type: ignore[no-untyped-def]
            takes.append(len(officers))
            return await take(officers, *rest)

        here.store.take = counted  # type: ignore[method-assign]
        states = await asyncio.gather(
            *(here.pipeline.connect(Officer(id=f"pc{n % 50}", force="own"), here.clock.now()) for n in range(100))
        )
        assert len(states) == 100
        assert len(takes) <= 2
        assert sum(takes) <= 51
        assert {state.owner for state in states} == {"here"}


async def test_a_store_that_is_away_is_everybodys_answer(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        take = here.store.take

        async def away(*args: object) -> None:
            raise StoreUnavailable("away")

        here.store.take = away  # type: ignore[method-assign,assignment]
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                await here.pipeline.connect(HIGH, here.clock.now())
        here.store.take = take  # type: ignore[method-assign]
        assert (await here.pipeline.connect(HIGH, here.clock.now())).officer == "pc1"


async def test_officers_are_let_go_half_an_hour_after_the_last_device(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.put(incident())
        here.pipeline.disconnected("pc1")
        await here.tick(after_s=60)
        assert [item[:2] for item in await here.put(incident(text="more"))] == [("pc1", "map")]
        await here.tick(after_s=31 * 60)
        assert "pc1" not in here.pipeline.situations.slot_of
        assert len(here.pipeline.held) == 0


async def test_whoever_comes_back_in_time_stays(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.tick()
        here.pipeline.disconnected("pc1")
        await here.on_duty("pc1", 300)
        await here.tick(after_s=31 * 60)
        assert "pc1" in here.pipeline.situations.slot_of


async def test_another_owner_takes_over_and_this_one_forgets(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.tick()
        other = Live(here.store, here.clock, owner="there")
        await other.pipeline.start()
        await other.on_duty("pc1", 300)
        await other.tick()
        assert await here.put(incident()) == []
        assert "pc1" not in here.pipeline.situations.slot_of
        other.pipeline.wake()
        assert [item[:2] for item in await other.tick()] == [("pc1", "interrupt")]


async def test_a_start_goes_on_for_the_officers_of_the_dead(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.store.put_officers([Officer(id="pc1", force="own")])
        here.pipeline.wake()
        await here.tick()
        await here.on_duty("pc1", 300, HIGH)
        await here.on_duty("stranger", 300)
        await here.tick(after_s=6)
        again = Live(here.store, here.clock, owner="again")
        await again.pipeline.start()
        assert sorted(again.pipeline.situations.slot_of) == ["pc1", "stranger"]
        assert again.pipeline.position_of("pc1") == "ok"
        rights = again.pipeline.situations.profiles[again.pipeline.situations.slot_of["pc1"]]
        assert rights is not None
        assert (rights.clearance, rights.operations) == (Clearance.OFFICIAL, ())
        assert sorted(item[:2] for item in await again.put(incident())) == [
            ("pc1", "interrupt"),
            ("stranger", "interrupt"),
        ]


async def test_whom_nobody_described_waits_for_his_device(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.store.put_officers([HIGH])
        await here.store.take(["pc1", "stranger"], "long ago", here.clock.now())
        again = Live(here.store, here.clock, owner="again")
        await again.pipeline.start()
        assert list(again.pipeline.situations.slot_of) == ["pc1"]


async def test_what_others_took_is_let_go_but_not_what_was_taken_since(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for name in ("pc1", "pc2"):
            await here.on_duty(name, 300)
        states = await here.store.take(["pc1", "pc2"], "there", here.clock.now())
        await here.on_duty("pc2", 300)
        assert await here.pipeline.taken(states) == ["pc1"]
        assert not here.pipeline.owns("pc1")
        assert here.pipeline.owns("pc2")
        assert await here.pipeline.taken(states[:1]) == []


async def test_last_cells_are_written_now_and_then(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.tick(after_s=6)
        (state,) = await here.store.officer_states(here.clock.now() - MINUTE)
        assert state.cell is not None
        assert state.cell == (round(state.cell[0], 3), round(state.cell[1], 3))


async def test_the_first_place_is_written_at_once_and_the_next_ones_are_not(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.tick(after_s=6)
        await here.on_duty("pc1", 300)
        await here.tick(after_s=0)
        (state,) = await here.store.officer_states(here.clock.now() - MINUTE)
        assert state.cell is not None
        assert here.pipeline._ownership.first_cells() == ()
        here.pipeline._ownership.placed([here.pipeline.situations.slot_of["pc1"]])
        assert here.pipeline._ownership.first_cells() == ()


async def test_an_adoption_whose_answer_was_lost_leaves_nobody_without_an_owner(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        again = Live(here.store, here.clock, owner="again")
        adopt = here.store.adopt

        async def lost_on_the_way(*args: object) -> list[OfficerState]:
            await adopt(*args)  # type: ignore[arg-type]
            raise StoreUnavailable("the answer was lost")

        here.store.adopt = lost_on_the_way  # type: ignore[method-assign, assignment]
        with pytest.raises(StoreUnavailable):
            await again.pipeline.adopt()
        here.store.adopt = adopt  # type: ignore[method-assign]
        assert [state.officer for state in await again.pipeline.adopt()] == ["pc1"]
        assert again.pipeline.owns("pc1")
        assert await again.pipeline.adopt() == []


async def test_a_picture_that_lags_behind_what_he_was_told_is_mended_and_decided_for_everybody(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        other = Live(here.store, here.clock, "there")
        await other.pipeline.start()
        await other.on_duty("pc2", 100.0)
        await other.tick()
        other.pipeline.following._hinted = False  # nobody tells it, and its sweep is not due
        await here.on_duty("pc1", 100.0)
        await here.tick()
        assert [word[0] for word in await here.put(incident())] == ["pc1"]
        await here.put(incident(text="a knife"))
        await other.pipeline.connect(Officer(id="pc1", force="own"), here.clock.now())
        other.moves("pc1", 90.0)
        heard = await other.tick()
        assert [(who, what, rev) for who, what, _, rev in heard] == [("pc2", "interrupt", 1)]
        assert {item.stored.version for item in other.delivered} == {2}
        other.pipeline.wake()
        assert await other.tick() == []
