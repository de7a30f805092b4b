"""What a new version of a briefing says of itself, and when everybody is asked anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from shapely import Point, box

from geo.briefing_changes import LONGEST_SENTENCE, changes_between, priority_of, told_to_readers
from geo.marking import Clearance, Marking
from geo.model import Attachment, Audience, Briefing, Grade, Hazard, Interval

BRIEFING = Briefing(
    force="own",
    source="briefings",
    source_id="d-1 k",
    category="other",
    title="Silver van",
    text="Seen at 18:40\nDo not stop",
    grade=Grade.STANDARD,
    reported_at=0,
    valid=Interval(None, 3_600_000_000),
    audience=Audience(beats=("N1", "N2")),
)


@pytest.mark.parametrize(
    ("change", "sentence", "material"),
    [
        ({"title": "Grey van"}, "title: Grey van (was: Silver van)", True),
        ({"text": "Seen at 18:40\nStop it\nCall"}, "text now says: Stop it, and 1 more", True),
        ({"text": "Seen at 18:40"}, "text no longer says: Do not stop", True),
        ({"text": "Do not stop\n\nSeen at 18:40"}, "text now says: Do not stop", True),
        ({"grade": Grade.EMERGENCY}, "priority raised from 3 to 1", True),
        ({"hazards": (Hazard.DOG,)}, "hazards: dog added", True),
        ({"place": Point(-0.1, 51.5)}, "place: on the map now", True),
        ({"place_text": "Station"}, "place: Station (was: none)", True),
        ({"attachments": (Attachment("Photo", "https://a.example"),)}, "attachments: Photo added", True),
        ({"must_ack": True}, "has to be acknowledged now", True),
        ({"escalate_after_s": 60}, "escalates after 60 s", False),
        ({"valid": Interval(None, None)}, "valid until open (was: 1970-01-01T01:00:00.000Z)", False),
        (
            {"marking": Marking(Clearance.OFFICIAL_SENSITIVE)},
            "marking: OFFICIAL-SENSITIVE (was: OFFICIAL)",
            False,
        ),
        ({"audience": Audience(beats=("N1", "S1"))}, "audience, beats: S1 added; N2 removed", False),
        ({"beat": "N1"}, "beat: N1 (was: none)", False),
        ({"category": "traffic"}, "category: traffic (was: other)", False),
        ({"supersedes": "bri-1"}, "supersedes another one", False),
    ],
)
def test_each_change_is_said(change: dict[str, Any], sentence: str, material: bool) -> None:
    changed = changes_between(BRIEFING, replace(BRIEFING, **change))
    assert (changed.sentences, changed.material) == ((sentence,), material)


def test_no_change_says_nothing() -> None:
    placed = replace(BRIEFING, place=box(0, 51, 1, 52), audience=Audience(area=box(0, 51, 1, 52)))
    for one in (BRIEFING, placed):
        changed = changes_between(one, replace(one, provenance=(("edited_by", "d-2"),)))
        assert (changed.sentences, changed.material) == ((), False)


def test_under_another_marking_nothing_of_the_former_is_repeated() -> None:
    secret = replace(
        BRIEFING,
        title="Secret title",
        text="Secret text",
        place_text="Secret place",
        attachments=(Attachment("Secret photo", "https://a.example"),),
        marking=Marking(Clearance.OFFICIAL_SENSITIVE),
    )
    changed = changes_between(secret, BRIEFING)
    assert len(changed.sentences) == 5
    assert "Secret" not in str(changed.sentences)


def test_what_is_material_stands_first() -> None:
    after = replace(BRIEFING, title="Grey van", audience=Audience(), valid=Interval(0, 1))
    sentences = changes_between(BRIEFING, after).sentences
    assert [sentence.split(":")[0].split(" 19")[0] for sentence in sentences] == [
        "title",
        "valid from",
        "valid until",
        "audience, beats",
    ]


def test_a_place_that_moved_says_how_far() -> None:
    before = replace(BRIEFING, place=Point(-0.1, 51.5))
    assert changes_between(before, replace(before, place=Point(-0.1, 51.501))).sentences == ("place: moved 111 m",)


def test_another_reference_under_the_same_title_is_another_attachment() -> None:
    before = replace(BRIEFING, attachments=(Attachment("Photo", "https://a.example/1"),))
    changed = changes_between(before, replace(before, attachments=(Attachment("Photo", "https://a.example/2"),)))
    assert (changed.sentences, changed.material) == (("attachments: another reference",), True)


def test_sentences_are_short_whatever_was_written() -> None:
    after = replace(BRIEFING, title="x" * 300, text="y" * 20_000)
    assert max(map(len, changes_between(BRIEFING, after).sentences)) <= LONGEST_SENTENCE


def test_readers_are_not_told_whom_else_it_is_for() -> None:
    after = replace(BRIEFING, title="Grey van", audience=Audience(officers=("pc-1",)))
    edited = replace(after, changed=changes_between(BRIEFING, after).sentences)
    assert "pc-1" in str(edited.changed)
    assert told_to_readers(edited) == ("title: Grey van (was: Silver van)",)


def test_priority_is_the_grade() -> None:
    assert [priority_of(replace(BRIEFING, grade=grade)) for grade in Grade] == [1, 2, 3, 4]
