"""The rows that go into the store and come out of it, in the words of the trade: all frozen, all without SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from geo.clock import Instant
from geo.model import (
    Beat,
    Disposition,
    Officer,
    Shift,
    Stored,
    Unit,
    UnitStatus,
    Verdict,
)
from geo.pairs import Float32, Float64, Int32, Int64, UInt8
from geo.store.process_rows import Job


# --------------------------------------------------------------------------- records
class Outcome(StrEnum):
    """What ``put`` did with one record."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Put:
    """The answer for one record, in the order given."""

    id: str
    version: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Rejected:
    """A raw record that was refused, kept with its reason: never dropped.

    ``reason`` is a code, ``message`` a sentence, ``raw`` the input as far as it may be kept (special-category columns
    are cut out before), ``where`` such as ``file.csv:17``. The same (feed, where, reason, raw) again is counted, not
    doubled.
    """

    feed: str
    where: str
    reason: str
    message: str
    raw: str
    at: Instant
    actor: str = ""


class ChangeKind(StrEnum):
    """What sort of row a change is about."""

    RECORD = "record"
    OFFICER = "officer"
    UNIT = "unit"
    BEAT = "beat"
    SHIFT = "shift"
    POLICY = "policy"
    """A relevance policy has come into force; ``version`` is its number."""
    DELIVERY = "delivery"
    """How far a record has got to somebody has changed in a way that everybody must hear of."""
    REMINDER = "reminder"
    """Officers have not acknowledged a briefing in time; ``id`` is the briefing's."""
    PATROL = "patrol"
    """A patrol-start briefing was given to the officer ``id``: what it told is corrected as it changes."""


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A relevance policy to be put in force. ``version`` is what decisions under it are recorded with, ``digest`` that
    of ``text``; the store takes it as it is: whoever puts it has read it strictly."""

    name: str
    version: str
    digest: str
    text: str
    actor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A relevance policy that is or was in force: the ``n``-th, and who put it there, when and why."""

    n: int
    at: Instant
    draft: PolicyDraft


@dataclass(frozen=True, slots=True)
class Change:
    """Something was written: the ``version`` of ``kind`` ``id`` (roster entries count versions too).

    ``rank`` is the grade's rank + 1 of a record that is live (open or attended, not over when written), and 0 of what
    is not: history in bulk need not be read by those who follow what is live, and the gravest may be read first.
    """

    kind: ChangeKind
    id: str
    version: int
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """``cursor`` is where to go on from. ``more`` says that the limit cut the list."""

    rows: tuple[Change, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a process starts from: live records, the roster, and the cursor of the same snapshot."""

    records: tuple[Stored, ...]
    officers: tuple[Officer, ...]
    units: tuple[Unit, ...]
    beats: tuple[Beat, ...]
    shifts: tuple[Shift, ...]
    cursor: str


# --------------------------------------------------------------------------- officers, what is owed
@dataclass(frozen=True, slots=True)
class OfficerState:
    """The row of one officer that one process owns at a time. ``tokens`` is the interruption budget at ``tokens_at``;
    ``cell`` is where he was last, (lon, lat) rounded to 3 decimals: coarse on purpose."""

    officer: str
    epoch: str
    seq: int
    owner: str
    term: int
    status: UnitStatus
    status_at: Instant
    tokens: float
    tokens_at: Instant
    cell: tuple[float, float] | None = None
    fix_at: Instant | None = None
    seen_at: Instant = 0
    """When a device of his was last connected."""
    rights: Officer | None = None
    """As his token gave them when he was last taken: for a process that adopts him. None: never said."""


class Act(IntEnum):
    """What a decided pair sends. VERDICT alone is kept for "why not" and sends nothing."""

    VERDICT = 0
    ALERT = 1
    CANCEL = 2
    PURGE = 3


@dataclass(frozen=True, slots=True)
class Fanout:
    """Everything decided for one record in one tick: n officers in columns. One row in the store, besides thin ones.

    ``terms`` is float32 [n, len(term_names)], ``facts`` float32 [n, len(fact_names)] (what the sentences are made of:
    distance_m, bearing_deg, ...). ``rule`` indexes ``rule_names``, ``reason`` indexes ``reason_names`` (of a cancel or
    purge). ``told_*`` are the new baseline in ``held``. ``rev`` counts what was *said*: it grows only with act != 0.
    ``inside`` is 1 where he is inside its reach, plus twice the state of its geofence (:class:`geo.geofence.Fence`).
    """

    record: str
    version: int
    at: Instant
    policy: str
    officers: tuple[str, ...]
    act: UInt8
    verdict: UInt8
    priority: UInt8
    rule: UInt8
    reason: UInt8
    rev: Int32
    inside: UInt8
    score: Float32
    terms: Float32
    facts: Float32
    term_names: tuple[str, ...]
    fact_names: tuple[str, ...]
    rule_names: tuple[str, ...]
    reason_names: tuple[str, ...]
    told_grade: UInt8
    told_hazards: Int32
    told_lon: Float64
    told_lat: Float64
    told_version: Int32
    told_style: UInt8
    """The strongest style ever said about it (:class:`geo.model.Verdict`; 6 = as must-deliver): the newest word may be
    a silent correction, so the verdict alone cannot tell a repeat from news. Kept in ``held``."""
    also: tuple[str, ...] = ()
    """Other sources that report the same; the fact ``also`` of an officer's row is a place in it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The interruption budget of an officer after a tick."""

    officer: str
    tokens: float
    tokens_at: Instant


@dataclass(frozen=True, slots=True)
class Tick:
    """What one pass of the pipeline hands to RECORD. ``terms_of`` is the ownership term of each officer named."""

    at: Instant
    owner: str
    fanouts: tuple[Fanout, ...]
    terms_of: dict[str, int]
    budgets: tuple[Budget, ...] = ()
    cells: tuple[tuple[str, float, float, Instant], ...] = ()
    """(officer, lon, lat, fix_at): last cells, rounded by the store."""
    number: int = 0
    """Counts the ticks of this owner (from 1): a tick whose answer was lost on the way back is known again by it."""
    again: bool = False
    """It was tried before, and nobody knows whether it was written: if it was, its seqs are read, not drawn anew."""
    jobs: tuple[Job, ...] = ()
    """Scheduled in the same transaction."""


@dataclass(frozen=True, slots=True)
class Receipted:
    """The answer to ``record``: for each fan-out its id and the seq of each row.

    A seq of 0: nothing is owed, or the row was dropped because the caller does not own the officer any more.
    """

    fanouts: tuple[int, ...]
    seqs: tuple[Int64, ...]


@dataclass(frozen=True, slots=True)
class HeldRow:
    """What an officer was told about one record, newest word only: guard, baseline and content of a reset.

    A kept verdict (a fan-out's act VERDICT) leaves ``act``, ``seq``, ``told_at``, ``fanout`` and ``position`` as the
    last word made them, and sets ``verdict`` and ``inside``; act ALERT and not inside: he went off duty with it.
    ``told_style`` as in Fanout. ``fence`` is :class:`geo.geofence.Fence`, for a record that is a watched area.
    """

    officer: str
    record: str
    rev: int
    seq: int
    act: Act
    verdict: Verdict
    priority: int
    inside: bool
    told_grade: int
    told_hazards: int
    told_lon: float
    told_lat: float
    told_version: int
    told_at: Instant
    fanout: int
    position: int
    told_style: int = 0
    fence: int = 0


@dataclass(frozen=True, slots=True)
class OwedRow:
    """One sequenced message as it was decided: enough, with the record's text, to say it again word for word.

    ``facts`` and ``terms`` map names to values; NaN where there was none.
    """

    officer: str
    record: str
    version: int
    seq: int
    rev: int
    act: Act
    verdict: Verdict
    priority: int
    reason: str
    rule: str
    at: Instant
    score: float
    terms: dict[str, float] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    also: str = ""
    """The other source that reports the same, where he is shown both as one."""


@dataclass(frozen=True, slots=True)
class DeviceCursor:
    """How far one device has durably stored the officer's series: everything up to ``floor``, and ``above`` it."""

    epoch: str
    floor: int
    above: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a returning device needs: the cursor the server knows of it, the newest word per record numbered after the
    device's seq or never acknowledged by it (``rows``, superseded words left out), whether every one of the series'
    messages it lacks is still in the inbox (``whole``), and the oldest unacknowledged message's instant."""

    cursor: DeviceCursor | None
    head_seq: int
    rows: tuple[OwedRow, ...]
    whole: bool
    oldest_at: Instant | None


# --------------------------------------------------------------------------- answers
@dataclass(frozen=True, slots=True)
class StoredOnDevice:
    """A device has durably stored these messages of its officer's series."""

    officer: str
    device: str
    cursor: DeviceCursor
    seqs: tuple[int, ...]
    at: Instant


@dataclass(frozen=True, slots=True)
class SeenOnScreen:
    """A device showed this word of an alert on its screen."""

    officer: str
    device: str
    record: str
    rev: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Answered:
    """Idempotent by (officer, key)."""

    key: str
    officer: str
    device: str
    record: str
    rev: int
    choice: Disposition
    text: str
    at: Instant


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """What an officer says that he is doing."""

    officer: str
    status: UnitStatus
    at: Instant


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back from devices in the last 50 to 100 ms: written in one transaction."""

    stored: tuple[StoredOnDevice, ...] = ()
    seen: tuple[SeenOnScreen, ...] = ()
    answered: tuple[Answered, ...] = ()
    statuses: tuple[StatusChanged, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known of one officer and one record: the row a dispatcher sees."""

    officer: str
    rev: int
    verdict: Verdict
    priority: int
    act: Act
    owed_at: Instant
    stored_at: Instant | None
    seen_at: Instant | None
    answer: Disposition | None
    answer_text: str
    answered_at: Instant | None
    seq: int = 0
    reason: str = ""
    """Of a cancel or purge: closed, expired, not_entitled, ..."""
    unconfirmed_at: Instant | None = None
    """When it was marked as a P1 that had not been stored in time; it may have been stored since."""
