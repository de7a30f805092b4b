"""A test file for each source file, and a README whose map is the captions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.map import ROOT, caption, drawn, in_readme, sources


def _test_of(source: Path) -> Path:
    return Path("tests", *source.parts[:-1], f"test_{source.name}")


@pytest.mark.parametrize("source", [p for p in sources() if p.name != "__init__.py"], ids=str)
def test_every_source_file_has_its_test_file(source: Path) -> None:
    assert (ROOT / _test_of(source)).is_file(), f"{source} wants {_test_of(source)}"


def test_every_test_file_below_a_package_has_its_source_file() -> None:
    orphans = []
    for package in ("geo", "streams", "app"):
        for test in (ROOT / "tests" / package).rglob("test_*.py"):
            source = Path(*test.relative_to(ROOT / "tests").parts[:-1], test.name.removeprefix("test_"))
            if not (ROOT / source).is_file():
                orphans.append(str(test.relative_to(ROOT)))
    assert orphans == []


@pytest.mark.parametrize("source", sources(), ids=str)
def test_every_module_has_a_caption(source: Path) -> None:
    assert 10 <= len(caption(source)) <= 130


def test_the_readme_shows_the_tree_as_it_is() -> None:
    assert in_readme() == drawn(), "run `make map`"
