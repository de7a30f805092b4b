"""The screen of the terminal handset: the strongest first, each with its reasons, and a line for every event."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import pytest
from rich.console import Console

from app.people.handset import Link, LinkChanged
from app.people.officer_screen import Desk, age, alert_line, drawn, in_order, line_of, where, why
from geo.clock import parse_instant
from streams.conversation.holding import Ended, Erased, Replaced, Shown
from streams.conversation.messages import Alert, CaughtUp, Confirmed, Error
from tests.app.people.test_handset import ALERT, AT


def alert(**fields: Any) -> Alert:
    return msgspec.convert(ALERT | fields, Alert)


def _text(desk: Desk, width: int) -> str:
    paper = io.StringIO()
    Console(file=paper, width=width, height=24).print(drawn(desk, 24, width))
    return paper.getvalue()


def test_the_strongest_come_first_then_the_newest() -> None:
    alerts = [
        alert(alert_id="map", style="map", priority=4),
        alert(alert_id="old", style="notify", priority=2),
        alert(alert_id="new", style="notify", priority=2, issued_at="2026-11-22T18:05:00.000Z"),
        alert(alert_id="now", style="interrupt", priority=1),
    ]
    assert [a.alert_id for a in in_order(alerts)] == ["now", "new", "old", "map"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"distance_m": 343.0, "bearing_deg": 44.0}, "340 m NE"),
        ({"distance_m": 2345.0, "bearing_deg": 350.0}, "2.3 km N"),
        ({"distance_m": 0.0, "bearing_deg": 0.0}, "0 m"),
        ({"distance_m": None, "place_text": "Mill Lane"}, "Mill Lane"),
    ],
)
def test_where_it_is(fields: dict[str, object], words: str) -> None:
    assert where(alert(**fields)) == words


def test_reasons_and_age() -> None:
    assert why(alert()) == "340 m ahead"
    now = parse_instant(AT)
    assert [age(alert(), now + s * 1_000_000) for s in (5, 300, 7_200)] == ["5 s", "5 min", "2 h"]
    assert age(alert(), 0) == ""


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Shown(alert()), alert_line(alert())),
        (Ended("inc-1", "out_of_reach"), "ENDED    inc-1 (out of reach)"),
        (Erased("inc-1", "withdrawn"), "ERASED   inc-1 (withdrawn)"),
        (Replaced((), ("inc-2",)), "RESET    0 alerts, 1 gone"),
        (Confirmed("k"), "CONFIRMED k"),
        (Error("x", "no such thing", None), "REFUSED  no such thing"),
        (LinkChanged(Link.WAITING, "gap", 1.25), "LINK     waiting (gap), again in 1.2 s"),
        (CaughtUp(0), None),
    ],
)
def test_every_event_is_a_line(event: Any, line: str | None) -> None:
    assert line_of(event) == line


def test_an_alert_fits_on_a_line() -> None:
    assert alert_line(alert()) == "INTERRUPT P1 Robbery | 340 m N | 340 m ahead [inc-1]"


@pytest.mark.parametrize("width", [70, 140])
def test_the_screen_shows_title_hazard_reason_and_answer(width: int) -> None:
    desk = Desk(officer="A-1", link="live", alerts=[alert()], answered={"inc-1": "attending"}, now=parse_instant(AT))
    text = _text(desk, width)
    for word in ("A-1", "live", "Robbery", "weapon", "340 m ahead", "attending"):
        assert word in text


def test_an_empty_screen_says_so_and_a_typed_line_shows() -> None:
    text = _text(Desk(typing="pos -1.5"), 120)
    assert "nothing that matters to you" in text
    assert ": pos -1.5" in text
