"""Incidents over HTTP: in, once and again; found by place and time; who was told."""

from __future__ import annotations

from typing import Any

import pytest

from app.identity import Role
from app.runtime import Runtime
from geo.model import Officer
from tests.app.api.conftest import PLACE, SENSITIVE, incident
from tests.app.api.test_decisions import on_duty, post, until


async def test_new_then_the_same_then_another_version(client: Any) -> None:
    feed = client(Role.FEED)
    first = await feed.post("/v1/incidents", json=incident())
    again = await feed.post("/v1/incidents", json=incident())
    other = await feed.post("/v1/incidents", json=incident(title="Two robbers"))
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 200]
    assert [answer.json()["version"] for answer in (first, again, other)] == [1, 1, 2]
    assert first.json()["id"] == other.json()["id"]
    assert set(first.json()) == {"id", "version"}
    assert first.headers["location"] == f"/v1/incidents/{first.json()['id']}"


async def test_it_is_read_back_as_a_feature(client: Any) -> None:
    body = incident(
        hazards=["weapon"],
        assigned=["LX21"],
        beat="B7",
        grade="emergency",
        occurred_at="2026-11-22T18:04:30+01:00",
        provenance={"code": "211"},
    )
    it = (await client(Role.FEED).post("/v1/incidents", json=body)).json()["id"]
    answer = await client(Role.OFFICER).get(f"/v1/incidents/{it}")
    feature = answer.json()
    assert answer.headers["content-type"] == "application/geo+json"
    assert (feature["id"], feature["version"], feature["geometry"]["coordinates"]) == (it, 1, PLACE)
    properties = feature["properties"]
    assert properties["occurred_from"] == properties["reported_at"] == "2026-11-22T17:04:30.000Z"
    assert (properties["grade"], properties["status"], properties["force"]) == ("emergency", "open", "own")
    assert (properties["hazards"], properties["assigned"], properties["beat"]) == (["weapon"], ["LX21"], "B7")
    assert properties["marking"]["tier"] == "OFFICIAL"


async def test_without_a_grade_the_policys_for_the_category(client: Any, runtime: Runtime) -> None:
    feed, officer = client(Role.FEED), client(Role.OFFICER)
    for category in ("robbery", "animal", "never-heard-of"):
        answer = await feed.post("/v1/incidents", json=incident(category, category=category))
        feature = (await officer.get(f"/v1/incidents/{answer.json()['id']}")).json()
        code = feature["properties"]["category"]
        assert feature["properties"]["grade"] == runtime.policy.default_grade(code).value


STRANGE = [({"grade": "urgent"}, "grade"), ({"hazards": ["lions", "weapon"]}, "hazards")]


@pytest.mark.parametrize(("change", "field"), STRANGE)
async def test_a_person_is_told_which_codes_there_are(client: Any, change: dict[str, Any], field: str) -> None:
    answer = await client(Role.DISPATCHER).post("/v1/incidents", json=incident(**change))
    assert answer.status_code == 422
    assert [(error["field"], error["reason"]) for error in answer.json()["errors"]] == [(field, "not_one_of")]


@pytest.mark.parametrize(("change", "field"), STRANGE)
async def test_a_systems_unknown_codes_fall_back_are_kept_and_counted(
    client: Any, runtime: Runtime, change: dict[str, Any], field: str
) -> None:
    answer = await client(Role.FEED).post("/v1/incidents", json=incident(category="robbery", **change))
    assert answer.status_code == 201
    feature = (await client(Role.OFFICER).get(f"/v1/incidents/{answer.json()['id']}")).json()["properties"]
    assert feature["provenance"] == {f"source_{field}": "lions" if field == "hazards" else "urgent"}
    assert feature["grade"] == runtime.policy.default_grade("robbery").value
    assert feature.get("hazards", []) == (["weapon"] if field == "hazards" else [])
    assert runtime.policy.unknown_codes == {"hazard 'lions'" if field == "hazards" else "grade 'urgent'": 1}


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"id": "inc-1"}, "id", "unknown_field"),
        ({"force": "other"}, "force", "unknown_field"),
        ({"title": ""}, "title", "missing"),
        ({"title": 7}, "title", "wrong_type"),
        ({"source_id": None}, "source_id", "no_source_id"),
        ({"occurred_at": "2026-11-22T18:04:30"}, "occurred_at", "no_zone"),
        ({"reported_at": "yesterday"}, "reported_at", "bad_time"),
        (
            {"occurred_from": "2026-11-22T18:00:00Z", "occurred_to": "2026-11-22T17:00:00Z"},
            "occurred_to",
            "end_before_start",
        ),
        ({"place": {"type": "Point", "coordinates": [120, 95]}}, "place", "bad_place"),
        ({"place": {"type": "Point", "coordinates": [0, 0]}}, "place", "null_island"),
        ({"place": {"type": "Point", "coordinates": [37.77, -122.41]}}, "place", "swapped"),
        ({"place": "here"}, "place", "bad_place"),
        ({"status": "lost"}, "status", "not_one_of"),
        ({"marking": "COSMIC"}, "marking", "bad_marking"),
        ({"marking": "SECRET"}, "marking", "above_ceiling"),
        ({"text": "a\0b"}, "text", "nul_in_text"),
        ({"title": "x" * 301}, "title", "too_long"),
    ],
)
async def test_each_fault_is_named_kept_and_counted(
    client: Any, runtime: Runtime, change: dict[str, Any], field: str, reason: str
) -> None:
    answer = await client(Role.FEED).post("/v1/incidents", json=incident(**change))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (field, reason) in [(error["field"], error["reason"]) for error in answer.json()["errors"]]
    (letter,) = await runtime.store.rejected()
    assert (letter.reason, letter.where, letter.actor) == (reason, "POST /v1/incidents", "feed-1@own")
    assert f'beatline_rejected_total{{reason="{reason}"}} 1.0'.encode() in runtime.metrics.text()


async def test_above_the_ceiling_the_body_itself_is_not_kept(client: Any, runtime: Runtime) -> None:
    body = incident(marking="SECRET", title="Agent X is in town")
    assert (await client(Role.FEED).post("/v1/incidents", json=body)).status_code == 422
    (letter,) = await runtime.store.rejected()
    assert "Agent X" not in letter.raw


async def test_special_category_data_is_not_kept_even_when_refused(client: Any, runtime: Runtime) -> None:
    await client(Role.FEED).post("/v1/incidents", json=incident(ethnicity="Martian"))
    (letter,) = await runtime.store.rejected()
    assert "Martian" not in letter.raw


async def test_a_polygon_that_crosses_itself_is_mended(client: Any) -> None:
    bow = [[[-0.1, 51.5], [-0.09, 51.51], [-0.09, 51.5], [-0.1, 51.51], [-0.1, 51.5]]]
    answer = await client(Role.FEED).post("/v1/incidents", json=incident(place={"type": "Polygon", "coordinates": bow}))
    assert answer.status_code == 201
    feature = (await client(Role.OFFICER).get(f"/v1/incidents/{answer.json()['id']}")).json()
    assert feature["geometry"]["type"] == "MultiPolygon"


async def test_a_batch_gives_each_its_result(client: Any, runtime: Runtime) -> None:
    feed = client(Role.FEED)
    bodies = [incident("1"), incident("2", colour="red"), incident("3"), "no record", incident("1")]
    result = (await feed.post("/v1/incidents/batch", json=bodies)).json()
    assert (result["read"], result["accepted"], result["unchanged"], result["rejected"]) == (5, 2, 1, 2)
    assert [item["status"] for item in result["results"]] == [201, 422, 201, 422, 200]
    assert result["results"][1]["problem"]["errors"][0]["field"] == "colour"
    assert {letter.where for letter in await runtime.store.rejected()} == {
        "POST /v1/incidents/batch#1",
        "POST /v1/incidents/batch#3",
    }
    again = (await feed.post("/v1/incidents/batch", json={"items": [incident("1"), incident("3")]})).json()
    assert (again["accepted"], again["unchanged"]) == (0, 2)


@pytest.mark.parametrize("body", [{}, "text", 7, {"items": 3}, {"items": [], "more": 1}])
async def test_a_batch_that_is_none_is_refused(client: Any, body: object) -> None:
    assert (await client(Role.FEED).post("/v1/incidents/batch", json=body)).status_code == 422


async def test_searching_by_place_and_time(client: Any) -> None:
    feed, officer = client(Role.FEED), client(Role.OFFICER)
    lon, lat = PLACE
    far = {"type": "Point", "coordinates": [lon + 0.1, lat]}
    bodies = [
        incident("near", occurred_at="2026-11-22T10:00:00Z", grade="emergency", beat="B1"),
        incident("far", occurred_at="2026-11-21T10:00:00Z", place=far, status="closed", category="theft"),
        incident("nowhere", place=None, occurred_at="2026-11-20T10:00:00Z", grade="routine"),
    ]
    await feed.post("/v1/incidents/batch", json=bodies)

    async def found(query: str) -> list[str]:
        answer = await officer.get(f"/v1/incidents?{query}")
        assert answer.status_code == 200, answer.text
        return [feature["properties"]["source_id"] for feature in answer.json()["features"]]

    assert set(await found("")) == {"near", "far", "nowhere"}
    assert await found(f"near={lon},{lat}&radius_m=1000") == ["near"]
    assert await found(f"near={lon},{lat}&radius_m=20000") == ["near", "far"]
    assert await found(f"bbox={lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}") == ["near"]
    assert await found("from=2026-11-22T00:00:00Z") == ["near"]
    assert await found("to=2026-11-21T00:00:00%2B00:00") == ["nowhere"]
    assert await found("from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z") == ["far"]
    assert await found("category=theft") == ["far"]
    assert set(await found("grade=emergency,routine")) == {"near", "nowhere"}
    assert set(await found("grade=emergency&grade=routine")) == {"near", "nowhere"}
    assert await found("status=closed") == ["far"]
    assert await found("beat=B1") == ["near"]


async def test_pages_lead_on_and_end(client: Any) -> None:
    feed, officer = client(Role.FEED), client(Role.OFFICER)
    await feed.post("/v1/incidents/batch", json=[incident(str(n)) for n in range(5)])
    seen, address = [], "/v1/incidents?limit=2&category=robbery"
    for _ in range(5):
        page = (await officer.get(address)).json()
        seen += [feature["properties"]["source_id"] for feature in page["features"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        address = following[0]
        assert "category=robbery" in address
    assert sorted(seen) == list("01234")
    assert page["cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bbox=1,2,3", "bbox"),
        ("bbox=3,2,1,4", "bbox"),
        ("bbox=nan,0,1,1", "bbox"),
        ("near=1", "near"),
        ("near=200,0", "near"),
        ("radius_m=5", "radius_m"),
        ("near=0.1,51&radius_m=-5", "radius_m"),
        ("near=0.1,51&radius_m=inf", "radius_m"),
        ("from=yesterday", "from"),
        ("from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", "to"),
        ("grade=urgent", "grade"),
        ("status=alive", "status"),
        ("limit=0", "limit"),
        ("limit=100000", "limit"),
        ("cursor=%00%ff", "cursor"),
        ("cursor=eyJhIjoxfQ", "cursor"),
        ("order=nearest", "order"),
        ("grad=emergency", "grad"),
        ("category=%00", "category"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_by_name(client: Any, query: str, field: str) -> None:
    answer = await client(Role.OFFICER).get(f"/v1/incidents?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_only_entitled_eyes(client: Any) -> None:
    """Swapping the force, the clearance or the operation in the token never opens a record of somebody else."""
    feed = client(Role.FEED)
    marked = {
        "plain": None,
        "sensitive": "OFFICIAL-SENSITIVE",
        "operation": {"tier": "OFFICIAL", "operations": ["OAK"]},
        "shared": {"tier": "OFFICIAL", "shared_with": ["other"]},
    }
    ids = {}
    for name, marking in marked.items():
        answer = await feed.post("/v1/incidents", json=incident(name, **({"marking": marking} if marking else {})))
        ids[name] = answer.json()["id"]
    readers = {
        "plain": (client(Role.OFFICER), {"plain", "shared"}),
        "cleared": (client(Role.OFFICER, clearance=SENSITIVE), {"plain", "sensitive", "shared"}),
        "member": (client(Role.DISPATCHER, operations=["OAK"]), {"plain", "operation", "shared"}),
        "foreign": (client(Role.DISPATCHER, force="other", clearance=SENSITIVE, operations=["OAK"]), {"shared"}),
        "third": (client(Role.ANALYST, force="third", clearance=SENSITIVE, operations=["OAK"]), set()),
    }
    for name, (reader, may) in readers.items():
        listed = (await reader.get("/v1/incidents")).json()["features"]
        assert {feature["properties"]["source_id"] for feature in listed} == may, name
        for source_id, it in ids.items():
            answer = await reader.get(f"/v1/incidents/{it}")
            assert answer.status_code == (200 if source_id in may else 404), (name, source_id)
    foreign = readers["foreign"][0]
    assert (await foreign.get(f"/v1/incidents/{ids['plain']}/deliveries")).status_code == 404


async def test_a_record_of_another_force_cannot_be_overwritten(client: Any) -> None:
    ours = (await client(Role.FEED).post("/v1/incidents", json=incident())).json()["id"]
    theirs = await client(Role.FEED, force="other").post("/v1/incidents", json=incident(title="Nothing to see"))
    assert theirs.status_code == 201
    assert theirs.json()["id"] != ours
    feature = (await client(Role.OFFICER).get(f"/v1/incidents/{ours}")).json()
    assert (feature["version"], feature["properties"]["title"]) == (1, "Robbery in progress")


@pytest.mark.parametrize("it", ["inc-none", "int-000", "..", "%2e%2e%2f", "a%00b", "x" * 5000, "%ff%fe"])
async def test_what_is_not_there_is_not_there(client: Any, it: str) -> None:
    answer = await client(Role.OFFICER).get(f"/v1/incidents/{it}")
    assert answer.status_code in (404, 422)


async def test_a_report_is_not_read_as_an_incident(client: Any) -> None:
    it = (await client(Role.FEED).post("/v1/intel", json=incident(grading="1-B-P"))).json()["id"]
    assert (await client(Role.OFFICER).get(f"/v1/incidents/{it}")).status_code == 404
    assert (await client(Role.OFFICER).get(f"/v1/intel/{it}")).status_code == 200


async def test_nobody_was_told_yet(client: Any) -> None:
    it = (await client(Role.FEED).post("/v1/incidents", json=incident())).json()["id"]
    told = await client(Role.DISPATCHER).get(f"/v1/incidents/{it}/deliveries")
    assert told.json() == {"deliveries": [], "counts": {}}


async def test_another_force_hears_of_its_own_officers_only(client: Any, runtime: Runtime) -> None:
    for name, force in (("pc-1", "own"), ("pc-9", "other")):
        await runtime.store.put_officers([Officer(id=name, force=force)])
        await on_duty(runtime, name, force=force)
    marking = {"tier": "OFFICIAL", "shared_with": ["other"]}
    it = await post(client, grade="emergency", hazards=["weapon"], marking=marking)
    for name in ("pc-1", "pc-9"):
        force = "own" if name == "pc-1" else "other"
        await until(client(Role.DISPATCHER, force=force), officer=name, record=it)
    told = {}
    for force in ("own", "other", "third"):
        answer = await client(Role.DISPATCHER, force=force).get(f"/v1/incidents/{it}/deliveries")
        told[force] = [one["officer"] for one in answer.json().get("deliveries", [])]
    assert told == {"own": ["pc-1", "pc-9"], "other": ["pc-9"], "third": []}
