"""Identity: twins are told apart, the last row of an id wins, a second reading gives the same records."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from app.feeds import feed_named
from app.feeds.police_uk_street import COLUMNS
from app.feeds.reading import Chunk, chunks_of
from geo.model import Grade
from geo.normalise import Intake
from geo.reasons import Reason

INTAKE = Intake("own", lambda category: Grade.STANDARD, 0)
HEADER = ",".join(COLUMNS.needed)


def read(path: Path, size: int = 3, name: str = "police-uk-street") -> list[Chunk]:
    return list(chunks_of(feed_named(name), path, INTAKE, print, size))


def street(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "street.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def row(own_id: str, crime: str = "Burglary") -> str:
    return f"{own_id},2017-07,-1.5,53.8,On or near High Street,{crime}"


def test_identical_rows_are_separate_incidents_wherever_they_stand(tmp_path: Path) -> None:
    twins = [row(""), row("", "Drugs"), row(""), row(""), row("", "Drugs")]
    first = [good.record.id for chunk in read(street(tmp_path, *twins)) for good in chunk.good]
    again = [good.record.id for chunk in read(street(tmp_path, *reversed(twins)), size=100) for good in chunk.good]
    assert len(set(first)) == 5
    assert set(first) == set(again)


def test_the_last_row_of_an_id_wins_across_chunks(tmp_path: Path) -> None:
    rows = [row("a"), row("b"), row("a", "Drugs"), row("c"), row("d"), row("a", "Robbery"), row("b")]
    chunks = read(street(tmp_path, *rows), size=2)
    records = {good.record.source_id: good.record.category for chunk in chunks for good in chunk.good}
    assert records == {"a": "robbery", "b": "burglary", "c": "burglary", "d": "burglary"}
    assert sum(chunk.superseded for chunk in chunks) == 3
    assert sum(len(chunk.good) for chunk in chunks) == 4


def test_a_bad_last_row_does_not_take_the_good_one_with_it(tmp_path: Path) -> None:
    (chunk,) = read(street(tmp_path, row("a"), row("a").replace("53.8", "90")))
    assert [good.record.source_id for good in chunk.good] == ["a"]
    assert [bad.line for bad in chunk.bad] == [3]
    assert chunk.superseded == 0


def test_a_full_last_chunk_is_followed_by_an_empty_one(tmp_path: Path) -> None:
    chunks = read(street(tmp_path, row("a"), row("b"), row("c")))
    assert [len(chunk.good) for chunk in chunks] == [3, 0]


def test_a_file_that_breaks_off_ends_with_the_damage(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join([HEADER, *(row(f"{n * 7919:x}") for n in range(3_000))]).encode())
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    chunks = read(path, size=500)
    assert chunks[-1].damage is not None
    assert [bad.refused.reason for bad in chunks[-1].bad] == [Reason.TRUNCATED]
    assert sum(len(chunk.good) for chunk in chunks) > 500
    assert not any(chunk.bad for chunk in chunks[:-1])


def test_grades_of_the_source_are_told_apart_from_the_policys(tmp_path: Path) -> None:
    (chunk,) = read(street(tmp_path, row("a")))
    assert not chunk.good[0].graded


@pytest.mark.data
def test_the_real_file_that_repeats_ids(data_dir: Path) -> None:
    chunks = read(data_dir / "london" / "2020-01-metropolitan-street-burglary-only.csv.gz", size=2_000)
    ids = Counter(good.record.id for chunk in chunks for good in chunk.good)
    assert max(ids.values()) == 1
    assert len(ids) == 6_846
    assert sum(chunk.superseded for chunk in chunks) == 43


@pytest.mark.data
def test_the_real_file_with_twins(data_dir: Path) -> None:
    chunks = read(data_dir / "uk" / "2017-07-west-yorkshire-street.csv.gz", size=2_000)
    assert len({good.record.id for chunk in chunks for good in chunk.good}) == 28_537


@pytest.mark.data
def test_searches_that_coincide_are_separate(data_dir: Path) -> None:
    path = data_dir / "london" / "2023-05-metropolitan-stop-and-search.csv.gz"
    goods = [good for chunk in read(path, 2_000, "police-uk-stop-and-search") for good in chunk.good]
    assert len({good.record.id for good in goods}) == 12_423
    assert len({good.row.content for good in goods}) < 12_000
