"""One file with every form, until when it holds, and where to go on from."""

from __future__ import annotations

import json

import pytest

from app.pages.bundle import bundle
from app.pages.forms import as_html, as_json, as_text, digest
from geo.clock import format_instant
from streams.giving import Given
from tests.app.pages import scene


@pytest.mark.parametrize("series", [None, ("e-1", 417)])
def test_it_holds_every_form_and_survives_json(series: tuple[str, int] | None) -> None:
    briefing = scene.briefing()
    document = as_json(briefing)
    made = json.loads(json.dumps(bundle(Given(briefing, document, digest(document), series))))
    assert (made["html"], made["text"]) == (as_html(briefing), as_text(briefing))
    assert digest(made["document"]) == made["digest"]
    assert made["valid_until"] == format_instant(briefing.until)
    assert made["corrections_since"] == (None if series is None else {"epoch": "e-1", "seq": 417})
