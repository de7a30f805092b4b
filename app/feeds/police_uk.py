"""What the files of data.police.uk have in common: where they can lie, and months that are intervals, never hours."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from geo.clock import instant_of
from geo.model import Interval

EXTENT = (-9.5, 49.0, 2.5, 61.5)
"""The United Kingdom: longitude and latitude that only fit the other way round are swapped."""

ZONE = ZoneInfo("Europe/London")

_MONTH = re.compile(r"(\d{4})-(\d{2})")


@lru_cache(maxsize=1_024)
def month(text: str) -> Interval:
    """``2017-07`` -> the whole month on the clock of London. Raises ValueError."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, number = int(found[1]), int(found[2])
    start = datetime(year, number, 1, tzinfo=ZONE)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZONE)
    return Interval(instant_of(start), instant_of(end))
