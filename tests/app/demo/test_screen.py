"""The demo's words: what is invented is said, and no figure of relevance is shown for it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from app.demo.packs import Pack
from app.demo.screen import drawn, figures, incoming_line, local, summary, told_line
from app.demo.tally import DemoTally
from app.people.movement import StreetPoints
from geo.clock import HOUR
from geo.model import Status
from tests.app.demo.test_tally import HERE, NOW, incident
from tests.app.people.test_officer_screen import alert

PACK = Pack("san-francisco", "San Francisco", "san_francisco", "America/Los_Angeles", NOW, NOW + HOUR, 30.0,
            ("real: calls", "simulated: movement"), True, (), StreetPoints([HERE]), ())  # fmt: skip


@pytest.fixture
def tally() -> DemoTally:
    counted = DemoTally(40)
    counted.look([], NOW)
    counted.look([], NOW + HOUR)
    counted.posted(NOW, incident(place_text="MISSION ST"), True)
    counted.posted(NOW, incident(status=Status.CLOSED), False)
    counted.reached(NOW, "SF01", alert(alert_id=incident().id))
    counted.people.shown["interrupt"] = 8
    counted.kept_away = {"below_threshold": 1_200, "budget": 3}
    return counted


def test_the_screen_shows_both_ends_and_what_was_kept_away(tally: DemoTally) -> None:
    paper = io.StringIO()
    Console(file=paper, width=150, height=40).print(drawn(PACK, tally, 39, 30.0, 40))
    both = ("goes in", "takes whose attention", "39/40 officers", "340 m ahead", "simulated")
    for word in (*both, "1200 not relevant enough", "17:00:00", "MISSION ST", "closed"):
        assert word in paper.getvalue()


def test_relevance_is_only_told_of_real_times_and_grades(tally: DemoTally) -> None:
    assert "interruptions an officer-hour: 0.20" in "\n".join(figures(PACK, tally))
    invented = replace(PACK, measured=False)
    assert "officer-hour:" not in summary(invented, tally, 60)


def test_lines_for_a_log(tally: DemoTally) -> None:
    assert local(NOW, PACK) == "16:00:00"
    assert incoming_line(PACK, tally.incoming[0]) == "16:00:00  IN    emergency Robbery  MISSION ST"
    assert incoming_line(PACK, tally.incoming[1]) == "16:00:00  IN    closed    Robbery"
    assert told_line(PACK, tally.told[0]) == "16:00:00  TOLD  interrupt SF01: Robbery | 340 m N | 340 m ahead"


def test_the_summary_says_what_share_was_told(tally: DemoTally) -> None:
    text = summary(PACK, tally, 120.0)
    assert "40 officers, 40.0 officer-hours in 120 s" in text
    assert "of 40 record x officer pairs, 8 were told (20.0 %)" in text
