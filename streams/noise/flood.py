"""Rule 8: too many notices in ten minutes go on the map, and one summary card says how many and of what."""

from __future__ import annotations

from geo.model import RecordKind, Verdict
from geo.pairs import Int32, Int64, UInt8
from geo.picture import LivePicture
from geo.store.rows import Act
from streams.attention import MOST
from streams.held import Held
from streams.noise.rules import Rule
from streams.relevance.policy import NoiseLimits
from streams.relevance.score import Scored

SUMMARY_KIND = list(RecordKind).index(RecordKind.SUMMARY)


def summed_up(
    scored: Scored, held: Held, limits: NoiseLimits, act: UInt8, verdict: UInt8, rule: UInt8, now: int
) -> Int64:
    """Puts the notices that are too many on the map, and returns their rows. What is said as an interruption within
    the budget, and what must be delivered, passes; all but the latter count. Priority 1 is too many only where there
    are more than so many of it alone."""
    asking = (act == Act.ALERT) & (verdict >= Verdict.NOTIFY) & ~scored.must_deliver
    at: Int64 = asking.nonzero()[0]
    if not len(at):
        return at
    starts = min(int(limits.flood_starts), MOST - 1)
    grave = scored.priority[at] == 1
    many = held.attention.asked(scored.pairs.officer[at], scored.total[at], grave, now, starts)
    hidden: Int64 = at[many & (verdict[at] == Verdict.NOTIFY)]
    verdict[hidden], rule[hidden] = Verdict.MAP, Rule.FLOOD
    return hidden


def without_cards(rows: Int32, held: Held, picture: LivePicture) -> Int32:
    """Held rows that are matched again: not the cards, which nobody is near to."""
    if not len(rows):
        return rows
    near: Int32 = rows[picture.kind.take(held.record[rows]) != SUMMARY_KIND]
    return near
