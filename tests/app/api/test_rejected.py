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
