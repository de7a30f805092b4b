"""What is measured is documented, and what is documented is measured; nothing of it asks the store on the hot path."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from app.identity import Role
from app.runtime import Runtime
from geo.errors import StoreUnavailable
from geo.store.process_rows import StoreFigures
from tests.app.api.conftest import client, incident, runtime  # noqa: F401 - fixtures

TABLE = Path(__file__).parents[2] / "deploy" / "metrics.md"


def measured(text: str) -> set[str]:
    names = set(re.findall(r"^# TYPE (beatline_\w+) ", text, re.M))
    return {name for name in names if not name.endswith("_created")}


async def test_the_table_names_each_with_the_question_it_answers(client: Any) -> None:  # noqa: F811
    text = (await client(None).get("/metrics")).text
    rows = re.findall(r"^\| `(beatline_\w+)` \| ([^|]+) \| ([^|]+) \|$", TABLE.read_text(), re.M)
    assert {name for name, _, _ in rows} == measured(text)
    assert len(rows) == len({name for name, _, _ in rows})
    assert all(unit.strip() and question.strip().endswith("?") for _, unit, question in rows)


async def test_the_store_is_asked_when_somebody_reads_and_not_again_at_once(
    client: Any,  # noqa: F811
    runtime: Runtime,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    async def figures(now: int) -> StoreFigures:
        asked.append(now)
        return StoreFigures({1: 7}, 2, 3.5, 4, 5_000_000)

    monkeypatch.setattr(runtime.store, "figures", figures)
    for _ in range(3):
        text = (await client(None).get("/metrics")).text
    assert len(asked) == 1
    for line in (
        'beatline_owed{priority="1"} 7.0',
        'beatline_owed{priority="2"} 0.0',
        "beatline_unconfirmed_now 2.0",
        "beatline_oldest_transaction_seconds 3.5",
        "beatline_jobs_overdue_seconds 5.0",
        "beatline_store_up 1.0",
    ):
        assert f"{line}\n" in text


async def test_without_the_store_the_metrics_are_there_all_the_same(
    client: Any,  # noqa: F811
    runtime: Runtime,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: object) -> StoreFigures:
        raise StoreUnavailable("away")

    monkeypatch.setattr(runtime.store, "figures", away)
    answer = await client(None).get("/metrics")
    assert answer.status_code == 200
    assert "beatline_store_up 0.0\n" in answer.text
    assert 'beatline_owed{priority="1"} NaN\n' in answer.text


async def test_what_happens_is_counted(client: Any, runtime: Runtime) -> None:  # noqa: F811
    await client(Role.FEED).post("/v1/incidents", json=incident())
    await runtime.pipeline.tick()
    text = (await client(None).get("/metrics")).text
    assert 'beatline_records_total{kind="incident",outcome="new"} 1.0' in text
    assert "beatline_live_records 1.0" in text
    assert re.search(r"^beatline_changelog_age_seconds [0-2]\.", text, re.M)
    assert re.search(r"^beatline_lease_age_seconds [0-9]", text, re.M)
    assert "beatline_emergencies_unrecorded 0.0" in text
    assert "beatline_policy_number 1.0" in text
    assert "beatline_policy_unreadable 0.0" in text
    assert "beatline_unknown_codes 0.0" in text
    await client(Role.FEED).post("/v1/incidents", json=incident("2", category="zeppelin", grade="urgent"))
    assert "beatline_unknown_codes 2.0" in (await client(None).get("/metrics")).text
