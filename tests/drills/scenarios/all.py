"""Every drill by its name, in the order of the table, and which of them CI runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tests.drills.scale import Scale
from tests.drills.scenarios import faults_built_in, processes
from tests.drills.table import Row

Drill: TypeAlias = Callable[[Scale], Awaitable[Row]]

DRILLS: dict[str, Drill] = {
    "sigkill": processes.sigkill,
    "sigkill-alone": processes.sigkill_alone,
    "sigstop": processes.sigstop,
    "rolling": processes.rolling,
    "in-flight": faults_built_in.cut_in_flight,
    "late-commits": faults_built_in.late_commits,
    "no-hints": faults_built_in.no_hints,
    "mutant-acks-ignored": faults_built_in.acks_ignored,
    "mutant-cursor-naive": faults_built_in.cursor_naive,
    "mutant-sweep-off": faults_built_in.sweep_off,
}
MUTANTS = [name for name in DRILLS if name.startswith("mutant-")]
QUICK = ["sigkill", "rolling", *MUTANTS]
"""What CI runs."""
