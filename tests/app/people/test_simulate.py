"""Who is simulated and on which ways, and the lines that say what became of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import CannotStart
from app.identity import Issuer
from app.people.simulate import LEEDS, main, movers, say, summary, tokens
from app.people.simulated import Tally
from geo.clock import MINUTE, parse_instant
from geo.place import distance_m

NOW = parse_instant("2026-11-22T18:00:00Z")
TRACE = "unit,at,lon,lat,speed_mps,heading_deg,accuracy_m\n" + "".join(
    f"U{u},2026-01-15T16:{minute:02d}:00Z,-1.5{minute:02d},53.80,,,\n" for u in (1, 2) for minute in range(5)
)


def test_tokens_come_from_the_install(tmp_path: Path) -> None:
    people = tokens(tmp_path, None, 3)
    assert [who.id for who in people] == ["SIM-00001", "SIM-00002", "SIM-00003"]
    assert Issuer.open(tmp_path).verify(people[2].token).id == "SIM-00003"
    again = people[0].renew()
    assert again is not None
    assert Issuer.open(tmp_path).verify(again).role == "officer"


def test_tokens_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("A-1 one\n\nA-2 two\nA-3 three\n")
    people = tokens(None, file, 2)
    assert [(who.id, who.token, who.renew()) for who in people] == [("A-1", "one", None), ("A-2", "two", None)]
    file.write_text("not such a file\n")
    with pytest.raises(CannotStart, match="ID TOKEN"):
        tokens(None, file, 2)


def test_one_source_of_tokens_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="either"):
        tokens(None, None, 1)
    with pytest.raises(CannotStart, match="either"):
        main("http://127.0.0.1:9", data=tmp_path, token_file=tmp_path)


def test_shared_traces_begin_now_and_a_minute_apart(tmp_path: Path) -> None:
    file = tmp_path / "traces.csv"
    file.write_text(TRACE)
    fixes = [way.fix(NOW) for way in movers(4, file, LEEDS, 1_000, NOW)]
    assert [fix and round(fix.lon, 3) for fix in fixes] == [-1.5, -1.5, -1.501, -1.501]
    gone = movers(1, file, LEEDS, 1_000, NOW)[0].fix(NOW + 6 * MINUTE)
    assert gone is None


def test_without_traces_they_walk_around_the_place_given() -> None:
    for way in movers(20, None, LEEDS, 1_000, NOW):
        fix = way.fix(NOW + MINUTE)
        assert fix is not None
        assert float(distance_m(*LEEDS, fix.lon, fix.lat)) < 1_500


def test_a_server_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CannotStart, match=r"no officer could connect .*: nobody answers"):
        main("http://127.0.0.1:9", data=tmp_path, officers=2, seconds=1.5)
    said = capsys.readouterr().out
    assert "0/2 live" in said
    assert "2 officers for" in said


def test_the_summary_counts_interruptions_an_hour() -> None:
    tally = Tally(drops=3, gaps=1)
    tally.shown.update({"interrupt": 20, "map": 5})
    tally.stopped["code 4401"] = 2
    text = summary(10, 8, tally, 3_600.0)
    assert "2.0 interruptions an officer-hour" in text
    assert "2 stopped: code 4401" in text


def test_a_running_line_replaces_itself_only_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("one", end=False)
    say("two", end=True)
    assert capsys.readouterr().out == "one\n\rtwo\x1b[K"
