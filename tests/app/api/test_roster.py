"""The roster over HTTP: entries go in, come back, and belong to one force."""

from __future__ import annotations

from typing import Any

import pytest

from app.identity import Role

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-0.1, 51.5], [-0.09, 51.5], [-0.09, 51.51], [-0.1, 51.51], [-0.1, 51.5]]],
}
ENTRIES: dict[str, dict[str, Any]] = {
    "officers": {"role": "response", "skills": ["taser"], "clearance": "official-sensitive", "name": "A. Officer"},
    "units": {"callsign": "LX21", "officers": ["pc-1"], "skills": ["dog"]},
    "beats": {"name": "Strand", "area": SQUARE},
    "shifts": {
        "officer": "pc-1",
        "start": "2026-11-22T18:00:00.000Z",
        "end": "2026-11-23T06:00:00.000Z",
        "unit": "u1",
        "beat": "b1",
    },
}


@pytest.mark.parametrize("noun", ENTRIES)
async def test_in_again_changed_and_back(client: Any, noun: str) -> None:
    admin, entry = client(Role.ADMIN), ENTRIES[noun]
    assert (await admin.put(f"/v1/{noun}/x1", json=entry)).status_code == 201
    again = await admin.put(f"/v1/{noun}/x1", json=entry)
    assert (again.status_code, again.json()) == (200, {"id": "x1", "version": 1})
    read = (await client(Role.DISPATCHER).get(f"/v1/{noun}/x1")).json()
    assert read["id"] == "x1"
    assert {name: read[name] for name in entry} == entry
    assert (await admin.get(f"/v1/{noun}/x2")).status_code == 404


@pytest.mark.parametrize("noun", ["officers", "units", "beats"])
async def test_another_forces_entry_is_neither_read_nor_written(client: Any, noun: str) -> None:
    await client(Role.ADMIN).put(f"/v1/{noun}/x1", json=ENTRIES[noun])
    other = client(Role.ADMIN, force="other")
    assert (await other.get(f"/v1/{noun}/x1")).status_code == 404
    assert (await other.put(f"/v1/{noun}/x1", json=ENTRIES[noun])).status_code == 403
    assert (await client(Role.ADMIN).get(f"/v1/{noun}/x1")).json()["force"] == "own"


async def test_a_shift_belongs_to_its_officers_force(client: Any) -> None:
    own, other = client(Role.ADMIN), client(Role.ADMIN, force="other")
    await own.put("/v1/officers/pc-1", json=ENTRIES["officers"])
    assert (await other.put("/v1/shifts/s1", json=ENTRIES["shifts"])).status_code == 403
    assert (await own.put("/v1/shifts/s1", json=ENTRIES["shifts"])).status_code == 201
    assert (await other.get("/v1/shifts/s1")).status_code == 404
    assert (await other.put("/v1/shifts/s1", json=ENTRIES["shifts"] | {"officer": "theirs"})).status_code == 403


@pytest.mark.parametrize(
    ("noun", "change", "field"),
    [
        ("officers", {"clearance": "cosmic"}, "clearance"),
        ("officers", {"force": "other"}, "force"),
        ("officers", {"name": "a\0b"}, "name"),
        ("officers", {"skills": "taser"}, "skills"),
        ("units", {"callsign": ""}, "callsign"),
        ("beats", {"area": {"type": "Point", "coordinates": [-0.1, 51.5]}}, "area"),
        ("beats", {"area": {"type": "Polygon", "coordinates": [[[0, 0]]]}}, "area"),
        ("beats", {"area": {"type": "Polygon", "coordinates": []}}, "area"),
        ("shifts", {"end": "2026-11-22T17:00:00Z"}, "end"),
        ("shifts", {"start": "2026-11-22T17:00:00"}, "start"),
        ("shifts", {"officer": None}, "officer"),
    ],
)
async def test_what_is_wrong_is_named(client: Any, noun: str, change: dict[str, Any], field: str) -> None:
    answer = await client(Role.ADMIN).put(f"/v1/{noun}/x1", json=ENTRIES[noun] | change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("id", ["a%20b", "a%00b", "x" * 129])
async def test_an_id_that_cannot_be_one_is_refused(client: Any, id: str) -> None:
    assert (await client(Role.ADMIN).put(f"/v1/officers/{id}", json={})).status_code == 422
