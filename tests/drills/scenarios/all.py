"""Every drill by its name, in the order of the table, and which of them CI runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tests.drills.scale import Scale
from tests.drills.scenarios import (
    accelerator,
    clocks,
    emergencies,
    faults_built_in,
    network,
    officers,
    processes,
    store,
)
from tests.drills.table import Row

Drill: TypeAlias = Callable[[Scale], Awaitable[Row]]

DRILLS: dict[str, Drill] = {
    "sigkill": processes.sigkill,
    "sigkill-alone": processes.sigkill_alone,
    "sigstop": processes.sigstop,
    "before-hint": processes.before_hint,
    "rolling": processes.rolling,
    "two-devices": officers.two_devices,
    "newest-wins": officers.newest_wins,
    "off-duty": officers.off_duty,
    "redis-killed": accelerator.killed,
    "redis-flushed": accelerator.flushed,
    "redis-stopped": accelerator.stopped,
    "redis-promoted": accelerator.promoted,
    "postgres-killed": store.killed,
    "postgres-unreachable": store.unreachable,
    "long-transaction": store.long_transaction,
    "disk-full": store.disk_full,
    "restored": store.restored,
    "emergency": emergencies.store_down,
    "one-way-down": network.one_way_down,
    "one-way-up": network.one_way_up,
    "two-way": network.two_way,
    "cut-mid-frame": network.cut_mid_frame,
    "half-open": network.half_open,
    "basement": network.basement,
    "never-read": network.not_reading,
    "storm": network.storm,
    "clocks": clocks.an_hour_off,
    "in-flight": faults_built_in.cut_in_flight,
    "late-commits": faults_built_in.late_commits,
    "no-hints": faults_built_in.no_hints,
    "mutant-acks-ignored": faults_built_in.acks_ignored,
    "mutant-cursor-naive": faults_built_in.cursor_naive,
    "mutant-sweep-off": faults_built_in.sweep_off,
}
MUTANTS = [name for name in DRILLS if name.startswith("mutant-")]
QUICK = ["sigkill", "postgres-killed", "redis-killed", "cut-mid-frame", "newest-wins", *MUTANTS]
"""What CI runs."""
