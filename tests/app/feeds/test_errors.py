"""What a feed raises ends a command with one sentence, as every error of the application does."""

from __future__ import annotations

import pytest

from app.errors import AppError
from app.feeds.errors import Damaged, FeedError, NotReadable, NotSent, NotThisFormat, UnknownFormat


@pytest.mark.parametrize("error", [Damaged, NotReadable, NotSent, NotThisFormat, UnknownFormat])
def test_all_are_of_one_tree(error: type[FeedError]) -> None:
    assert issubclass(error, FeedError)
    assert issubclass(error, AppError)


def test_damage_knows_where() -> None:
    assert Damaged("cut off", 17).line == 17
