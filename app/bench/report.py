"""The bench's table on screen and its JSON on file: each figure beside its target and the limit of the same run."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. ``better`` is "less" or "more"; ``target`` None means that it is only reported.

    ``limit`` says what this machine could do at most, measured in the same run; ``note`` what to know when reading it.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    better: str = "less"
    limit: str = ""
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "less" else self.value >= self.target


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of them do not exceed; NaN for none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, int(share * len(ordered) + 0.999999) - 1))]


def machine() -> dict[str, str | int]:
    """What it ran on."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = (line for line in cpuinfo.read_text(encoding="utf-8").splitlines() if line.startswith("model name"))
        model = next(lines, "").partition(":")[2].strip()
    return {
        "cores": os.cpu_count() or 1,
        "processor": model or platform.processor(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def amount(value: float, unit: str) -> str:
    """A figure as a person reads it: thousands apart, decimals only where they tell something."""
    if value != value:
        return "not measured"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def table(figures: Sequence[Figure], quick: bool, store: str = "embedded store") -> Table:
    """The figures as a table for the terminal."""
    about = machine()
    drawn = Table(
        title="Beatline bench" + (" (quick: scaled down, targets are for the full run)" if quick else ""),
        caption=f"{about['cores']} cores, {about['processor']}, Python {about['python']}, {about['system']}, "
        f"{store}, client on the same machine",
    )
    for heading in ("figure", "measured", "target", "", "limit in the same run", "note"):
        drawn.add_column(heading, overflow="fold")
    for figure in figures:
        sign = {"less": "≤", "more": "≥"}[figure.better]
        target = "" if figure.target is None else f"{sign} {amount(figure.target, figure.unit)}"
        word = {None: "", True: "[green]met[/]", False: "[red]MISSED[/]"}[figure.met]
        drawn.add_row(figure.name, amount(figure.value, figure.unit), target, word, figure.limit, figure.note)
    return drawn


def write_json(figures: Sequence[Figure], path: Path, quick: bool) -> None:
    """The same on file. A value that was not measured is null."""
    rows = [asdict(figure) | {"met": figure.met, "value": figure.value if figure.value == figure.value else None}
            for figure in figures]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine(), "quick": quick, "figures": rows}, indent=1) + "\n", "utf-8")
