"""Every drill by its name, in the order of the table, and which of them CI runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tests.drills.scale import Scale
from tests.drills.scenarios import processes
from tests.drills.table import Row

Drill: TypeAlias = Callable[[Scale], Awaitable[Row]]

DRILLS: dict[str, Drill] = {
    "sigkill": processes.sigkill,
    "sigkill-alone": processes.sigkill_alone,
    "sigstop": processes.sigstop,
    "rolling": processes.rolling,
}
QUICK = ["sigkill", "rolling"]
