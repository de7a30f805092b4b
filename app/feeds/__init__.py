"""Source systems in: one file per format, the runner that takes a file in, and the codes as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.feeds.errors import UnknownFormat
from geo.model import Grade

if TYPE_CHECKING:
    from app.feeds.contract import Change, Feed

FORMATS = ("datasf-cad", "police-uk-street", "police-uk-stop-and-search", "geojson")


def feed_named(name: str) -> Feed:
    """A fresh feed for one run. Raises UnknownFormat, which says what formats there are."""
    if name == "datasf-cad":
        from app.feeds.datasf_cad import DatasfCad

        return DatasfCad()
    if name == "police-uk-street":
        from app.feeds.police_uk_street import PoliceUkStreet

        return PoliceUkStreet()
    if name == "police-uk-stop-and-search":
        from app.feeds.police_uk_stop_and_search import PoliceUkStopAndSearch

        return PoliceUkStopAndSearch()
    if name == "geojson":
        from app.feeds.geojson import GeoJson

        return GeoJson()
    raise UnknownFormat(f"no format is called {name!r}: there are {', '.join(FORMATS)}")


def _standard(category: str) -> Grade:
    return Grade.STANDARD


def timeline(
    name: str, path: Path, grade_of: Callable[[str], Grade] = _standard, force: str = "own"
) -> Iterator[Change]:
    """A file as it became known and changed: (instant, record as it stood from then on), in order of time.

    ``grade_of`` is the policy's grade for a category, for sources that give none. Rows that are refused are left out:
    taking the file in tells of them. Raises FeedError.
    """
    from app.feeds.reading import changes_of

    return changes_of(feed_named(name), path, grade_of, force)
