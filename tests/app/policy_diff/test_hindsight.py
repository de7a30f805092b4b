"""Kept verdicts decided anew: under the policy of that night it is that night again, under another it is another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.policy_diff.hindsight import Hindsight, Night, decided_again, told_of
from app.policy_diff.sides import changed, source_named
from geo.clock import DAY, Instant
from geo.model import Grade, Officer, RecordKind, Stored
from geo.store.kept import KeptFanout
from geo.store.sqlite import SqliteStore
from streams.relevance.policy import Policy, load_policy
from tests.app.policy_diff.kept_night import night
from tests.streams.live import live
from tests.streams.scene import incident

LOUD = ("interrupt", "notify")
Said = list[tuple[str, str, str, int]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Night, Said]:
    return asyncio.run(_kept(tmp_path_factory.mktemp("night")))


async def _kept(folder: Path) -> tuple[Night, Said]:
    said, end = await night(folder)
    fanouts, records = await _read(folder, end)
    policy = load_policy("uk")
    return Night(fanouts, records, {}, {policy.version: policy}, policy), said


async def _read(folder: Path, end: Instant) -> tuple[list[KeptFanout], dict[tuple[str, int], Stored]]:
    store = SqliteStore(folder / "beatline.sqlite")
    await store.open()
    fanouts = await store.kept(end - DAY, end + 1, 0, 100_000)
    records = await store.versions_of(sorted({fanout.record for fanout in fanouts}))
    await store.close()
    return fanouts, records


async def under(night: Night, *changes: str) -> Hindsight:
    return await decided_again(night, changed(source_named("uk"), changes).policy())


def loud(found: Hindsight) -> list[tuple[str, str, str]]:
    return sorted((told.officer, told.verdict, told.rule) for told in found.told if told.verdict in LOUD)


async def test_under_its_own_policy_the_night_is_the_same_to_the_last_word(kept: tuple[Night, Said]) -> None:
    night, said = kept
    found = await under(night)
    assert loud(found) == sorted((who, what, why) for who, what, why, _ in said if what in LOUD)
    assert len(loud(found)) > 60
    assert {rule for _, _, rule in loud(found)} >= {
        "style", "must_threat_to_life", "nearer", "material", "budget", "watch_enter", "watch_exit", "watch_dwell",
        "summary",
    }  # fmt: skip
    assert (found.lacking, found.unknown) == (0, 0)


async def test_the_same_night_gives_the_same_words(kept: tuple[Night, Said]) -> None:
    night, _ = kept
    assert (await under(night)).told == (await under(night)).told


async def test_a_higher_band_makes_it_quieter_but_for_must_deliver(kept: tuple[Night, Said]) -> None:
    night, _ = kept
    before, after = await under(night), await under(night, "bands.p1=0.999")

    def interrupts(found: Hindsight, must: bool) -> set[tuple[str, str]]:
        return {(t.officer, t.record) for t in found.told if t.verdict == "interrupt" and t.must is must}

    assert interrupts(before, True) == interrupts(after, True)
    assert len(interrupts(after, False)) < len(interrupts(before, False))


async def test_a_larger_budget_lets_more_through(kept: tuple[Night, Said]) -> None:
    night, _ = kept
    before, after = await under(night), await under(night, "noise.budget_per_10min=50", "noise.budget_burst=50")
    assert any(told.rule == "budget" for told in before.told)
    assert not any(told.rule == "budget" for told in after.told)


async def test_a_smaller_reach_leaves_out_who_was_far(kept: tuple[Night, Said]) -> None:
    night, _ = kept
    reaches = [f"grades.{grade}.reach_m=200" for grade in ("emergency", "priority", "standard", "routine")]
    found = await under(night, *reaches)
    distances = [t.distance_m for t in found.told if t.verdict in LOUD and not t.rule.startswith("watch_")]
    assert 0 < len(distances) < len(loud(await under(night))) / 2
    assert max(metres for metres in distances if metres is not None) < 200 * 1.2 + 50


async def test_what_cannot_be_decided_anew_is_counted(kept: tuple[Night, Said]) -> None:
    night, _ = kept
    cards = {name for (name, _), stored in night.records.items() if stored.record.kind is RecordKind.SUMMARY}
    some = next(key for key in night.records if key[0] not in cards)
    poorer = replace(
        night, records={key: value for key, value in night.records.items() if key[0] != some[0]}, policies={}
    )
    found = await under(poorer)
    assert found.lacking == sum(len(fanout.officers) for fanout in night.fanouts if fanout.record == some[0])
    others = [fanout for fanout in night.fanouts if fanout.record not in {some[0], *cards}]
    assert found.unknown == sum(len(fanout.officers) for fanout in others)  # a card is made anew, not decided anew


async def test_what_was_really_said_is_counted_as_it_was_kept(kept: tuple[Night, Said]) -> None:
    night, said = kept
    counted = told_of(night.fanouts)
    assert {what: counted[what] for what in LOUD} == {
        what: sum(heard == what for _, heard, _, _ in said) for what in LOUD
    }


async def test_nothing_kept_is_nothing_told() -> None:
    policy: Policy = load_policy("uk")
    assert (await decided_again(Night([], {}, {}, {}, policy), policy)).told == []


async def test_a_skill_that_the_roster_no_longer_knows_still_counts(tmp_path: Path) -> None:
    """The night knew him as a negotiator; in the roster he is none any more, or had it of his unit only."""
    async with live(tmp_path) as here:
        await here.on_duty("pc-1", 500, Officer(id="pc-1", force="own", skills=("negotiator",)))
        await here.put(incident(1, category="mental_health", grade=Grade.PRIORITY))
        end = here.clock.now()
    fanouts, records = await _read(tmp_path, end)
    policy = load_policy("uk")
    (told,) = (await under(Night(fanouts, records, {}, {policy.version: policy}, policy))).told
    assert told.terms["role"] == pytest.approx(policy.terms["role"])
    assert told.score == pytest.approx(float(fanouts[0].score[0]), abs=0.001)
