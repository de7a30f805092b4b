"""One row a drill, one table a run: what was done to the deployment, and what the ledger says of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from tests.drills.checker import Findings


@dataclass(slots=True)
class Row:
    """Seconds are rounded for reading; ``notes`` are what this drill alone measured; ``why`` says what failed."""

    name: str
    done: str
    seed: int
    pairs: int = 0
    shown: int = 0
    ended_first: int = 0
    lost: int = 0
    twice: int = 0
    older: int = 0
    after_end: int = 0
    not_entitled: int = 0
    unexplained: int = 0
    gap_s: float = 0.0
    p50_s: float = 0.0
    p99_s: float = 0.0
    max_s: float = 0.0
    took_s: float = 0.0
    verdict: str = "passed"
    why: list[str] = field(default_factory=list)
    notes: dict[str, float | int | str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.verdict in ("passed", "caught")

    def of(self, findings: Findings) -> Row:
        """Takes in what the checker found; faults make it fail."""
        self.pairs, self.shown, self.ended_first = findings.pairs, findings.shown, findings.ended_first
        self.lost, self.twice, self.older = len(findings.lost), len(findings.twice), len(findings.older)
        self.after_end, self.not_entitled = len(findings.after_end), len(findings.not_entitled)
        self.unexplained = len(findings.unexplained)
        self.p50_s, self.p99_s = round(findings.delay_s(0.5), 3), round(findings.delay_s(0.99), 3)
        self.max_s = round(max(findings.delays_s, default=0.0), 3)
        for line in findings.faults[:20]:
            self.fail(line)
        return self

    def fail(self, why: str) -> None:
        self.verdict = "FAILED"
        self.why.append(why)

    def require(self, holds: bool, why: str) -> None:
        """A promise of this drill beyond the ledger's."""
        if not holds:
            self.fail(why)


_COLUMNS = {
    "name": "drill",
    "pairs": "pairs",
    "lost": "lost",
    "twice": "twice",
    "older": "older",
    "after_end": "after end",
    "not_entitled": "not ent.",
    "unexplained": "unexpl.",
    "ended_first": "ended 1st",
    "gap_s": "gap s",
    "p50_s": "p50 s",
    "p99_s": "p99 s",
    "max_s": "max s",
    "took_s": "took s",
    "verdict": "verdict",
}


def table(rows: list[Row]) -> str:
    """The rows as text in columns, with their sum, and below it whatever failed and what was noted."""
    lines = [list(_COLUMNS.values())]
    lines += [[_text(getattr(row, name)) for name in _COLUMNS] for row in rows]
    lines.append(_sum(rows))
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    out = [_line(line, widths) for line in lines]
    out.insert(1, "-" * len(out[0]))
    out.insert(-1, "-" * len(out[0]))
    for row in rows:
        if row.notes:
            out.append(f"{row.name}: " + ", ".join(f"{key} {_text(value)}" for key, value in row.notes.items()))
        out += [f"{row.name} (seed {row.seed}): {why}" for why in row.why]
    return "\n".join(out)


def _sum(rows: list[Row]) -> list[str]:
    """A mutant's losses are its purpose: only what was promised is summed up."""
    honest = [row for row in rows if row.verdict != "caught"]
    summed = {"pairs", "lost", "twice", "older", "after_end", "not_entitled", "unexplained", "ended_first"}
    most = {"gap_s", "max_s"}
    out = []
    for name in _COLUMNS:
        values = [getattr(row, name) for row in honest]
        if name in summed:
            out.append(_text(sum(values)))
        elif name in most:
            out.append(_text(max(values, default=0.0)))
        else:
            out.append({"name": "all", "verdict": _verdict(rows)}.get(name, ""))
    return out


def _verdict(rows: list[Row]) -> str:
    return "passed" if all(row.passed for row in rows) else "FAILED"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _line(words: list[str], widths: list[int]) -> str:
    first, *rest = (word.ljust(width) if column == 0 else word.rjust(width)
                    for column, (word, width) in enumerate(zip(words, widths, strict=True)))  # fmt: skip
    return "  ".join([first, *rest])


def document(rows: list[Row]) -> dict[str, object]:
    """For the JSON file."""
    return {"passed": all(row.passed for row in rows), "drills": [asdict(row) for row in rows]}
