"""The partner who must not see it, and sees exactly what was agreed, until it is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.briefed_force import NORTH, asks, import_force, push, shift
from tests.journeys.kit import Device, Server

pytestmark = pytest.mark.slow

SHARED = {"tier": "OFFICIAL", "shared_with": ["partner"]}


async def test_a_partner_gets_what_is_shared_and_nothing_else(data: Path) -> None:
    import_force(data, [shift("pc-1", NORTH)], pc_1={})
    import_force(data, [], force="partner", guard_1={})
    with Server(data) as server:
        token = server.token("guard-1", "officer", "--force", "partner")
        guard = await Device(server, "guard-1", token).on_patrol(server.place)
        ours = push(server, "k-1", audience={"force": True}, query="?confirm=true").json()["id"]
        agreed = push(
            server, "k-2", audience={"force": ["own", "partner"]}, marking=SHARED, query="?confirm=true",
            title="Football: partners asked to watch the gates",
        ).json()["id"]  # fmt: skip
        assert (await guard.alert_of(agreed))["title"].startswith("Football")
        await guard.hears_nothing_of(ours, for_s=0.3)
        with server.http("dispatcher", "their-desk", "--force", "partner") as desk:
            assert desk.get(f"/v1/briefings/{ours}").status_code == 404
            assert desk.get(f"/v1/briefings/{agreed}").status_code == 200
            assert desk.get(f"/v1/briefings/{agreed}/receipts").status_code in (403, 404)
            refused = desk.patch(f"/v1/briefings/{agreed}", json={"title": "x"}, headers={"If-Match": '"1"'})
            assert refused.status_code in (403, 404)
            beat = desk.get("/v1/patrol-briefing", params={"beat": NORTH})
            assert beat.status_code in (403, 404, 422)
            assert "Silver van" not in beat.text
        with server.http() as own:
            version = own.get(f"/v1/briefings/{agreed}").headers["etag"]
            changed = own.patch(f"/v1/briefings/{agreed}", json={"marking": "OFFICIAL"}, headers={"If-Match": version})
        assert changed.status_code in (200, 422), changed.text
        if changed.status_code == 200:
            assert (await guard.expect("purge", alert_id=agreed))["reason"] == "not_entitled"
        await guard.close()


async def test_an_officer_of_the_own_force_sees_both(data: Path) -> None:
    import_force(data, [shift("pc-1", NORTH)], pc_1={})
    with Server(data) as server:
        it = push(server, audience={"beats": [NORTH]}).json()["id"]
        officer = await Device(server, "pc-1").on_patrol(server.place)
        await officer.alert_of(it)
        shown = {item["alert_id"] for section in (await asks(officer))["sections"] for item in section["items"]}
        assert it in shown
        await officer.close()
