"""Last night out of the store: its window, its warm-up, who was on duty, and under which policies it was kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.policy_diff.night import SILENCE, last_night, side_of
from app.policy_diff.sides import source_named
from geo.clock import DAY, HOUR, MINUTE, VirtualClock
from geo.model import Officer, Shift
from geo.store.rows import PolicyDraft
from geo.store.sqlite import SqliteStore
from streams.relevance.policy import load_policy
from tests.geo.store.making import fanout, incident, say
from tests.streams.scene import NOW

UK = load_policy("uk")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "b.sqlite", VirtualClock(NOW))
    await made.open()
    yield made
    await made.close()


async def test_the_window_is_the_day_up_to_the_newest_verdict(store: SqliteStore) -> None:
    record = incident("1")
    await store.put([record])
    for rev, at in enumerate((NOW - 30 * HOUR, NOW - 25 * HOUR, NOW - HOUR), 1):
        await say(store, fanout(record.id, ["pc-1"], rev=rev, at=at))
    night = await last_night(store, None, None, NOW + 9 * DAY, UK)
    assert (night.since, night.until) == (NOW - 25 * HOUR + 1, NOW - HOUR + 1)
    assert night.verdicts == 1
    assert [kept.at for kept in night.night.fanouts] == [NOW - 25 * HOUR, NOW - HOUR]
    assert night.as_kept == {"notify": 1}
    assert set(night.night.records) == {(record.id, 1)}


async def test_a_window_can_be_given_and_an_empty_one_is_said(store: SqliteStore) -> None:
    with pytest.raises(ValueError, match="nor at any other"):
        await last_night(store, None, None, NOW, UK)
    record = incident("1")
    await store.put([record])
    await say(store, fanout(record.id, ["pc-1"], at=NOW))
    assert (await last_night(store, NOW, NOW + MINUTE, NOW, UK)).verdicts == 1
    with pytest.raises(ValueError, match=r"no verdict was kept in that time$"):
        await last_night(store, NOW + HOUR, NOW + 2 * HOUR, NOW, UK)


async def test_hours_on_duty_come_from_shifts_and_else_from_the_verdicts(store: SqliteStore) -> None:
    record = incident("1")
    await store.put([record])
    for rev, at in enumerate((NOW, NOW + 10 * MINUTE, NOW + 5 * HOUR), 1):
        await say(store, fanout(record.id, ["pc-1"], rev=rev, at=at))
    night = await last_night(store, None, None, NOW + DAY, UK)
    assert not night.from_shifts
    assert night.hours * HOUR == pytest.approx(10 * MINUTE + 2 * SILENCE)
    await store.put_shifts([Shift(id="s1", officer="pc-1", start=NOW - 40 * HOUR, end=NOW)])
    night = await last_night(store, NOW - 8 * HOUR, NOW + 6 * HOUR, NOW + DAY, UK)
    assert night.from_shifts
    assert night.hours == pytest.approx(8)


async def test_officers_and_policies_are_as_the_store_knows_them(store: SqliteStore) -> None:
    record, ours = incident("1"), source_named("uk").text + "# ours\n"
    await store.put([record])
    await store.put_policy(PolicyDraft("uk", "ours", "a", ours), 0)
    await store.put_policy(PolicyDraft("uk", "broken", "b", "schema = 99\n"), 1)
    token = Officer(id="pc-2", force="own", role="dog")
    await store.take(["pc-2"], "node-1", NOW, {"pc-2": token})
    await store.put_officers([Officer(id="pc-1", force="own", role="traffic")])
    await say(store, fanout(record.id, ["pc-1", "pc-2"], at=NOW))
    night = (await last_night(store, None, None, NOW, UK)).night
    assert {name: officer.role for name, officer in night.officers.items()} == {"pc-1": "traffic", "pc-2": "dog"}
    assert len(night.policies) == 3
    assert {policy.name for policy in night.policies.values()} == {"uk", "san_francisco"}


async def test_a_side_counts_only_its_window(store: SqliteStore) -> None:
    record = incident("1")
    await store.put([record])
    for rev, at in enumerate((NOW - 25 * HOUR, NOW), 1):
        await say(store, fanout(record.id, [f"pc-{rev}"], rev=1, at=at))
    night = await last_night(store, None, None, NOW, UK)
    side = await side_of(night, source_named("uk"))
    assert {told.officer for told in side.side.told} <= {"pc-2"}
    assert side.unknown == 2
