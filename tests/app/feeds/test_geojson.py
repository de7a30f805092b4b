"""The GeoJSON profile: collections, single features, features by the line; all else refused with its reason."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from app.feeds.contract import Spoilt
from app.feeds.errors import Damaged, NotThisFormat
from app.feeds.geojson import FeatureRow, GeoJson
from geo.model import Grade, Record, Watch, WatchOn
from geo.normalise import Intake, normalise
from geo.reasons import Reason, Refused

PROPERTIES: dict[str, object] = {
    "source": "steel-cad",
    "category": "burglary",
    "title": "Burglary",
    "hazards": ["weapon"],
}
FEATURE: dict[str, object] = {
    "type": "Feature",
    "id": "C-1047",
    "geometry": {"type": "Point", "coordinates": [-0.1276, 51.5074]},
    "properties": PROPERTIES,
}
INTAKE = Intake("own", lambda category: Grade.STANDARD, 1_800_000_000_000_000)


def rows(tmp_path: Path, content: str | bytes, name: str = "file.geojson") -> list[FeatureRow | Spoilt]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(GeoJson().rows(path, print))


def made(row: FeatureRow | Spoilt) -> Record | Refused:
    return row.refused if isinstance(row, Spoilt) else normalise(row.raw(), INTAKE)


def refusal(row: FeatureRow | Spoilt) -> list[tuple[str, Reason]]:
    result = made(row)
    assert isinstance(result, Refused)
    return [(problem.field, problem.reason) for problem in result.problems]


def with_properties(**properties: object) -> dict[str, object]:
    return FEATURE | {"properties": PROPERTIES | properties}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [FEATURE, FEATURE | {"id": "2"}]})),
        (
            "a.geojson",
            json.dumps({"features": [FEATURE, FEATURE | {"id": "2"}], "type": "FeatureCollection"}, indent=2),
        ),
        ("a.geojson", json.dumps(FEATURE) + "\n" + json.dumps(FEATURE | {"id": "2"}) + "\n"),
        ("a.geojson", "\x1e" + json.dumps(FEATURE) + "\n\x1e" + json.dumps(FEATURE | {"id": "2"}) + "\n"),
        ("a.ndjson", "\n" + json.dumps(FEATURE) + "\r\n\n" + json.dumps(FEATURE | {"id": "2"})),
        (
            "a.geojson",
            "\ufeff" + json.dumps({"type": "FeatureCollection", "features": [FEATURE, FEATURE | {"id": "2"}]}),
        ),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_collections_and_lines(tmp_path: Path, name: str, content: str, packed: bool) -> None:
    raw = gzip.compress(content.encode()) if packed else content.encode()
    read = rows(tmp_path, raw, name + ".gz" if packed else name)
    records = [made(row) for row in read]
    assert [record.source_id for record in records if isinstance(record, Record)] == ["C-1047", "2"]


def test_one_feature_over_many_lines(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, json.dumps(FEATURE, indent=2))
    assert isinstance(made(row), Record)


def test_source_id_goes_before_the_features_id(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, json.dumps(with_properties(source_id="own")))
    record = made(row)
    assert isinstance(record, Record)
    assert record.source_id == "own"


def test_a_features_number_is_an_id_too(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, json.dumps(FEATURE | {"id": 17}))
    assert row.own_id == "steel-cad\x0017" if isinstance(row, FeatureRow) else False


def test_null_geometry_is_no_place_and_no_geometry_is_refused(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, json.dumps(FEATURE | {"geometry": None}))
    record = made(row)
    assert isinstance(record, Record)
    assert record.place is None
    (row,) = rows(tmp_path, json.dumps({k: v for k, v in FEATURE.items() if k != "geometry"}))
    assert refusal(row) == [("geometry", Reason.MISSING)]


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ({"type": "Point", "coordinates": [51.5, -122.4]}, Reason.SWAPPED),
        ({"type": "Point", "coordinates": [0, 0]}, Reason.NULL_ISLAND),
        ({"type": "Point", "coordinates": [10, 90]}, Reason.BAD_PLACE),
        ({"type": "Point", "coordinates": []}, Reason.BAD_PLACE),
        ({"type": "Point"}, Reason.BAD_PLACE),
        ({"type": "Blob", "coordinates": [1, 2]}, Reason.BAD_PLACE),
        ({"type": "Polygon", "coordinates": [[[0, 51], [1, 51]]]}, Reason.BAD_PLACE),
        ("POINT (1 2)", Reason.BAD_PLACE),
    ],
)
def test_geometries_that_are_no_places(tmp_path: Path, geometry: object, reason: Reason) -> None:
    (row,) = rows(tmp_path, json.dumps(FEATURE | {"geometry": geometry}))
    assert refusal(row) == [("place", reason)]


def test_a_polygon_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 51], [1, 52], [1, 51], [0, 52], [0, 51]]]}
    (row,) = rows(tmp_path, json.dumps(FEATURE | {"geometry": bow_tie}))
    record = made(row)
    assert isinstance(record, Record)
    assert record.place is not None
    assert record.place.is_valid


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"colour": "red"}, ("colour", Reason.UNKNOWN_FIELD)),
        ({"place": None}, ("place", Reason.UNKNOWN_FIELD)),
        ({"reported_at": "2026-11-22T18:04:30"}, ("reported_at", Reason.NO_ZONE)),
        (
            {"occurred_from": "2026-11-22T18:04:30Z", "occurred_to": "2026-11-22T17:04:30Z"},
            ("occurred_to", Reason.END_BEFORE_START),
        ),
        ({"title": "a\0b"}, ("title", Reason.NUL_IN_TEXT)),
        ({"title": "a\ud800b"}, ("title", Reason.NOT_UNICODE)),
        ({"marking": "SECRET"}, ("marking", Reason.ABOVE_CEILING)),
    ],
)
def test_properties_that_are_refused(
    tmp_path: Path, properties: dict[str, object], problem: tuple[str, Reason]
) -> None:
    (row,) = rows(tmp_path, json.dumps(with_properties(**properties)))
    if isinstance(row, Spoilt):
        assert row.refused.reason is Reason.BAD_JSON  # the decoder refuses half a surrogate pair first
    else:
        assert refusal(row) == [problem]


def test_a_line_that_is_no_json_does_not_stop_the_others(tmp_path: Path) -> None:
    read = rows(tmp_path, f"{json.dumps(FEATURE)}\n{{broken\n[1]\n{json.dumps(FEATURE)}\n")
    assert [isinstance(row, Spoilt) for row in read] == [False, True, True, False]
    assert [row.line for row in read] == [1, 2, 3, 4]
    assert refusal(read[1]) == [("", Reason.BAD_JSON)]
    assert refusal(read[2]) == [("type", Reason.BAD_ROW)]


def test_a_member_that_is_no_json_is_refused_by_itself(tmp_path: Path) -> None:
    content = f'{{"type": "FeatureCollection", "features": [{{"type": nonsense}}, {json.dumps(FEATURE)}]}}'
    read = rows(tmp_path, content)
    assert [isinstance(row, Spoilt) for row in read] == [True, False]


def test_a_feature_beyond_a_mebibyte_is_read_past(tmp_path: Path) -> None:
    huge = with_properties(text="x" * 2_000_000)
    for content in (
        json.dumps({"type": "FeatureCollection", "features": [huge, FEATURE]}),
        f"{json.dumps(FEATURE)}\n{json.dumps(huge)}\n",
    ):
        reasons = [row.refused.reason if isinstance(row, Spoilt) else None for row in rows(tmp_path, content)]
        assert sorted(reasons, key=str) == [None, Reason.TOO_LONG]


def test_a_collection_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "cut.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [FEATURE, FEATURE]})[:-60])
    read: list[FeatureRow | Spoilt] = []
    with pytest.raises(Damaged, match="cut off"):
        read.extend(GeoJson().rows(path, print))
    assert len(read) == 1


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "[1, 2]", "nothing", "<xml/>", "  "])
def test_files_that_are_no_geojson(tmp_path: Path, content: str) -> None:
    with pytest.raises(NotThisFormat, match="no GeoJSON"):
        rows(tmp_path, content)


def test_special_category_properties_are_not_kept(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, json.dumps(with_properties(ethnicity="secret word")))
    assert refusal(row) == [("ethnicity", Reason.UNKNOWN_FIELD)]
    assert isinstance(row, FeatureRow)
    assert "secret word" not in row.kept()
    (spoilt,) = rows(tmp_path, '{"type": "Feature", "gender": "secret word"', "a.ndjson")
    assert isinstance(spoilt, Spoilt)
    assert "secret word" not in spoilt.kept + spoilt.refused.message


@pytest.mark.data
def test_other_peoples_geojson_is_refused_with_reasons(data_dir: Path) -> None:
    paths = [*sorted((data_dir / "cot" / "geojson").glob("*.geojson")), data_dir / "sf" / "sfpd_districts.geojson"]
    for path in paths:
        read = list(GeoJson().rows(path, print))
        assert read
        for row in read:
            assert ("source", Reason.MISSING) in refusal(row) or ("type", Reason.BAD_ROW) in refusal(row)


def test_a_feature_may_be_a_watched_area(tmp_path: Path) -> None:
    ring = [[-0.13, 51.5], [-0.12, 51.5], [-0.12, 51.51], [-0.13, 51.5]]
    watched = with_properties(watch={"on": ["enter", "cross"], "dwell_s": 60})
    area = watched | {"geometry": {"type": "Polygon", "coordinates": [ring]}}
    record = made(rows(tmp_path, json.dumps(area))[0])
    assert isinstance(record, Record)
    assert record.watch == Watch((WatchOn.ENTER, WatchOn.CROSS), 60)
    assert refusal(rows(tmp_path, json.dumps(watched))[0]) == [("watch", Reason.CONTRADICTION)]
