"""`beatline policy diff`: one command from a changed weight to what it would have done to last night."""

from __future__ import annotations

import asyncio
import json as json_text
import logging
from collections.abc import Sequence
from pathlib import Path

from app.drivers import store_of
from app.errors import CannotStart
from app.feeds import feed_named
from app.policy_diff.night import LastNight, last_night, side_of
from app.policy_diff.shift import compared, shift_of
from app.policy_diff.sides import RUNNING, named, running, source_named
from app.policy_diff.told import difference
from app.policy_diff.words import Compared, json_of, text_of
from app.settings import settings_of
from geo.clock import Instant, SystemClock, format_instant, parse_instant
from streams.relevance.policy import SHIPPED

_BEYOND = (
    "only what was kept is decided anew. What lay beyond the reach of that night was never looked at; and as nobody's "
    "movement is kept, what B would have said at another moment, as somebody neared, is not seen: B comes out up to a "
    "fifth too quiet. Where there are traces, --on FILES sees both."
)
"""A fifth: an hour of the San Francisco day, four other policies, hindsight against a replay with its traces: 4, 9, 14
and 19 % fewer interruptions. Under its own policy it is the same to the last word."""


def main(
    policies: Sequence[str],
    changes: Sequence[str],
    on: Sequence[Path],
    format: str | None = None,
    since: str | None = None,
    until: str | None = None,
    lines: int = 10,
    json: bool = False,
) -> Compared:
    """Prints what B would have changed. Raises ValueError, PolicyError, and what the files or the store are."""
    policies, on = apart(policies, on)
    policy_log = logging.getLogger("beatline.policy")
    once = _Once()
    policy_log.addFilter(once)
    try:
        found = _found(policies, changes, on, format, since, until)
    finally:
        policy_log.removeFilter(once)
    print(json_text.dumps(json_of(found), indent=1) if json else text_of(found, lines))  # noqa: T201
    return found


class _Once(logging.Filter):
    """A and B, and the policy that was in force, do not know the same code: that is said once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        news = said not in self._said
        self._said.add(said)
        return news


def _found(
    policies: Sequence[str], changes: Sequence[str], on: Sequence[Path], format: str | None, since: str | None,
    until: str | None,
) -> Compared:  # fmt: skip
    folder = on[0] if len(on) == 1 and on[0].is_dir() else None
    if folder is not None or not on:
        return asyncio.run(_of_night(policies, changes, folder, _instant(since), _instant(until)))
    return _of_shift(policies, changes, on, format)


def apart(policies: Sequence[str], on: Sequence[Path]) -> tuple[list[str], list[Path]]:
    """``--on CALLS TRACES``: an option takes one file, so that the next ones come in among the policies."""
    data = [name for name in policies if name not in (*SHIPPED, RUNNING) and not name.endswith(".toml")]
    data = [name for name in data if Path(name).exists()] if on else []
    return [name for name in policies if name not in data], [*on, *(Path(name) for name in data)]


def _of_shift(policies: Sequence[str], changes: Sequence[str], on: Sequence[Path], format: str | None) -> Compared:
    """Files of a past shift: two replays."""
    shift = shift_of(on, format)
    a, b = named(policies, changes, source_named(feed_named(shift.format).policy))
    first, second, about = compared(shift, a, b)
    name = f"{shift.incidents.name} with {', '.join(file.name for file in shift.traces)}"
    return Compared(name, first, second, difference(first, second), about, b.policy(), (), (a.file, b.file))


async def _of_night(
    policies: Sequence[str], changes: Sequence[str], data: Path | None, since: Instant | None, until: Instant | None
) -> Compared:
    """A store's kept verdicts, decided anew under both."""
    settings = settings_of(data=data or Path())
    if data is None and not settings.store:
        raise CannotStart("give --on DIR, the data folder of an install, or --on FILES of a past shift")
    if not settings.store and not (settings.data / "beatline.sqlite").is_file():
        raise CannotStart(f"{settings.data} holds no Beatline: there is no beatline.sqlite in it")
    store = store_of(settings)
    await store.open()
    try:
        a, b = named(policies, changes, await running(store, settings.policy))
        b.policy()
        night = await last_night(store, since, until, SystemClock().now(), a.policy())
    finally:
        await store.close()
    first, second = await side_of(night, a), await side_of(night, b)
    about = night.about
    on = f"{night.verdicts:,} verdicts kept from {_minute(night.since)} to {_minute(night.until)}"
    remarks = _remarks(night, first.lacking, first.unknown)
    found, files = difference(first.side, second.side), (a.file, b.file)
    return Compared(on, first.side, second.side, found, about, b.policy(), remarks, files)


def _remarks(night: LastNight, lacking: int, unknown: int) -> list[str]:
    kept = night.as_kept
    said = [
        f"that night really had {kept['interrupt']:,} interruptions and {kept['notify']:,} notifications; A is worked "
        "out in the same way as B, so that the two can be compared.",
        _BEYOND,
    ]
    if not night.from_shifts:
        said.append("officer-hours are estimated from the verdicts: the roster has no shift for everybody.")
    if lacking:
        said.append(f"{lacking:,} verdicts were left out: the store no longer has their records.")
    if unknown:
        said.append(f"{unknown:,} verdicts were kept under a policy that the store does not have: taken as under A.")
    return said


def _instant(text: str | None) -> Instant | None:
    return None if text is None else parse_instant(text)


def _minute(at: Instant) -> str:
    return format_instant(at)[:16].replace("T", " ") + "Z"
