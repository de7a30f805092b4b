"""How a briefing reads over HTTP: itself, its versions, and whom a push would reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from app.api.audiences import Reach, Warned
from app.api.drafting import attachments_object, audience_object
from app.api.features import text_at
from app.identity import Role
from app.runtime import Runtime
from geo.briefing_changes import priority_of, told_to_readers
from geo.briefing_templates import TEMPLATES
from geo.clock import Instant
from geo.markdown import html_of, parsed, plain_of
from geo.marking import marking_object, marking_text
from geo.model import Briefing, Principal, Stored
from geo.place import geojson_of
from geo.store.briefing_rows import Addressee

AUTHOR, EDITOR, REQUEST = "author", "edited_by", "request"
"""Of a briefing's provenance: who pushed it, whose this version is, and the digest of the body that made it."""


def said(briefing: Briefing, key: str) -> str:
    """One entry of its provenance; "" where there is none."""
    return dict(briefing.provenance).get(key, "")


def is_live(briefing: Briefing, now: Instant) -> bool:
    """Open, begun, and not over."""
    start, end = briefing.valid.start, briefing.valid.end
    return briefing.status.live and (start is None or start <= now) and (end is None or end > now)


def view_of(stored: Stored, principal: Principal, now: Instant) -> dict[str, object]:
    """What this reader sees of it. Whom it is for is the business of who sends: its own force's, and no officer's."""
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    inside = principal.force == briefing.force and principal.role != Role.OFFICER
    return {
        "id": briefing.id,
        "version": stored.version,
        "force": briefing.force,
        "status": briefing.status.value,
        "live": is_live(briefing, now),
        "withdrawn": briefing.withdrawn,
        "title": briefing.title,
        "body": briefing.text,
        "template": briefing.template or None,
        "category": briefing.category,
        "audience": audience_object(briefing.audience) if inside else None,
        "priority": priority_of(briefing),
        "must_ack": briefing.must_ack,
        "escalate_after_s": briefing.escalate_after_s,
        "ack_version": briefing.ack_version,
        "valid_from": text_at(briefing.valid.start),
        "valid_to": text_at(briefing.valid.end),
        "marking": marking_object(briefing.marking),
        "marking_text": marking_text(briefing.marking),
        "attachments": attachments_object(briefing),
        "supersedes": briefing.supersedes,
        "place": None if briefing.place is None else geojson_of(briefing.place),
        "place_text": briefing.place_text,
        "beat": briefing.beat,
        "hazards": [hazard.value for hazard in briefing.hazards],
        "author": said(briefing, AUTHOR),
        "edited_by": said(briefing, EDITOR) or said(briefing, AUTHOR),
        "published_at": text_at(briefing.reported_at),
        "updated_at": text_at(stored.written_at),
        "changed": list(briefing.changed if inside else told_to_readers(briefing)),
    }


def shown_of(stored: Stored, principal: Principal, now: Instant) -> dict[str, object]:
    """The same with its body as HTML and as plain text: some 20 ms for the longest, so not for lists."""
    blocks = parsed(stored.record.text)
    return {**view_of(stored, principal, now), "html": html_of(blocks), "text": plain_of(blocks)}


def version_of(stored: Stored) -> dict[str, object]:
    """One line of its history."""
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    return {
        "version": stored.version,
        "at": text_at(stored.written_at),
        "by": said(briefing, EDITOR) or said(briefing, AUTHOR),
        "changed": list(briefing.changed),
    }


def warnings_object(warnings: Sequence[Warned]) -> list[dict[str, object]]:
    """What the sender should know, as it is answered."""
    return [asdict(one) for one in warnings]


async def lists_of(runtime: Runtime, reach: Reach, limit: int) -> dict[str, object]:
    """Who would get it and who may not have it, at most ``limit`` each, by name; and how many more there are."""
    entitled, refused = reach.entitled, reach.refused
    shown = [*entitled[:limit], *refused[:limit]]
    names = {one.id: one.name for one in await runtime.store.officers([one.officer for one in shown])} if shown else {}
    return {
        "would_get": [_reached(runtime, one, names) for one in entitled[:limit]],
        "not_entitled": [_reached(runtime, one, names) for one in refused[:limit]],
        "more": max(0, len(entitled) - limit) + max(0, len(refused) - limit),
    }


def _reached(runtime: Runtime, one: Addressee, names: dict[str, str]) -> dict[str, object]:
    callsign = runtime.situations.shifts.duty_of(one.officer, runtime.clock.now()).callsign
    return {
        "officer": one.officer,
        "name": names.get(one.officer, ""),
        "callsign": callsign if callsign != one.officer else None,
        "reason": one.refusal or None,
    }


def templates_object() -> list[dict[str, object]]:
    """The templates with their questions."""
    return [
        {"name": one.name, "label": one.label, "fields": [{**asdict(f), "among": list(f.among)} for f in one.fields]}
        for one in TEMPLATES.values()
    ]
