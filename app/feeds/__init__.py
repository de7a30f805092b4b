"""Source systems in: one file per format, the runner that takes a file in, and the codes as data."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.feeds.errors import UnknownFormat

if TYPE_CHECKING:
    from app.feeds.contract import Change, Feed
    from streams.relevance.policy import Policy

log = logging.getLogger("beatline.feeds")

FORMATS = ("datasf-cad", "police-uk-street", "police-uk-stop-and-search", "geojson")


def feed_named(name: str, policy: Policy | None = None) -> Feed:
    """A fresh feed for one run. Raises UnknownFormat, which says what formats there are.

    The source's codes are read by ``policy``; where it says nothing of the source, and without one, by that which is
    shipped for the format.
    """
    if name == "datasf-cad":
        from app.feeds.datasf_cad import DatasfCad

        return DatasfCad(policy)
    if name == "police-uk-street":
        from app.feeds.police_uk_street import PoliceUkStreet

        return PoliceUkStreet(policy)
    if name == "police-uk-stop-and-search":
        from app.feeds.police_uk_stop_and_search import PoliceUkStopAndSearch

        return PoliceUkStopAndSearch(policy)
    if name == "geojson":
        from app.feeds.geojson import GeoJson

        return GeoJson(policy)
    raise UnknownFormat(f"no format is called {name!r}: there are {', '.join(FORMATS)}")


def timeline(name: str, path: Path, policy: Policy | None = None, force: str = "own") -> Iterator[Change]:
    """A file as it became known and changed: (instant, record as it stood from then on), in order of time.

    ``policy`` reads the source's codes, and grades what the source does not; without one that which is shipped for the
    format. Rows that are refused are left out: taking the file in tells of them. Raises FeedError.
    """
    from app.feeds.code_tables import shipped_policy
    from app.feeds.reading import changes_of

    feed = feed_named(name, policy)
    return _told(feed, changes_of(feed, path, (policy or shipped_policy(feed.policy)).default_grade, force))


def _told(feed: Feed, changes: Iterator[Change]) -> Iterator[Change]:
    """The same; in the end the log says which of the source's codes nobody knew."""
    yield from changes
    for code, count in feed.unknown.most_common(100):
        log.warning("nobody knows the code %r of %s (%d times): the policy falls back", code, feed.name, count)
