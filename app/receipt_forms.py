"""The receipts of a briefing as a document, as CSV, as a table to read, and as evidence with a digest over all of it"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from app.pages import receipts as page
from geo.clock import Instant, format_instant, parse_instant
from geo.document import document_of
from geo.marking import marking_text
from geo.model import Briefing, Principal, Stored
from geo.store.receipt_rows import Reply
from streams.receipts import Receipt, counts_of, is_over

EVIDENCE = "beatline.receipts/1"
"""Names the shape of an evidence export; another shape has another number."""
COLUMNS = (
    "officer", "name", "callsign", "state", "since", "addressed_at", "refusal", "left_at", "words", "owed_at",
    "stored_at", "stored_on", "seen_at", "seen_on", "answered_at", "answered_on", "answer", "answer_text", "step",
    "step_at",
)  # fmt: skip
Document: TypeAlias = dict[str, Any]
Who: TypeAlias = Callable[[str], tuple[str, str]]
"""Officer -> name and callsign, "" where unknown."""


# ------------------------------------------------------------------ the document
def person_of(one: Receipt, who: Who) -> Document:
    """One person, with every time that the state rests on."""
    name, callsign = who(one.officer)
    reply = one.reply
    return {
        "officer": one.officer,
        "name": name,
        "callsign": callsign or None,
        "state": one.state.value,
        "since": format_instant(one.since),
        "addressed_at": _text(one.addressed_at),
        "refusal": one.refusal or None,
        "left_at": _text(one.left_at),
        "words": one.words,
        "owed_at": _text(one.owed_at),
        "stored_at": _text(one.stored_at),
        "stored_on": one.stored_on or None,
        "seen_at": _text(one.seen_at),
        "seen_on": one.seen_on or None,
        "answered_at": _text(reply.at if reply else None),
        "answered_on": (reply.device or None) if reply else None,
        "answer": reply.choice.value if reply else None,
        "answer_text": reply.text if reply else "",
        "step": int(one.step),
        "step_at": _text(one.step_at),
    }


def briefing_of(stored: Stored, now: Instant) -> Document:
    """What the receipts are of."""
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    return {
        "id": briefing.id,
        "force": briefing.force,
        "title": briefing.title,
        "version": stored.version,
        "ack_version": briefing.ack_version,
        "written_at": format_instant(stored.written_at),
        "issued_at": format_instant(briefing.reported_at),
        "valid_from": _text(briefing.valid.start),
        "valid_to": _text(briefing.valid.end),
        "status": briefing.status.value,
        "over": is_over(briefing, now),
        "withdrawn": briefing.withdrawn,
        "must_ack": briefing.must_ack,
        "escalate_after_s": briefing.escalate_after_s,
        "marking": marking_text(briefing.marking),
    }


def receipts_document(
    stored: Stored, receipts: Sequence[Receipt], shown: Collection[Receipt], who: Who, now: Instant, partial: bool
) -> Document:
    """Counts are of all ``receipts``, people those ``shown``."""
    return {
        "briefing": briefing_of(stored, now),
        "at": format_instant(now),
        "counts": counts_of(receipts),
        "total": len(receipts),
        "waiting": sum(one.waiting for one in receipts),
        "partial": partial,
        "receipts": [person_of(one, who) for one in shown],
    }


def tag_of(document: Document) -> str:
    """An ETag: another one where anything but the time of asking is."""
    return f'"{digest_of({name: part for name, part in document.items() if name != "at"})[:32]}"'


# ------------------------------------------------------------------ CSV and the table
def csv_of(document: Document) -> str:
    """One line a person; what a spreadsheet would take for a formula is text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("briefing", "version", "marking", *COLUMNS))
    head = document["briefing"]
    for person in document["receipts"]:
        row = (head["id"], head["version"], head["marking"], *(person[name] for name in COLUMNS))
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip(" \t\r\n")[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return "" if value is None else value


def table_of(document: Document, zone: str) -> page.Receipts:
    """For :func:`app.pages.receipts.receipts_text` and its HTML."""
    head = document["briefing"]
    return page.Receipts(
        id=head["id"],
        title=head["title"],
        version=head["version"],
        marking=head["marking"],
        must_ack=head["must_ack"],
        issued_at=parse_instant(head["issued_at"]),
        as_at=parse_instant(document["at"]),
        zone=zone,
        people=[_row(person) for person in document["receipts"]],
    )


def _row(person: Mapping[str, Any]) -> page.Receipt:
    answer = ": ".join(part for part in (person["answer"] or "", person["answer_text"]) if part)
    return page.Receipt(
        officer=person["officer"],
        state=person["state"],
        since=parse_instant(person["since"]),
        name=person["name"],
        callsign=person["callsign"] or "",
        queued=_instant(person["addressed_at"]),
        pushed=_instant(person["owed_at"]),
        stored=_instant(person["stored_at"]),
        seen=_instant(person["seen_at"]),
        answered=_instant(person["answered_at"]),
        answer=answer,
        device=person["answered_on"] or person["seen_on"] or person["stored_on"] or "",
        refusal=(person["refusal"] or "").replace("_", " "),
        step=person["step"],
    )


# ------------------------------------------------------------------ evidence
def evidence_of(
    versions: Sequence[Stored], receipts: Sequence[Receipt], who: Who, by: Principal, now: Instant, partial: bool
) -> Document:
    """Everything that is known of who was given it, in one document; ``sha256`` is over the canonical JSON of
    ``evidence``. ``versions``: all of the briefing's, oldest first."""
    newest = versions[-1]
    whole = receipts_document(newest, receipts, receipts, who, now, partial)
    answers = {one.officer: [_reply(reply) for reply in one.replies] for one in receipts if one.replies}
    evidence = {
        "format": EVIDENCE,
        "exported_at": format_instant(now),
        "exported_by": {"id": by.id, "role": by.role, "force": by.force},
        "marking": marking_text(newest.record.marking),
        **whole,
        "versions": [
            {
                "version": one.version,
                "written_at": format_instant(one.written_at),
                "content": document_of(one.record),
            }
            for one in versions
        ],
        "answers": answers,
    }
    plain = json.loads(canonical(evidence))
    return {"evidence": plain, "sha256": digest_of(plain)}


def is_whole(export: Document) -> bool:
    """Nothing in an export was altered since it was made, as far as its own digest tells."""
    return bool(export.get("sha256") == digest_of(export.get("evidence")))


def digest_of(document: object) -> str:
    """SHA-256 in hex over the canonical JSON."""
    return hashlib.sha256(canonical(document)).hexdigest()


def canonical(document: object) -> bytes:
    """UTF-8 JSON with keys in order and no blanks: the same content is the same bytes."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _reply(reply: Reply) -> Document:
    return {
        "at": format_instant(reply.at),
        "answer": reply.choice.value,
        "text": reply.text,
        "device": reply.device,
        "rev": reply.rev,
    }


def _text(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


def _instant(text: str | None) -> Instant | None:
    return None if text is None else parse_instant(text)
