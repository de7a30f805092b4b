"""A patrol briefing as one file that a handset keeps: every form of it, until when it holds, and where to go on from

    type                "beatline.patrol-briefing.bundle", ``bundle`` 1
    document            the JSON document (:mod:`app.pages.document`); ``digest`` is its SHA-256, as it was disclosed
    html, text          the same as a page without network or script, and as a read-out
    valid_until         RFC 3339: no correction comes after it, and what is kept longer is history
    corrections_since   {epoch, seq} of the officer's series, or null where no device of his was ever connected

A device that holds it resumes as ever. Of what it receives in this epoch with a higher ``seq``, whatever names the
``alert_id`` of an item is about that item: an ``alert`` says what it is now, a ``cancel`` that it is over, a ``purge``
that it is to be erased from the bundle too, text and page included. After a ``reset`` or in another epoch it cannot be
told what was missed: the device asks for the briefing again.
"""

from __future__ import annotations

from typing import Any

from app.pages.forms import as_html, as_text
from geo.clock import format_instant
from streams.giving import Given

TYPE = "beatline.patrol-briefing.bundle"


def bundle(given: Given) -> dict[str, Any]:
    """Everything of plain values that JSON can hold."""
    return {
        "type": TYPE,
        "bundle": 1,
        "document": given.document,
        "digest": given.digest,
        "html": as_html(given.briefing),
        "text": as_text(given.briefing),
        "valid_until": format_instant(given.briefing.until),
        "corrections_since": None if given.series is None else {"epoch": given.series[0], "seq": given.series[1]},
    }
