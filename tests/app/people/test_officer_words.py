"""What an officer types is understood, or answered with what there is."""

from __future__ import annotations

import pytest

from app.people.officer_words import (
    HELP,
    KEYS,
    Answer,
    CancelEmergency,
    Emergency,
    Go,
    Move,
    Quit,
    Show,
    Unknown,
    Wish,
    wish_of,
)
from geo.model import Disposition, UnitStatus


@pytest.mark.parametrize(
    ("line", "wish"),
    [
        ("ack 1", Answer(1, Disposition.ACKNOWLEDGED)),
        ("ACK", Answer(0, Disposition.ACKNOWLEDGED)),
        ("not_relevant 2", Answer(2, Disposition.NOT_RELEVANT)),
        ("pos -1.5437 53.7974", Move(-1.5437, 53.7974)),
        ("status at_scene", Go(UnitStatus.AT_SCENE)),
        ("emergency", Emergency(None)),
        ("emergency officer down, High Street", Emergency("officer down, High Street")),
        ("cancel", CancelEmergency()),
        ("list", Show()),
        ("quit", Quit()),
    ],
)
def test_commands(line: str, wish: Wish) -> None:
    assert wish_of(line) == wish


@pytest.mark.parametrize("line", ["", "acc 1", "ack one", "ack 0", "ack 1 2", "pos 1", "pos a b", "status x"])
def test_what_is_not_understood_says_what_there_is(line: str) -> None:
    wish = wish_of(line)
    assert isinstance(wish, Unknown)
    assert "pos LON LAT" in wish.word
    assert wish_of("nonsense") == Unknown(HELP)


def test_every_key_is_a_command() -> None:
    assert not any(isinstance(wish_of(command), Unknown) for command in KEYS.values())
