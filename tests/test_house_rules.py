"""The house rules that a machine can keep: sizes, names, words that are not ours, SQL outside the vocabulary."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.map import ROOT, sources

_NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "core", "manager", "handler"} | {
    "processor",
    "service",
}
_ENGINE_FILES = {"vocabulary.py", "sqlite.py", "postgis.py"}
_OUTSIDE_THE_VOCABULARY = re.compile(
    r"func\.now\(|func\.current_timestamp|\binterval '|\.like\(|\.ilike\(|postgresql import ARRAY|JSONB|->>"
    r"|json_extract",
)


def _functions(source: Path) -> list[tuple[str, int]]:
    tree = ast.parse((ROOT / source).read_text(encoding="utf-8"))
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("source", sources(), ids=str)
def test_no_file_is_over_400_lines_and_no_function_over_60(source: Path) -> None:
    assert len((ROOT / source).read_text(encoding="utf-8").splitlines()) <= 400
    assert [f"{name} ({lines})" for name, lines in _functions(source) if lines > 60] == []


def test_most_files_and_functions_are_small() -> None:
    files = sorted(len((ROOT / source).read_text(encoding="utf-8").splitlines()) for source in sources())
    functions = sorted(lines for source in sources() for _, lines in _functions(source))
    assert files[len(files) // 2] <= 200
    assert functions[len(functions) // 2] <= 12
    assert functions[len(functions) * 9 // 10] <= 40


def test_files_are_named_after_the_trade() -> None:
    assert [str(source) for source in sources() if set(source.stem.split("_")) & _NAMES_OF_NOTHING] == []


def test_nothing_is_left_unsaid_to_the_type_checker() -> None:
    bare = re.compile(r"# type: ignore(?!\[)|# noqa(?!:)")
    assert [str(source) for source in sources() if bare.search((ROOT / source).read_text(encoding="utf-8"))] == []


def test_sql_stays_inside_the_vocabulary() -> None:
    """Instants are integers and engines differ only in the vocabulary: what else drifts apart is refused here."""
    found = [
        f"{source}: {hit.group(0)}"
        for source in sources()
        if source.parts[0] == "geo" and source.name not in _ENGINE_FILES
        for hit in _OUTSIDE_THE_VOCABULARY.finditer((ROOT / source).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_only_the_drivers_name_an_engine_and_only_one_file_chooses() -> None:
    """A database, Redis or a socket is touched by its driver; drivers are chosen in app/drivers.py alone."""
    engines = r"geo\.store\.(sqlite|postgis)|streams\.hints\.redis_hints|streams\.whereabouts\.redis_whereabouts"
    chooses = re.compile(rf"^\s*from ({engines}) import", re.M)
    found = {str(source) for source in sources() if chooses.search((ROOT / source).read_text(encoding="utf-8"))}
    assert {f for f in found if not f.startswith("geo/store/")} <= {"app/drivers.py"}


def test_no_pickle_no_eval_no_unhardened_xml() -> None:
    banned = re.compile(r"\bimport (pickle|marshal|shelve)\b|\beval\(|\bexec\(|verify=False|xml\.etree|yaml\.load\(")
    assert [str(source) for source in sources() if banned.search((ROOT / source).read_text(encoding="utf-8"))] == []
