"""Ingest: a street file of the police's format into the embedded store, beside what SQLite takes bare."""

from __future__ import annotations

import contextlib
import csv
import io
import random
import time
from pathlib import Path

from app.bench.bare import bare_insert
from app.bench.report import Figure
from app.bench.scene import ring

_HEADER = ("Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code",
           "LSOA name", "Crime type", "Last outcome category", "Context")  # fmt: skip
_TYPES = ("Burglary", "Robbery", "Vehicle crime", "Shoplifting", "Public order", "Other theft", "Drugs")


def measure(folder: Path, *, rows: int = 30_000) -> list[Figure]:
    """Reads, normalises and stores ``rows`` made-up rows through the same function as ``beatline ingest``."""
    from app.feeds.runner import ingest_file

    first, file = folder / "2026-01-first-street.csv", folder / "2026-01-bench-street.csv"
    write_street_file(first, 50)
    write_street_file(file, rows)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        ingest_file(first, "police-uk-street", data=folder / "first")  # loads the program, which is not what is timed
        began = time.perf_counter()
        ingest_file(file, "police-uk-street", data=folder / "ingest")
        rate = rows / (time.perf_counter() - began)
    bare = bare_insert(folder, rows)
    return [
        Figure("ingest, embedded store", rate, "records/s", 10_000.0, "more",
               f"bare SQLite insert of a text: {bare:,.0f} rows/s",
               f"{rows:,} rows of police-uk-street, read, normalised and durable"),
    ]  # fmt: skip


def write_street_file(file: Path, rows: int) -> None:
    """A file of data.police.uk's columns, in which nothing is anybody's."""
    chance = random.Random(3)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(_HEADER)
        for number, (lon, lat) in enumerate(ring(rows, 0, 20_000, seed=3)):
            writer.writerow((f"{number:064x}", "2026-01", "West Yorkshire Police", "West Yorkshire Police",
                             f"{lon:.6f}", f"{lat:.6f}", "On or near The Headrow", "E01033010", "Leeds 111A",
                             chance.choice(_TYPES), "Under investigation", ""))  # fmt: skip
