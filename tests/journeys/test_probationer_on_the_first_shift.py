"""A probationer on the first shift: asks, and gets safety first, the must-read, and what is going on; in every form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.briefed_force import NORTH, acknowledge, asks, import_force, items_of, patrol, push, shift
from tests.journeys.kit import Device, Server, metres_from

pytestmark = pytest.mark.slow


def tell(server: Server, path: str, **fields: Any) -> str:
    lon, lat = metres_from(server.place, fields.pop("east_m", 0), fields.pop("north_m", 0))
    body = {
        "source": "cad", "place": {"type": "Point", "coordinates": [lon, lat]}, "grade": "standard", **fields,
    }  # fmt: skip
    with server.http("feed") as feed:
        answer = feed.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_safety_first_every_item_says_why_and_nothing_twice(data: Path) -> None:
    import_force(data, [shift("pc-1", NORTH)], pc_1={})
    with Server(data) as server:
        dog = tell(
            server, "/v1/incidents", source_id="1", category="animal", title="Dangerous dog at no. 4", hazards=["dog"],
            place_text="4 Villiers Street", east_m=150,
        )  # fmt: skip
        burglary = tell(
            server, "/v1/incidents", source_id="2", category="burglary", title="Burglary in progress", east_m=-200,
            grade="priority", place_text="Duncannon Street",
        )  # fmt: skip
        tell(server, "/v1/incidents", source_id="3", category="theft", title="Far away", east_m=20_000)
        van = tell(
            server, "/v1/intel", source_id="4", category="vehicle_crime", title="Silver van AB12 CDE", lookout=True,
            grading="1-B-P", subjects=[{"kind": "vehicle", "identifiers": {"vrm": "AB12CDE"}}], north_m=100,
        )  # fmt: skip
        read = push(server, audience={"beats": [NORTH]}, must_ack=True).json()["id"]
        officer = await Device(server, "pc-1").on_patrol(server.place)
        document = await asks(officer)
        assert document["sections"][0]["section"] == "safety"
        items = items_of(document)
        shown = [item["alert_id"] for item in items if item["alert_id"]]
        assert len(shown) == len(set(shown))
        assert shown[0] == dog
        assert {dog, burglary, van, read} <= set(shown)
        assert not any("Far away" in item["line"] for item in items)
        for item in items:
            assert item["why"], item
            assert len(item["line"]) <= 90
            assert item["age"] or item["when"] or item["section"] == "problem_places", item
        (lookout,) = [item for item in items if item["alert_id"] == van]
        assert lookout["grading"] == "1-B-P"
        (must,) = [item for item in items if item["alert_id"] == read]
        assert (must["must_ack"], must["acknowledged"]) == (True, False)
        assert [item["number"] for item in items] == list(range(1, len(items) + 1))
        await acknowledge(officer, read)
        again = await asks(officer, "b-2")
        assert [item["acknowledged"] for item in items_of(again) if item["alert_id"] == read] == [True]
        await officer.close()


def test_the_same_in_every_form_and_bad_questions_are_answered_in_words(data: Path) -> None:
    import_force(data, [shift("pc-1", NORTH)], pc_1={})
    with Server(data) as server:
        tell(server, "/v1/incidents", source_id="1", category="burglary", title="Burglary <b>bold</b>", hazards=["dog"])
        document = patrol(server, "pc-1")
        assert document["beat"]["id"] == NORTH
        with server.http("officer", "pc-1") as http:
            page = http.get("/v1/patrol-briefing", headers={"Accept": "text/html"})
            text = http.get("/v1/patrol-briefing", params={"format": "text"})
            bundle = http.get("/v1/patrol-briefing", params={"format": "bundle"})
            wrong = http.get("/v1/patrol-briefing", params={"beat": "strond"})
            future = http.get("/v1/patrol-briefing", params={"since": "2999-01-01T00:00:00Z"})
        assert page.headers["content-type"].startswith("text/html")
        assert "Burglary &lt;b&gt;bold" in page.text
        assert "<script" not in page.text
        assert "Burglary <b>bold</b>" in text.text
        assert {"document", "html", "text", "digest", "valid_until", "corrections_since"} <= set(bundle.json())
        assert wrong.status_code in (404, 422)
        assert "Strand" in wrong.text or NORTH in wrong.text
        assert future.status_code == 422
        assert "since" in future.text
