"""Who has a pushed briefing and who has not, as a table to read: plain text for a terminal, HTML for a desk and paper

Those who have not answered come first: they are what a dispatcher looks for. A state is a word in every form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape
from itertools import zip_longest

from app.pages.page import marking_banner, shell
from app.pages.words import clock, counted, day_and_clock, local, tidy, zone_of
from geo.clock import Instant

STATES: dict[str, str] = {
    "queued": "Queued, not on a device",
    "unconfirmed": "Sent, on no device after 10 s",
    "pushed": "Sent, not confirmed",
    "stored": "On the device, not seen",
    "seen": "Seen, not answered",
    "answered": "Answered",
    "expired": "Over before it was answered",
    "left": "Not addressed any more",
    "withdrawn": "Withdrawn",
    "not_entitled": "May not see it",
}
"""In the order in which they matter: the farther from an answer, the higher."""
_WAITING = ("queued", "unconfirmed", "pushed", "stored", "seen")
_STEPS = ("", "said again", "sergeant told", "on the dispatcher's list")
_HEADS = ("Who", "Unit", "State", "Since", "Queued", "Stored", "Seen", "Answered", "Answer", "Escalated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One person: where it stands with him since when, the times of each step, and what he said."""

    officer: str
    state: str
    since: Instant | None = None
    name: str = ""
    callsign: str = ""
    queued: Instant | None = None
    pushed: Instant | None = None
    stored: Instant | None = None
    seen: Instant | None = None
    answered: Instant | None = None
    answer: str = ""
    device: str = ""
    refusal: str = ""
    """Why he may not see it, in words."""
    step: int = 0
    """Of the escalation: 1 said again, 2 his sergeant told, 3 on the dispatcher's list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The table of one briefing as at ``as_at``."""

    id: str
    title: str
    version: int
    marking: str
    must_ack: bool
    issued_at: Instant
    as_at: Instant
    zone: str
    people: Sequence[Receipt]


def receipts_text(table: Receipts) -> str:
    """For a terminal: the counts, then a line a person; columns that nobody has anything in are left out."""
    zone = zone_of(table.zone)
    rows = [_row(person, table, zone) for person in _ordered(table)]
    used = [place for place in range(len(_HEADS)) if place < 3 or any(row[place] for row in rows)]
    lines = [[_HEADS[place] for place in used], *([row[place] for place in used] for row in rows)]
    wide = [max(map(len, column)) for column in zip_longest(*lines, fillvalue="")]
    told = ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, wide, strict=True)).rstrip() for line in lines]
    head = [tidy(table.marking, 160), tidy(table.title, 100), _state_of_it(table, zone), _counts_text(table), ""]
    return "\n".join((*head, *(told if rows else ["Nobody is addressed."]))) + "\n"


def receipts_html(table: Receipts) -> str:
    """A whole page."""
    zone = zone_of(table.zone)
    counts = _counts(table)
    key = "".join(f"<div><dt>{escape(_state(state))}</dt><dd>{count}</dd></div>" for state, count in counts)
    head = "".join(f'<th scope="col">{word}</th>' for word in _HEADS)
    body = "".join(_row_html(person, table, zone) for person in _ordered(table))
    rows = (
        f'<p class="note" id="about">Each person, those who have not answered first. Times are {zone}.</p>'
        '<div class="scroll" role="region" tabindex="0" aria-label="Receipts"><table aria-labelledby="about">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    return shell(
        f"Receipts: {tidy(table.title, 100)}",
        f'<header>{marking_banner(tidy(table.marking, 160))}<h1><span class="over">Receipts</span> '
        f"<bdi>{escape(tidy(table.title, 100))}</bdi></h1><p>{escape(_state_of_it(table, zone))}</p></header>"
        f'<main><dl class="key">{key}</dl>{rows if body else "<p>Nobody is addressed.</p>"}</main>'
        f'<footer><p class="made">Briefing <bdi>{escape(tidy(table.id, 80))}</bdi></p>'
        f"{marking_banner(tidy(table.marking, 160))}</footer>",
        "receipts",
    )


def _ordered(table: Receipts) -> list[Receipt]:
    order = {state: place for place, state in enumerate(STATES)}
    return sorted(table.people, key=lambda person: (order.get(person.state, len(order)), -person.step, person.officer))


def _counts(table: Receipts) -> list[tuple[str, int]]:
    found = Counter(person.state for person in table.people)
    return [(state, found[state]) for state in (*STATES, *sorted(set(found) - set(STATES))) if found[state]]


def _state(state: str) -> str:
    return STATES.get(state) or tidy(state, 30)


def _counts_text(table: Receipts) -> str:
    told = "; ".join(f"{count:,} {_state(state).lower()}" for state, count in _counts(table))
    return f"{told}." if told else ""


def _state_of_it(table: Receipts, zone: tzinfo) -> str:
    """``Version 2, issued Thu 15 Jan 04:02, as at 04:10:31. 4 of 13 have answered; 9 have not.``"""
    entitled = [person for person in table.people if person.state in (*_WAITING, "answered")]
    answered = sum(person.state == "answered" for person in entitled)
    asked = (
        f"{answered} of {counted(len(entitled), 'person', 'people')} answered" if table.must_ack else "No answer asked"
    )
    waiting = f", {len(entitled) - answered} not" if table.must_ack and answered < len(entitled) else ""
    return (
        f"Version {table.version}, issued {day_and_clock(table.issued_at, zone)}, "
        f"as at {local(table.as_at, zone):%H:%M:%S}. {asked}{waiting}."
    )


def _row(person: Receipt, table: Receipts, zone: tzinfo) -> list[str]:
    who = tidy(f"{person.name} ({person.officer})" if person.name else person.officer, 48)
    state = _state(person.state)
    times = (person.since, person.queued, person.stored, person.seen, person.answered)
    return [
        who,
        tidy(person.callsign, 16),
        f"{state}: {tidy(person.refusal, 60)}" if person.refusal else state,
        *(_time(at, table.as_at, zone) for at in times),
        tidy(person.answer.replace("_", " "), 60),
        _STEPS[min(max(person.step, 0), len(_STEPS) - 1)],
    ]


def _row_html(person: Receipt, table: Receipts, zone: tzinfo) -> str:
    who, *cells = (f"<bdi>{escape(cell)}</bdi>" if cell else "" for cell in _row(person, table, zone))
    look = ' class="waiting"' if table.must_ack and person.state in _WAITING else ""
    look = ' class="refused"' if person.state == "not_entitled" else look
    kinds = ("", "", *(' class="time"',) * 5, "", "")
    told = "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, cells, strict=True))
    return f'<tr{look}><th scope="row">{who}</th>{told}</tr>'


def _time(at: Instant | None, as_at: Instant, zone: tzinfo) -> str:
    """To the second: receipts are evidence. With its day where it is not the table's."""
    if at is None:
        return ""
    moment = local(at, zone)
    same = moment.date() == local(as_at, zone).date()
    return f"{moment:%H:%M:%S}" if same else f"{moment.day} {moment:%b} {clock(at, zone)}:{moment:%S}"
