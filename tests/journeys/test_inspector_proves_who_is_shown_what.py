"""The inspector's matrix: forces x roles x clearances x operations x markings x ways to read, and nobody sees too much.

Every record carries a word of its own in title and text. Whatever a reader gets, page, list, bundle or socket, is
searched for all of those words; who may know which is worked out here, from decision 3, not by the code.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.kit import PLACE, Device, Server, beatline, iso, metres_from

pytestmark = pytest.mark.slow

FORCES = ("own", "partner", "stranger")
LEVELS = ("official", "official-sensitive")
MEMBERSHIPS = ((), ("ALPHA",))
ROLES = ("officer", "dispatcher", "analyst", "auditor", "feed")
MARKINGS: dict[str, dict[str, Any]] = {
    "plain": {"tier": "OFFICIAL"},
    "sensitive": {"tier": "OFFICIAL-SENSITIVE"},
    "alpha": {"tier": "OFFICIAL", "operations": ["ALPHA"]},
    "alphasensitive": {"tier": "OFFICIAL-SENSITIVE", "operations": ["ALPHA", "BRAVO"]},
    "shared": {"tier": "OFFICIAL", "shared_with": ["partner"]},
    "sharedsensitive": {"tier": "OFFICIAL-SENSITIVE", "shared_with": ["partner"]},
    "organisation": {"tier": "OFFICIAL", "shared_with": ["partner"], "handling": ["ORGANISATIONAL USE ONLY"]},
    "recipients": {"tier": "OFFICIAL", "shared_with": ["partner"], "handling": ["RECIPIENTS ONLY"]},
    "embargoed": {"tier": "OFFICIAL", "handling": ["EMBARGOED"]},
}
WORD = re.compile(r"canary[a-z]{4,60}")


@dataclass(frozen=True)
class Person:
    """Somebody with a token, and a device where he is an officer."""

    force: str
    role: str
    level: str
    operations: tuple[str, ...]

    @property
    def id(self) -> str:
        return "-".join((self.role, self.force, self.level, *self.operations))

    @property
    def options(self) -> tuple[str, ...]:
        named = [part for operation in self.operations for part in ("--operation", operation)]
        return ("--force", self.force, "--clearance", self.level, *named)


PEOPLE = [Person(*one) for one in itertools.product(FORCES, ROLES, LEVELS, MEMBERSHIPS)]


@dataclass(frozen=True)
class Canary:
    """A record of a force, marked so; ``word`` is found nowhere else."""

    word: str
    kind: str
    force: str
    marking: str


def may_know(person: Person, canary: Canary, addressed: bool) -> bool:
    """Decision 3 in plain words; ``addressed``: the briefing's audience takes him in, or a dispatcher sends to it."""
    marking = MARKINGS[canary.marking]
    handling = marking.get("handling", [])
    if person.force != canary.force and person.force not in marking.get("shared_with", []):
        return False
    if person.force != canary.force and "ORGANISATIONAL USE ONLY" in handling:
        return False
    if "SENSITIVE" in marking["tier"] and person.level == "official":
        return False
    if marking.get("operations") and not set(marking["operations"]) & set(person.operations):
        return False
    if "RECIPIENTS ONLY" in handling and not (addressed or person.role == "dispatcher"):
        return False
    return not ("EMBARGOED" in handling and person.role != "dispatcher")


def sent_to(person: Person, canary: Canary) -> bool:
    """Only briefings are addressed; these go to everybody of their force, and of those they are shared with."""
    if canary.kind != "briefing" or person.role != "officer":
        return False
    return person.force == canary.force or person.force in MARKINGS[canary.marking].get("shared_with", [])


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    if request.param == "postgis":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+asyncpg://")
        monkeypatch.setenv("BEATLINE_STORE", url)
        beatline("migrate")
    for force in FORCES:
        file = tmp_path / f"{force}.json"
        file.write_text(json.dumps(_roster(force)))
        beatline("roster", "import", str(file), "--data", str(tmp_path / "data"), "--force", force)
    with Server(tmp_path / "data") as server:
        yield server


def _roster(force: str) -> dict[str, Any]:
    officers = [one for one in PEOPLE if one.role == "officer" and one.force == force]
    west, south = metres_from(PLACE, -1_000, -1_000)
    east, north = metres_from(PLACE, 1_000, 1_000)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "officers": [
            {"id": one.id, "role": "response", "clearance": one.level, "operations": list(one.operations)}
            for one in officers
        ],
        "beats": [{"id": f"beat-{force}", "name": "Strand", "area": {"type": "Polygon", "coordinates": [ring]}}],
        "shifts": [
            {"id": f"s-{one.id}", "officer": one.id, "beat": f"beat-{force}", "start": iso(-600), "end": iso(28_000)}
            for one in officers
        ],
    }


def _word() -> str:
    return "canary" + "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(16))


def _plant(server: Server) -> list[Canary]:
    """Every marking as incident, intelligence and briefing, of two forces."""
    planted = []
    lon, lat = server.place
    for force, (marking, words) in itertools.product(("own", "stranger"), MARKINGS.items()):
        with _client(server, Person(force, "dispatcher", "official-sensitive", ("ALPHA",))) as desk:
            for kind in ("incident", "intel", "briefing"):
                canary = Canary(_word(), kind, force, marking)
                planted.append(canary)
                lifted = {"valid_from": iso(9_000), "valid_to": iso(20_000)} if marking == "embargoed" else {}
                if kind == "briefing":
                    body = {"title": canary.word, "body": canary.word, "audience": {}, "marking": words, **lifted}
                    if "partner" not in words.get("shared_with", []):
                        body["audience"] = {"force": True}
                    answer = desk.post(
                        "/v1/briefings?confirm=true", json=body, headers={"Idempotency-Key": canary.word}
                    )
                else:
                    body = {
                        "source": "s", "source_id": canary.word, "category": "burglary", "title": canary.word,
                        "text": canary.word, "marking": words, "grade": "priority", **lifted,
                        "place": {"type": "Point", "coordinates": [lon, lat]},
                    }  # fmt: skip
                    if kind == "intel":
                        body |= {"grading": "1-B-P", "lookout": True}
                    answer = desk.post("/v1/intel" if kind == "intel" else "/v1/incidents", json=body)
                assert answer.status_code == 201, answer.text
    return planted


def _client(server: Server, person: Person) -> httpx.Client:
    token = server.token(person.id, person.role, *person.options)
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30)


def _ways(beat: str, ids: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every address that gives records to somebody, with the media types that it comes in."""
    for path in ("/v1/incidents", "/v1/intel", "/v1/briefings", "/v1/briefings?live=true"):
        yield path, {}
    for form in ("json", "html", "text", "bundle"):
        yield f"/v1/patrol-briefing?beat={beat}&format={form}", {}
    for media in ("text/html", "text/plain", "application/json"):
        yield f"/v1/patrol-briefing?beat={beat}", {"Accept": media}
    for name in ids:
        yield f"/v1/briefings/{name}", {}
        yield f"/v1/briefings/{name}/receipts", {}


async def _on_a_device(server: Server, person: Person) -> str:
    """All that a handset is ever sent: the reset, alerts, and the briefing that it asks for."""
    device = Device(server, person.id, server.token(person.id, "officer", *person.options))
    await device.on_patrol(metres_from(server.place, 100, 0))
    await device.send({"type": "briefing_request", "key": f"k-{person.id}"})
    answer = await device.until(lambda m: m["type"] == "briefing" or (m["type"] == "error"), 15)
    assert answer["type"] == "briefing", answer
    await device.close()
    await device.connect()
    await device.expect("caught_up")
    await device.close()
    return json.dumps([device.inbox, device.shown, answer])


async def test_nobody_sees_what_he_may_not_and_officers_see_what_they_may(engine: Server) -> None:
    planted = _plant(engine)
    with _client(engine, Person("own", "dispatcher", "official-sensitive", ("ALPHA",))) as desk:
        ids = [item["id"] for item in desk.get("/v1/briefings").json()["briefings"]]
    assert ids
    looked = seen_in_all = 0
    for person in PEOPLE:
        texts: dict[str, str] = {}
        with _client(engine, person) as http:
            for path, headers in _ways(f"beat-{person.force}", ids):
                texts[f"{path} {headers}"] = http.get(path, headers=headers).text
        if person.role == "officer":
            texts["device"] = await _on_a_device(engine, person)
        for way, text in texts.items():
            found = set(WORD.findall(text))
            looked += 1
            seen_in_all += len(found)
            for canary in planted:
                if canary.word in found:
                    assert may_know(person, canary, sent_to(person, canary)), (person, canary, way)
        if person.role == "officer":
            _sees_enough(person, planted, texts)
    assert looked > len(PEOPLE) * 10
    assert seen_in_all > 500, "a matrix in which nobody sees anything proves nothing"


def _sees_enough(person: Person, planted: list[Canary], texts: dict[str, str]) -> None:
    """Every pushed briefing that is for him is on his device; and what he may know is in one place or another."""
    everywhere = set(WORD.findall(" ".join(texts.values())))
    on_device = set(WORD.findall(texts["device"]))
    for canary in planted:
        if not may_know(person, canary, sent_to(person, canary)):
            continue
        if canary.kind == "briefing":
            assert canary.word in on_device, (person, canary)
        elif canary.force == person.force:
            assert canary.word in everywhere, (person, canary)
