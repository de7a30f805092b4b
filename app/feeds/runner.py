"""``beatline ingest``: a file into the store or to a server, every row accounted for, the counts as the last word.

The counts are one line of JSON, the last on stdout: ``read`` is the sum of ``accepted`` (new, or a new version),
``unchanged`` (the same content again, and rows that gave way to a later one with their id) and ``rejected``. What was
refused is kept in the store with its reason (feed, ``file:line``, code, sentence, row) and, with ``--rejects``, written
as JSON lines: ``{"where", "reason", "message", "problems", "raw"}``. Refused rows are no failure; a file that breaks
off is: what came before the break is kept and counted, the break itself counts as one rejected row, and the exit code
is 1. So is a file that is not what its format says: then nothing was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from app.feeds import feed_named
from app.feeds.contract import Feed, Say
from app.feeds.errors import FeedError
from app.feeds.reading import Bad, Chunk, chunks_of
from app.feeds.sinks import HttpSink, Sink, StoreSink, Taken
from geo.clock import Clock, SystemClock
from geo.marking import Clearance
from geo.model import Grade
from geo.normalise import Intake
from streams.errors import PolicyError
from streams.relevance.policy import Policy
from streams.relevance.policy_file import PolicyText


@dataclass(slots=True)
class Counts:
    """What became of the rows of a file."""

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0

    def add(self, chunk: Chunk, taken: Taken) -> None:
        self.accepted += taken.accepted
        self.unchanged += taken.unchanged + chunk.superseded
        self.rejected += len(taken.refused)
        self.read = self.accepted + self.unchanged + self.rejected


def ingest_file(
    file: Path,
    format: str,
    data: Path | None = None,
    url: str | None = None,
    token: str | None = None,
    rejects: Path | None = None,
) -> Counts:
    """Takes a file in, prints the counts, and raises FeedError afterwards where the file as a whole was wrong."""
    counts = Counts()
    try:
        feed = feed_named(format)
        with _rejects_file(rejects) as written, _progress(file.name) as tell:
            asyncio.run(_ingest_to(feed, file, data, url, token, written, counts, tell))
    finally:
        print(json.dumps(asdict(counts), separators=(",", ":")), flush=True)  # noqa: T201
    return counts


async def _ingest_to(
    feed: Feed,
    file: Path,
    data: Path | None,
    url: str | None,
    token: str | None,
    written: IO[str] | None,
    counts: Counts,
    tell: Callable[[Counts], None],
) -> None:
    clock = SystemClock()
    if url is not None:
        intake = Intake("own", _any_grade, clock.now(), ceiling=Clearance.TOP_SECRET, extent=feed.extent)
        async with HttpSink(url, token or "", feed.name, file.name) as http:
            feed = feed_named(feed.name, _policy_of(await http.policy()))
            await ingest(feed, file, http, intake, counts, written, tell)
        return
    if data is None:
        raise FeedError("neither a data folder nor a server is named")
    async with _local(data, clock, feed.name, file) as (feed, sink, intake):
        await ingest(feed, file, sink, intake, counts, written, tell)


def _policy_of(text: str | None) -> Policy | None:
    """The server's; None where it does not tell it, or has one that this Beatline cannot read."""
    try:
        return None if text is None else Policy(PolicyText.parse("the server's policy", text))
    except PolicyError as error:
        _say(f"codes are read by the policy that is shipped for the format, for the server's cannot be read: {error}")
        return None


def _any_grade(category: str) -> Grade:
    """Stands in until the server's policy grades: it is not sent."""
    return Grade.STANDARD


@contextlib.asynccontextmanager
async def _local(data: Path, clock: Clock, format: str, file: Path) -> AsyncIterator[tuple[Feed, Sink, Intake]]:
    """This machine's store, and the rules of its install: the same as those of a server on that folder."""
    from app.drivers import announce, area_of, store_of
    from app.policy_in_force import policy_for
    from app.settings import settings_of

    settings = settings_of(data=data)
    ceiling, area = Clearance.parse(settings.ceiling), area_of(settings.area)
    store = store_of(settings)
    await store.open()
    try:
        policy = await policy_for(store, settings)
        feed = feed_named(format, policy)
        intake = Intake(
            force="own",
            grade_of=policy.default_grade,
            received_at=clock.now(),
            ceiling=ceiling,
            area=area,
            extent=feed.extent,
        )
        yield feed, StoreSink(store, clock, feed.name, file.name), intake
        await announce(settings)
    finally:
        await store.close()


async def ingest(
    feed: Feed,
    file: Path,
    sink: Sink,
    intake: Intake,
    counts: Counts,
    written: IO[str] | None = None,
    tell: Callable[[Counts], None] = lambda counts: None,
    say: Say | None = None,
) -> None:
    """Takes a file in by way of ``sink``, adding to ``counts`` what is durable. Raises FeedError.

    The next rows are read in a thread while the last ones are written.
    """
    say = say or _say
    chunks = chunks_of(feed, file, intake, say)
    chunk = await asyncio.to_thread(next, chunks, None)
    while chunk is not None:
        taking = asyncio.ensure_future(sink.take(chunk.good, chunk.bad))
        try:
            following = None if chunk.damage else await asyncio.to_thread(next, chunks, None)
        finally:
            taken = await taking
        if written is not None:
            _write(written, file.name, chunk.bad, taken)
        counts.add(chunk, taken)
        tell(counts)
        if chunk.damage is not None:
            _report(feed, say)
            raise chunk.damage
        chunk = following
    _report(feed, say)


def _report(feed: Feed, say: Say) -> None:
    """What is said once per run, not per row."""
    if feed.unknown:
        shown = ", ".join(f"{code!r} ({count})" for code, count in feed.unknown.most_common(10))
        say(f"{len(feed.unknown)} codes of {feed.name} that the policy does not know take its fallback: {shown}")


def _write(written: IO[str], name: str, bad: list[Bad], taken: Taken) -> None:
    """The refused rows as JSON lines: this side's, with all that is known of them, and those the server refused."""
    mine = {item.line: item for item in bad}
    for line, reason, message in taken.refused:
        entry: dict[str, object] = {"where": f"{name}:{line}", "reason": reason, "message": message}
        if line in mine:
            entry["problems"] = [asdict(problem) for problem in mine[line].refused.problems]
            entry["raw"] = mine[line].kept
        written.write(json.dumps(entry) + "\n")
    written.flush()


@contextlib.contextmanager
def _rejects_file(path: Path | None) -> Iterator[IO[str] | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8") as file:
        yield file


def _say(sentence: str) -> None:
    print(f"beatline: {sentence}", file=sys.stderr)  # noqa: T201


@contextlib.contextmanager
def _progress(name: str) -> Iterator[Callable[[Counts], None]]:
    """A line on stderr that counts, where a person looks at it."""
    if not sys.stderr.isatty():
        yield lambda counts: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(f"reading {name}") as status:

        def tell(counts: Counts) -> None:
            status.update(f"{name}: {counts.read:,} read, {counts.accepted:,} new, {counts.rejected:,} refused")

        yield tell
