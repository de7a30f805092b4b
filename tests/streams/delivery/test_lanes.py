"""Two lanes behind the door: resumes first, new sessions never starved, every door used, none lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from streams.delivery.lanes import SHARES, Doors, Lane, Lanes


def test_resumes_go_first_but_new_sessions_get_their_share() -> None:
    lanes: Lanes[Lane] = Lanes(0.0)
    for _ in range(400):
        lanes.wait(Lane.NEW, Lane.NEW)
        lanes.wait(Lane.RESUME, Lane.RESUME)
    taken = [lanes.next(step / 100, 100.0) for step in range(1, 401)]
    assert taken[:3] == [Lane.RESUME] * 3
    assert 90 <= taken.count(Lane.NEW) <= 110
    assert SHARES[Lane.NEW] == 0.25


def test_a_lane_alone_has_all_of_it() -> None:
    lanes: Lanes[int] = Lanes(0.0)
    for number in range(10):
        lanes.wait(number, Lane.NEW)
    assert [lanes.next(0.0, 1.0) for _ in range(11)] == [*range(10), None]


@given(st.lists(st.sampled_from(Lane), max_size=60), st.floats(1.0, 1_000.0))
def test_everybody_gets_through_in_the_order_of_his_lane(comers: list[Lane], rate: float) -> None:
    lanes: Lanes[tuple[Lane, int]] = Lanes(0.0)
    for number, lane in enumerate(comers):
        lanes.wait((lane, number), lane)
    taken = [lanes.next(step * 0.01, rate) for step in range(len(comers))]
    got = [one for one in taken if one is not None]
    assert sorted(got) == sorted((lane, number) for number, lane in enumerate(comers))
    for lane in Lane:
        assert [one for one in got if one[0] is lane] == sorted(one for one in got if one[0] is lane)
    assert len(lanes) == 0


async def test_no_more_than_the_doors_at_a_time_and_none_is_lost_on_the_way() -> None:
    doors, inside, most, through = Doors(lambda: 100.0, doors=3), 0, 0, 0

    async def come(lane: Lane) -> None:
        nonlocal inside, most, through
        async with doors.through(lane):
            inside += 1
            most = max(most, inside)
            try:
                await asyncio.sleep(0)
                through += 1
            finally:
                inside -= 1

    tasks = [asyncio.create_task(come(Lane(number % 2))) for number in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::4]:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    assert (most, inside, through) == (3, 0, 30 - len(tasks[::4]))
    await asyncio.wait_for(come(Lane.NEW), 1)
