"""The summary card: one record a force, and what it counts officer by officer."""

from __future__ import annotations

from pathlib import Path

from geo.model import Grade, Officer, RecordKind, record_id
from geo.normalise import RawRecord
from streams.summing import SOURCE, SOURCE_ID, card_of
from tests.streams.live import live
from tests.streams.scene import incident


def test_the_card_is_one_record_a_force_that_no_source_can_make() -> None:
    card = card_of("own")
    assert card.id == record_id(RecordKind.SUMMARY, "own", SOURCE, SOURCE_ID)
    assert card.id != card_of("neighbour").id
    assert RawRecord(source=SOURCE, source_id=SOURCE_ID, category="other", title="x").kind is not RecordKind.SUMMARY


async def test_it_counts_by_category_what_each_officer_may_know(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.on_duty("pc2", 5_000)
        kinds = ["burglary"] * 12 + ["alarm"] * 3
        await here.put(*(incident(n, category=kind, grade=Grade.PRIORITY) for n, kind in enumerate(kinds)))
        card = next(item.fanout for item in here.delivered if item.fanout.record.startswith("sum-"))
        assert card.officers == ("pc1",)
        counts = {name: float(n) for name, n in zip(card.term_names, card.terms[0], strict=True) if name}
        assert sum(counts.values()) == card.facts[0, card.fact_names.index("count")] == 5
        assert set(counts) <= {"burglary", "alarm"}
        assert round(float(card.facts[0, card.fact_names.index("distance_m")])) == 200


async def test_each_force_has_its_own_card(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.on_duty("tp9", 200, Officer(id="tp9", force="transport"))
        theirs = [incident(100 + n, force="transport", category="burglary", grade=Grade.PRIORITY) for n in range(11)]
        ours = [incident(n, category="burglary", grade=Grade.PRIORITY) for n in range(11)]
        await here.put(*ours, *theirs)
        cards = {item.fanout.record: item.fanout.officers for item in here.delivered if item.fanout.record[:3] == "sum"}
        assert cards == {card_of("own").id: ("pc1",), card_of("transport").id: ("tp9",)}
