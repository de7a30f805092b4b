"""Receipts over HTTP: everybody whom it is for, in a word and with every time; for its own force and nobody else."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import pytest

from app.identity import Role
from app.receipt_forms import COLUMNS, is_whole
from app.runtime import Runtime
from geo.clock import SECOND
from geo.model import Disposition
from geo.store.briefing_rows import Step
from geo.store.rows import Answered, Answers, DeviceCursor, SeenOnScreen, StoredOnDevice
from tests.app.api.conftest import SENSITIVE
from tests.app.api.pushed import PATH, pushed, roster
from tests.geo.store.making import fanout, say


@pytest.fixture
async def dispatcher(client: Any, runtime: Runtime) -> Any:
    await roster(runtime)
    return client(Role.DISPATCHER, clearance=SENSITIVE)


async def told(runtime: Runtime, briefing: str) -> None:
    """a, b and d are told; a's phone has stored it and he has answered, b's has shown it."""
    store: Any = runtime.store
    now = runtime.clock.now()
    await say(store, fanout(briefing, ["a", "b", "d"], at=now - 9 * SECOND))
    cursor = DeviceCursor(store.epoch, 1)
    await store.answer(
        Answers(
            stored=(StoredOnDevice("a", "a-phone", cursor, (1,), now - 8 * SECOND),),
            seen=(SeenOnScreen("b", "b-phone", briefing, 1, now - 7 * SECOND),),
            answered=(
                Answered("k", "a", "a-phone", briefing, 1, Disposition.ATTENDING, "=two minutes", now - 6 * SECOND),
            ),
        )
    )


async def test_per_person_what_is_known_and_counts(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher, must_ack=True, marking="OFFICIAL")
    await told(runtime, it)
    answer = await dispatcher.get(f"{PATH}/{it}/receipts")
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["counts"] == {"queued": 2, "seen": 1, "answered": 1}
    assert (document["total"], document["waiting"], document["partial"]) == (4, 3, False)
    assert document["briefing"]["id"] == it
    a, b, c, d = document["receipts"]
    assert (a["name"], a["callsign"], a["state"]) == ("Ann Able", "LX21", "answered")
    assert (a["answer"], a["answer_text"], a["answered_on"], a["stored_on"]) == (
        "attending", "=two minutes", "a-phone", "a-phone",
    )  # fmt: skip
    assert a["since"] == a["answered_at"] > a["stored_at"] > a["owed_at"]
    assert (b["state"], b["seen_on"], b["stored_at"]) == ("seen", "b-phone", None)
    assert (c["state"], c["owed_at"], c["since"]) == ("queued", None, c["addressed_at"])
    assert d["state"] == "queued", "owed, and in no socket's hands"


async def test_who_may_not_have_it_is_shown_with_the_reason(dispatcher: Any) -> None:
    it = await pushed(dispatcher, marking="OFFICIAL-SENSITIVE")
    document = (await dispatcher.get(f"{PATH}/{it}/receipts")).json()
    assert {one["officer"]: one["refusal"] for one in document["receipts"]} == {
        "a": "clearance", "b": "clearance", "c": "clearance", "d": None,
    }  # fmt: skip
    assert document["counts"] == {"queued": 1, "not_entitled": 3}


async def test_only_some_of_them(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher, must_ack=True)
    await told(runtime, it)

    async def some(query: str) -> list[str]:
        document = (await dispatcher.get(f"{PATH}/{it}/receipts?{query}")).json()
        assert document["total"] == 4
        return [one["officer"] for one in document["receipts"]]

    assert await some("state=seen&state=answered") == ["a", "b"]
    assert await some("limit=2") == ["a", "b"]
    assert await some("after=b") == ["c", "d"]
    assert (await dispatcher.get(f"{PATH}/{it}/receipts?state=lost")).status_code == 422
    assert (await dispatcher.get(f"{PATH}/{it}/receipts?limit=0")).status_code == 422


async def test_nothing_new_is_not_sent_again(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher, must_ack=True)
    for _ in range(100):  # names and callsigns come in a moment after the roster: that is something new, and settles
        first = await dispatcher.get(f"{PATH}/{it}/receipts")
        same = await dispatcher.get(f"{PATH}/{it}/receipts", headers={"If-None-Match": first.headers["ETag"]})
        if same.status_code == 304:
            break
        await asyncio.sleep(0.05)
    assert (same.status_code, same.content) == (304, b"")
    await told(runtime, it)
    news = await dispatcher.get(f"{PATH}/{it}/receipts", headers={"If-None-Match": first.headers["ETag"]})
    assert news.status_code == 200


async def test_as_csv_no_cell_is_a_formula(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher, must_ack=True)
    await told(runtime, it)
    answer = await dispatcher.get(f"{PATH}/{it}/receipts?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == ["briefing", "version", "marking", *COLUMNS]
    assert [row[0] for row in rows] == [it] * 4
    assert rows[0][head.index("answer_text")] == "'=two minutes"


async def test_evidence_holds_every_version_everybody_and_who_took_it(
    client: Any, dispatcher: Any, runtime: Runtime
) -> None:
    it = await pushed(dispatcher, must_ack=True)
    await told(runtime, it)
    done = await dispatcher.patch(f"{PATH}/{it}", json={"title": "Grey van"}, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    auditor = client(Role.AUDITOR, id="inspector")
    export = (await auditor.get(f"{PATH}/{it}/receipts?format=evidence&state=seen")).json()
    evidence = export["evidence"]
    assert [one["content"]["title"] for one in evidence["versions"]] == ["Silver van", "Grey van"]
    assert len(evidence["receipts"]) == 4, "everybody, whatever the filter"
    assert evidence["exported_by"] == {"id": "inspector", "role": "auditor", "force": "own"}
    assert evidence["marking"] == "OFFICIAL"
    assert is_whole(export)
    evidence["receipts"][0]["state"] = "seen"
    assert not is_whole(export)


async def test_what_was_answered_before_a_material_change_is_asked_anew(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher, must_ack=True)
    await told(runtime, it)
    done = await dispatcher.patch(f"{PATH}/{it}", json={"body": "It is armed."}, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    document = (await dispatcher.get(f"{PATH}/{it}/receipts")).json()
    assert document["briefing"]["ack_version"] == 2
    assert document["counts"] == {"queued": 4}


async def test_they_concern_the_briefings_own_force(client: Any, dispatcher: Any) -> None:
    shared = await pushed(
        dispatcher, marking={"tier": "OFFICIAL", "shared_with": ["partner"]}, audience={"force": ["own", "partner"]}
    )
    partner = client(Role.DISPATCHER, id="pd", force="partner")
    assert (await partner.get(f"{PATH}/{shared}")).status_code == 200
    assert (await partner.get(f"{PATH}/{shared}/receipts")).status_code == 404
    assert (await client(Role.AUDITOR, id="pa", force="partner").get(f"{PATH}/{shared}/receipts")).status_code == 404
    assert (await dispatcher.get(f"{PATH}/bri-none/receipts")).status_code == 404
    secret = await pushed(dispatcher, "k-2", marking="OFFICIAL-SENSITIVE")
    assert (await client(Role.DISPATCHER, id="d-2").get(f"{PATH}/{secret}/receipts")).status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ANALYST, Role.FEED, Role.ADMIN])
async def test_nobody_else_reads_them(client: Any, dispatcher: Any, role: Role) -> None:
    it = await pushed(dispatcher)
    assert (await client(role).get(f"{PATH}/{it}/receipts")).status_code == 403


async def test_the_unanswered_are_those_who_still_have_not(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher, must_ack=True)
    await runtime.store.step_up(it, ["a", "b"], Step.DISPATCHER)

    async def listed() -> list[list[str]]:
        found = (await dispatcher.get(f"{PATH}?unanswered=true")).json()["briefings"]
        return [one["unanswered"] for one in found]

    assert await listed() == [["a", "b"]]
    await told(runtime, it)
    assert await listed() == [["b"]], "by the time of his device he answered before it climbed: he has answered"
    await dispatcher.post(f"{PATH}/{it}/withdraw")
    assert await listed() == []
