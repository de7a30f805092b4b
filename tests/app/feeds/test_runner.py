"""A file taken in: counted, kept, refused with reasons, twice the same, and special-category data nowhere."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import pytest

from app.drivers import store_of
from app.feeds import feed_named, runner
from app.feeds.errors import Damaged, FeedError, NotReadable, NotThisFormat, UnknownFormat
from app.feeds.runner import Counts, ingest, ingest_file
from app.feeds.sinks import StoreSink
from app.settings import settings_of
from geo.clock import SystemClock
from geo.model import Grade, RecordKind, record_id
from geo.normalise import Intake
from geo.store.contract import Store
from geo.store.rows import Rejected
from geo.store.sqlite import SqliteStore
from streams.relevance.in_force import draft_of
from streams.relevance.policy import policy_text

T = TypeVar("T")

REAL = [
    ("datasf-cad", "sf/sf_cad_2026-01-15.csv", 1_642, 1_642),
    ("police-uk-street", "london/2020-01-metropolitan-street-burglary-only.csv.gz", 6_889, 6_846),
    ("police-uk-street", "uk/2017-07-west-yorkshire-street.csv.gz", 28_537, 28_537),
    ("police-uk-stop-and-search", "london/2019-01-metropolitan-stop-and-search.csv.gz", 17_988, 17_988),
    ("police-uk-stop-and-search", "london/2023-05-metropolitan-stop-and-search.csv.gz", 12_423, 12_423),
    ("police-uk-stop-and-search", "london/2023-06-metropolitan-stop-and-search.csv.gz", 11_595, 11_595),
    ("police-uk-stop-and-search", "london/2023-07-metropolitan-stop-and-search.csv.gz", 13_073, 13_073),
]
SPECIAL = (b"Bangladeshi", b"18-24", b"over 34", b"White - ", b"Self-defined", b"Officer-defined", b"Female")

STOPS = (
    "Type,Date,Latitude,Longitude,Gender,Age range,Self-defined ethnicity,Officer-defined ethnicity,Legislation,"
    "Object of search,Outcome"
)
STREET = "Crime ID,Month,Longitude,Latitude,Location,Crime type"


async def run(tmp_path: Path, name: str, file: Path) -> tuple[Counts, list[Rejected], list[str], Exception | None]:
    """Takes a file into a store in tmp_path: counts, dead letters, what was said, the error at the end."""
    store = SqliteStore(tmp_path / "b.sqlite")
    await store.open()
    counts, problem = Counts(), None
    said: list[str] = []
    feed = feed_named(name)
    intake = Intake("own", lambda category: Grade.STANDARD, SystemClock().now(), extent=feed.extent)
    try:
        with (tmp_path / "rejects.jsonl").open("w") as written:
            sink = StoreSink(store, SystemClock(), name, file.name)
            await ingest(feed, file, sink, intake, counts, written, say=said.append)
    except FeedError as error:
        problem = error
    finally:
        letters = await store.rejected(limit=1_000)
        await store.close()
    assert counts.read == counts.accepted + counts.unchanged + counts.rejected
    return counts, letters, said, problem


@pytest.mark.data
@pytest.mark.parametrize(("name", "file", "rows", "distinct"), REAL)
@pytest.mark.slow
async def test_every_row_of_the_real_files_twice(
    data_dir: Path, tmp_path: Path, name: str, file: str, rows: int, distinct: int
) -> None:
    counts, letters, said, problem = await run(tmp_path, name, data_dir / file)
    assert asdict(counts) == {"read": rows, "accepted": distinct, "unchanged": rows - distinct, "rejected": 0}
    again, _, _, _ = await run(tmp_path, name, data_dir / file)
    assert asdict(again) == {"read": rows, "accepted": 0, "unchanged": rows, "rejected": 0}
    assert (letters, said, problem) == ([], [], None)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [word for word in SPECIAL if word in kept]


async def test_special_columns_are_nowhere_even_when_rows_are_bad(tmp_path: Path) -> None:
    stop = "Person search,{at},51.57,0.02,Female,over 34,White - Irish,White - Irish,Law,Drugs,Arrest"
    good, zoneless = stop.format(at="2023-05-31T23:04:00+00:00"), stop.format(at="2023-05-31T23:04:00")
    lines = [STOPS, good, zoneless, good + ",x", good.replace(",51.57", ""), good.replace("51.57,", ",51.57,"), good]
    file = tmp_path / "stops.csv"
    file.write_text("\n".join(lines))
    counts, letters, said, _ = await run(tmp_path, "police-uk-stop-and-search", file)
    assert asdict(counts) == {"read": 6, "accepted": 2, "unchanged": 0, "rejected": 4}
    assert {letter.reason for letter in letters} == {"no_zone", "bad_row"}
    file.unlink()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [word for word in SPECIAL if word in kept + repr((letters, said)).encode()]


async def test_refused_rows_are_kept_with_where_why_and_what(tmp_path: Path) -> None:
    file = tmp_path / "street.csv"
    file.write_text(f"{STREET}\na,2017-07,0,90,x,Burglary\nb,2017-07,-1.5,53.8,x,Burglary\nc,2017-07\n")
    counts, letters, _, problem = await run(tmp_path, "police-uk-street", file)
    assert (counts.accepted, counts.rejected, problem) == (1, 2, None)
    assert {(letter.where, letter.reason) for letter in letters} == {
        ("street.csv:2", "bad_place"),
        ("street.csv:4", "bad_row"),
    }
    written = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert {entry["where"] for entry in written} == {"street.csv:2", "street.csv:4"}
    assert {problem["field"] for entry in written for problem in entry["problems"]} == {"place", ""}
    assert all(entry["message"] and entry["raw"] for entry in written)
    await run(tmp_path, "police-uk-street", file)
    assert len((await run(tmp_path, "police-uk-street", file))[1]) == 2


async def test_a_repeated_id_changes_nothing_the_second_time(tmp_path: Path) -> None:
    file = tmp_path / "street.csv"
    rows = [f"{'ab'[n % 2]},2017-07,-1.5,53.8,x{n},Burglary" for n in range(6)]
    file.write_text("\n".join([STREET, *rows]))
    counts, *_ = await run(tmp_path, "police-uk-street", file)
    assert asdict(counts) == {"read": 6, "accepted": 2, "unchanged": 4, "rejected": 0}
    counts, *_ = await run(tmp_path, "police-uk-street", file)
    assert asdict(counts) == {"read": 6, "accepted": 0, "unchanged": 6, "rejected": 0}


async def test_a_truncated_gzip_keeps_what_came_before_and_is_counted(tmp_path: Path) -> None:
    rows = [f"{n * 7919:x},2017-07,-1.5,53.8,x,Burglary" for n in range(20_000)]
    whole = gzip.compress("\n".join([STREET, *rows]).encode())
    file = tmp_path / "street.csv.gz"
    file.write_bytes(whole[: len(whole) // 2])
    counts, letters, _, problem = await run(tmp_path, "police-uk-street", file)
    assert isinstance(problem, Damaged)
    assert counts.accepted > 2_000
    assert (counts.rejected, letters[0].reason) == (1, "truncated")
    again, letters, _, _ = await run(tmp_path, "police-uk-street", file)
    assert (again.accepted, again.unchanged, len(letters)) == (0, counts.accepted, 1)


async def test_unknown_codes_are_said_once(tmp_path: Path) -> None:
    file = tmp_path / "street.csv"
    file.write_text("\n".join([STREET, *[f"{n},2017-07,-1.5,53.8,x,Witchcraft" for n in range(5)]]))
    counts, _, said, _ = await run(tmp_path, "police-uk-street", file)
    assert counts.accepted == 5
    assert said == ["1 codes of police-uk-street that the policy does not know take its fallback: 'witchcraft' (5)"]


def test_a_file_is_read_by_the_codes_of_the_policy_in_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = '[sources.police-uk-street.codes]\nWitchcraft = "arson"\n'
    text = policy_text("uk")[1].replace("[sources.police-uk-street.codes]\n", mine)
    data, file = tmp_path / "data", tmp_path / "street.csv"

    async def with_store(use: Callable[[Store], Awaitable[T]]) -> T:
        store = store_of(settings_of(data=data))
        await store.open()
        try:
            return await use(store)
        finally:
            await store.close()

    async def categories(store: Store) -> set[str]:
        ids = [record_id(RecordKind.INCIDENT, "own", "data.police.uk", name) for name in "ab"]
        return {stored.record.category for stored in (await store.records(ids)).values()}

    asyncio.run(with_store(lambda store: store.put_policy(draft_of("mine.toml", text), 0)))
    file.write_text(f"{STREET}\na,2017-07,-1.5,53.8,x,Witchcraft\nb,2017-07,-1.5,53.8,x,Sorcery\n")
    assert ingest_file(file, "police-uk-street", data=data).accepted == 2
    said = capsys.readouterr().err
    assert "1 codes of police-uk-street that the policy does not know take its fallback: 'sorcery' (1)" in said
    assert asyncio.run(with_store(categories)) == {"arson", "other"}


def test_a_servers_policy_that_cannot_be_read_here_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner._policy_of(None) is None
    policy = runner._policy_of(policy_text("uk")[1])
    assert policy is not None
    assert policy.name == "uk"
    assert capsys.readouterr().err == ""
    assert runner._policy_of("schema = 99\n") is None
    assert "the server's cannot be read: the server's policy:1: schema" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "name", "error"),
    [
        (lambda path: path.write_bytes(b""), "police-uk-street", NotThisFormat),
        (lambda path: path.write_bytes(b"a,b\n1,2\n"), "datasf-cad", NotThisFormat),
        (lambda path: path.write_text(STREET + ",Month\n"), "police-uk-street", NotThisFormat),
        (lambda path: path.mkdir(), "geojson", NotReadable),
        (lambda path: None, "geojson", NotReadable),
        (lambda path: path.write_bytes(b"x"), "csv", UnknownFormat),
    ],
)
def test_a_file_that_is_wrong_as_a_whole(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], object],
    name: str,
    error: type[FeedError],
) -> None:
    make(tmp_path / "file")
    with pytest.raises(error):
        ingest_file(tmp_path / "file", name, data=tmp_path / "data")
    assert capsys.readouterr().out.splitlines()[-1] == '{"read":0,"accepted":0,"unchanged":0,"rejected":0}'


def test_the_counts_are_the_last_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "street.csv"
    file.write_text(f"{STREET}\na,2017-07,-1.5,53.8,x,Burglary\nb,2017-07,0,0,x,Burglary\n")
    rejects = tmp_path / "rejects.jsonl"
    counts = ingest_file(file, "police-uk-street", data=tmp_path / "data", rejects=rejects)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == asdict(counts)
    assert (counts.read, counts.accepted, counts.rejected) == (2, 1, 1)
    assert json.loads(rejects.read_text())["reason"] == "null_island"
