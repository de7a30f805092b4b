"""The one path on a real store: five entrances, one exit, restarts, and a store that goes away."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.clock import SECOND
from geo.errors import StoreUnavailable
from geo.model import (
    Briefing,
    Disposition,
    Emergency,
    Grade,
    Hazard,
    Incident,
    Interval,
    Officer,
    Shift,
    Status,
    Unit,
    UnitStatus,
    Watch,
    WatchOn,
)
from geo.place import moved_by
from geo.store.rows import Receipted, Tick
from streams import matching
from streams.pipeline import Delivered
from streams.relevance.policy import load_policy
from tests.streams.live import Live, live
from tests.streams.scene import CORNER, NOW, east, incident


async def test_who_is_near_hears_who_is_far_does_not_and_who_drives_up_does(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for name, at_m in (("near", 300.0), ("far", 20_000.0), ("driver", 6_000.0)):
            await here.on_duty(name, at_m)
        assert await here.tick() == []
        assert await here.put(incident()) == [("near", "interrupt", "style", 1)]
        heard = []
        for step in range(60):
            here.moves("driver", 6_000.0 - step * 100.0)
            heard += await here.tick(after_s=8)
        assert heard[0][:2] == ("driver", "notify")
        assert {who for who, *_ in heard} == {"driver"}
        assert [what for _, what, *_ in heard] == ["notify", "interrupt"]


async def test_what_is_heard_is_durable_before_it_is_heard(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("near", 300)
        order = []
        record = here.store.record

        async def slow(tick: Tick) -> Receipted:
            receipted = await record(tick)
            order.append("durable")
            return receipted

        here.store.record = slow  # type: ignore[method-assign]
        heard = here.pipeline._exit
        here.pipeline._exit = lambda batch: (order.append("heard"), heard(batch))[1]  # type: ignore[func-returns-value]
        await here.put(incident())
        assert order == ["durable", "heard"]
        assert [(row.record, row.verdict.text, row.seq) for row in await here.store.told("near")] == [
            (incident().id, "interrupt", 1)
        ]


async def test_a_restart_repeats_nothing_and_notices_what_ended_meanwhile(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.store.put_officers([Officer(id="known", force="own")])
        await here.tick()
        for name in ("known", "unknown"):
            await here.on_duty(name, 300)
        assert len(await here.put(incident(1), incident(2, at_m=50.0))) == 4
        await here.store.put([incident(2, at_m=50.0, status=Status.CLOSED)])
        again = Live(here.store, here.clock)
        await again.pipeline.start()
        ended = await again.tick()
        assert {item[:3] for item in ended} <= {("known", "cancel", "closed")}
        await again.on_duty("unknown", 300)
        await again.on_duty("known", 300)
        said = ended + await again.tick()
        assert sorted(item[:3] for item in said) == [("known", "cancel", "closed"), ("unknown", "cancel", "closed")]
        assert await again.tick(after_s=5) == []


async def test_a_closed_incident_is_cancelled_and_its_slot_freed_later(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("near", 300)
        await here.put(incident())
        assert await here.put(incident(status=Status.CLOSED)) == [("near", "cancel", "closed", 2)]
        assert incident().id in here.pipeline.picture.slot_of
        await here.tick(after_s=31 * 60)
        assert incident().id not in here.pipeline.picture.slot_of
        assert len(here.pipeline.held) == 0


async def test_times_come_by_themselves(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("near", 300)
        later = incident(valid=Interval(NOW + 60 * SECOND, NOW + 300 * SECOND))
        assert await here.put(later) == []
        assert here.pipeline.next_due() is not None
        assert [item[:2] for item in await here.tick(after_s=61)] == [("near", "interrupt")]
        here.moves("near", 300)
        assert [item[:3] for item in await here.tick(after_s=240)] == [("near", "cancel", "expired")]


async def test_the_on_delay_is_a_due_time(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("near", 5_000)
        await here.put(incident())
        await here.tick(after_s=300)
        here.moves("near", 2_050)
        assert await here.tick() == []
        assert here.pipeline.next_due() == here.clock.now() + 10 * SECOND
        assert [item[:2] for item in await here.tick(after_s=10)] == [("near", "notify")]


async def test_officers_change_status_beat_unit_and_rights(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        pipeline = here.pipeline
        await here.on_duty("pc1", 9_000)
        await here.put(incident(1, at_m=None, beat="B1", grade=Grade.PRIORITY), incident(2, assigned=("AB1",)))
        assert here.news() == []
        shift = Shift(id="s", officer="pc1", start=0, end=NOW * 2, unit="u", beat="B1")
        await here.store.put_units([Unit(id="u", callsign="AB1", force="own", officers=("pc1",))])
        await here.store.put_shifts([shift])
        pipeline.wake()
        assert sorted(item[:3] for item in await here.tick()) == [
            ("pc1", "interrupt", "must_own_tasking"),
            ("pc1", "notify", "style"),
        ]
        assert pipeline.shift_of("pc1") == shift
        pipeline.status("pc1", UnitStatus.OFF_DUTY, NOW)
        assert await here.tick() == []
        assert await here.put(incident(2, assigned=("AB1",), text="more")) == []
        pipeline.status("pc1", UnitStatus.BUSY, NOW)
        assert ("pc1", "notify", "re_entry", 2) in await here.tick()


async def test_the_roster_narrows_what_the_token_gives(tmp_path: Path) -> None:
    from geo.marking import Clearance, Marking

    async with live(tmp_path) as here:
        high = Officer(id="pc1", force="own", clearance=Clearance.OFFICIAL_SENSITIVE)
        await here.on_duty("pc1", 300, high)
        secret = incident(marking=Marking(Clearance.OFFICIAL_SENSITIVE))
        assert [item[:2] for item in await here.put(secret)] == [("pc1", "interrupt")]
        await here.store.put_officers([Officer(id="pc1", force="own")])
        here.pipeline.wake()
        assert await here.tick() == [("pc1", "purge", "not_entitled", 2)]


async def test_an_emergency_reaches_everybody_but_its_caller(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for name, at_m in (("caller", 0.0), ("near", 1_500.0), ("far", 9_000.0)):
            await here.on_duty(name, at_m)
        call = Emergency(
            force="own", source="device", source_id="k", category="officer_emergency", title="Help",
            grade=Grade.EMERGENCY, reported_at=NOW, place=shapely.Point(*east(0)), officer="caller",
        )  # fmt: skip
        assert await here.put(call) == [("near", "interrupt", "must_officer_emergency", 1)]
        nowhere = replace(call, source_id="k2", place=None)
        assert sorted(item[0] for item in await here.put(nowhere)) == ["far", "near"]


async def test_a_superseded_briefing_collapses(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        first = Briefing(force="own", source="control", source_id="b1", category="other", title="Read",
                         grade=Grade.ROUTINE, reported_at=NOW, must_ack=True)  # fmt: skip
        assert [item[:3] for item in await here.put(first)] == [("pc1", "interrupt", "must_ack")]
        second = replace(first, source_id="b2", supersedes=first.id)
        assert sorted(item[:3] for item in await here.put(second)) == [
            ("pc1", "cancel", "closed"),
            ("pc1", "interrupt", "must_ack"),
        ]


async def test_a_policy_change_alone_interrupts_nobody(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 3_000)
        await here.put(incident())
        text = (Path(__file__).resolve().parents[2] / "streams/relevance/policies/uk.toml").read_text()
        file = tmp_path / "wide.toml"
        file.write_text(text.replace("reach_m = 2100", "reach_m = 5000"))
        here.pipeline.policy_changed(load_policy(str(file)))
        assert await here.tick() == [("pc1", "map", "policy_change", 1)]
        assert here.pipeline.policy.file == str(file)


async def test_what_he_answered_he_is_not_told_louder(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 1_500)
        assert [item[:2] for item in await here.put(incident())] == [("pc1", "notify")]
        here.pipeline.answered("pc1", incident().id, Disposition.NOT_RELEVANT, 1)
        here.pipeline.answered("pc1", "inc-unknown", Disposition.HANDLED, 1)
        here.moves("pc1", 200)
        assert await here.tick(after_s=5) == []


async def test_several_entrances_in_one_tick_say_it_once(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for number in range(4):
            await here.on_duty(f"pc{number}", 100.0 * number)
        await here.tick()
        for number in range(4):
            here.moves(f"pc{number}", 110.0 * number)
        here.pipeline.status("pc1", UnitStatus.AVAILABLE, NOW)
        said = await here.put(*[incident(number) for number in range(3)])
        assert len(said) == 12
        assert len({(item.fanout.record, officer) for item in here.delivered for officer in item.fanout.officers}) == 12


async def test_distrusted_fixes_move_nobody(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 20_000)
        await here.tick()
        await here.put(incident())
        here.moves("pc1", 300)
        assert await here.tick(after_s=1) == []
        assert here.pipeline.counts["fixes_distrusted"] == 1


async def test_positions_and_whoever_is_unknown(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        pipeline = here.pipeline
        here.moves("nobody", 3)
        pipeline.status("nobody", UnitStatus.BUSY, NOW)
        pipeline.disconnected("nobody")
        assert await here.tick() == []
        assert pipeline.position_of("nobody") == "none"
        await here.on_duty("pc1", 10)
        await here.tick()
        assert pipeline.position_of("pc1") == "ok"
        await here.tick(after_s=130)
        assert pipeline.position_of("pc1") == "stale"


# the store goes away, records are poisoned, devices fail
async def test_a_store_that_is_away_is_waited_for_and_nothing_is_lost(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        record, failures = here.store.record, [0]

        async def flaky(tick: Tick) -> Receipted:
            failures[0] += 1
            if failures[0] < 3:
                raise StoreUnavailable("busy")
            return await record(tick)

        here.store.record = flaky  # type: ignore[method-assign]
        assert await here.put(incident()) == [("pc1", "interrupt", "style", 1)]
        assert here.pipeline.counts["record_retries"] == 2


async def test_an_unreadable_change_log_costs_nothing_but_time(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.tick()
        changes = here.store.changes_since

        async def away(*args: object) -> None:
            raise StoreUnavailable("away")

        here.store.changes_since = away  # type: ignore[method-assign,assignment]
        await here.store.put([incident()])
        here.pipeline.wake()
        here.clock.set(here.clock.now() + 5 * SECOND)
        here.moves("pc1", 290)
        with pytest.raises(StoreUnavailable):
            await here.pipeline.tick()
        slot = here.pipeline.situations.slot_of["pc1"]
        assert float(here.pipeline.situations.lon[slot]) == pytest.approx(east(290)[0])  # an emergency asks for it now
        here.store.changes_since = changes  # type: ignore[method-assign]
        assert await here.tick() == [("pc1", "interrupt", "style", 1)]


async def test_a_poisoned_record_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logging.getLogger("beatline.pipeline").setLevel(logging.CRITICAL)
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)
        await here.tick()
        of_records = matching.of_records

        def poisoned(picture, situations, slots, now):  # type: ignore[no-untyped-def]
            names = [picture.stored[slot].record.source_id for slot in slots.tolist()]
            if "2" in names:
                raise ZeroDivisionError("poison")
            return of_records(picture, situations, slots, now)

        monkeypatch.setattr(matching, "of_records", poisoned)
        said = await here.put(incident(1), incident(2), incident(3))
        assert len(said) == 2
        assert here.pipeline.counts["poisoned"] == 1
        assert [item[:2] for item in await here.put(incident(4))] == [("pc1", "notify")]


async def test_a_device_side_that_fails_does_not_stop_the_path(tmp_path: Path) -> None:
    logging.getLogger("beatline.pipeline").setLevel(logging.CRITICAL)
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 300)

        def broken(batch: list[Delivered]) -> None:
            raise RuntimeError("no socket")

        here.pipeline._exit = broken  # type: ignore[assignment]
        await here.put(incident(1))
        here.pipeline._exit = here.exit
        assert len(await here.put(incident(2))) == 1
        assert len(await here.store.told("pc1")) == 2


async def test_run_ticks_by_itself_until_it_is_stopped(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        pipeline = here.pipeline
        running = asyncio.create_task(pipeline.run())
        await here.on_duty("pc1", 300)
        await here.store.put([incident()])
        pipeline.wake()
        async with asyncio.timeout(10):
            while not here.heard:
                await asyncio.sleep(0.01)
            await pipeline.stop()
            await running
        assert here.news() == [("pc1", "interrupt", "style", 1)]


async def test_the_loop_survives_a_store_that_is_away(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        pipeline, changes, tries = here.pipeline, here.store.changes_since, [0]

        async def flaky(cursor: str, limit: int = 5_000):  # type: ignore[no-untyped-def]
            tries[0] += 1
            if tries[0] < 3:
                raise StoreUnavailable("away") if tries[0] == 1 else RuntimeError("bug")
            return await changes(cursor, limit)

        here.store.changes_since = flaky  # type: ignore[method-assign]
        await here.store.put([incident()])
        logging.getLogger("beatline.pipeline").setLevel(logging.CRITICAL)
        running = asyncio.create_task(pipeline.run())
        async with asyncio.timeout(20):
            await here.on_duty("pc1", 300)
            while not here.heard:
                pipeline.wake()
                await asyncio.sleep(0.02)
            await pipeline.stop()
            await running
        assert pipeline.counts["ticks_failed"] == 2


async def test_fixes_while_it_runs_make_a_tick_of_their_own(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 5_000)
        await here.put(incident(hazards=(Hazard.WEAPON,)))
        here.clock.set(NOW + 100 * SECOND)
        running = asyncio.create_task(here.pipeline.run())
        await asyncio.sleep(0.05)
        here.moves("pc1", 200)
        async with asyncio.timeout(10):
            while not here.heard:
                await asyncio.sleep(0.01)
            await here.pipeline.stop()
            await running
        assert here.news() == [("pc1", "interrupt", "must_threat_to_life", 1)]


async def test_many_records_and_officers_are_decided_in_slices(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await asyncio.gather(*(here.on_duty(f"pc{number}", float(number)) for number in range(60)))
        records = [
            incident(number, at_m=float(number % 50), grade=Grade.PRIORITY, category="burglary")
            for number in range(150)
        ]
        said = await here.put(*records)
        told = [row for row in said if row[2] != "summary"]
        assert len(told) == 60 * 150
        assert len(said) == len(told) + 60, "and a summary card each"
        assert Counter(item[1] for item in told) == {"notify": 60 * 10, "map": 60 * 140}
        seqs = np.concatenate([item.seqs for item in here.delivered if "pc7" in item.fanout.officers])
        assert len(seqs)
        assert await here.tick(after_s=3) == []


# watched areas
def _cordon(*on: WatchOn, dwell_s: int = 120) -> Incident:
    """400 m by 400 m around the corner."""
    corners = ((-200, -200), (200, -200), (200, 200), (-200, 200))
    area = shapely.Polygon([moved_by(*CORNER, x, y) for x, y in corners])
    return incident(category="cordon", grade=Grade.STANDARD, title="Cordon", place=area, watch=Watch(on, dwell_s))


async def _drives(here: Live, at_m: float, after_s: float) -> list[tuple[str, str, str, int]]:
    """A fix of pc1, so many seconds on."""
    here.clock.set(here.clock.now() + int(after_s * SECOND))
    here.moves("pc1", at_m)
    return await here.tick()


async def test_a_watched_area_tells_who_enters_stays_and_leaves_and_a_restart_in_between_tells_nothing_twice(
    tmp_path: Path,
) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 2_000)
        await here.put(_cordon(*WatchOn))
        assert await _drives(here, 900, 20) == []
        assert await _drives(here, 0, 20) == [("pc1", "notify", "watch_enter", 1)]
        assert await _drives(here, 5, 20) == []
        there = Live(here.store, here.clock, "there")
        await there.pipeline.start()
        await there.on_duty("pc1", 3)
        assert await there.tick(10) == []
        assert await _drives(there, 3, 50) == []
        assert there.pipeline.next_due() is not None
        assert await there.tick(41) == [("pc1", "notify", "watch_dwell", 2)]
        assert [await _drives(there, at_m, 25) for at_m in (400, 800)] == [[], []]
        assert await _drives(there, 1_200, 25) == [("pc1", "notify", "watch_exit", 3)]
        assert await there.tick(30) == []
        assert await there.tick(31) == [("pc1", "cancel", "out_of_reach", 4)]


async def test_a_car_at_speed_is_told_of_what_it_drove_through_and_past_between_two_fixes(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", -3_500)
        assert await here.put(_cordon(WatchOn.CROSS), incident(2, hazards=(Hazard.WEAPON,))) == []
        heard = await _drives(here, 3_500, 110)
        assert sorted(heard) == [("pc1", "interrupt", "must_threat_to_life", 1), ("pc1", "notify", "watch_cross", 1)]
        assert await _drives(here, 3_505, 5) == []


async def test_a_distrusted_fix_passes_nothing(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", -3_500)
        await here.put(_cordon(*WatchOn), incident(2, hazards=(Hazard.WEAPON,)))
        assert await _drives(here, 3_500, 20) == []
