"""Events from files: a CSV of points, records of a feed, and squares where there are no beats."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import shapely

from app.briefing_quality.past import POINTS, changes_of, events_of, squares_of
from app.errors import CannotStart
from geo.model import Status

CSV = """time,Offense,lon,lat
2010-01-02 06:00:00,theft,-95.4,29.7
2010-01-01 06:00:00,burglary,-95.41,29.71
2010-01-03T06:00:00+01:00,theft,-95.42,29.72
2010-01-03,theft,,29.7
never,theft,-95.4,29.7
2010-01-03 06:00:00,theft,0,0
"""


def test_points_are_read_in_order_of_time_and_what_lacks_a_place_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "points.csv.gz"
    file.write_bytes(gzip.compress(CSV.encode()))
    events, names, without = events_of([file], POINTS)
    assert names == ["burglary", "theft"]
    assert events.category.tolist() == [0, 1, 1]
    assert np.all(np.diff(events.start) > 0)
    assert without == 3
    assert events.start[2] - events.start[1] == 23 * 3_600_000_000


def test_points_become_records_that_are_over(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text(CSV)
    changes = changes_of([file], POINTS)
    assert [record.category for _, record in changes] == ["burglary", "theft", "theft"]
    assert all(record.status is Status.CLOSED and record.occurred.start == at for at, record in changes)
    assert len({record.id for _, record in changes}) == 3


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "time,lon,lat\n"])
def test_a_file_that_is_none_is_said_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "points.csv"
    file.write_text(text)
    with pytest.raises(CannotStart, match=r"points\.csv"):
        events_of([file], POINTS)


def test_the_busiest_squares_come_first(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    busy = "".join(f"2010-01-01 0{n}:00:00,theft,-95.4,29.7\n" for n in range(9))
    file.write_text("time,category,lon,lat\n" + busy + "2010-01-01 00:00:00,theft,-95.0,29.9\n")
    squares = squares_of(events_of([file], POINTS)[0], 2_000, 5)
    assert len(squares) == 2
    assert squares[0].area.intersects(shapely.Point(-95.4, 29.7))
    assert squares[0].area.area == pytest.approx(squares[1].area.area, rel=0.01)


def test_a_feeds_file_is_read_by_its_format(data_dir: Path) -> None:
    files = [data_dir / "london" / "2023-06-metropolitan-stop-and-search.csv.gz"]
    events, names, without = events_of(files, "police-uk-stop-and-search")
    assert len(events) > 8_000
    assert names == ["stop_search"]
    assert without > 0
