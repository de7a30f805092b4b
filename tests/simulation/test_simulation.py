"""Simulated deployments, many seeds: a run that finds something prints its seed, and that seed finds it again."""

from __future__ import annotations

import subprocess
import sys

import pytest


def _simulated(seeds: str, *options: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "tests.simulation", "--seeds", seeds, *options]
    return subprocess.run(run, capture_output=True, text=True, timeout=900, check=False)


@pytest.mark.slow
def test_a_few_seeds_and_the_same_seed_is_the_same_run() -> None:
    first, again = _simulated("0:2", "--story"), _simulated("0:2", "--story")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "0 with faults" in first.stdout
    assert first.stdout.rpartition(" seeds in ")[0] == again.stdout.rpartition(" seeds in ")[0]


@pytest.mark.slow
def test_two_hundred_seeds() -> None:
    done = _simulated("0:200")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 seeds" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ["acks-ignored", "sweep-off"])
def test_a_mutant_is_caught(mutant: str) -> None:
    done = _simulated("0:24", "--mutant", mutant)
    assert done.returncode == 1, done.stdout + done.stderr
