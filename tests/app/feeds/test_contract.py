"""Every feed keeps the contract: a name, a fresh counter, rows with an identity, and a life in time."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from app.feeds import FORMATS, feed_named, timeline
from app.feeds.contract import Feed, Identity, Spoilt
from app.feeds.errors import UnknownFormat
from geo.model import Status
from geo.special import is_special
from streams.relevance.policy import load_policy

SAMPLES = {
    "datasf-cad": "sf/sf_cad_2026-01-15.csv",
    "police-uk-street": "uk/2017-07-west-yorkshire-street.csv.gz",
    "police-uk-stop-and-search": "london/2023-05-metropolitan-stop-and-search.csv.gz",
}


def test_an_unknown_format_says_which_there_are() -> None:
    with pytest.raises(UnknownFormat, match="datasf-cad, police-uk-street, police-uk-stop-and-search, geojson"):
        feed_named("csv")


@pytest.mark.parametrize("name", FORMATS)
def test_a_feed_is_fresh_for_every_run(name: str) -> None:
    feed: Feed = feed_named(name)
    assert feed.name == name
    assert feed.policy in ("uk", "san_francisco")
    feed.unknown["x"] += 1
    assert not feed_named(name).unknown
    assert feed.identity in Identity


@pytest.mark.data
@pytest.mark.parametrize("name", SAMPLES)
def test_rows_have_a_line_an_identity_and_nothing_special(data_dir: Path, name: str) -> None:
    feed = feed_named(name)
    rows = list(itertools.islice(feed.rows(data_dir / SAMPLES[name], print), 500))
    assert len(rows) == 500
    for row in rows:
        assert not isinstance(row, Spoilt)
        assert row.line > 1
        assert row.own_id or feed.identity is not Identity.OWN
        assert row.content
        assert not is_special(row.kept())
        assert row.raw().problems == []


@pytest.mark.data
def test_a_timeline_is_in_order_and_closes_what_was_closed(data_dir: Path) -> None:
    changes = list(timeline("datasf-cad", data_dir / SAMPLES["datasf-cad"]))
    assert [at for at, _ in changes] == sorted(at for at, _ in changes)
    last = {record.id: record for _, record in changes}
    assert len(last) == 1_642
    assert sum(record.status is Status.CLOSED for record in last.values()) == 1_415


def test_a_timeline_says_once_which_codes_nobody_knew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    row = ",2017-07,-1.5,53.8,x,Witchcraft"
    file = tmp_path / "street.csv"
    file.write_text("\n".join(["Crime ID,Month,Longitude,Latitude,Location,Crime type", f"a{row}", f"b{row}"]))
    assert len(list(timeline("police-uk-street", file))) == 2
    assert [entry.message for entry in caplog.records] == [
        "nobody knows the code 'witchcraft' of police-uk-street (2 times): the policy falls back"
    ]


@pytest.mark.data
def test_a_timeline_takes_the_policys_grades(data_dir: Path) -> None:
    path = data_dir / SAMPLES["police-uk-street"]
    policy = load_policy("uk")
    grades = {record.category: record.grade for _, record in timeline("police-uk-street", path, policy)}
    assert grades == {code: policy.default_grade(code) for code in grades}
    assert len(set(grades.values())) > 1
