"""The newest connection of a device counts, here and anywhere."""

from __future__ import annotations

from pathlib import Path

from geo.store.process_rows import Seat
from streams.delivery.seats import Seats, connection_name
from tests.streams.hub_world import Line, world


def test_names_sort_by_when_they_were_opened_and_are_never_the_same() -> None:
    names = [connection_name(at) for at in (1, 2, 10, 1_800_000_000_000_000, 1_800_000_000_000_001)]
    assert names == sorted(names)
    assert connection_name(1) != connection_name(1)


def code(line: Line) -> int | None:
    return None if line.ended is None else line.ended[0]


async def test_a_newer_connection_elsewhere_replaces_and_an_older_one_does_not(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        line = await here.officer("o1", "d1")
        assert line.connection is not None
        seats: Seats = here.hub._seats
        mine = seats.seat_of(line.connection)
        assert (mine.officer, mine.device, mine.node) == ("o1", "d1", "test")
        assert seats.taken(Seat("o1", "d1", "other", connection_name(1))) is None
        assert seats.taken(Seat("o1", "d2", "other", connection_name(here.clock.now()))) is None
        assert seats.taken(Seat("o2", "d1", "other", connection_name(here.clock.now()))) is None
        assert code(line) is None
        gone = seats.taken(Seat("o1", "d1", "other", connection_name(here.clock.now())))
        assert gone is not None
        assert gone.officer == "o1"
        assert code(line) == 4103
        assert "o1" not in seats.persons
