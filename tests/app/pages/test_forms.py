"""Each form is of the same briefing: what one names, the others name."""

from __future__ import annotations

import shapely

from app.pages.forms import as_html, as_json, as_text
from tests.app.pages.scene import briefing


def test_every_item_is_in_every_form() -> None:
    one = briefing()
    document, html, text = as_json(one), as_html(one), as_text(one)
    told = [item["number"] for section in document["sections"] for item in section["items"]]
    assert told == [item.number for item in one.items]
    for number in told:
        assert f'id="item-{number}"' in html
        assert f"\n{number}. " in text


def test_streets_are_drawn_where_they_are_given() -> None:
    street = shapely.LineString([(-0.13, 51.50), (-0.12, 51.51)])
    assert 'class="street"' in as_html(briefing(), [street])
    assert 'class="street"' not in as_html(briefing())
