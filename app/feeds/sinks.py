"""Where a file's records go: straight into the store of this machine, or to a server, patiently, in batches."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, cast

import httpx

from app.feeds.errors import NotSent
from app.feeds.reading import Bad, Good
from geo.body import body_of
from geo.clock import Clock
from geo.model import Record
from geo.normalise import times_assumed, with_times_of
from geo.store.contract import Store
from geo.store.rows import Outcome, Rejected

LONGEST_WAIT_S = 30.0
PATIENCE = 8
"""How often a batch is tried before giving up: with the waits in between about a minute and a half."""


@dataclass(slots=True)
class Taken:
    """What became of the rows handed over. ``refused``: (line, reason, message) of what the other side refused."""

    accepted: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)


class Sink(Protocol):
    """Takes rows, good and bad. When ``take`` returns, what it says was accepted is durable."""

    async def take(self, good: Sequence[Good], bad: Sequence[Bad]) -> Taken: ...


class StoreSink:
    """This machine's own store. ``file`` is the name under which bad rows are kept."""

    def __init__(self, store: Store, clock: Clock, feed: str, file: str) -> None:
        self._store, self._clock, self._feed, self._file = store, clock, feed, file

    async def take(self, good: Sequence[Good], bad: Sequence[Bad]) -> Taken:
        taken = Taken()
        if good:
            puts = await self._store.put(await self._timed([item.record for item in good]), actor=self._feed)
            taken.unchanged = sum(put.outcome is Outcome.UNCHANGED for put in puts)
            taken.accepted = len(puts) - taken.unchanged
        if bad:
            await self._store.reject([self._letter(item) for item in bad])
            taken.refused = [(item.line, item.refused.reason.value, item.refused.message) for item in bad]
        return taken

    async def _timed(self, records: list[Record]) -> list[Record]:
        """Times that nobody gave stay those of the first arrival."""
        ids = [record.id for record in records if times_assumed(record)]
        if not ids:
            return records
        earlier = await self._store.records(ids)
        return [with_times_of(r, earlier[r.id].record) if r.id in earlier else r for r in records]

    def _letter(self, bad: Bad) -> Rejected:
        where = f"{self._file}:{bad.line}"
        return Rejected(self._feed, where, bad.refused.reason.value, bad.refused.message, bad.kept, self._clock.now())


class HttpSink:
    """A server's ``POST /v1/incidents/batch``, and ``POST /v1/rejected`` for rows that never became a record to send.

    ``async with HttpSink(url, token, feed, file) as sink``; feed and file are the names under which bad rows are kept.
    503, 429 and a server that is away are waited for: as long as Retry-After says, else with full jitter. Sending a
    batch again is safe: the same content is the same version. Raises NotSent when patience ends, or for a token that is
    not good enough.
    """

    def __init__(
        self,
        url: str,
        token: str,
        feed: str,
        file: str,
        transport: httpx.AsyncBaseTransport | None = None,
        wait_s: float = 0.5,
    ) -> None:
        self._url, self._feed, self._file, self._wait_s = url.rstrip("/"), feed, file, wait_s
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(base_url=self._url, headers=headers, timeout=60, transport=transport)

    async def __aenter__(self) -> HttpSink:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def take(self, good: Sequence[Good], bad: Sequence[Bad]) -> Taken:
        """A bad row that is JSON is sent too: the server refuses and keeps it. Others go as dead letters."""
        taken = Taken()
        here = [item for item in bad if item.body is None]
        for start in range(0, len(here), 100):
            await self._posted("/v1/rejected", [self._letter(item) for item in here[start : start + 100]])
        sent = [(item.row.line, _body(item)) for item in good]
        sent += [(item.line, item.body) for item in bad if item.body is not None]
        taken.refused = [(item.line, item.refused.reason.value, item.refused.message) for item in here]
        for start in range(0, len(sent), 500):
            await self._send(sent[start : start + 500], taken)
        return taken

    def _letter(self, bad: Bad) -> dict[str, object]:
        refused = bad.refused
        where, message = f"{self._file[-400:]}:{bad.line}", refused.message[:4_000]
        return {
            "feed": self._feed,
            "where": where,
            "reason": refused.reason.value,
            "message": message,
            "raw": bad.kept[:8_000],
        }

    async def _send(self, items: list[tuple[int, dict[str, object]]], taken: Taken) -> None:
        response = await self._posted("/v1/incidents/batch", [body for _, body in items])
        if response.status_code == 413 and len(items) > 1:
            middle = len(items) // 2
            await self._send(items[:middle], taken)
            await self._send(items[middle:], taken)
            return
        if response.status_code == 413:
            taken.refused.append((items[0][0], "too_long", "the record is larger than the server takes"))
            return
        results = cast("list[dict[str, object]]", response.json()["results"])
        for (line, _), result in zip(items, results, strict=True):
            outcome = result.get("outcome")
            if outcome == "unchanged":
                taken.unchanged += 1
            elif outcome in ("new", "changed"):
                taken.accepted += 1
            else:
                taken.refused.append((line, *_reason(result.get("problem"))))

    async def policy(self) -> str | None:
        """The text of the policy in force there; None where this token, or an older server, does not tell it."""
        response = await self._answered(lambda: self._client.get("/v1/policy"), (200, 403, 404, 405))
        return str(response.json()["text"]) if response.status_code == 200 else None

    async def _posted(self, path: str, bodies: list[dict[str, object]]) -> httpx.Response:
        return await self._answered(lambda: self._client.post(path, json=bodies), (200, 413))

    async def _answered(self, ask: Callable[[], Awaitable[httpx.Response]], good: tuple[int, ...]) -> httpx.Response:
        said = ""
        for attempt in range(PATIENCE):
            after: str | None = None
            try:
                response = await ask()
            except httpx.UnsupportedProtocol as error:
                raise NotSent(f"{self._url} is no address of a server: {error}") from error
            except httpx.TransportError as error:
                said = f"{self._url} cannot be reached: {str(error) or type(error).__name__}"
            else:
                if response.status_code in good:
                    return response
                said = f"{self._url} answered {response.status_code}: {_detail(response)}"
                if response.status_code not in (429, 500, 502, 503, 504):
                    raise NotSent(said)
                after = response.headers.get("Retry-After")
            if attempt + 1 < PATIENCE:
                await asyncio.sleep(self._wait(attempt, after))
        raise NotSent(said)

    def _wait(self, attempt: int, after: str | None) -> float:
        if after is not None and after.strip().isdigit():
            return min(float(after), 10 * LONGEST_WAIT_S)
        return random.uniform(0, min(LONGEST_WAIT_S, self._wait_s * 2**attempt))


def _body(item: Good) -> dict[str, object]:
    """The record as the server's JSON; without the grade that only this side's policy gave."""
    body = body_of(item.record)
    if not item.graded:
        body.pop("grade")
    return body


def _detail(response: httpx.Response) -> str:
    try:
        document = response.json()
    except ValueError:
        return response.text[:200]
    return str(document.get("detail") or document.get("title") or "") if isinstance(document, dict) else ""


def _reason(problem: object) -> tuple[str, str]:
    """Code and sentence of an item's problem document."""
    document = problem if isinstance(problem, dict) else {}
    errors = document.get("errors")
    fields = [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    if not fields:
        return "rejected", str(document.get("detail") or document.get("title") or "the server refused it")
    sentences = (f"{entry.get('field', '')}: {entry.get('message', '')}" for entry in fields)
    return str(fields[0].get("reason") or "rejected"), "; ".join(sentences)
