"""The demo's source system posts what is due, in order, and counts what is refused."""

from __future__ import annotations

import json

import httpx

from app.demo.feed import Source
from geo.clock import SECOND, Instant, ScaledClock
from geo.model import Record, Status
from tests.app.demo.test_tally import NOW, incident


class Server:
    """What the source talks to, in memory: it remembers the bodies and answers as it is told."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.bodies = list(answers), list[tuple[str, object]]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer T"
        self.bodies.append((request.url.path, json.loads(request.content)))
        return httpx.Response(self.answers.pop(0) if self.answers else 201, json={"results": []})


def source(server: Server, posted: list[tuple[Instant, str, bool]]) -> Source:
    def note(at: Instant, record: Record, fresh: bool) -> None:
        posted.append((at, record.status.value, fresh))

    made = Source("http://demo", "T", ScaledClock(NOW, 1_000.0), 1_000.0, note)
    made._http = httpx.AsyncClient(
        base_url="http://demo", headers={"Authorization": "Bearer T"}, transport=httpx.MockTransport(server)
    )
    return made


async def test_what_was_going_on_goes_in_batches() -> None:
    server, posted = Server(200), list[tuple[Instant, str, bool]]()
    feed = source(server, posted)
    await feed.begin([(NOW - SECOND, incident(source_id=str(n))) for n in range(3)])
    ((path, body),) = server.bodies
    assert path == "/v1/incidents/batch"
    assert isinstance(body, list)
    assert [item["source_id"] for item in body] == ["0", "1", "2"]
    assert len(posted) == 3
    await feed.close()


async def test_the_rest_comes_at_its_time_new_changed_or_refused() -> None:
    server, posted = Server(201, 200, 422), list[tuple[Instant, str, bool]]()
    feed = source(server, posted)
    closed = incident(status=Status.CLOSED)
    await feed.play([(NOW, incident()), (NOW + 20 * SECOND, closed), (NOW + 21 * SECOND, closed)])
    assert posted == [(NOW, "open", True), (NOW + 20 * SECOND, "closed", False)]
    assert feed.refused == 1
    assert feed._clock.now() >= NOW + 21 * SECOND
    await feed.close()
