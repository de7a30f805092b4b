"""Taking records in, and reading them through the one door: what incidents and intelligence have in common."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from app.api.features import GEOJSON, delivery_of, feature_of, json_response
from app.api.filters import Filters, query_of
from app.api.letters import keep, letter_of
from app.errors import FieldError, Invalid, NotAllowed, RequestRefused
from app.identity import Role
from app.problems import problem_of, status_of
from app.runtime import Runtime
from geo.access import may_read, release_reading
from geo.body import raw_of
from geo.errors import NotFound
from geo.model import Principal, Record, RecordKind, Stored
from geo.normalise import Intake, RawRecord, normalise_all, times_assumed, with_times_of
from geo.reasons import Refused
from geo.store.rows import Outcome, Put
from streams.console.states import DeliveryState, counted, states_of
from streams.relevance.foreign import understood

SLICE = 100
"""Bodies that are checked in one go: about 4 ms of the loop's time."""
MOST_IN_BATCH = 10_000
MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Checked:
    """Bodies after NORMALISE: the record or what is wrong with it for each, in their order."""

    results: list[Record | RequestRefused]

    @property
    def records(self) -> list[Record]:
        return [result for result in self.results if isinstance(result, Record)]


async def check(runtime: Runtime, principal: Principal, kind: RecordKind, bodies: Sequence[object]) -> Checked:
    """NORMALISE for each body, on behalf of the principal's force; others get their turn between slices."""
    intake = Intake(
        force=principal.force,
        grade_of=runtime.policy.default_grade,
        received_at=runtime.clock.now(),
        ceiling=runtime.ceiling,
        area=runtime.area,
    )
    results: list[Record | RequestRefused] = []
    for start in range(0, len(bodies), SLICE):
        if start:
            await asyncio.sleep(0)
        made = normalise_all(_raws(runtime, principal, kind, bodies[start : start + SLICE]), intake)
        results += [invalid_of(one) if isinstance(one, Refused) else one for one in made]
    return Checked(await _over_earlier(runtime, principal, results))


def _raws(runtime: Runtime, principal: Principal, kind: RecordKind, bodies: Sequence[object]) -> list[RawRecord]:
    """What a system sends is read by the policy's codes for its source; a person is told what a field may be."""
    if principal.role != Role.FEED:
        return [raw_of(body, kind) for body in bodies]
    policy, unknown = runtime.policy, Counter[str]()
    raws = [understood(raw_of(body, kind, foreign=True), policy, unknown) for body in bodies]
    policy.met_unknown(unknown)
    return raws


async def _over_earlier(
    runtime: Runtime, principal: Principal, results: list[Record | RequestRefused]
) -> list[Record | RequestRefused]:
    """Each record in the light of the one that it replaces.

    Times that nobody gave stay those of the first arrival: else the same body again would be a new version. And only a
    feed, which speaks for its source, may replace what it could not read.
    """
    replaces = principal.role != Role.FEED
    ids = [r.id for r in results if isinstance(r, Record) and (replaces or times_assumed(r))]
    if not ids:
        return results
    now = runtime.clock.now()
    earlier = {name: stored.record for name, stored in (await runtime.store.records(ids)).items()}
    closed = {name for name, record in earlier.items() if replaces and may_read(record, principal, now) is not None}
    return [_over(r, earlier.get(r.id), r.id in closed) if isinstance(r, Record) else r for r in results]


def _over(record: Record, earlier: Record | None, closed: bool) -> Record | RequestRefused:
    if closed:
        return NotAllowed("a record with this source and source_id is there already, and you may not change it")
    return with_times_of(record, earlier)


async def put(runtime: Runtime, principal: Principal, records: Sequence[Record]) -> list[Put]:
    """STORE, then the hint to the live path that there is something new. Durable when this returns."""
    done: dict[int, Put] = {}
    for places in rounds(records):
        puts = await runtime.store.put([records[place] for place in places], actor=principal.id)
        done |= zip(places, puts, strict=True)
    puts = [done[place] for place in range(len(records))]
    if any(put.outcome is not Outcome.UNCHANGED for put in puts):
        runtime.written()
    for record, one in zip(records, puts, strict=True):
        runtime.metrics.records.labels(record.kind.value, one.outcome.value).inc()
    return puts


def rounds(records: Sequence[Record]) -> list[list[int]]:
    """The places of the records, an id's n-th time in the n-th round: as if they had been posted one by one.

    Beyond :data:`MOST_ROUNDS` the last word of an id is written alone, and what it replaces counts as unchanged.
    """
    times: Counter[str] = Counter()
    found: list[list[int]] = []
    for place, record in enumerate(records):
        turn = min(times[record.id], MOST_ROUNDS - 1)
        times[record.id] += 1
        if turn == len(found):
            found.append([])
        found[turn].append(place)
    return found


def invalid_of(refusal: Refused) -> Invalid:
    """A refusal as the error that becomes a problem document (and, by the guard, a dead letter)."""
    return Invalid([FieldError(p.field or "body", p.reason.value, p.message) for p in refusal.problems])


async def take_one(runtime: Runtime, principal: Principal, kind: RecordKind, body: object, path: str) -> Response:
    """One body -> 201 new, 200 unchanged or a new version. Raises Invalid, NotAllowed."""
    result = (await check(runtime, principal, kind, [body])).results[0]
    if isinstance(result, RequestRefused):
        raise result
    done = (await put(runtime, principal, [result]))[0]
    status = 201 if done.outcome is Outcome.NEW else 200
    return json_response({"id": done.id, "version": done.version}, status, Location=f"{path}/{done.id}")


async def take_many(
    runtime: Runtime, principal: Principal, kind: RecordKind, bodies: Sequence[object], path: str
) -> Response:
    """Many bodies -> one result each, in their order; what is refused is kept and does not stop the others."""
    checked = await check(runtime, principal, kind, bodies)
    puts = iter(await put(runtime, principal, checked.records) if checked.records else [])
    results: list[dict[str, object]] = []
    letters = []
    counts = {"accepted": 0, "unchanged": 0, "rejected": 0}
    for number, result in enumerate(checked.results):
        if isinstance(result, RequestRefused):
            where = f"POST {path}/batch#{number}"
            letters.append(letter_of(where, bodies[number], principal, result, runtime.clock.now()))
            problem = problem_of(result, where[5:])
            results.append({"status": status_of(result), "outcome": "rejected", "problem": problem})
            counts["rejected"] += 1
            continue
        done = next(puts)
        status = 201 if done.outcome is Outcome.NEW else 200
        results.append({"status": status, "outcome": done.outcome.value, "id": done.id, "version": done.version})
        counts["unchanged" if done.outcome is Outcome.UNCHANGED else "accepted"] += 1
    if letters:
        await keep(runtime, letters)
    return json_response({"read": len(results), **counts, "results": results})


async def readable(runtime: Runtime, principal: Principal, kind: RecordKind, id: str) -> Stored:
    """The record, if there is one and the principal may see it: both other cases look the same. Raises NotFound."""
    stored = (await runtime.store.records([id])).get(id)
    if stored is None or stored.record.kind is not kind:
        raise NotFound(f"no {kind.value} {id[:60]!r}")
    if may_read(stored.record, principal, runtime.clock.now()) is not None:
        raise NotFound(f"no {kind.value} {id[:60]!r}")
    return stored


async def page_of(request: Request, runtime: Runtime, principal: Principal, kind: RecordKind, f: Filters) -> Response:
    """A page of what matches and may be seen, as a FeatureCollection with the link to the next."""
    page = await runtime.store.search(query_of(f, kind, principal))
    released = release_reading(page.items, principal, runtime.clock.now())
    links = []
    if page.cursor is not None:
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        address = f"{request.url.path}?{urlencode([*asked, ('cursor', page.cursor)])}"
        links.append({"rel": "next", "href": address, "type": GEOJSON})
    document = {
        "type": "FeatureCollection",
        "features": [feature_of(stored) for stored in released.items],
        "links": links,
        "cursor": page.cursor,
    }
    return json_response(document, 200, GEOJSON)


async def deliveries_of(runtime: Runtime, principal: Principal, stored: Stored) -> Response:
    """Who was told of a record and how far it got, in all processes as far as they can be asked. The record's own force
    hears of everybody; a force with which it is shared, of its own officers, as the roster has them."""
    record, now = stored.record.id, runtime.clock.now()
    rows = await runtime.store.deliveries(record)
    if stored.record.force != principal.force:
        known = await runtime.store.officers([row.officer for row in rows])
        own = {officer.id for officer in known if officer.force == principal.force}
        rows = [row for row in rows if row.officer in own]
    states = states_of(rows, record, runtime.hub.sent_seq, now)
    if any(state is DeliveryState.QUEUED for _, state in states):
        seen = await runtime.whereabouts.everybody(principal.force)
        sent = {unit.officer: unit.sent_seq for unit in seen.units}
        states = states_of(rows, record, lambda name, of: max(runtime.hub.sent_seq(name, of), sent.get(name, 0)), now)
    views = [delivery_of(row, state) for row, state in states]
    return json_response({"deliveries": views, "counts": counted(state for _, state in states)})


def batch_of(document: object) -> list[object]:
    """The bodies of a batch: a list, or an object that holds it as ``items``. Raises Invalid."""
    items = document.get("items") if isinstance(document, dict) and set(document) == {"items"} else document
    if not isinstance(items, list):
        raise Invalid([FieldError("body", "wrong_type", "is a list of records")])
    if len(items) > MOST_IN_BATCH:
        raise Invalid([FieldError("body", "too_long", f"holds {len(items)} records, at most {MOST_IN_BATCH}")])
    return items
