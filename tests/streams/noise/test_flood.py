"""Too many in ten minutes: one card instead, and the rest on the map."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from geo.clock import MINUTE, SECOND
from geo.marking import Clearance, Marking
from geo.model import Grade, Hazard, Incident, Officer, Status, UnitStatus
from streams.delivery.speech import FanoutSpeech, SharedParts
from tests.streams.live import Live, live
from tests.streams.scene import NOW, incident


def burglary(number: int, at_m: float = 0.0, **changes: Any) -> Incident:
    return incident(number, at_m, **{"category": "burglary", "grade": Grade.PRIORITY, **changes})


def many(first: int, last: int, **changes: Any) -> list[Incident]:
    return [burglary(number, **changes) for number in range(first, last + 1)]


async def test_the_eleventh_goes_on_the_map_and_one_card_says_so(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        assert {what for _, what, *_ in await here.put(*many(1, 10))} == {"notify"}
        said = await here.put(burglary(11))
        assert said == [("pc1", "map", "flood", 1), ("pc1", "notify", "summary", 1)]
        assert texts(here) == ["1 more near you in 10 min", "1 burglary", "nearest 200 m west"]
        assert await here.put(burglary(12)) == [("pc1", "map", "flood", 1)], "the card is renewed once a minute"
        assert await here.tick(after_s=60) == [("pc1", "map", "summary", 2)]
        assert texts(here)[0] == "2 more near you in 10 min"


async def test_must_deliver_and_what_the_budget_affords_pass(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 12))
        threat = incident(50, 0.0, category="stabbing", hazards=(Hazard.WEAPON,))
        assert await here.put(threat) == [("pc1", "interrupt", "must_threat_to_life", 1)]
        urgent = incident(51, 180.0)
        assert await here.put(urgent) == [("pc1", "interrupt", "style", 1)]


async def test_an_emergency_over_the_budget_is_a_notify_in_the_flood_too(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 12))
        for number in (51, 52):
            assert (await here.put(incident(number, 180.0)))[0][1] == "interrupt"
        assert await here.put(incident(53, 180.0)) == [("pc1", "notify", "budget", 1)]


async def test_more_emergencies_than_anybody_can_read_are_a_flood_of_their_own(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        said = await here.put(*(incident(number) for number in range(1, 16)))
        assert [what for _, what, rule, _ in said if rule != "summary"].count("map") == 5
        assert ("pc1", "notify", "summary", 1) in said


async def test_it_ends_by_itself_and_the_card_goes(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 12))
        due = here.pipeline.next_due()
        assert due is not None
        assert due <= NOW + 10 * MINUTE
        here.moves("pc1", 200)
        said = await here.tick(after_s=601)
        assert ("pc1", "cancel", "expired", 2) in said
        late = burglary(60, reported_at=here.clock.now())
        here.moves("pc1", 200)
        assert await here.put(late) == [("pc1", "notify", "style", 1)], "and the next is told again"


async def test_a_closed_one_is_counted_no_more(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 13))
        hidden = [row for row in await here.store.told("pc1") if row.rule == "flood"]
        number = next(n for n in range(1, 14) if burglary(n).id == hidden[0].record)
        await here.put(burglary(number, status=Status.CLOSED))
        await here.put(burglary(14))
        await here.tick(after_s=61)
        assert texts(here)[0] == "3 more near you in 10 min"


async def test_a_restart_goes_on_in_the_flood(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 11))
        again = Live(here.store, here.clock, owner="again")
        await again.pipeline.start()
        await again.on_duty("pc1", 200)
        assert await again.tick() == []
        again.clock.set(again.clock.now() + 61 * SECOND)
        again.moves("pc1", 200)
        said = await again.put(burglary(12))
        assert said == [("pc1", "map", "flood", 1), ("pc1", "map", "summary", 2)]
        assert texts(again)[0] == "2 more near you in 10 min", "the one before the restart is counted too"
        told = {row.record[:3] for row in await here.store.told("pc1")}
        assert told == {"inc", "sum"}, "the card is part of what a reset shows"


async def test_what_he_may_not_know_any_more_is_counted_no_more(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        cleared = Officer(id="pc1", force="own", clearance=Clearance.OFFICIAL_SENSITIVE)
        await here.store.put_officers([cleared])
        await here.on_duty("pc1", 200, cleared)
        secret = many(1, 13, marking=Marking(Clearance.OFFICIAL_SENSITIVE))
        assert ("pc1", "notify", "summary", 1) in await here.put(*secret)
        await here.store.put_officers([Officer(id="pc1", force="own")])
        here.pipeline.wake()
        said = await here.tick(after_s=3) + await here.tick(after_s=3)
        assert sum(what == "purge" for _, what, *_ in said) == 13
        assert ("pc1", "cancel", "expired", 2) in said, "the card told him how many, and of what"


async def test_what_was_hidden_and_is_told_later_is_counted_no_more(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 13))
        hidden = [row for row in await here.store.told("pc1") if row.rule == "flood"]
        number = next(n for n in range(1, 14) if burglary(n).id == hidden[0].record)
        louder = burglary(number, grade=Grade.EMERGENCY, hazards=(Hazard.WEAPON,))
        assert (await here.put(louder))[0][1] == "interrupt"
        await here.put(burglary(14))
        await here.tick(after_s=61)
        assert texts(here)[0] == "3 more near you in 10 min"


async def test_off_duty_nothing_is_said_of_its_end(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 11))
        here.pipeline.status("pc1", UnitStatus.OFF_DUTY, here.clock.now())
        assert await here.tick(after_s=1) == []
        assert await here.tick(after_s=700) == []
        here.pipeline.status("pc1", UnitStatus.AVAILABLE, here.clock.now())
        assert ("pc1", "cancel", "expired", 2) in await here.tick(after_s=1)


async def test_two_officers_each_have_their_own_count(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(*many(1, 5))
        await here.on_duty("pc2", 300)
        await here.tick(after_s=40 * 60)
        here.clock.set(here.clock.now() + SECOND)
        here.moves("pc1", 200)
        here.moves("pc2", 300)
        said = await here.put(*many(20, 31, reported_at=here.clock.now()))
        assert sorted(one for one, _, rule, _ in said if rule == "summary") == ["pc1", "pc2"]


def texts(here: Live) -> list[str]:
    """What the last alert says to its first officer."""
    speech = FanoutSpeech(here.delivered[-1], SharedParts(lambda _: None))
    said = msgspec.json.decode(b'{"seq":1,' + speech.tail(0))
    assert said["kind"] == "summary"
    return [str(why["text"]) for why in said["why"]]
