"""`make judge`: the noise filter on other days, cities and movement, each figure beside its limit; exit 1 on a miss."""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.judging.cities import CITIES, City
from tests.judging.judge import LIMITS, Judged, judge

_SHORT = {
    "must_reached_pct": "must %",
    "should_reached_pct": "should %",
    "interrupt_precision_pct": "int.prec",
    "attention_precision_pct": "att.prec",
    "attention_per_10min": "att/10'",
    "noise_interrupts": "noise I",
    "noise_notifies": "noise N",
    "told_twice": "twice",
    "interrupts_per_10min": "int/10'",
    "starts_of_10min_over_2_beside_must": ">2/10'",
    "fewer_than_baseline_x": "fewer x",
    "must_late": "late",
}


def main() -> int:
    """Judges, says a line a city, and returns how many limits were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:1", help="from:to; another seed is another day in every city")
    parser.add_argument("--only", action="append", help="only this city; may be repeated")
    parser.add_argument("--hours", type=float, help="how long the day is")
    parser.add_argument("--policy", default="san_francisco")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    start, stop = map(int, asked.seeds.split(":"))
    days = [(city, seed) for seed in range(start, stop) for city in CITIES if not asked.only or city.name in asked.only]
    print(f"{'city':16}{'seed':>5}" + "".join(f"{_SHORT[limit.name]:>10}" for limit in LIMITS))
    print(f"{'':21}" + "".join(f"{limit.text:>10}" for limit in LIMITS))
    missed = 0
    with tempfile.TemporaryDirectory(prefix="beatline-judge-") as folder, ThreadPoolExecutor(asked.jobs) as pool:

        def one(day: tuple[City, int]) -> Judged:
            city, seed = day
            if asked.hours:
                city = replace(city, hours=asked.hours)
            return judge(city, Path(folder) / f"{city.name}-{seed}", seed, asked.policy)

        for (city, seed), judged in zip(days, pool.map(one, days), strict=True):
            broken = judged.broken()
            missed += len(broken)
            cells = (f"{judged.figures[limit.name]:g}" + "!" * (limit in broken) for limit in LIMITS)
            print(f"{city.name:16}{seed:>5}" + "".join(f"{cell:>10}" for cell in cells), flush=True)
    print(f"{len(days)} days, {missed} figures beyond their limit" + (" (marked !)" if missed else ""))
    return missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
