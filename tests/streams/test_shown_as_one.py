"""What is shown to an officer as one with what he holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geo.clock import SECOND
from streams.shown_as_one import concerned, sources_behind
from tests.streams.live import live
from tests.streams.noise.test_duplicates import from_two
from tests.streams.scene import NOW


async def test_the_sources_behind_what_he_holds_are_named_with_when_they_came(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.on_duty("pc2", 90_000)
        await here.put(from_two(1, "cad"))
        held, picture = here.pipeline.held, here.pipeline.picture
        officers, first = np.array([0, 1], np.int32), np.zeros(2, np.int32)
        assert not concerned(picture).any()
        assert sources_behind(held, picture, officers, first)[0] == ["", ""]
        here.clock.set(NOW + 30 * SECOND)
        await here.put(from_two(2, "alarms"))
        assert concerned(picture).tolist() == [True, True]
        sources, since = sources_behind(held, picture, officers, first)
        assert (sources, since.tolist()) == (["alarms", ""], [NOW + 30 * SECOND, 0])
        second = np.ones(2, np.int32)
        assert sources_behind(held, picture, officers, second)[0] == ["", ""], "what is hidden has nothing behind it"
