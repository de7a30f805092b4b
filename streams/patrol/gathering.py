"""What a beat's briefings are made of, gathered once for all who ask: chosen records, and history in columns"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.clock import DAY, SECOND, Instant
from geo.marking import Clearance
from geo.model import Beat, Briefing, IntelReport, RecordKind, Status, Stored
from geo.pairs import Bool, Float32, Int64
from geo.picture import LivePicture
from geo.store.boxes import wrapped
from geo.store.patrol_rows import KINDS, STATUSES, BeatColumns, BeatHistory, BeatQuery
from geo.store.tables import LATEST
from streams.patrol.document import Hotspot
from streams.patrol.hazard_words import DEADLY, LASTING
from streams.patrol.weighing import LOOK_BACK, Weighing
from streams.patrol.where import NEXT_TO_M, Ground
from streams.relevance.policy import Policy

CHANGED_SINCE = 14 * DAY
NEW_SINCE = 7 * DAY
"""How long a reader may have been away: what changed, and what was new and is over, before that is not looked for."""
INTEL_SINCE = 365 * DAY
HISTORY = 26 * 7 * DAY
"""Of what problem places are made of, as far as the store gives it."""
NO_NEWS = ("stop_search", "administrative")
"""What is no news to a patrol when it is over."""
MOST = {"live": 150, "hazards": 100, "intelligence": 120, "lookouts": 80, "changed": 120, "new": 150}
"""Documents that are read at most of each sort: many times what is shown, so that who may see less still has his."""

_INTEL, _BRIEFING = KINDS.index(RecordKind.INTEL), KINDS.index(RecordKind.BRIEFING)
_INCIDENTS = [KINDS.index(kind) for kind in (RecordKind.INCIDENT, RecordKind.EMERGENCY)]
_LIVE = [place for place, status in enumerate(STATUSES) if status.live]
_CANCELLED = STATUSES.index(Status.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A beat and a shift, as one policy weighs it at one moment."""

    force: str
    beat: Beat
    ground: Ground
    start: Instant
    until: Instant
    at: Instant
    policy: Policy
    weighing: Weighing

    @property
    def names(self) -> tuple[str, ...]:
        beat = self.beat
        return tuple(dict.fromkeys(name for name in (beat.id, beat.name, beat.district) if name))

    def query(self) -> BeatQuery:
        """What the store is asked."""
        lifetime = int(self.policy.tables.lifetime_s.max()) * SECOND
        return BeatQuery(
            force=self.force,
            inside=wrapped(self.beat.area.bounds),
            boxes=wrapped(self.ground.bounds),
            names=self.names,
            since=self.at - HISTORY,
            until=self.at,
            intel_since=self.at - INTEL_SINCE,
            placeless_since=self.at - max(lifetime, 2 * DAY),
        )


@dataclass(slots=True)
class Shared:
    """The part of a beat and shift. ``distance_m`` and ``in_beat`` are by slot of ``picture``; ``history`` is what
    happened in the beat, with ``since`` from when it is whole. ``lock``: one reader's part at a time."""

    turn: Turn
    picture: LivePicture
    distance_m: Float32
    in_beat: Bool
    history: BeatColumns
    since: Instant
    places: dict[Clearance, tuple[Hotspot, ...]] = field(default_factory=dict)
    """By clearance: made of what everybody of the force with that clearance may see."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def changed_since(self, since: Instant) -> list[str]:
        """Records that have a newer version than the one of then."""
        found = (item for item in self.picture.stored if item is not None)
        return [item.record.id for item in found if item.version > 1 and item.written_at > since]

    def may_concern(self, item: Stored) -> bool:
        """A record that was written is one of what is shared here, or ought to be."""
        record = item.record
        if record.id in self.picture.slot_of:
            return True
        if record.place is None or record.place.is_empty:
            anywhere = isinstance(record, Briefing) or (isinstance(record, IntelReport) and record.lookout)
            return anywhere or record.beat in self.turn.names
        west, south, east, north = record.place.bounds
        left, low, right, high = self.turn.ground.bounds
        return west <= right and east >= left and south <= high and north >= low


def chosen(columns: BeatColumns, turn: Turn) -> Int64:
    """Numbers of the records that are worth reading: of each sort as many as are ever looked at."""
    here = turn.ground.nears(columns.lon, columns.lat) | np.isnan(columns.lon)
    live = np.isin(columns.status, _LIVE) & (columns.valid_until > turn.at)
    incident, intel = np.isin(columns.kind, _INCIDENTS), columns.kind == _INTEL
    young = (columns.reported_at > turn.at - _lifetimes(columns, turn.policy)) | (columns.valid_until < LATEST)
    lately = (columns.reported_at > turn.at - LOOK_BACK) & (columns.status != _CANCELLED)
    new = incident & (columns.reported_at > turn.at - NEW_SINCE) & (columns.grade > 0) & ~_dull(columns)
    sorts = {
        "live": (here & incident & live & young, columns.grade),
        "hazards": (here & lately & ((columns.hazards & LASTING) != 0), _danger(columns)),
        "intelligence": (here & intel & live, None),
        "lookouts": (intel & live & (columns.lookout == 1), None),
        "changed": (here & (columns.version > 1) & (columns.written_at > turn.at - CHANGED_SINCE), columns.grade),
        "new": (here & new, columns.grade),
    }
    picked = [columns.n[_best(mask, first, columns.reported_at, MOST[sort])] for sort, (mask, first) in sorts.items()]
    every: Int64 = np.unique(np.concatenate(picked))
    return every


def _lifetimes(columns: BeatColumns, policy: Policy) -> Int64:
    """How long each is live where nobody has given it an end."""
    names, which = np.unique(columns.category.astype(str), return_inverse=True)
    known = [name if policy.known(name) else policy.fallback for name in names.tolist()]
    rows = np.array([policy.row_of(name) for name in known], np.int64)
    table = policy.tables.lifetime_s
    lifetimes: Int64 = table[rows[which], columns.grade].astype(np.int64) * SECOND if len(columns) else columns.n
    return lifetimes


def _dull(columns: BeatColumns) -> Bool:
    dull: Bool = np.isin(columns.category.astype(str), NO_NEWS)
    return dull


def _danger(columns: BeatColumns) -> Int64:
    danger: Int64 = ((columns.hazards & DEADLY) != 0) * 4 + columns.grade
    return danger


def _best(mask: Bool, first: Int64 | None, at: Int64, most: int) -> Int64:
    """Rows of the mask: half of them the newest, half the gravest of the others, the newest first."""
    rows = np.flatnonzero(mask)
    if len(rows) <= most:
        return rows
    newest = rows[np.argsort(-at[rows], kind="stable")]
    if first is None:
        return newest[:most]
    rest = newest[most // 2 :]
    gravest = rest[np.argsort(-first[rest], kind="stable")]
    return np.concatenate([newest[: most // 2], gravest[: most - most // 2]])


def shared_of(turn: Turn, history: BeatHistory, records: Sequence[Stored], briefings: Iterable[Stored]) -> Shared:
    """The chosen records and the force's live briefings, in a picture of their own. For a thread."""
    picture, policy = LivePicture(), turn.weighing.shift
    picture.twins.within(policy.noise.duplicate_m, policy.noise.duplicate_s)
    picture.beats.put([turn.beat])
    items = [item for item in records if item.record.reported_at <= turn.at]
    picture.apply([*items, *briefings], policy.lifetime_and_reach)
    picture.expire(turn.at)
    count = len(picture.stored)
    lon, lat = picture.lon[:count], picture.lat[:count]
    distance = turn.ground.metres(lon, lat)
    codes = [picture.beats.code_of_text(turn.force, name) for name in turn.names]
    named = np.isin(picture.beat[:count], codes) & (np.isnan(lon) | (distance <= NEXT_TO_M))
    columns = history.columns
    inside = turn.ground.holds(columns.lon, columns.lat) & np.isin(columns.kind, _INCIDENTS)
    kept = columns.rows(inside & (columns.status != _CANCELLED))
    return Shared(turn, picture, distance, (distance <= 0) | named, kept, history.since)
