"""What the report hears is what the decisions file says, line for line."""

from __future__ import annotations

import asyncio
import io
import json

from app.replay import replay
from app.report.heard import Heard, by_must, loud
from geo.clock import format_instant
from geo.model import Verdict
from streams.noise.rules import RULE_NAMES
from tests.app.report.scene import evening, nothing


def test_it_hears_each_line_of_the_decisions_file() -> None:
    scene, out, heard = evening(), io.StringIO(), Heard()
    asyncio.run(replay(scene.changes, scene.traces, scene.policy, out, heard))
    said = heard.said(tuple(scene.traces))
    written = [
        (line["at"], line["unit"], line["record"], line["verdict"], line["rule"])
        for line in map(json.loads, out.getvalue().splitlines())
    ]
    assert written == [
        (
            format_instant(int(said.at[line])),
            said.units[said.unit[line]],
            said.records[said.record[line]],
            Verdict(int(said.verdict[line])).text,
            RULE_NAMES[said.rule[line]],
        )
        for line in range(len(said))
    ]
    assert len(written) > 4


def test_only_what_was_said_and_loud_is_attention() -> None:
    scene = evening()
    lines = loud(scene.said)
    assert {scene.said.units[unit] for unit in scene.said.unit[lines]} == {"U1", "U3"}
    assert (scene.said.verdict[lines] >= Verdict.NOTIFY).all()
    assert len(loud(scene.said, Verdict.INTERRUPT)) <= len(lines) < len(scene.said)
    assert by_must(scene.said)[lines].any()


def test_the_reasons_are_the_officers_and_name_no_address() -> None:
    scene = evening()
    line = int(loud(scene.said)[0])
    assert "200 m east" in scene.heard.why(scene.said, line)
    assert scene.heard.record(scene.said, line).source_id == "1"
    assert 0 < scene.heard.score(scene.said, line) <= 1
    everything = " ".join(text for line in range(len(scene.said)) for text in scene.heard.why(scene.said, line))
    assert "Secret Street" not in everything


def test_nothing_at_all_is_no_error() -> None:
    assert len(nothing().said) == 0
