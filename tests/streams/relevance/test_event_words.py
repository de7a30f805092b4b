"""The sentences about watched areas and what was passed."""

from __future__ import annotations

from math import nan

import pytest

from geo.geofence import Event
from geo.model import Watch, WatchOn
from streams.relevance.event_words import event_text
from tests.streams.scene import incident


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event.ENTER, "you have entered it"),
        (Event.EXIT, "you have left it"),
        (Event.CROSS, "you went through it"),
        (Event.PASSED, "just passed, 340 m behind"),
    ],
)
def test_what_has_happened(event: Event, text: str) -> None:
    assert event_text(float(event), incident(), "340 m behind") == text


@pytest.mark.parametrize("event", [nan, 0.0, 99.0])
def test_nothing_has_happened_or_nothing_that_this_release_knows(event: float) -> None:
    assert event_text(event, incident(), "340 m behind") == "340 m behind"


@pytest.mark.parametrize(("seconds", "text"), [(45, "45 s"), (300, "5 min"), (7_200, "2 h")])
def test_how_long_he_has_been_inside(seconds: int, text: str) -> None:
    watched = incident(watch=Watch((WatchOn.DWELL,), seconds))
    assert event_text(float(Event.DWELL), watched, "") == f"inside for {text}"
