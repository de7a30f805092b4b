"""What the store promises, as prose and types; ``store.py`` keeps the promises on SQLite and on PostGIS.

The promises, and what goes wrong without each:

* **One transaction.** ``put`` writes the record, its version and its change row together or not at all. A record
  without a change row would be on disk and never matched to anybody.
* **Accepted is durable.** When ``put``, ``record`` or ``answer`` returns, a killed process loses nothing of it.
* **The same content again is not news.** ``put`` of an equal record answers UNCHANGED and writes nothing.
* **The change cursor is opaque and complete.** ``changes_since(c)`` gives every change committed after ``c`` was
  handed out, exactly once per cursor chain, in no promised order across records. A naive "id greater than the last"
  skips a transaction that took its id early and committed late.
* **Picture and cursor are of one snapshot**, so nothing falls between what a process loads and what it follows.
* **Owed before sent.** ``record`` writes what is owed, the disclosure and the officer's state in one transaction;
  only after it returns may a byte leave. A crash in between repeats a delivery, never loses one.
* **A stale owner writes nothing.** ``record`` drops the rows of officers whose ``term`` is not the caller's any more.
* **The epoch says which store this is.** Restored from a backup, or failed over to a replica that may lack the last
  commits, it is another store: the epoch changes by itself, and no device's seq of before is trusted.
* **One policy is in force**, the newest, and every process hears of it through the change log. Where it lay in files
  beside the processes, two of them could judge the same officer by two of them, and nobody would know who changed it.
* **Whom a briefing is for is a row**, written with it: connected or not, on duty or not. A dispatcher who sees only who
  is connected believes that a shift was briefed which was in bed. It is asked again, and whoever has left is marked.
* **What a patrol-start briefing showed is on record before it is shown**, once, item by item.
* **Leases go by the store's clock**, so that a process whose clock is an hour off is not taken for dead, nor takes the
  living for dead. The dead one's officers are adopted by one survivor each; a job that is due runs once, or again
  where whoever claimed it died.

Instants are microseconds UTC. Geometry is WGS84. All methods are coroutines of one event loop; all raise
StoreUnavailable where the store cannot be reached, having written nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from geo.clock import Instant
from geo.model import Beat, Briefing, Officer, Record, Shift, Stored, Unit
from geo.store.briefing_rows import Addressee, Door, PatrolRow, Published, Readdressed, Step
from geo.store.decisions import DecisionPage, DecisionQuery
from geo.store.kept import KeptFanout
from geo.store.patrol_rows import BeatHistory, BeatQuery, ReaderRows
from geo.store.process_rows import Job, Lease, Renewed, Seat, StoreFigures
from geo.store.query_rows import Page, Query
from geo.store.receipt_rows import Progress, Reply
from geo.store.rows import (
    Answers,
    Change,
    Changes,
    Delivery,
    HeldRow,
    OfficerState,
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


class Store(Protocol):
    """See the module's docstring for what each promise prevents."""

    @property
    def epoch(self) -> str:
        """Changes when the store is another one (made anew, restored): a seq of another epoch means nothing."""
        ...

    async def open(self) -> None:
        """Raises StoreForeign for a schema that is not this version's; an empty file of the embedded store is made."""
        ...

    async def close(self) -> None: ...
    async def migrate(self, restored: bool = False) -> list[str]:
        """Brings the schema up to this version's, from nothing or from an older one with its data -> what was done, in
        lines. ``restored`` draws the epoch anew. For a store that is not open."""
        ...

    async def position(self) -> tuple[str, int]:
        """The epoch, and a number that only grows in it: whoever has seen a higher one looks at an older store."""
        ...

    async def was_restored(self, epoch: str) -> str:
        """Draws the epoch anew, unless that was done already -> the epoch from now on."""
        ...

    async def upkeep(self, now: Instant) -> list[str]:
        """Room for the time to come (partitions) -> what was made, in lines."""
        ...

    async def ping(self) -> float:
        """Seconds that a trivial read took."""
        ...

    # INGEST -> STORE
    async def put(self, records: Sequence[Record], actor: str = "") -> list[Put]:
        """In the order given; an id twice in one call: the later is written, the earlier answer UNCHANGED with its
        version. Split into short transactions when large: those before a failure stay written, and put again they are
        UNCHANGED."""
        ...

    async def put_over(self, stored: Stored | None, record: Record, actor: str = "") -> Put | None:
        """The record in place of that version of it (None: where there is none yet), or None where another version is
        there by now: two who change it at the same moment, at whatever processes, do not both win. Read again and
        decide anew."""
        ...

    async def reject(self, letters: Sequence[Rejected]) -> None: ...
    async def rejected(self, feed: str | None = None, limit: int = 100) -> list[Rejected]: ...
    async def rejected_counts(self) -> dict[tuple[str, str], int]:
        """(feed, reason) -> how many different letters; the same one again is counted inside the letter."""
        ...

    # read
    async def records(self, ids: Sequence[str]) -> dict[str, Stored]: ...
    async def versions(self, id: str) -> list[Stored]: ...
    async def search(self, query: Query) -> Page: ...

    # what the live path starts from and follows
    async def snapshot(self, now: Instant) -> Snapshot:
        """Records that are open or attended and whose valid interval (where closed) has not ended by ``now``."""
        ...

    async def changes_since(self, cursor: str, limit: int = 5_000) -> Changes: ...
    async def urgent_changes(self, cursor: str, rank: int, limit: int = 100) -> list[Change]:
        """Of what comes after the cursor, that whose rank is at least so high, oldest first: what ought to go before a
        backlog. It comes again in its turn through ``changes_since``."""
        ...

    # roster
    async def put_officers(self, officers: Sequence[Officer]) -> list[Put]: ...
    async def put_units(self, units: Sequence[Unit]) -> list[Put]: ...
    async def put_beats(self, beats: Sequence[Beat]) -> list[Put]: ...
    async def put_shifts(self, shifts: Sequence[Shift]) -> list[Put]: ...
    async def officers(self, ids: Sequence[str] | None = None) -> list[Officer]: ...
    async def units(self, ids: Sequence[str] | None = None) -> list[Unit]: ...
    async def beats(self, ids: Sequence[str] | None = None) -> list[Beat]: ...
    async def shifts(self, ids: Sequence[str] | None = None) -> list[Shift]: ...

    # the officer's row
    async def take(
        self,
        officers: Sequence[str],
        owner: str,
        now: Instant,
        rights: Mapping[str, Officer] | None = None,
        seats: Sequence[Seat] = (),
    ) -> list[OfficerState]:
        """Takes ownership (term + 1), making rows where there are none; ``seen_at`` becomes ``now``. ``rights`` (as the
        officer's token gave them) are kept for whoever adopts him; ``seats`` are written in the same transaction.

        A new officer is off duty, with 0 tokens at instant 0, so that refilling by age gives him a full budget.
        ``seen_at`` is kept fresh by cells in ``record`` and by what comes back through ``answer``.
        """
        ...

    async def officer_states(self, seen_since: Instant) -> list[OfficerState]:
        """Officers whose device was connected since then: a starting process goes on deciding for them."""
        ...

    async def held(self, officers: Sequence[str]) -> list[HeldRow]: ...

    # briefings
    async def publish(
        self, briefing: Briefing, door: Door, actor: str = "", over: Stored | None = None, jobs: Sequence[Job] = ()
    ) -> Published | None:
        """The briefing in place of that version of it (None: where there is none yet), the one that it supersedes
        closed, a row for everybody of the roster whom it is for with what the door says of him, and the jobs: one
        transaction. None where another version is there by now: nothing was written, read again and decide anew."""
        ...

    async def would_address(self, briefing: Briefing, door: Door) -> list[Addressee]:
        """Whom it would be for at this moment, or when its time comes, by id; nothing is written."""
        ...

    async def readdress(self, briefing: str, door: Door) -> Readdressed:
        """Asks again whom a live briefing is for: shifts begin and end, roles change. In the change log as DELIVERY
        where somebody came, left, or is told another thing by the door. Never by an older version than the newest, and
        not of what is over."""
        ...

    async def addressees(self, briefing: str) -> list[Addressee]:
        """By id, those who have left among them. Officers whom the roster does not know are in ``deliveries`` only."""
        ...

    async def addressed_to(self, officer: str) -> list[str]:
        """The briefings that are for him and that he may have, over or not."""
        ...

    async def having(self, kind: str, trait: str, values: Sequence[str]) -> dict[str, int]:
        """How many officers, units or beats (``kind``) of the roster have each value of a trait (force, role, skill,
        operation, callsign, name, district); values that nobody has are left out."""
        ...

    async def step_up(self, briefing: str, officers: Sequence[str], step: Step) -> None:
        """They have not answered: how far it has climbed for them, never back; in the change log as REMINDER (said
        again) or DELIVERY."""
        ...

    async def climbed(self, step: Step) -> dict[str, list[Addressee]]:
        """Live briefing -> those of its audience for whom it has climbed at least so far, answered since or not."""
        ...

    async def progress(self, record: str, since_version: int = 1) -> list[Progress]:
        """How far it has got with everybody who was told of it, by officer: what came back to any alert about that
        version of it or a later one."""
        ...

    async def replies(self, record: str) -> list[Reply]:
        """Every answer to any word about it, oldest first: little work, for looking often."""
        ...

    async def disclose(self, row: PatrolRow) -> None:
        """A patrol-start briefing is about to be shown. Once, by its id, however often it is written; in the change
        log as PATROL where it was an officer's."""
        ...

    async def patrols_of(self, officers: Sequence[str], now: Instant) -> list[PatrolRow]:
        """Those given to these officers that are still corrected at ``now``, oldest first."""
        ...

    async def patrols_with(self, record: str) -> list[PatrolRow]:
        """Every patrol-start briefing that showed a record: who was shown it."""
        ...

    # what a patrol-start briefing is made of
    async def beat_history(self, query: BeatQuery) -> BeatHistory:
        """What happened in and next to a beat in a window, what is valid there until a given end, its intelligence, and
        what names it without a place: tens of thousands of records, without their documents."""
        ...

    async def documents(self, numbers: Sequence[int]) -> list[Stored]:
        """The records of those rows that were chosen, in no promised order."""
        ...

    async def live_briefings_of(self, force: str, now: Instant) -> list[Stored]:
        """The force's, and those that others share, newest first; whom each is for is not asked."""
        ...

    async def as_of(self, ids: Sequence[str], at: Instant) -> dict[str, Stored]:
        """Those records of which a newer version was written after that moment, as they stood at it."""
        ...

    async def versions_now(self, ids: Sequence[str]) -> dict[str, int]: ...
    async def reader_rows(self, officer: str, now: Instant) -> ReaderRows:
        """His shifts, the briefings that are for him, and when he answered them."""
        ...

    async def beat_names(self, force: str) -> list[tuple[str, str]]:
        """(id, name) of every beat of the force, without the areas."""
        ...

    # the policy in force
    async def put_policy(self, draft: PolicyDraft, expected: int) -> PolicyVersion | None:
        """The draft in force after the ``expected``-th (0: after none), with its change row, or None where another one
        is in force by now: of two administrators who change it at the same moment, one reads the other's first."""
        ...

    async def policy(self, n: int | None = None) -> PolicyVersion | None:
        """The one in force, or the ``n``-th; None: there is none."""
        ...

    async def policies(self, limit: int = 100) -> list[PolicyVersion]:
        """Those that were ever in force, the newest first. Never deleted: decisions name them."""
        ...

    # kept verdicts
    async def kept(self, since: Instant, until: Instant, after: int = 0, limit: int = 500) -> list[KeptFanout]:
        """Whole fan-outs decided in [since, until), numbered above ``after``: page by the last one's ``n``."""
        ...

    async def decisions(self, query: DecisionQuery) -> DecisionPage:
        """One by one, newest first: "why did I get this?", and "why did I not?" as far as a verdict was kept."""
        ...

    async def kept_until(self) -> Instant | None:
        """When the newest verdict was kept; None: none ever was."""
        ...

    async def versions_of(self, ids: Sequence[str]) -> dict[tuple[str, int], Stored]:
        """(id, version) -> the record as it stood then."""
        ...

    # many processes
    async def renew(self, lease: Lease) -> Renewed: ...
    async def retire(self, node: str) -> None:
        """The process ends in order: its lease ends now, and its officers may be adopted at once."""
        ...

    async def adopt(self, node: str, now: Instant, seen_since: Instant, limit: int = 500) -> list[OfficerState]:
        """Takes (term + 1) some officers, seen since then, of processes whose lease has lapsed or that have none. Two
        survivors never get the same officer. ``seen_at`` stays."""
        ...

    async def taken_elsewhere(self, node: str, since: Instant) -> tuple[list[OfficerState], list[Seat]]:
        """Officers and seats that other processes have taken since then (the store's clock)."""
        ...

    async def heads(self, officers: Sequence[str]) -> list[OfficerState]:
        """Their rows as they are, nothing taken."""
        ...

    async def schedule(self, jobs: Sequence[Job]) -> None: ...
    async def claim(self, node: str, limit: int = 100) -> list[Job]:
        """Jobs that are due (the store's clock) and that nobody living holds. A claim lapses after 30 s."""
        ...

    async def finish(self, jobs: Sequence[Job]) -> None: ...
    async def mark_unconfirmed(self, record: str, before: Instant) -> list[str]:
        """Officers whose newest word about the record is a P1 alert owed before then, and on no device yet. Kept (it
        was so, whatever comes later), and in the change log as DELIVERY, so that every process hears of it."""
        ...

    # RECORD
    async def record(self, tick: Tick) -> Receipted: ...

    # DELIVER and ANSWER
    async def resumption(self, officer: str, device: str, seq: int) -> Resumption: ...
    async def resumptions(self, asked: Sequence[tuple[str, str, int]]) -> list[Resumption]:
        """The same for many devices at once, each as (officer, device, seq), in the order asked."""
        ...

    async def told(self, officer: str) -> list[OwedRow]:
        """The newest word about every record the officer holds as live (act ALERT, still inside): a reset's content."""
        ...

    async def answer(self, answers: Answers) -> None: ...
    async def deliveries(self, record: str) -> list[Delivery]: ...
    async def figures(self, now: Instant) -> StoreFigures:
        """For the metrics; some milliseconds of the store's time."""
        ...

    async def forget(self, before: Instant) -> int:
        """Drops inbox days that ended before this instant (48 h rule). Returns rows dropped."""
        ...
