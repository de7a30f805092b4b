"""`beatline policy diff` as it is typed: on files, on a data folder, and what it says where it cannot."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from app.errors import CannotStart
from app.policy_diff.main import apart, main
from app.policy_diff.told import Difference
from app.policy_diff.words import Compared
from geo.errors import BadTime
from streams.relevance.policy import load_policy
from tests.app.policy_diff.kept_night import night
from tests.app.policy_diff.test_shift import calls, traces
from tests.streams.scene import NOW

FROM, TO = "2027-01-15T08:00:00Z", "2027-01-16T08:00:00Z"


def test_one_weight_changed_on_the_files_of_a_shift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = main(["uk", str(traces(tmp_path))], ["bands.p1=0.999"], [calls(tmp_path)])
    said = capsys.readouterr().out
    assert "B would have interrupted 0 times instead of 1; " in said
    assert found.on == "calls.geojson with units.csv.gz"
    assert found.b.count("interrupt") < found.a.count("interrupt")


async def _a_night(folder: Path) -> None:
    await night(folder, minutes=20)


def test_last_night_in_a_data_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BEATLINE_STORE", raising=False)
    asyncio.run(_a_night(tmp_path))
    same = main(["uk"], [], [tmp_path], since=FROM, until=TO, json=True)
    assert json.loads(capsys.readouterr().out)["verdict"] == "B would have changed nothing."
    assert same.found == Difference()
    assert same.a.count("interrupt") > 0
    quieter = main([], ["bands.p1=0.999"], [tmp_path], since=FROM, until=TO)
    said = capsys.readouterr().out
    assert quieter.b.count("interrupt") < quieter.a.count("interrupt")
    assert "that night really had" in said
    assert "officer-hours are estimated" in said
    assert NOW // 1_000_000 == 1_800_000_000  # the window above is that of this night


def test_where_it_cannot_it_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEATLINE_STORE", raising=False)
    with pytest.raises(CannotStart, match="--on DIR"):
        main(["uk"], [], [])
    with pytest.raises(CannotStart, match="no Beatline"):
        main(["uk"], [], [tmp_path])
    assert not list(tmp_path.iterdir())
    with pytest.raises(BadTime):
        main(["uk"], [], [tmp_path], since="yesterday")


def test_a_second_file_after_on_is_no_policy(tmp_path: Path) -> None:
    where = traces(tmp_path)
    mine = tmp_path / "my.toml"
    mine.write_text("")
    assert apart(["uk", str(mine), str(where)], [Path("calls")]) == (["uk", str(mine)], [Path("calls"), where])
    assert apart(["uk", "none.csv"], [Path("calls")]) == (["uk", "none.csv"], [Path("calls")])


def test_what_neither_policy_knows_is_said_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def knows_neither(*_: object) -> Compared:
        load_policy("uk").row_of("zeppelin")
        load_policy("uk").row_of("zeppelin")
        raise CannotStart("nothing else is asked")

    monkeypatch.setattr("app.policy_diff.main._of_shift", knows_neither)
    with pytest.raises(CannotStart):
        main(["uk"], [], [calls(tmp_path), traces(tmp_path)])
    assert [record.getMessage() for record in caplog.records] == [
        "policy uk does not know category 'zeppelin', and falls back"
    ]
