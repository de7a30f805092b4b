"""A narrow way: what matters most goes through, and what does not is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
import shapely

from geo.marking import Marking
from streams.patrol.document import Item, Part, PatrolBriefing, Section
from streams.patrol.fitting import SHORTENED, fitted


def render(briefing: PatrolBriefing) -> dict[str, Any]:
    def place(item: Item) -> str | None:
        return None if item.place is None else item.place.wkt

    area = "" if briefing.beat_area is None else briefing.beat_area.wkt
    items = [[item.number, item.line, item.body, place(item)] for item in briefing.items]
    return {"area": area, "items": items, "notes": briefing.notes}


def made(safety: int = 3, live: int = 5, body: str = "", outline: int = 8) -> PatrolBriefing:
    circle = shapely.Point(0, 0).buffer(1, quad_segs=outline)
    items = [
        Item(number=n + 1, section=section, line="x" * 80, body=body, place=circle)
        for n, section in enumerate([Section.SAFETY] * safety + [Section.LIVE] * live)
    ]
    parts = tuple(
        Part(section=section, items=tuple(item for item in items if item.section is section), more=2)
        for section in (Section.SAFETY, Section.LIVE, Section.LOOKOUTS)
    )
    return PatrolBriefing(id="p", request="", officer="pc", callsign="", force="own", beat="B", beat_name="B",
                          beat_area=circle, start=0, until=1, since=0, compiled_at=0, zone="UTC", policy="uk",
                          marking=Marking(), parts=parts)  # fmt: skip


def size(briefing: PatrolBriefing) -> int:
    return len(msgspec.json.encode(render(briefing)))


def test_what_fits_is_left_alone() -> None:
    briefing = made()
    assert fitted(briefing, render, size(briefing)) is briefing


def test_outlines_go_first_and_it_is_said() -> None:
    briefing = made(outline=200)
    said = fitted(briefing, render, 3_000)
    assert said.beat_area is None
    assert len(said.items) == len(briefing.items)
    assert {item.place.geom_type for item in said.items if item.place is not None} == {"Point"}
    assert said.notes == (SHORTENED,)


def test_then_long_texts() -> None:
    said = fitted(made(body="y" * 5_000), render, 9_000)
    assert len(said.items) == 8
    assert all(len(item.body) == 600 and item.body.endswith("…") for item in said.items)


@pytest.mark.parametrize("most", [200, 400, 600, 900])
def test_then_the_last_items_and_safety_at_the_very_last(most: int) -> None:
    said = fitted(made(), render, most)
    assert size(said) <= max(most, size(replace(said, parts=())))
    counts = {part.section: (len(part.items), part.more) for part in said.parts}
    assert sum(counts[Section.SAFETY]) == 5
    assert sum(counts[Section.LIVE]) == 7
    assert counts[Section.LOOKOUTS] == (0, 2)
    if counts[Section.LIVE][0]:
        assert counts[Section.SAFETY][0] == 3
    assert [item.number for item in said.items] == sorted(item.number for item in said.items)
