"""To a server: patiently, in batches, with what it refused; into the store: with the reason of every bad row."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from app.feeds import feed_named
from app.feeds.errors import NotSent
from app.feeds.reading import Bad, Good, chunks_of
from app.feeds.sinks import HttpSink, StoreSink
from geo.clock import VirtualClock
from geo.model import Grade, Status
from geo.normalise import Intake
from geo.reasons import Reason, refused
from geo.store.sqlite import SqliteStore

NOW = 1_800_000_000_000_000


def features(tmp_path: Path, count: int, bad: int = 0) -> tuple[list[Good], list[Bad]]:
    path = tmp_path / "file.ndjson"
    lines = []
    for number in range(count + bad):
        place = {"type": "Point", "coordinates": [-0.12, 51.5] if number < count else [0, 90]}
        own = {"source": "cad", "source_id": str(number), "category": "theft", "title": "Theft"}
        lines.append(json.dumps({"type": "Feature", "geometry": place, "properties": own}))
    path.write_text("\n".join(lines))
    feed = feed_named("geojson")
    chunks = list(chunks_of(feed, path, Intake("own", lambda category: Grade.STANDARD, NOW), print))
    return [good for chunk in chunks for good in chunk.good], [bad for chunk in chunks for bad in chunk.bad]


class Server:
    """Answers batches, after as many troubles as it is told to make."""

    def __init__(self, *troubles: int | Exception, limit: int = 10_000) -> None:
        self.troubles, self.limit = list(troubles), limit
        self.bodies: list[dict[str, object]] = []
        self.letters: list[dict[str, object]] = []
        self.calls = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.troubles:
            trouble = self.troubles.pop(0)
            if isinstance(trouble, Exception):
                raise trouble
            headers = {"Retry-After": "0"} if trouble in (429, 503) else {}
            return httpx.Response(trouble, json={"title": "trouble", "detail": "no"}, headers=headers)
        assert request.headers["Authorization"] == "Bearer t"
        if request.url.path == "/v1/policy":
            return httpx.Response(200, json={"n": 7, "text": "schema = 1"})
        bodies = json.loads(request.content)
        if request.url.path == "/v1/rejected":
            self.letters += bodies
            return httpx.Response(200, json={"kept": len(bodies)})
        assert request.url.path == "/v1/incidents/batch"
        if len(bodies) > self.limit:
            return httpx.Response(413)
        self.bodies += bodies
        return httpx.Response(200, json={"results": [self._result(body) for body in bodies]})

    def _result(self, body: dict[str, object]) -> dict[str, object]:
        if body["place"] == {"type": "Point", "coordinates": [0, 90]}:
            errors = [{"field": "place", "reason": "bad_place", "message": "is out of range"}]
            return {"status": 422, "outcome": "rejected", "problem": {"errors": errors}}
        known = sum(other["source_id"] == body["source_id"] for other in self.bodies) > 1
        return {"status": 200, "outcome": "unchanged" if known else "new"}


def sink(server: Server) -> HttpSink:
    return HttpSink("http://server/", "t", "geojson", "file.ndjson", httpx.MockTransport(server), wait_s=0.001)


async def test_what_a_server_took_and_refused(tmp_path: Path) -> None:
    good, bad = features(tmp_path, 3, bad=1)
    server = Server()
    async with sink(server) as http:
        taken = await http.take(good, bad)
        assert (taken.accepted, taken.unchanged) == (3, 0)
        assert taken.refused == [(4, "bad_place", "place: is out of range")]
        assert (await http.take(good, [])).unchanged == 3
    assert "grade" not in server.bodies[0]
    assert "reported_at" not in server.bodies[0]


async def test_a_row_that_is_no_record_to_send_is_kept_by_the_server_as_a_letter() -> None:
    bad = [Bad(line, refused("place", Reason.NULL_ISLAND, "is nowhere"), '{"id":"7"}') for line in range(1, 151)]
    server = Server()
    async with sink(server) as http:
        taken = await http.take([], bad)
    assert len(taken.refused) == len(server.letters) == 150
    assert server.calls == 2
    assert server.letters[6] == {
        "feed": "geojson",
        "where": "file.ndjson:7",
        "reason": "null_island",
        "message": "place: is nowhere",
        "raw": '{"id":"7"}',
    }


async def test_large_files_go_in_batches(tmp_path: Path) -> None:
    server = Server()
    async with sink(server) as http:
        assert (await http.take(*features(tmp_path, 1_200))).accepted == 1_200
    assert server.calls == 3


async def test_a_batch_that_is_too_large_is_halved(tmp_path: Path) -> None:
    server = Server(limit=2)
    async with sink(server) as http:
        assert (await http.take(*features(tmp_path, 5))).accepted == 5


async def test_a_busy_or_absent_server_is_waited_for(tmp_path: Path) -> None:
    server = Server(503, 429, httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), 502)
    async with sink(server) as http:
        assert (await http.take(*features(tmp_path, 2))).accepted == 2
    assert server.calls == 6


async def test_the_policy_of_the_server_is_asked_for_patiently() -> None:
    async with sink(Server(503, httpx.ConnectError("refused"))) as http:
        assert await http.policy() == "schema = 1"
    for status in (403, 404, 405):
        async with sink(Server(status)) as http:
            assert await http.policy() is None
    async with sink(Server(401)) as http:
        with pytest.raises(NotSent, match="401"):
            await http.policy()


async def test_patience_ends(tmp_path: Path) -> None:
    async with sink(Server(*[503] * 20)) as http:
        with pytest.raises(NotSent, match="answered 503"):
            await http.take(*features(tmp_path, 1))
    async with sink(Server(*[httpx.ConnectError("refused")] * 20)) as http:
        with pytest.raises(NotSent, match="cannot be reached: refused"):
            await http.take(*features(tmp_path, 1))


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_bad_token_is_not_tried_again(tmp_path: Path, status: int) -> None:
    server = Server(status)
    async with sink(server) as http:
        with pytest.raises(NotSent, match=str(status)):
            await http.take(*features(tmp_path, 1))
    assert server.calls == 1


async def test_an_address_that_is_none(tmp_path: Path) -> None:
    async with HttpSink("nowhere", "t", "geojson", "file") as http:
        with pytest.raises(NotSent, match="no address"):
            await http.take(*features(tmp_path, 1))


async def test_into_the_store(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.sqlite")
    await store.open()
    try:
        good, bad = features(tmp_path, 3, bad=1)
        local = StoreSink(store, VirtualClock(NOW), "geojson", "file.ndjson")
        taken = await local.take(good, bad)
        assert (taken.accepted, taken.unchanged, len(taken.refused)) == (3, 0, 1)
        again = await local.take(*features(tmp_path, 3, bad=1))
        assert (again.accepted, again.unchanged, len(again.refused)) == (0, 3, 1)
        (letter,) = await store.rejected("geojson")
        assert (letter.where, letter.reason) == ("file.ndjson:4", "bad_place")
        assert '"source_id":"3"' in letter.raw
        stored = await store.records([item.record.id for item in good])
        assert {item.record.status for item in stored.values()} == {Status.OPEN}
    finally:
        await store.close()


async def test_times_that_nobody_gave_stay_those_of_the_first_arrival(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.sqlite")
    await store.open()
    try:
        local = StoreSink(store, VirtualClock(NOW), "geojson", "file")
        path = tmp_path / "file.ndjson"
        features(tmp_path, 1)
        for arrival in (NOW, NOW + 5_000_000):
            intake = Intake("own", lambda category: Grade.STANDARD, arrival)
            (chunk,) = chunks_of(feed_named("geojson"), path, intake, print)
            taken = await local.take(chunk.good, chunk.bad)
        assert (taken.accepted, taken.unchanged) == (0, 1)
    finally:
        await store.close()
