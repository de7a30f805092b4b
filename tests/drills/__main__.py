"""`python -m tests.drills`: all drills one after the other, one table at the end; `--quick`, `--only`, `--seed`."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

from tests.drills import scale
from tests.drills.scenarios.all import DRILLS, QUICK, Drill
from tests.drills.table import Row, document, table


async def run_one(name: str, drill: Drill, size: scale.Scale) -> Row:
    """The drill's row; one that breaks down fails, and the others still run."""
    print(f"{time.strftime('%H:%M:%S')} {name} (seed {size.seed}) ...", flush=True)
    try:
        row = await drill(size)
    except Exception as error:
        traceback.print_exc()
        row = Row(name, "broke down", size.seed)
        row.fail(f"{type(error).__name__}: {error}")
    print(f"{time.strftime('%H:%M:%S')} {name}: {row.verdict}, {row.pairs:,} pairs in {row.took_s} s", flush=True)
    return row


def main() -> int:
    """The command; 1 where a drill failed."""
    words = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    words.add_argument("--quick", action="store_true", help="the short ones, as CI runs them")
    words.add_argument("--only", action="append", help="only this drill; may be repeated")
    words.add_argument("--seed", type=int, default=None)
    words.add_argument("--json", type=Path, default=None, help="writes the table here too")
    words.add_argument("--devices", type=int, default=None)
    words.add_argument("--seconds", type=float, default=None, help="how long each posts alerts at least")
    words.add_argument("--list", action="store_true")
    asked = words.parse_args()
    if asked.list:
        print("\n".join(DRILLS))
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is stopped, however this ends
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    seed = random.SystemRandom().randrange(1 << 31) if asked.seed is None else asked.seed
    names = asked.only or (QUICK if asked.quick else list(DRILLS))
    print(f"seed {seed}; again: python -m tests.drills --seed {seed}{' --quick' if asked.quick else ''}", flush=True)
    rows = []
    for name in names:
        size = scale.short(seed) if asked.quick else scale.long(seed)
        devices, seconds = asked.devices or size.devices, asked.seconds or size.seconds
        size = scale.Scale(seed, size.quick, devices, seconds, size.per_s)
        rows.append(asyncio.run(run_one(name, DRILLS[name], size)))
        if asked.json:
            asked.json.parent.mkdir(parents=True, exist_ok=True)
            asked.json.write_text(json.dumps({"seed": seed} | document(rows), indent=1))
    print(table(rows))
    return 0 if all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
