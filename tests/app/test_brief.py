"""A briefing by command: from a server as it answers, from a store with its disclosure written first."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app import brief
from app.brief import Wish, from_server, from_store, streets_of
from app.errors import CannotStart, ServerRefused
from app.pages.forms import as_json, digest
from geo.errors import BadTime
from geo.marking import Clearance
from geo.model import Officer, Principal
from geo.store.briefing_rows import PatrolRow
from geo.store.sqlite import SqliteStore
from streams.briefing import Asked, Compiler
from streams.patrol.document import PatrolBriefing
from tests.app.pages.scene import briefing

# --------------------------------------------------------------------------- a server


def served(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response) -> list[httpx.Request]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer

    client = httpx.Client(transport=httpx.MockTransport(handle))
    monkeypatch.setattr(httpx, "request", client.request)
    return asked


def test_a_server_is_asked_for_no_more_than_was_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = served(monkeypatch, httpx.Response(200, text="Patrol briefing.\n"))
    from_server("http://x/", "secret", Wish(beat="C1", start="2026-01-15T22:00:00Z"), None)
    assert str(asked[0].url) == "http://x/v1/patrol-briefing?beat=C1&from=2026-01-15T22%3A00%3A00Z&format=text"
    assert asked[0].headers["Authorization"] == "Bearer secret"
    assert asked[0].headers["Idempotency-Key"].startswith("brief-")
    assert capsys.readouterr().out == "Patrol briefing.\n"


def test_json_is_indented_for_people(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    served(monkeypatch, httpx.Response(200, json={"id": "é"}))
    from_server("http://x", "t", Wish(format="json"), None)
    assert capsys.readouterr().out == '{\n  "id": "é"\n}\n'


def test_what_a_server_refuses_is_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    served(monkeypatch, httpx.Response(422, json={"detail": "there is no beat 'C9': do you mean C1?"}))
    with pytest.raises(ServerRefused, match=r"http://x answered 422: there is no beat 'C9': do you mean C1\?"):
        from_server("http://x", "t", Wish(beat="C9"), None)


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief.time, "sleep", lambda seconds: None)  # type: ignore[attr-defined]
    with pytest.raises(ServerRefused, match="cannot be reached"):
        from_server("http://127.0.0.1:1", "t", Wish(), None)


# --------------------------------------------------------------------------- a store
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def make() -> None:
        store = SqliteStore(tmp_path / "beatline.sqlite")
        await store.open()
        one = Officer(id="pc-17", force="own", clearance=Clearance.OFFICIAL_SENSITIVE, operations=("OAK",))
        await store.put_officers([one])
        await store.close()

    asyncio.run(make())
    return tmp_path


def compiled(monkeypatch: pytest.MonkeyPatch, one: PatrolBriefing) -> list[tuple[Principal, Asked, int]]:
    """What the compiler was asked; it always answers ``one``."""
    asked: list[tuple[Principal, Asked, int]] = []

    async def answer(self: Compiler, reader: Principal, wish: Asked) -> PatrolBriefing:
        asked.append((reader, wish, self._clock.now()))
        return one

    monkeypatch.setattr(Compiler, "briefing", answer)
    return asked


def kept(folder: Path, record: str) -> list[PatrolRow]:
    async def read() -> list[PatrolRow]:
        store = SqliteStore(folder / "beatline.sqlite")
        await store.open()
        try:
            return await store.patrols_with(record)
        finally:
            await store.close()

    return asyncio.run(read())


def test_what_is_shown_is_disclosed_item_by_item(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = briefing()
    compiled(monkeypatch, one)
    from_store(folder, "pc-17", Wish(), None)
    assert capsys.readouterr().out.startswith("Patrol briefing for CW 17.")
    (row,) = kept(folder, str(one.items[0].record))
    assert (row.officer, row.digest) == ("pc-17", digest(as_json(replace(one, id=row.id))))
    assert row.actor.endswith("(beatline brief)")
    assert [(each.record, each.number) for each in row.items] == [(i.record, i.number) for i in one.items if i.record]


def test_what_cannot_be_kept_is_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled(monkeypatch, briefing())

    async def refuse(self: SqliteStore, row: PatrolRow) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SqliteStore, "disclose", refuse)
    with pytest.raises(OSError, match="No space left"):
        from_store(folder, "pc-17", Wish(), None)
    assert capsys.readouterr().out == ""


def test_the_reader_has_the_rights_of_the_roster_and_a_stranger_the_least(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = compiled(monkeypatch, briefing())
    from_store(folder, "pc-17", Wish(beat="C1", until="2026-01-16T06:00:00Z"), None)
    from_store(folder, "nobody", Wish(), None, at="2026-01-15T22:00:00Z")
    (known, wish, _), (stranger, _, at) = asked
    assert (known.clearance, known.operations, known.role) == (Clearance.OFFICIAL_SENSITIVE, ("OAK",), "officer")
    assert (wish.beat, wish.start, wish.until) == ("C1", None, 1_768_543_200_000_000)
    assert (stranger.clearance, stranger.operations) == (Clearance.OFFICIAL, ())
    assert at == 1_768_514_400_000_000


def test_each_form_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiled(monkeypatch, briefing())
    made = {form: tmp_path / f"b.{form}" for form in ("text", "html", "json")}
    for form, file in made.items():
        from_store(folder, "pc-17", Wish(format=form), file)
    assert made["html"].read_text().startswith("<!DOCTYPE html>")
    assert json.loads(made["json"].read_text())["beat"]["name"] == "Central"
    assert made["text"].read_text().endswith("End of briefing.\n")


def test_a_file_is_its_owners_alone(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiled(monkeypatch, briefing())
    from_store(folder, "pc-17", Wish(), tmp_path / "b.txt")
    assert stat.S_IMODE((tmp_path / "b.txt").stat().st_mode) == 0o600


def test_streets_lie_under_the_map(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiled(monkeypatch, briefing())
    file = tmp_path / "streets.geojson"
    file.write_text('{"features": [{"coordinates": [[-0.13, 51.50], [-0.12, 51.51]]}]}')
    from_store(folder, "pc-17", Wish(format="html"), tmp_path / "b.html", file)
    assert 'class="street"' in (tmp_path / "b.html").read_text()


def test_a_folder_without_a_store_is_not_made_into_one(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="holds no store"):
        from_store(tmp_path / "typo", "pc-17", Wish(), None)
    assert not (tmp_path / "typo").exists()


def test_a_bundle_holds_every_form(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compiled(monkeypatch, briefing())
    from_store(folder, "pc-17", Wish(format="bundle"), None)
    kept = json.loads(capsys.readouterr().out)
    assert kept["digest"] == digest(kept["document"])
    assert kept["text"].endswith("End of briefing.\n")


def test_a_time_that_is_none_is_said(folder: Path) -> None:
    with pytest.raises(BadTime, match="'tonight' is not an RFC 3339 time"):
        from_store(folder, "pc-17", Wish(start="tonight"), None)


# --------------------------------------------------------------------------- streets
@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"features": 3}', '{"features": [{"coordinates": ["a", "b"]}]}', '{"features": ["x"]}', "\x00"],
)
def test_a_file_that_holds_no_streets_is_named(content: str, tmp_path: Path) -> None:
    file = tmp_path / "streets.geojson"
    file.write_text(content)
    with pytest.raises(CannotStart, match=r"streets\.geojson is no GeoJSON file of streets"):
        streets_of(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="No such file"):
        streets_of(tmp_path / "none.geojson")


def test_lines_are_taken_and_what_is_none_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "streets.geojson"
    features = [
        {"geometry": {"type": "LineString", "coordinates": [[0, 1], [1, 1]]}},
        {"geometry": {"type": "MultiLineString", "coordinates": [[[0, 1], [1, 1]], [[0, 2], [1, 2]]]}},
        {"geometry": {"type": "Polygon", "coordinates": [[[0, 1], [1, 1], [1, 2], [0, 1]]]}},
        {"geometry": None},
        {"coordinates": [[0, 1]]},
        {"coordinates": []},
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert [line.geom_type for line in streets_of(file)] == ["LineString", "MultiLineString"]
