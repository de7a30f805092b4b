"""Patrol briefings to be shown: an ordinary one, an empty one, the fullest there can be, and one that means harm."""

from __future__ import annotations

from dataclasses import replace

import shapely

from geo.clock import HOUR, MINUTE, Instant, parse_instant
from geo.marking import Clearance, Handling, Marking
from streams.patrol.document import A_SCREENFUL, Hotspot, Item, Part, PatrolBriefing, Section

NOW: Instant = parse_instant("2026-01-15T21:52:00Z")
START: Instant = parse_instant("2026-01-15T22:00:00Z")
AREA = shapely.Polygon([(-0.14, 51.50), (-0.115, 51.498), (-0.11, 51.512), (-0.125, 51.518), (-0.142, 51.512)])
SENSITIVE = Marking(Clearance.OFFICIAL_SENSITIVE)


def item(number: int, section: Section, line: str, **more: object) -> Item:
    plain = Item(
        number=number,
        section=section,
        line=line,
        where="Mill Lane",
        place=shapely.Point(-0.12, 51.505),
        when="today 19:40",
        age="2 h old",
        at=NOW - 2 * HOUR,
        why=("on your beat", "weapon reported"),
        record=f"inc-{number:024x}",
        version=1,
        kind="incident",
        category="robbery",
        grade="priority",
        status="open",
        source="cad",
        score=0.7,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def parts() -> tuple[Part, ...]:
    body = "**Every patrol** passes the school gates between 15:00 and 16:00.\n\n- Report what you see\n- No stops"
    return (
        Part(
            section=Section.SAFETY,
            items=(
                item(
                    1,
                    Section.SAFETY,
                    "Large dog loose in the yard at 14 Mill Lane",
                    detail="Two officers bitten; call first.",
                    hazards=("dog",),
                    place=shapely.Point(-0.1291, 51.5052),
                    age="38 days old",
                    when="8 Dec",
                    kind="intel",
                    grading="1-A-P",
                    why=("warning marker at a place on your beat", "still valid"),
                ),
                item(
                    2,
                    Section.SAFETY,
                    "Knife carried by a man who frequents the Crown",
                    hazards=("weapon", "violence"),
                    place=shapely.Point(-0.1205, 51.5090),
                    where="Market Row",
                    kind="intel",
                    grading="2-B-P",
                    marking=SENSITIVE,
                    why=("weapon reported",),
                ),
            ),
        ),
        Part(
            section=Section.MUST_READ,
            items=(
                item(
                    3,
                    Section.MUST_READ,
                    "School gates: a patrol each afternoon",
                    body=body,
                    must_ack=True,
                    kind="briefing",
                    where="",
                    place=None,
                    when="today 16:10",
                    age="5 h old",
                    why=("addressed to your beat",),
                ),
            ),
        ),
        Part(
            section=Section.LIVE,
            items=tuple(
                item(
                    4 + n,
                    Section.LIVE,
                    line,
                    place=shapely.Point(-0.122 + 0.003 * n, 51.503 + 0.002 * n),
                    age=f"{7 + 11 * n} min old",
                    where=where,
                    also=("fire",) if n == 1 else (),
                )
                for n, (line, where) in enumerate(
                    (
                        ("Robbery, two suspects on foot", "Mill Lane / High Street"),
                        ("Fight outside a bar", "Market Row"),
                        ("Suspicious vehicle", "Station Approach"),
                        ("Alarm sounding", "King Street"),
                        ("Noise", "Park View"),
                    )
                )
            ),
            more=14,
        ),
        Part(section=Section.LOOKOUTS, note="None for your beat."),
        Part(
            section=Section.CHANGED,
            items=(
                item(
                    9,
                    Section.CHANGED,
                    "Burglary at 3 Park View: an arrest, closed",
                    status="closed",
                    place=shapely.Point(-0.1310, 51.5105),
                ),
            ),
        ),
        Part(
            section=Section.INTELLIGENCE,
            items=(
                item(
                    10,
                    Section.INTELLIGENCE,
                    "Catalytic converters taken from vans at night",
                    kind="intel",
                    grading="2-C-C",
                    where="",
                    place=shapely.Point(-0.1295, 51.5050),
                    marking=replace(SENSITIVE, handling=(Handling.RECIPIENTS_ONLY,)),
                ),
            ),
        ),
        Part(
            section=Section.PROBLEM_PLACES,
            items=(
                item(
                    11,
                    Section.PROBLEM_PLACES,
                    "Theft from shops, most between 16:00 and 19:00",
                    kind="",
                    record=None,
                    when="",
                    age="",
                    at=None,
                    detail="0.8 expected this shift (0 to 2); seen in 9 of 12 weeks.",
                    status="",
                    grade="",
                    source="",
                ),
            ),
        ),
        Part(section=Section.TASKING, note="No tasking for you or your unit."),
    )


def briefing(**more: object) -> PatrolBriefing:
    plain = PatrolBriefing(
        id="pat-0123456789abcdef",
        request="req-1",
        officer="pc-17",
        callsign="CW 17",
        force="own",
        beat="C1",
        beat_name="Central",
        beat_area=AREA,
        start=START,
        until=START + 8 * HOUR,
        since=START - 16 * HOUR,
        compiled_at=NOW,
        zone="Europe/London",
        policy="uk 3f2a",
        marking=SENSITIVE,
        parts=parts(),
        hotspots=(spot(),),
        notes=("Street records are month-level: they say nothing about hours.",),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def spot() -> Hotspot:
    return Hotspot(
        lon=-0.12,
        lat=51.505,
        radius_m=180,
        category="theft",
        where="Mill Lane",
        hours=(16, 19),
        weekdays=None,
        expected=0.8123456,
        low=0.0,
        high=2.0,
        seen=9,
        weeks=12.0,
        method="kernel density",
    )


def empty() -> PatrolBriefing:
    return briefing(
        beat="",
        beat_name="",
        beat_area=None,
        callsign="",
        hotspots=(),
        notes=(),
        marking=Marking(),
        parts=tuple(Part(section=section) for section in Section),
    )


def fullest(texts: str = "Word and another word of a long sentence ") -> PatrolBriefing:
    """Every section full, every text as long as it can be or longer."""
    full = []
    for order, section in enumerate(Section):
        items = tuple(
            item(
                order * A_SCREENFUL + n + 1,
                section,
                (texts * 20)[:90],
                detail=(texts * 40)[:700],
                where=(texts * 9)[:200],
                when="Thursday 15 January 2026 19:40",
                why=((texts * 9)[:200],) * 4,
                grading="2-C-C",
                kind="incident",
                hazards=("weapon", "violence", "dog"),
                must_ack=True,
                also=("first source", "second source"),
                marking=SENSITIVE,
                body=(texts * 600)[:20_000] if section is Section.MUST_READ else "",
                place=shapely.Point(-0.12 + 0.0001 * n, 51.505 + 0.0001 * order),
            )
            for n in range(A_SCREENFUL)
        )
        full.append(Part(section=section, items=items, more=120, note="A note about the whole of the section."))
    return briefing(parts=tuple(full), hotspots=(spot(),) * 5, notes=("A note of some length about the briefing.",) * 3)


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202egnp.exe\u2066 \x1b[31m עברית مرحبا"


def hostile() -> PatrolBriefing:
    """Each text that can be set from outside tries to break out, to turn the text round, to colour the terminal."""
    one = item(
        1,
        Section.SAFETY,
        HOSTILE,
        detail=HOSTILE,
        where=HOSTILE,
        when=HOSTILE,
        age=HOSTILE,
        grading=HOSTILE,
        why=(HOSTILE,),
        also=(HOSTILE,),
        hazards=(HOSTILE,),
        source=HOSTILE,
        grade=HOSTILE,
        status=HOSTILE,
        category=HOSTILE,
        marking=Marking(caveats=(HOSTILE,)),
    )
    read = item(
        2, Section.MUST_READ, HOSTILE, body=f"# {HOSTILE}\n\n[x](javascript:alert(3)) {HOSTILE * 9}", kind="briefing"
    )
    both = (Part(section=Section.SAFETY, items=(one,), note=HOSTILE), Part(section=Section.MUST_READ, items=(read,)))
    return briefing(
        parts=both,
        beat_name=HOSTILE,
        callsign=HOSTILE,
        id=HOSTILE,
        zone="Nowhere/<b>",
        policy=HOSTILE,
        notes=(HOSTILE,),
        marking=Marking(caveats=(HOSTILE,)),
        compiled_at=NOW + MINUTE,
    )
