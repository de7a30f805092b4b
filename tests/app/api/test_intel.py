"""Intelligence over HTTP: as incidents, with a grading that is required and shown."""

from __future__ import annotations

from typing import Any

import pytest

from app.identity import Role
from tests.app.api.conftest import report


async def test_a_report_with_its_grading_and_subjects(client: Any) -> None:
    body = report(
        subjects=[{"kind": "vehicle", "label": "silver van", "identifiers": {"vrm": "AB12CDE"}}],
        lookout=True,
        grading={"source": 2, "information": "C", "handling": "C", "conditions": ["do not stop"]},
    )
    posted = await client(Role.FEED).post("/v1/intel", json=body)
    assert posted.status_code == 201
    feature = (await client(Role.OFFICER).get(f"/v1/intel/{posted.json()['id']}")).json()
    assert feature["properties"]["grading"] == "2-C-C"
    assert feature["properties"]["grading_conditions"] == ["do not stop"]
    assert feature["properties"]["lookout"] is True
    assert feature["properties"]["subjects"][0]["label"] == "silver van"


@pytest.mark.parametrize("grading", [None, "", "5-5-5", "1-B", "E41", 7, {"source": 9}])
async def test_a_grading_that_is_none_is_refused(client: Any, grading: object) -> None:
    answer = await client(Role.FEED).post("/v1/intel", json=report() | {"grading": grading})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "grading"


async def test_reports_are_found_apart_from_incidents(client: Any) -> None:
    result = (await client(Role.DISPATCHER).post("/v1/intel/batch", json=[report("1"), report("2")])).json()
    assert result["accepted"] == 2
    analyst = client(Role.ANALYST)
    assert len((await analyst.get("/v1/intel")).json()["features"]) == 2
    assert (await analyst.get("/v1/incidents")).json()["features"] == []
    it = result["results"][0]["id"]
    assert (await client(Role.DISPATCHER).get(f"/v1/intel/{it}/deliveries")).json() == {"deliveries": [], "counts": {}}
