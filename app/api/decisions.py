"""/v1/decisions: why an officer was told of something, and why he was not, in sentences and with the figures."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api.description import answers
from app.api.features import json_response, text_at
from app.api.filters import DecisionFilters, decision_query_of
from app.api.guard import Guarded, roles
from app.errors import NotAllowed
from app.identity import Role
from app.runtime import Runtime, runtime_of
from geo.access import may_read, release_reading
from geo.clock import Instant
from geo.errors import NotFound
from geo.model import Officer, Principal, Stored
from geo.store.decisions import Decision, DecisionPage
from geo.store.rows import OfficerState
from streams.explaining import Asked, why_not
from streams.noise.verdict_words import sentence_of
from streams.ownership import narrower

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["decisions"])

Reader = Annotated[Principal, roles(Role.OFFICER, Role.DISPATCHER, Role.ANALYST, Role.AUDITOR)]
UNSEEN = "About a record that you may not see."
log = logging.getLogger("beatline.decisions")


class DecisionView(BaseModel):
    """One verdict as it was kept. Of a record that the caller may not see: when, for whom, and no more."""

    at: str
    officer: str
    record: str | None
    title: str | None = Field(description="As it reads today.")
    version: int | None
    sentence: str
    act: str | None = Field(description="alert, cancel, purge; verdict: nothing was said.")
    verdict: str | None = Field(description="interrupt, notify, map, hold, drop, none")
    priority: int | None
    rule: str | None = Field(description="The noise rule that decided.")
    reason: str | None = Field(description="Of a withdrawal.")
    score: float | None
    terms: dict[str, float] = Field(description="What each term of the score gave, in log-odds.")
    facts: dict[str, float] = Field(description="What was known then: metres, degrees, seconds.")
    policy: str


class Decisions(BaseModel):
    """Kept verdicts, newest first."""

    decisions: list[DecisionView]
    answer: list[str] | None = Field(
        description="Where officer and record are both named: the answer in sentences, worked out anew where no verdict"
        " was kept (what is out of reach has none)."
    )
    cursor: str | None


@router.get("/v1/decisions", responses=answers(Decisions, 404))
async def get_decisions(request: Request, principal: Reader, filters: Annotated[DecisionFilters, Query()]) -> Response:
    """Every change of verdict about an officer, about a record, or about both: "why did I get this?", and "why did I
    not?". An officer reads his own. From `from` up to `to`; with officer and record, why not is answered as of `to`."""
    runtime = runtime_of(request)
    now = runtime.clock.now()
    query = decision_query_of(_own(filters, principal), now)
    if query.officer is not None:
        officer, state = await _officer(runtime, principal, query.officer)
    if query.record is not None:
        await _record(runtime, principal, query.record, now)
    page = await runtime.store.decisions(query)
    log.info(
        "%s (%s) reads decisions: officer %s, record %s", principal.id, principal.role, query.officer, query.record
    )
    views = await _views(runtime, principal, page, now, all_his=query.officer is not None)
    answer = None
    if query.officer is not None and query.record is not None and query.cursor is None:
        if page.items:
            answer = [sentence_of(page.items[0])]
        else:
            at = now if query.until is None else min(query.until, now)
            answer = await _why_not(runtime, query.record, officer, state, at)
    return json_response({"decisions": views, "answer": answer, "cursor": page.cursor})


def _own(filters: DecisionFilters, principal: Principal) -> DecisionFilters:
    """An officer asks about himself."""
    if principal.role != Role.OFFICER:
        return filters
    if filters.officer not in (None, principal.id):
        raise NotAllowed("an officer reads the decisions about himself; about others, the control room does")
    return filters.model_copy(update={"officer": principal.id})


async def _officer(runtime: Runtime, principal: Principal, id: str) -> tuple[Officer, OfficerState | None]:
    """The officer with the rights that hold for him, and his row. One of another force looks like none."""
    state = next(iter(await runtime.store.heads([id])), None)
    roster = next(iter(await runtime.store.officers([id])), None)
    token = state.rights if state is not None else None
    officer = narrower(token, roster) if token is not None else roster
    if officer is None and principal.role == Role.OFFICER:
        officer = Officer(id=id, force=principal.force)
    if officer is None or officer.force != principal.force:
        raise NotFound(f"no officer {id[:60]!r}")
    return officer, state


async def _record(runtime: Runtime, principal: Principal, id: str, now: Instant) -> None:
    """Raises NotFound where there is no such record, or none that the caller may see: both look the same."""
    stored = (await runtime.store.records([id])).get(id)
    if stored is None or may_read(stored.record, principal, now) is not None:
        raise NotFound(f"no record {id[:60]!r}")


async def _views(
    runtime: Runtime, principal: Principal, page: DecisionPage, now: Instant, all_his: bool
) -> list[dict[str, Any]]:
    items: Sequence[Decision] = page.items
    if not all_his:
        own = await _own_force(runtime, principal, {item.officer for item in items})
        items = [item for item in items if item.officer in own]
    records = await runtime.store.records(sorted({item.record for item in items}))
    readable = release_reading(list(records.values()), principal, now)
    titles = {stored.record.id: stored.record.title for stored in readable.items}
    return [_view(item, titles.get(item.record)) for item in items]


async def _own_force(runtime: Runtime, principal: Principal, ids: set[str]) -> set[str]:
    """Those of them who are of the caller's force, by their tokens or the roster."""
    named = sorted(ids)
    force = {officer.id: officer.force for officer in await runtime.store.officers(named)}
    force |= {one.officer: one.rights.force for one in await runtime.store.heads(named) if one.rights is not None}
    return {name for name in named if force.get(name) == principal.force}


def _view(item: Decision, title: str | None) -> dict[str, Any]:
    known = title is not None
    return {
        "at": text_at(item.at),
        "officer": item.officer,
        "record": item.record if known else None,
        "title": title,
        "version": item.version if known else None,
        "sentence": sentence_of(item) if known else UNSEEN,
        "act": item.act.name.lower() if known else None,
        "verdict": item.verdict.text if known else None,
        "priority": item.priority if known else None,
        "rule": item.rule if known else None,
        "reason": (item.reason or None) if known else None,
        "score": round(item.score, 4) if known else None,
        "terms": _rounded(item.terms) if known else {},
        "facts": _rounded(item.facts) if known else {},
        "policy": item.policy,
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}


async def _why_not(
    runtime: Runtime, record: str, officer: Officer, state: OfficerState | None, at: Instant
) -> list[str]:
    asked = Asked(
        officer=officer,
        state=state,
        stored=_as_of(await runtime.store.versions(record), at),
        at=at,
        policy=runtime.policy,
        books=runtime.picture.books,
        beats=runtime.picture.beats,
        shifts=runtime.situations.shifts,
    )
    return list(why_not(asked))


def _as_of(versions: Sequence[Stored], at: Instant) -> Stored | None:
    """The version that held then."""
    return max((one for one in versions if one.written_at <= at), key=lambda one: one.version, default=None)
