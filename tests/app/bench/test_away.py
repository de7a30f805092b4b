"""The crowd's process from the outside: started, asked, ended."""

from __future__ import annotations

import pytest

from app.bench.away import Away


async def test_a_crowd_answers_and_ends_with_its_caller() -> None:
    async with Away() as crowd:
        assert (await crowd.count()).connected == 0
        assert (await crowd.connect(9, ["T"], [(-1.5, 53.8)])).connected == 0
        assert (await crowd.collect("inc-none", 1, 0.01)).at == []
        assert (await crowd.drive(100.0, 0.01)).sent == 0


async def test_a_crowd_that_died_is_noticed() -> None:
    async with Away() as crowd:
        assert crowd._process is not None
        crowd._process.kill()
        await crowd._process.wait()
        with pytest.raises((RuntimeError, ConnectionError)):
            await crowd.count()
