"""Pushed briefings: as urgent as they were sent, asked anew, answered on one device for all, said again, taken back"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from geo.model import RecordKind, Verdict
from geo.pairs import Bool, Int64, UInt8, Via
from geo.picture import LivePicture
from geo.store.rows import Act
from streams.held import Held, HeldColumns, holds_live
from streams.noise.rules import Reason, Rule
from streams.relevance.score import Scored

_ADDRESSED = np.uint8(Via.ADDRESSED)
_BRIEFING = list(RecordKind).index(RecordKind.BRIEFING)


class Asking(IntEnum):
    """How it stands with one officer and one must-ack; kept in the store where a watched area has its state (a briefing
    is none), so the numbers begin above :class:`geo.geofence.Fence`. Append, never renumber."""

    ASKED = 0
    ANSWERED = 4
    """He has acknowledged it, and all of his devices know."""
    JUST_ANSWERED = 5
    """He has acknowledged it, and the others still ask."""
    OVERDUE = 6
    """He has not in time: it is to be said again."""


@dataclass(slots=True)
class Asked:
    """The rows (``at``, ascending) about a briefing that is held, and how it stands from now on."""

    at: Int64
    row: Int64
    state: UInt8


def nobody() -> Asked:
    """No row is about a briefing that is held."""
    return Asked(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8))


def ask(scored: Scored, held: Held, picture: LivePicture) -> Asked:
    """Marks in ``scored`` what asks for another acknowledgement as news; whoever had answered is asked anew. What is
    pushed has at least the priority that the dispatcher gave it: there the grade is his word, not a guess at one."""
    if not picture.briefings and not picture.withdrawn:
        return nobody()
    pushed = picture.kind.take(scored.pairs.record) == _BRIEFING
    mine = np.flatnonzero(pushed & ((scored.pairs.via & _ADDRESSED) != 0))
    given = np.uint8(4) - picture.grade.take(scored.pairs.record[mine])
    scored.priority[mine] = np.minimum(scored.priority[mine], given)
    at = np.flatnonzero(pushed & (scored.held_row >= 0))
    row = scored.held_row[at].astype(np.int64)
    state = held.fence[row].copy()
    slots = scored.pairs.record[at]
    wanted = np.array([_ack_version(picture, slot) for slot in slots.tolist()], np.int32)
    anew = (held.told_style[row] > 0) & (held.told_version[row] < wanted)
    scored.material[at[anew]] = True
    state[anew] = Asking.ASKED
    return Asked(at, row, state)


def _ack_version(picture: LivePicture, slot: int) -> int:
    briefing = picture.briefings.get(slot)
    return 0 if briefing is None else briefing.ack_version


def settle(
    asked: Asked, act: UInt8, verdict: UInt8, rule: UInt8, told_style: UInt8, held: Held, usual: UInt8, standing: Bool
) -> None:
    """After rules 2 and 3: who has answered is told so, silently, and is asked neither by a silent correction nor when
    he comes back to it; who has not in time is told again as if it were the first time. ``usual`` is the style that
    rule 5 gave, ``standing`` the rows that are live and inside."""
    at, row = asked.at, asked.row
    if not len(at):
        return
    shown = standing[at] & (held.act[row] == Act.ALERT) & held.inside[row]
    said = act[at] == Act.ALERT
    news = said & (rule[at] != Rule.SILENT_CHANGE)
    answered = (asked.state == Asking.ANSWERED) | (asked.state == Asking.JUST_ANSWERED)
    word = answered & said & (rule[at] != Rule.MATERIAL)
    word |= (asked.state == Asking.JUST_ANSWERED) & shown & ~said
    again = shown & ~news & (asked.state == Asking.OVERDUE)
    for chosen, why in ((word, Rule.ANSWERED), (again, Rule.REMINDED)):
        act[at[chosen]], rule[at[chosen]] = Act.ALERT, why
        told_style[at[chosen]] = held.told_style[row[chosen]]
    verdict[at[word]] = Verdict.MAP
    verdict[at[again]] = np.maximum(usual[at[again]], np.uint8(Verdict.NOTIFY))
    asked.state[word] = Asking.ANSWERED
    asked.state[again | (news & (asked.state == Asking.OVERDUE))] = Asking.ASKED


def linger(asked: Asked, scored: Scored, held: Held, inside: Bool) -> None:
    """Who holds it, and has only just left the area that it is for, keeps it (:mod:`streams.leaving`)."""
    at, row = asked.at, asked.row
    if not len(at):
        return
    near = (scored.pairs.via[at] & np.uint8(Via.PLACE | Via.ADDRESSED)) == Via.PLACE
    inside[at[near]] = holds_live(held, row[near].astype(np.int32))


def take_back(
    asked: Asked, act: UInt8, reason: UInt8, rule: UInt8, verdict: UInt8, held: Held, picture: LivePicture,
    record: np.ndarray[tuple[int], np.dtype[np.int32]],
) -> Int64:  # fmt: skip
    """What was withdrawn is erased, from a device's history too -> the rows."""
    if not picture.withdrawn or not len(asked.at):
        return np.zeros(0, np.int64)
    gone = np.isin(record[asked.at], np.fromiter(picture.withdrawn, np.int32))
    told = (held.act[asked.row] == Act.ALERT) | (held.act[asked.row] == Act.CANCEL)
    at: Int64 = asked.at[gone & told]
    act[at], reason[at], rule[at], verdict[at] = Act.PURGE, Reason.WITHDRAWN, Rule.WITHDRAWN, Verdict.NONE
    return at


def write(asked: Asked, at: Int64, columns: HeldColumns) -> None:
    """How it stands into the columns of the rows ``at`` (ascending)."""
    if not len(asked.at) or not len(at):
        return
    place = np.minimum(np.searchsorted(at, asked.at), len(at) - 1)
    mine = np.flatnonzero(at[place] == asked.at)
    columns.fence[place[mine]] = asked.state[mine]
