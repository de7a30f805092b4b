"""A pushed briefing as people read it: its body's subset of Markdown, what changed, what is attached; nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.pages.pushed import pushed_html, pushed_text
from geo.clock import HOUR, parse_instant
from geo.model import Attachment, Briefing, Grade, Incident, Interval, Status, Stored
from tests.app.pages.scene import HOSTILE

AT = parse_instant("2026-01-15T04:02:00Z")
BRIEFING = Briefing(
    force="own",
    source="briefings",
    source_id="1",
    category="other",
    title="Armed man, Mill Lane",
    grade=Grade.EMERGENCY,
    text="**Do not approach.**\n\n- wait\n- report",
    reported_at=AT,
    valid=Interval(AT, AT + HOUR),
    must_ack=True,
    place_text="Mill Lane",
    changed=("the text was changed",),
    attachments=(Attachment("Photo", "https://intranet.example/1.jpg", "ab" * 32),),
)


def test_as_text() -> None:
    text = pushed_text(Stored(BRIEFING, 2, AT), "Europe/London")
    assert text.startswith(
        "OFFICIAL\nArmed man, Mill Lane\n\nPriority 1. Version 2, Thu 15 Jan 04:02. Until Thu 15 Jan 05:02.\n"
    )
    assert "To be acknowledged.\nWhere: Mill Lane.\n\nChanged:\n- the text was changed\n\n" in text
    assert "\n\nDo not approach.\n\n- wait\n- report\n\n" in text
    assert "Attached: Photo, https://intranet.example/1.jpg, SHA-256 abab" in text


def test_as_a_page() -> None:
    html = pushed_html(Stored(BRIEFING, 2, AT), "Europe/London")
    assert "<strong>Do not approach.</strong>" in html
    assert "<h2>Attached</h2>" in html
    assert 'href="https://intranet.example/1.jpg"' in html
    assert html.count("<h1>") == 1


def test_withdrawn_and_closed_are_said_first() -> None:
    gone = replace(BRIEFING, status=Status.CANCELLED, withdrawn=True)
    assert "\nWithdrawn. Priority 1." in pushed_text(Stored(gone, 3, AT), "UTC")
    assert "\nClosed. Priority 1." in pushed_text(Stored(replace(BRIEFING, status=Status.CLOSED), 3, AT), "UTC")


def test_no_text_breaks_out() -> None:
    bad = replace(
        BRIEFING,
        title=HOSTILE,
        text=HOSTILE,
        place_text=HOSTILE,
        changed=(HOSTILE,),
        attachments=(Attachment(HOSTILE, "javascript:alert(1)"),),
    )
    html, text = pushed_html(Stored(bad, 1, AT), "UTC"), pushed_text(Stored(bad, 1, AT), "UTC")
    assert "<script" not in html
    assert "href" not in html
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_what_is_no_briefing_is_refused() -> None:
    incident = Incident(
        force="own", source="cad", source_id="1", category="other", title="x", grade=Grade.ROUTINE, reported_at=AT
    )
    with pytest.raises(TypeError, match="is no briefing"):
        pushed_text(Stored(incident, 1, AT), "UTC")
