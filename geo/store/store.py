"""The store as one class for both engines: what each promise of the contract runs, and how urgent it is."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import partial
from typing import TypeVar

from sqlalchemy.engine import Connection

from geo.clock import Clock, Instant, SystemClock
from geo.document import Noun
from geo.model import Beat, Officer, Record, Shift, Stored, Unit
from geo.store import answers as answer_bodies
from geo.store import decisions as decision_bodies
from geo.store import figures as figure_bodies
from geo.store import identity, owed, policies, roster
from geo.store import jobs as job_bodies
from geo.store import kept as kept_bodies
from geo.store import letters as letter_bodies
from geo.store import officers as officer_bodies
from geo.store import processes as process_bodies
from geo.store import records as record_bodies
from geo.store import search as search_bodies
from geo.store.briefing_store import BriefingStore
from geo.store.decisions import DecisionPage, DecisionQuery
from geo.store.kept import KeptFanout
from geo.store.packing import legend_of
from geo.store.process_rows import Job, Lease, Renewed, Seat, StoreFigures
from geo.store.query_rows import Page, Query
from geo.store.rows import (
    Answers,
    Change,
    Changes,
    Delivery,
    HeldRow,
    OfficerState,
    Outcome,
    OwedRow,
    PolicyDraft,
    PolicyVersion,
    Put,
    Receipted,
    Rejected,
    Resumption,
    Snapshot,
    Tick,
)
from geo.store.vocabulary import Row

T = TypeVar("T")
RosterNoun = TypeVar("RosterNoun", Officer, Unit, Beat, Shift)


class Urgency(IntEnum):
    """Who goes first where writers queue: the lower."""

    RECORD = 0
    """What is owed: nothing leaves before it is written."""
    ONE = 1
    """What somebody waits for."""
    BULK = 2
    """Imports, in short transactions between which the others pass."""


SMALL_PUT = 16
"""Up to so many records are somebody's request, and more are an import."""
PREPARE = 128
"""Records made into rows at a time, about 2 ms of the event loop, before others get their turn."""


class SqlStore(BriefingStore):
    """Keeps :class:`geo.store.contract.Store` with the same bodies on both engines.

    A driver gives: how a body (a plain function of a connection) is run in one transaction to read or to write, its
    change cursor, and how many records go into one transaction.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__()
        self._clock = SystemClock() if clock is None else clock
        self._epoch = ""
        self._known: identity.Standing | None = None
        """What the store was when it was last looked at."""
        self._legends: set[int] = set()
        """Legends that are known to be committed: a tick need not write them again."""

    @property
    def epoch(self) -> str:
        return self._epoch

    @abstractmethod
    async def open(self) -> None: ...
    @abstractmethod
    async def close(self) -> None: ...
    @abstractmethod
    async def _read(self, body: Callable[[Connection], T]) -> T: ...
    @abstractmethod
    async def _write(self, body: Callable[[Connection], T], urgency: Urgency = Urgency.ONE) -> T: ...
    @abstractmethod
    def _cursor(self, connection: Connection) -> str:
        """Where the change log is now, as this transaction sees it."""

    @abstractmethod
    def _changes(self, connection: Connection, cursor: str, limit: int) -> Changes: ...
    @abstractmethod
    def _urgent(self, connection: Connection, cursor: str, rank: int, limit: int) -> list[Change]: ...
    @abstractmethod
    def _portion(self) -> int:
        """How many records go into the next transaction of an import."""

    def _add(self, connection: Connection, rows: Sequence[Row]) -> int:
        """How an import's new rows get in."""
        return record_bodies.add(connection, rows)

    @abstractmethod
    def _took(self, count: int, seconds: float) -> None:
        """Told how long the statements of a transaction of records took, on whatever thread they ran."""

    @abstractmethod
    async def migrate(self, restored: bool = False) -> list[str]: ...
    @abstractmethod
    async def upkeep(self, now: Instant) -> list[str]: ...

    def _standing(self, connection: Connection) -> identity.Standing:
        """Which store this is and how far it has come, in a transaction that may write: a store whose position has
        fallen while we looked away was put back to an earlier state, and is another one from now on."""
        standing = identity.standing_of(connection)
        known = self._known
        if known is not None and known.epoch == standing.epoch and standing.position < known.position:
            standing = identity.Standing(identity.draw(connection, standing.epoch), standing.position)
        self._known = standing
        return standing

    async def position(self) -> tuple[str, int]:
        standing = await self._write(self._standing)
        return standing.epoch, standing.position

    async def was_restored(self, epoch: str) -> str:
        self._epoch = await self._write(partial(identity.draw, known=epoch))
        return self._epoch

    async def ping(self) -> float:
        began = time.perf_counter()
        await self._read(identity.epoch_of)
        return time.perf_counter() - began

    # ------------------------------------------------------------------------------------------- records
    async def put(self, records: Sequence[Record], actor: str = "") -> list[Put]:
        """An id twice in one call: the last row with it is written; the earlier ones answer UNCHANGED, its version."""
        names = [item.id for item in records]
        last = {name: place for place, name in enumerate(names)}
        kept = [records[place] for place in last.values()]
        puts: dict[str, Put] = {}
        urgency = Urgency.ONE if len(kept) <= SMALL_PUT else Urgency.BULK
        writing: asyncio.Task[list[Put]] | None = None
        while kept or writing is not None:
            portion, kept = kept[: self._portion()], kept[self._portion() :]
            try:
                rows, at = await self._rows(portion, actor)
            finally:  # the next rows are made while the last ones are written
                if writing is not None:
                    puts.update((put.id, put) for put in await writing)
            writing = asyncio.create_task(self._put(portion, rows, at, urgency)) if portion else None
        return [_put_of(puts[name], last[name] == place) for place, name in enumerate(names)]

    async def _rows(self, portion: Sequence[Record], actor: str) -> tuple[list[Row], Instant]:
        at = self._clock.now()
        rows: list[Row] = []
        for start in range(0, len(portion), PREPARE):
            rows += record_bodies.rows_for(portion[start : start + PREPARE], at, actor)
            if len(portion) > PREPARE:
                await asyncio.sleep(0)
        return rows, at

    async def _put(self, portion: Sequence[Record], rows: list[Row], at: Instant, urgency: Urgency) -> list[Put]:
        add = self._add if urgency is Urgency.BULK else record_bodies.add

        def body(connection: Connection) -> list[Put]:
            began = time.perf_counter()
            written = record_bodies.put(connection, portion, rows, at, add)
            self._took(len(portion), time.perf_counter() - began)
            return written

        return await self._write(body, urgency)

    async def put_over(self, stored: Stored | None, record: Record, actor: str = "") -> Put | None:
        at = self._clock.now()
        row, version = record_bodies.rows_for([record], at, actor)[0], stored.version if stored else 0
        return await self._write(
            lambda connection: record_bodies.put_over(connection, record, row, version, at), Urgency.ONE
        )

    async def records(self, ids: Sequence[str]) -> dict[str, Stored]:
        return await self._read(lambda connection: record_bodies.by_ids(connection, ids))

    async def versions(self, id: str) -> list[Stored]:
        return await self._read(lambda connection: record_bodies.versions(connection, id))

    async def search(self, query: Query) -> Page:
        return await self._read(lambda connection: search_bodies.search(connection, query))

    # ------------------------------------------------------------------------------------------- dead letters
    async def reject(self, letters: Sequence[Rejected]) -> None:
        if letters:
            await self._write(lambda connection: letter_bodies.keep(connection, letters))

    async def rejected(self, feed: str | None = None, limit: int = 100) -> list[Rejected]:
        return await self._read(lambda connection: letter_bodies.read(connection, feed, limit))

    async def rejected_counts(self) -> dict[tuple[str, str], int]:
        """(feed, reason) -> how many different letters: the same one again is counted inside the letter."""
        return await self._read(letter_bodies.counts)

    # ------------------------------------------------------------------------------------------- the live path
    async def snapshot(self, now: Instant) -> Snapshot:
        def body(connection: Connection) -> Snapshot:
            cursor = self._cursor(connection)  # first: what is committed after it is in the log, and applies twice
            return Snapshot(
                record_bodies.live(connection, now),
                tuple(roster.read(connection, Officer, None)),
                tuple(roster.read(connection, Unit, None)),
                tuple(roster.read(connection, Beat, None)),
                tuple(roster.read(connection, Shift, None)),
                cursor,
            )

        return await self._read(body)

    async def changes_since(self, cursor: str, limit: int = 5_000) -> Changes:
        return await self._read(lambda connection: self._changes(connection, cursor, limit))

    async def urgent_changes(self, cursor: str, rank: int, limit: int = 100) -> list[Change]:
        return await self._read(lambda connection: self._urgent(connection, cursor, rank, limit))

    # ------------------------------------------------------------------------------------------- roster
    async def put_officers(self, officers: Sequence[Officer]) -> list[Put]:
        return await self._put_roster(officers)

    async def put_units(self, units: Sequence[Unit]) -> list[Put]:
        return await self._put_roster(units)

    async def put_beats(self, beats: Sequence[Beat]) -> list[Put]:
        return await self._put_roster(beats)

    async def put_shifts(self, shifts: Sequence[Shift]) -> list[Put]:
        return await self._put_roster(shifts)

    async def _put_roster(self, nouns: Sequence[RosterNoun]) -> list[Put]:
        last = {noun.id: place for place, noun in enumerate(nouns)}
        kept = [nouns[place] for place in last.values()]
        at = self._clock.now()
        puts: dict[str, Put] = {}
        step = 250
        for start in range(0, len(kept), step):
            body = partial(roster.put, nouns=kept[start : start + step], at=at)
            for put in await self._write(body):
                puts[put.id] = put
        return [_put_of(puts[noun.id], last[noun.id] == place) for place, noun in enumerate(nouns)]

    async def officers(self, ids: Sequence[str] | None = None) -> list[Officer]:
        return await self._roster(Officer, ids)

    async def units(self, ids: Sequence[str] | None = None) -> list[Unit]:
        return await self._roster(Unit, ids)

    async def beats(self, ids: Sequence[str] | None = None) -> list[Beat]:
        return await self._roster(Beat, ids)

    async def shifts(self, ids: Sequence[str] | None = None) -> list[Shift]:
        return await self._roster(Shift, ids)

    async def _roster(self, noun: type[Noun], ids: Sequence[str] | None) -> list[Noun]:
        return await self._read(lambda connection: roster.read(connection, noun, ids))

    # ------------------------------------------------------------------------------------------- the policy in force
    async def put_policy(self, draft: PolicyDraft, expected: int) -> PolicyVersion | None:
        at = self._clock.now()
        return await self._write(lambda connection: policies.put(connection, draft, expected, at))

    async def policy(self, n: int | None = None) -> PolicyVersion | None:
        return await self._read(policies.newest if n is None else partial(policies.by_number, n=n))

    async def policies(self, limit: int = 100) -> list[PolicyVersion]:
        return await self._read(lambda connection: policies.history(connection, limit))

    # ------------------------------------------------------------------------------------------- kept verdicts
    async def kept(self, since: Instant, until: Instant, after: int = 0, limit: int = 500) -> list[KeptFanout]:
        return await self._read(lambda connection: kept_bodies.between(connection, since, until, after, limit))

    async def decisions(self, query: DecisionQuery) -> DecisionPage:
        return await self._read(lambda connection: decision_bodies.decisions(connection, query))

    async def kept_until(self) -> Instant | None:
        return await self._read(kept_bodies.newest_at)

    async def versions_of(self, ids: Sequence[str]) -> dict[tuple[str, int], Stored]:
        return await self._read(lambda connection: kept_bodies.versions_of(connection, ids))

    # ------------------------------------------------------------------------------------------- many processes
    async def renew(self, lease: Lease) -> Renewed:
        return await self._write(
            lambda connection: process_bodies.renew(connection, self._standing(connection).epoch, lease), Urgency.RECORD
        )

    async def retire(self, node: str) -> None:
        await self._write(lambda connection: process_bodies.retire(connection, node))

    async def adopt(self, node: str, now: Instant, seen_since: Instant, limit: int = 500) -> list[OfficerState]:
        return self._took_over(
            await self._write(lambda connection: process_bodies.adopt(connection, self._epoch, node, seen_since, limit))
        )

    async def taken_elsewhere(self, node: str, since: Instant) -> tuple[list[OfficerState], list[Seat]]:
        return await self._read(lambda connection: process_bodies.taken_elsewhere(connection, self._epoch, node, since))

    async def heads(self, officers: Sequence[str]) -> list[OfficerState]:
        return await self._read(lambda connection: officer_bodies.heads(connection, self._epoch, officers))

    async def schedule(self, jobs: Sequence[Job]) -> None:
        await self._write(lambda connection: job_bodies.schedule(connection, jobs))

    async def claim(self, node: str, limit: int = 100) -> list[Job]:
        return await self._write(lambda connection: job_bodies.claim(connection, node, limit))

    async def finish(self, jobs: Sequence[Job]) -> None:
        await self._write(lambda connection: job_bodies.finish(connection, jobs))

    async def mark_unconfirmed(self, record: str, before: Instant) -> list[str]:
        at = self._clock.now()
        return await self._write(lambda connection: answer_bodies.mark_unconfirmed(connection, record, before, at))

    # ------------------------------------------------------------------------------------------- owed and answered
    async def take(
        self,
        officers: Sequence[str],
        owner: str,
        now: Instant,
        rights: Mapping[str, Officer] | None = None,
        seats: Sequence[Seat] = (),
    ) -> list[OfficerState]:
        def body(connection: Connection) -> list[OfficerState]:
            return officer_bodies.take(connection, self._epoch, officers, owner, now, rights or {}, seats)

        return self._took_over(await self._write(body))

    def _took_over(self, states: list[OfficerState]) -> list[OfficerState]:
        """Told of officers who are this process's from now on."""
        return states

    async def officer_states(self, seen_since: Instant) -> list[OfficerState]:
        return await self._read(lambda connection: officer_bodies.states(connection, self._epoch, seen_since))

    async def held(self, officers: Sequence[str]) -> list[HeldRow]:
        return await self._read(lambda connection: officer_bodies.held_of(connection, officers))

    async def record(self, tick: Tick) -> Receipted:
        receipted = await self._write(lambda connection: owed.record(connection, tick, self._legends), Urgency.RECORD)
        self._legends |= {legend_of(item).n for item, n in zip(tick.fanouts, receipted.fanouts, strict=True) if n}
        return receipted

    async def resumption(self, officer: str, device: str, seq: int) -> Resumption:
        return await self._read(
            lambda connection: officer_bodies.resumption(connection, self._epoch, officer, device, seq)
        )

    async def resumptions(self, asked: Sequence[tuple[str, str, int]]) -> list[Resumption]:
        return await self._read(lambda connection: officer_bodies.resumptions(connection, self._epoch, asked))

    async def told(self, officer: str) -> list[OwedRow]:
        return await self._read(lambda connection: officer_bodies.told(connection, officer))

    async def answer(self, answers: Answers) -> None:
        await self._write(lambda connection: answer_bodies.write(connection, answers))

    async def deliveries(self, record: str) -> list[Delivery]:
        return await self._read(lambda connection: answer_bodies.deliveries(connection, record))

    async def figures(self, now: Instant) -> StoreFigures:
        return await self._read(lambda connection: figure_bodies.figures(connection, now))

    async def forget(self, before: Instant) -> int:
        total, after = 0, ""
        while True:
            dropped, on = await self._write(partial(self._forget, before=before, after=after), Urgency.BULK)
            total += dropped
            if on is None:
                return total
            after = on

    def _forget(self, connection: Connection, before: Instant, after: str) -> tuple[int, str | None]:
        return answer_bodies.forget(connection, before, after)


def _put_of(put: Put, last: bool) -> Put:
    return put if last else Put(put.id, put.version, Outcome.UNCHANGED)
