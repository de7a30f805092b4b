"""A patrol briefing in each of its forms: the JSON document, the page, the read-out"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry

from app.pages import document as documents
from app.pages.page import page
from app.pages.read_out import read_out
from streams.patrol.document import PatrolBriefing


def as_json(briefing: PatrolBriefing) -> dict[str, Any]:
    """The document of plain values; its fields are told in :mod:`app.pages.document`."""
    return documents.document(briefing)


def digest(document: Mapping[str, Any]) -> str:
    """What the disclosure of a JSON document is filed under: SHA-256 over its canonical form."""
    return documents.digest(document)


def as_html(briefing: PatrolBriefing, streets: Sequence[BaseGeometry] = ()) -> str:
    """One page for handset, desk and paper (two A4 pages at most): no script, no network. ``streets`` are lines under
    the map."""
    return page(briefing, streets)


def as_text(briefing: PatrolBriefing) -> str:
    """What is read out over the radio in at most two minutes; ends with a line feed."""
    return read_out(briefing)
