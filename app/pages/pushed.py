"""One pushed briefing as people read it: a page, and plain text; its body is the safe subset of Markdown"""

from __future__ import annotations

from html import escape

from app.pages.page import marking_banner, shell
from app.pages.words import day_and_clock, harmless, marked, tidy, zone_of
from geo.markdown import html_of, parsed, plain_of
from geo.model import Attachment, Briefing, Grade, Stored

_PRIORITIES = {Grade.EMERGENCY: 1, Grade.PRIORITY: 2, Grade.STANDARD: 3, Grade.ROUTINE: 4}


def pushed_html(stored: Stored, zone: str) -> str:
    """A whole page. Raises TypeError for a record that is no briefing."""
    briefing = _briefing(stored)
    marking = marking_banner(marked(briefing.marking))
    facts = "".join(f"<p>{escape(fact)}</p>" for fact in _facts(stored, zone))
    changed = "".join(f"<li><bdi>{escape(tidy(words))}</bdi></li>" for words in briefing.changed)
    attached = "".join(f"<li>{_attachment_html(one)}</li>" for one in briefing.attachments)
    return shell(
        tidy(briefing.title, 120),
        f'<header>{marking}<h1><span class="over">Briefing</span> <bdi>{escape(tidy(briefing.title))}</bdi></h1>{facts}'
        f"{f'<p>Changed:</p><ul class=notes>{changed}</ul>' if changed else ''}</header>"
        f'<main><div class="body">{html_of(parsed(harmless(briefing.text)), top=2)}</div>'
        f"{f'<section><h2>Attached</h2><ul>{attached}</ul></section>' if attached else ''}</main>"
        f'<footer><p class="made">Briefing <bdi>{escape(briefing.id)}</bdi></p>{marking}</footer>',
        "pushed",
    )


def pushed_text(stored: Stored, zone: str) -> str:
    """The same without a page around it; ends with a line feed."""
    briefing = _briefing(stored)
    blocks = [
        f"{marked(briefing.marking)}\n{tidy(briefing.title)}",
        "\n".join(_facts(stored, zone)),
        "\n".join(("Changed:", *(f"- {tidy(words)}" for words in briefing.changed))) if briefing.changed else "",
        plain_of(parsed(harmless(briefing.text))),
        "\n".join(f"Attached: {_attachment_text(one)}" for one in briefing.attachments),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _briefing(stored: Stored) -> Briefing:
    if not isinstance(stored.record, Briefing):
        raise TypeError(f"{stored.record.id} is no briefing")
    return stored.record


def _facts(stored: Stored, zone_name: str) -> list[str]:
    briefing, zone = _briefing(stored), zone_of(zone_name)
    state = (
        "Withdrawn. "
        if briefing.withdrawn
        else ""
        if briefing.status.live
        else f"{briefing.status.value.capitalize()}. "
    )
    ends = briefing.valid.end
    until = f" Until {day_and_clock(ends, zone)}." if ends is not None else ""
    return [
        f"{state}Priority {_PRIORITIES[briefing.grade]}. Version {stored.version}, "
        f"{day_and_clock(stored.written_at, zone)}.{until}",
        *(["To be acknowledged."] if briefing.must_ack else []),
        *([f"Where: {tidy(briefing.place_text, 120)}."] if briefing.place_text else []),
    ]


def _attachment_html(one: Attachment) -> str:
    title, reference = escape(tidy(one.title, 120)), escape(one.reference)
    linked = one.reference.startswith("https://")
    shown = (
        f'<a href="{reference}" rel="noopener noreferrer nofollow"><bdi>{title}</bdi></a>'
        if linked
        else f"<bdi>{title}</bdi>"
    )
    return (
        f"{shown} <bdi>{escape(tidy(one.reference, 200))}</bdi>{f' SHA-256 {escape(one.sha256)}' if one.sha256 else ''}"
    )


def _attachment_text(one: Attachment) -> str:
    return f"{tidy(one.title, 120)}, {tidy(one.reference, 400)}{f', SHA-256 {one.sha256}' if one.sha256 else ''}"
