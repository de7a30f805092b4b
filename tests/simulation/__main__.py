"""`python -m tests.simulation --seeds 0:200`: runs of a simulated deployment; the same seed is the same run."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from dataclasses import asdict


def main() -> int:
    """Says every fault with its seed; 1 where there was one."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", default="0:200", help="from:to, or one seed")
    parser.add_argument("--loud", action="store_true", help="what the server logs, too")
    parser.add_argument("--story", action="store_true", help="what every screen showed, and when")
    parser.add_argument("--mutant", help="with one thing broken: acks-ignored, sweep-off, answer-lost")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of names are gone through in an order that depends on it
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
                  {**os.environ, "PYTHONHASHSEED": "0"})  # fmt: skip
    from streams.relevance.policy import load_policy
    from tests.simulation.mutants import MUTANTS
    from tests.simulation.world import simulate

    if options.mutant:
        MUTANTS[options.mutant]()

    logging.basicConfig(level=logging.INFO if options.loud else logging.CRITICAL)
    first, _, last = options.seeds.partition(":")
    seeds = range(int(first), int(last) if last else int(first) + 1)
    policy, began, bad = load_policy("uk"), time.monotonic(), 0
    totals: dict[str, int] = {}
    for seed in seeds:
        told = simulate(seed, policy)
        bad += bool(told.faults)
        for line in (told.story if options.story else []) + told.faults:
            print(f"seed {seed}: {line}")
        for name, value in asdict(told).items():
            if isinstance(value, int) and name != "seed":
                totals[name] = totals.get(name, 0) + value
    words = ", ".join(f"{value} {name}" for name, value in totals.items())
    print(f"{len(seeds)} seeds in {time.monotonic() - began:.0f} s, {bad} with faults; {words}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
