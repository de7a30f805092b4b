"""The patrol briefing over HTTP: in each form, on record before it is shown, and no more than the caller may know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient, Response
from shapely.geometry import box

from app.api.patrol_briefing import form_of
from app.identity import Role
from app.pages.forms import digest
from app.runtime import Runtime
from geo.clock import HOUR, format_instant
from geo.errors import StoreUnavailable
from geo.marking import Clearance
from geo.model import Beat, Shift
from geo.store.briefing_rows import PatrolRow
from tests.app.api.conftest import PLACE, incident
from tests.app.api.test_decisions import on_duty

Clients = Callable[..., AsyncClient]
URL = "/v1/patrol-briefing"
LON, LAT = PLACE


async def town(runtime: Runtime) -> None:
    """One beat around the place, and one of another force; pc-1 is on shift there."""
    now = runtime.clock.now()
    area = box(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01)
    await runtime.store.put_beats(
        [
            Beat(id="N1", name="Strand", force="own", area=area),
            Beat(id="X1", name="Far Hill", force="other", area=area),
        ]
    )
    await runtime.store.put_shifts([Shift(id="s", officer="pc-1", start=now - HOUR, end=now + 7 * HOUR, beat="N1")])


async def post(client: Clients, source_id: str = "417", **fields: Any) -> str:
    answer = await client(Role.DISPATCHER, clearance=Clearance.OFFICIAL_SENSITIVE).post(
        "/v1/incidents", json=incident(source_id, **fields)
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def ask(one: AsyncClient, headers: dict[str, str] | None = None, **query: str) -> Response:
    return await one.get(URL, params=query, headers=headers)


def shown(document: dict[str, Any]) -> set[str]:
    return {item["alert_id"] for section in document["sections"] for item in section["items"] if item["alert_id"]}


async def on_record(runtime: Runtime, record: str) -> list[PatrolRow]:
    return await runtime.store.patrols_with(record)


async def test_an_officer_is_told_of_his_beat_and_it_is_on_record(runtime: Runtime, client: Clients) -> None:
    await town(runtime)
    record = await post(client)
    answer = await ask(client(Role.OFFICER, "pc-1"))
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert (document["officer"], document["beat"]["id"]) == ("pc-1", "N1")
    assert record in shown(document)
    (row,) = await on_record(runtime, record)
    assert (row.id, row.officer, row.actor, row.beat) == (document["id"], "pc-1", "pc-1", "N1")
    assert row.digest == digest(document)
    assert {item.record for item in row.items} == shown(document)


async def test_each_form_says_the_same_and_is_on_record(runtime: Runtime, client: Clients) -> None:
    await town(runtime)
    record = await post(client, title="Robbery at the kiosk")
    pc = client(Role.OFFICER, "pc-1")
    page = await ask(pc, {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    text = await ask(pc, {"Accept": "text/html"}, format="text")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    for form in (page, text):
        assert "Robbery at the kiosk" in form.text
    assert len(await on_record(runtime, record)) == 2


async def test_a_bundle_holds_every_form_and_where_to_go_on_from(runtime: Runtime, client: Clients) -> None:
    await town(runtime)
    await post(client)
    pc = client(Role.OFFICER, "pc-1")
    first = (await ask(pc, format="bundle")).json()
    assert first["corrections_since"] is None
    (state,) = await runtime.store.take(["pc-1"], "n", runtime.clock.now(), {}, [])
    answer = await ask(pc, format="bundle")
    bundle = answer.json()
    assert set(bundle) == {"type", "bundle", "document", "digest", "html", "text", "valid_until", "corrections_since"}
    assert bundle["corrections_since"] == {"epoch": state.epoch, "seq": state.seq}
    assert bundle["valid_until"] == bundle["document"]["to"]
    assert bundle["digest"] == digest(bundle["document"])
    assert "<html" in bundle["html"]
    assert "Robbery in progress" in bundle["text"]
    assert bundle["document"]["id"] in answer.headers["content-disposition"]


async def test_nothing_is_shown_where_it_cannot_be_written(
    runtime: Runtime, client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town(runtime)
    await post(client, title="Nobody hears of this")

    async def away(row: PatrolRow) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(runtime.store, "disclose", away)
    answer = await ask(client(Role.OFFICER, "pc-1"))
    assert answer.status_code == 503
    assert "Nobody hears" not in answer.text


async def test_a_lost_answer_asked_for_again_is_one_disclosure(runtime: Runtime, client: Clients) -> None:
    await town(runtime)
    record = await post(client)
    pc = client(Role.OFFICER, "pc-1")
    times = {"from": format_instant(runtime.clock.now()), "to": format_instant(runtime.clock.now() + 8 * HOUR)}
    ids = {(await ask(pc, {"Idempotency-Key": "k"}, beat="N1", **times)).json()["id"] for _ in range(2)}
    assert len(ids) == len(await on_record(runtime, record)) == 1


async def test_only_what_he_may_know(runtime: Runtime, client: Clients) -> None:
    await town(runtime)
    record = await post(client, title="Behind closed doors", marking="OFFICIAL-SENSITIVE")
    for form in ("json", "html", "text", "bundle"):
        answer = await ask(client(Role.OFFICER, "pc-1"), format=form)
        assert answer.status_code == 200
        assert "Behind closed doors" not in answer.text
    assert await on_record(runtime, record) == []
    high = client(Role.ANALYST, "an-1", clearance=Clearance.OFFICIAL_SENSITIVE)
    assert record in shown((await ask(high, beat="N1")).json())
    (row,) = await on_record(runtime, record)
    assert (row.officer, row.actor) == ("", "an-1")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"beat": "Nowhere"}, "beat"),
        ({"beat": "X1"}, "beat"),
        ({"beat": "N1", "since": "2999-01-01T00:00:00Z"}, "since"),
        ({"beat": "N1", "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"beat": "N1", "zone": "Mars/Olympus"}, "zone"),
        ({"beat": "N1", "from": "tonight"}, "from"),
        ({"beat": "N1", "format": "pdf"}, "format"),
        ({"beats": "N1"}, "beats"),
        ({"beat": "a\x00b"}, "beat"),
    ],
)
async def test_what_cannot_be_made_is_said(runtime: Runtime, client: Clients, query: Any, field: str) -> None:
    await town(runtime)
    answer = await ask(client(Role.OFFICER, "pc-1"), **query)
    assert answer.status_code == 422, answer.text
    assert field in {one["field"] for one in answer.json()["errors"]}, answer.text


@pytest.mark.parametrize("role", [Role.FEED, Role.AUDITOR, Role.ADMIN])
async def test_it_is_for_those_who_patrol_and_who_send_them(runtime: Runtime, client: Clients, role: Role) -> None:
    await town(runtime)
    assert (await ask(client(role), beat="N1")).status_code == 403
    assert (await ask(client(None), beat="N1")).status_code == 401


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("text/plain", "text"),
        ("text/html;q=0.4, text/plain;q=0.7", "text"),
        ("TEXT/HTML ; Q=1", "html"),
        ("text/html;q=0, application/json", "json"),
        ("text/html;q=nonsense", "json"),
        (";;,,", "json"),
    ],
)
def test_the_form_that_is_liked_best(accept: str, form: str) -> None:
    assert form_of(accept) == form


async def test_a_change_of_it_is_corrected_in_his_series(runtime: Runtime, client: Clients) -> None:
    """From the HTTP answer to the word that is owed to him, through the running server."""
    await town(runtime)
    await on_duty(runtime, "pc-1", north_m=40_000)
    record = await post(client, grade="standard", category="burglary", status="closed")
    document = (await ask(client(Role.OFFICER, "pc-1"), beat="N1")).json()
    assert record in shown(document)
    dispatcher = client(Role.DISPATCHER)
    body = incident(grade="standard", category="burglary", status="closed", text="It was next door")
    assert (await dispatcher.post("/v1/incidents", json=body)).status_code == 200
    for _ in range(200):
        told = await runtime.store.told("pc-1")
        if told:
            break
        await asyncio.sleep(0.02)
    assert [(row.record, row.rule) for row in told] == [(record, "briefed")]


async def test_the_inspector_reads_who_was_shown_a_record(runtime: Runtime, client: Clients) -> None:
    await town(runtime)
    record = await post(client)
    document = (await ask(client(Role.OFFICER, "pc-1"))).json()
    await ask(client(Role.ANALYST, "an-1"), beat="N1")
    where = f"{URL}/disclosures"
    found = (await client(Role.AUDITOR).get(where, params={"record": record})).json()["disclosures"]
    assert [(one["officer"], one["actor"]) for one in found] == [("pc-1", "pc-1"), (None, "an-1")]
    (number,) = [
        item["number"] for part in document["sections"] for item in part["items"] if item["alert_id"] == record
    ]
    assert (found[0]["briefing"], found[0]["number"], found[0]["version"]) == (document["id"], number, 1)
    assert found[0]["digest"] == digest(document)
    elsewhere = await client(Role.AUDITOR, id="au-2", force="other").get(where, params={"record": record})
    assert elsewhere.json() == {"disclosures": []}
    assert (await client(Role.AUDITOR).get(where)).status_code == 422
    assert (await client(Role.DISPATCHER).get(where, params={"record": record})).status_code == 403
