"""The simulated socket is late and breaks, and never gives two frames in another order than they were sent in."""

from __future__ import annotations

import asyncio
import random
from typing import Any, cast

from tests.simulation.wires import Wire


class SlowOnce(random.Random):
    """The first frame is late, and those behind it catch up with it."""

    late = 0.02

    def expovariate(self, lambd: float = 1.0) -> float:
        late, self.late = self.late, 0.0
        return late


async def test_frames_of_one_instant_arrive_in_the_order_of_sending() -> None:
    heard: list[bytes] = []
    rng = SlowOnce()
    wire = Wire(cast(Any, None), lambda act: act(), rng, 0.005, heard.append, lambda code: None)
    sent = [b"%d" % number for number in range(50)]
    wire.send_all(sent)
    await asyncio.sleep(0.1)
    assert heard == sent
