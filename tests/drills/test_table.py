"""The table: one row a drill, mutants not summed up, whatever failed named."""

from __future__ import annotations

import json

from tests.drills.checker import Findings
from tests.drills.table import Row, document, table


def test_findings_make_a_row_fail() -> None:
    row = Row("a", "x", 7).of(Findings(pairs=10, shown=9, lost=["phone was never shown 3"], delays_s=[0.5]))
    assert (row.verdict, row.lost, row.p50_s) == ("FAILED", 1, 0.5)
    assert "a (seed 7): lost: phone was never shown 3" in table([row])


def test_a_caught_mutant_passes_and_is_not_summed_up() -> None:
    mutant = Row("mutant", "x", 7, pairs=5, lost=5, verdict="caught")
    rows = [Row("a", "x", 7).of(Findings(pairs=1_000)), mutant]
    assert table(rows).splitlines()[-1].split()[:3] == ["all", "1,000", "0"]
    assert document(rows)["passed"] is True
    json.dumps(document(rows))


def test_a_promise_beyond_the_ledger_counts() -> None:
    row = Row("a", "x", 7)
    row.require(True, "holds")
    first = row.passed
    row.require(False, "p99 was 9 s")
    assert (first, row.passed) == (True, False)
    assert row.why == ["p99 was 9 s"]
