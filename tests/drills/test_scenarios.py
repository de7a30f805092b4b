"""The short drills that CI runs: five, and three mutants that must be caught."""

from __future__ import annotations

import random

import pytest

from tests.drills.scale import short
from tests.drills.scenarios.all import DRILLS, MUTANTS, QUICK
from tests.drills.table import table
from tests.servers import Missing, missing, postgres_folder

pytestmark = [pytest.mark.postgis, pytest.mark.redis, pytest.mark.slow]


@pytest.mark.parametrize("name", QUICK)
async def test_nothing_is_lost(name: str) -> None:
    try:
        postgres_folder()
    except Missing as error:
        missing(error, pytest.skip, pytest.fail)
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"again: python -m tests.drills --quick --only {name} --seed {seed}")
    row = await DRILLS[name](short(seed))
    assert row.verdict == ("caught" if name in MUTANTS else "passed"), table([row])
    assert row.pairs > 0
