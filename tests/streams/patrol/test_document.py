"""Every section has a heading, and a document knows its items in order."""

from __future__ import annotations

from geo.marking import Marking
from streams.patrol.document import HEADINGS, Item, Part, PatrolBriefing, Section


def test_every_section_has_a_heading_and_safety_comes_first() -> None:
    assert list(HEADINGS) == list(Section)
    assert next(iter(Section)) is Section.SAFETY
    assert Part(section=Section.LOOKOUTS).heading == "Lookouts"


def test_items_come_in_the_order_of_the_parts() -> None:
    parts = (
        Part(section=Section.SAFETY, items=(Item(number=1, section=Section.SAFETY, line="Dog at no. 4"),)),
        Part(section=Section.LIVE, items=(Item(number=2, section=Section.LIVE, line="Robbery"),), more=14),
    )
    document = PatrolBriefing(
        id="p", request="", officer="pc-17", callsign="", force="own", beat="N1", beat_name="", beat_area=None,
        start=0, until=1, since=0, compiled_at=0, zone="UTC", policy="", marking=Marking(), parts=parts,
    )  # fmt: skip
    assert [item.number for item in document.items] == [1, 2]
