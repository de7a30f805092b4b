"""Dead letters: read by those who can mend the sender, of their own force."""

from __future__ import annotations

from typing import Any

from app.identity import Role
from app.runtime import Runtime
from geo.store.rows import Rejected
from tests.app.api.conftest import SENSITIVE, incident


async def test_what_was_refused_is_there_with_its_reason(client: Any) -> None:
    await client(Role.FEED).post("/v1/incidents", json=incident(colour="red"))
    (letter,) = (await client(Role.ADMIN, clearance=SENSITIVE).get("/v1/rejected")).json()["rejected"]
    assert (letter["reason"], letter["feed"], letter["actor"]) == ("unknown_field", "http", "feed-1@own")
    assert "colour" in letter["raw"]


async def test_the_raw_text_goes_to_who_sent_it_or_may_see_all(client: Any) -> None:
    await client(Role.DISPATCHER).post("/v1/incidents", json=incident(colour="red"))
    (own,) = (await client(Role.DISPATCHER).get("/v1/rejected")).json()["rejected"]
    (others,) = (await client(Role.ADMIN).get("/v1/rejected")).json()["rejected"]
    assert "colour" in own["raw"]
    assert others["raw"] is None
    assert others["message"] == own["message"]


async def test_each_force_sees_its_own(client: Any, runtime: Runtime) -> None:
    await client(Role.FEED, force="other").post("/v1/incidents", json=incident(colour="red"))
    await runtime.store.reject([Rejected("geojson", "file:1", "bad_place", "is no place", "{}", runtime.clock.now())])
    own = (await client(Role.ADMIN).get("/v1/rejected")).json()["rejected"]
    assert [letter["feed"] for letter in own] == ["geojson"]
    other = (await client(Role.ADMIN, force="other").get("/v1/rejected")).json()["rejected"]
    assert [letter["feed"] for letter in other] == ["http"]
    assert (await client(Role.ADMIN).get("/v1/rejected?feed=http")).json()["rejected"] == []


LETTER = {
    "feed": "police-uk-street",
    "where": "street.csv:17",
    "reason": "null_island",
    "message": "place: is nowhere",
    "raw": '{"Crime ID":"7","Gender":"Male"}',
}


async def test_a_feed_hands_in_what_its_own_side_refused(client: Any) -> None:
    feed = client(Role.FEED)
    for _ in range(2):
        assert (await feed.post("/v1/rejected", json=[LETTER])).json() == {"kept": 1}
    (letter,) = (await client(Role.ADMIN, clearance=SENSITIVE).get("/v1/rejected?feed=police-uk-street")).json()[
        "rejected"
    ]
    assert (letter["where"], letter["reason"], letter["actor"]) == ("street.csv:17", "null_island", "feed-1@own")
    assert letter["raw"] == '{"Crime ID":"7"}'


async def test_a_letter_that_is_none_is_refused_by_name(client: Any) -> None:
    feed = client(Role.FEED)
    for body, field in (
        ({}, "body"),
        ([LETTER] * 1_001, "body"),
        ([5], "body"),
        ([{**LETTER, "reason": "because"}], "reason"),
        ([{**LETTER, "colour": "red"}], "colour"),
        ([{**LETTER, "raw": "x" * 8_001}], "raw"),
    ):
        answer = await feed.post("/v1/rejected", json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
    assert (await client(Role.OFFICER).post("/v1/rejected", json=[LETTER])).status_code == 403
    assert (await feed.post("/v1/rejected", json=[])).json() == {"kept": 0}
