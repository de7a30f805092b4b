"""The whole page, from a replay: well-formed, self-contained, small, and without anybody's name on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.replay import main
from app.report.main import UnknownZone, report, write_report, zone_named
from app.report.page import CHAPTERS
from tests.app.report.scene import Shift, evening, nothing

_VOID = {"meta", "rect", "line", "path", "br"}


class Document(HTMLParser):
    """Complains about what is not closed in the order in which it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.refs: list[str] = []
        self.heads: list[int] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _note(self, tag: str, attrs: dict[str, str | None]) -> None:
        self.ids += [attrs["id"] or ""] if "id" in attrs else []
        self.refs += (attrs.get("aria-labelledby") or "").split()
        self.refs += [(attrs.get("href") or "").removeprefix("#")] if "href" in attrs else []
        self.heads += [int(tag[1])] if re.fullmatch(r"h[1-6]", tag) else []


def page_of(scene: Shift, zone: str = "UTC") -> str:
    return report(scene.heard, scene.changes, scene.traces, scene.policy, zone)


@pytest.mark.parametrize("scene", [evening, nothing])
def test_the_page_is_well_formed_and_all_it_points_at_is_there(scene: object) -> None:
    document = Document(page_of(scene()))  # type: ignore[operator]
    assert document.open == []
    assert len(document.ids) == len(set(document.ids))
    assert set(document.refs) <= set(document.ids)
    assert {name for name, _ in CHAPTERS} <= set(document.ids)
    assert document.heads[0] == 1
    assert all(later - head <= 1 for head, later in zip(document.heads, document.heads[1:], strict=False))


def test_every_drawing_has_a_text_alternative() -> None:
    html = page_of(evening())
    drawings = re.findall(r"<svg [^>]*>", html)
    assert len(drawings) > 8
    assert all(('role="img"' in one and "aria-labelledby" in one) or 'aria-hidden="true"' in one for one in drawings)


def test_it_names_units_and_nobody_else() -> None:
    html = page_of(evening())
    assert "U1" in html
    assert not re.search("John|Doe|Secret|Operation|OAK", html)


def test_the_same_shift_makes_the_same_page() -> None:
    assert page_of(evening()) == page_of(evening())


def test_times_are_in_the_zone_that_was_asked_for(tmp_path: Path) -> None:
    scene, file = evening(), tmp_path / "report.html"
    write_report(file, scene.heard, scene.changes, scene.traces, scene.policy, "America/Los_Angeles")
    assert "02:01:40 Robbery" in file.read_text()
    assert "10:01:40 Robbery" in page_of(scene)


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match="time zone"):
        zone_named(name)


@pytest.mark.data
@pytest.mark.slow
def test_the_real_day_makes_a_page_that_can_be_sent_by_mail(data_dir: Path, tmp_path: Path) -> None:
    folder, file = data_dir / "sf", tmp_path / "report.html"
    main(
        incidents=folder / "sf_cad_2026-01-15.csv",
        format="datasf-cad",
        units=folder / "patrols_simulated_2026-01-15.csv.gz",
        out=tmp_path / "decisions.jsonl",
        report=file,
        zone="America/Los_Angeles",
    )
    html = file.read_text()
    assert len(html.encode()) < 3_000_000
    assert Document(html).open == []
    assert re.search(r"<h1>[\d,]+ interruptions instead of [\d,]+</h1>", html)
