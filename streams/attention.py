"""How often each officer was asked for his attention lately, in columns; who is in a flood, and what it hides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geo.clock import MINUTE, Instant
from geo.pairs import Bool, Float32, Int32, Int64

WINDOW = 10 * MINUTE
MOST = 16
"""Instants remembered of each officer: ``noise.flood_starts`` is less than that."""


class _Ring:
    """The latest :data:`MOST` instants of each officer."""

    def __init__(self) -> None:
        self.at: Int64 = np.zeros((0, MOST), np.int64)
        self._next: Int32 = np.zeros(0, np.int32)

    def grow(self, more: int) -> None:
        self.at = np.concatenate([self.at, np.zeros((more, MOST), np.int64)])
        self._next = np.concatenate([self._next, np.zeros(more, np.int32)])

    def count(self, officer: Int32, now: Instant) -> Int32:
        found: Int32 = np.count_nonzero(self.at[officer] > now - WINDOW, axis=1).astype(np.int32)
        return found

    def beyond(self, officer: Int32, total: Float32, now: Instant, starts: int) -> Bool:
        """Adds a row each, and says which are beyond so many in ten minutes: the weakest of those that come at once."""
        before = self.count(officer, now)
        order = np.lexsort((-total, officer))
        mine = officer[order]
        first = np.concatenate([[True], mine[1:] != mine[:-1]])
        group = np.cumsum(first) - 1
        rank = np.arange(len(order)) - np.flatnonzero(first)[group]
        many = np.empty(len(order), np.bool_)
        many[order] = before[order] + rank + 1 > starts
        keep = order[rank < MOST]
        self.at[officer[keep], (self._next[officer[keep]] + rank[rank < MOST]) % MOST] = now
        who, counts = mine[first], np.bincount(group)
        self._next[who] = (self._next[who] + np.minimum(counts, MOST)) % MOST
        return many

    def load(self, officer: int, instants: Sequence[Instant]) -> None:
        latest = sorted(instants)[-MOST:]
        self.at[officer] = 0
        self.at[officer, : len(latest)] = latest
        self._next[officer] = len(latest) % MOST


class Attention:
    """By officer slot: ``since`` is when his flood began (0: none), ``card_at`` when his card was said last."""

    since: Int64
    card_at: Int64

    def __init__(self) -> None:
        self._all, self._grave = _Ring(), _Ring()
        self.since = self.card_at = np.zeros(0, np.int64)
        self._more: Bool = np.zeros(0, np.bool_)
        self._hidden: Int64 = np.zeros(0, np.int64)
        self._reach(63)

    def count(self, officer: Int32, now: Instant) -> Int32:
        """How often in the last ten minutes, as far as :data:`MOST` goes."""
        self._reach(int(officer.max(initial=0)))
        return self._all.count(officer, now)

    def asked(self, officer: Int32, total: Float32, grave: Bool, now: Instant, starts: int) -> Bool:
        """These rows ask for the attention of these officers now -> which of them are one too many: all but the grave
        of an officer who is in a flood, and the weakest beyond ``starts`` in ten minutes, with which it begins. Of the
        grave (priority 1) only those that are too many by themselves: an emergency is not hidden behind burglaries."""
        self._reach(int(officer.max(initial=0)))
        many = self._all.beyond(officer, total, now, starts) | (self.since[officer] > 0)
        flooded = officer[many]
        self.since[flooded] = np.where(self.since[flooded] > 0, self.since[flooded], now)
        at = np.flatnonzero(grave)
        if len(at):
            many[at] = self._grave.beyond(officer[at], total[at], now, starts)
        return many

    # ------------------------------------------------------------------ what the card counts
    def hide(self, officer: Int32, record: Int32) -> None:
        """These are on the map only, because of the flood."""
        if len(officer):
            keys = (officer.astype(np.int64) << 32) | record
            self._hidden = np.union1d(self._hidden, keys)
            self._more[officer] = True

    def hidden(self, officer: Int32) -> tuple[Int32, Int32]:
        """(officer, record) slots that the flood hides from these officers."""
        keys = self._hidden[np.isin((self._hidden >> 32).astype(np.int32), officer)]
        return (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)

    def forget(self, record: int) -> None:
        """The record's slot is free for another."""
        self._hidden = self._hidden[(self._hidden & 0xFFFFFFFF) != record]

    # ------------------------------------------------------------------ the card's times
    def to_say(self, now: Instant, again: int) -> Int32:
        """Officers whose card is new, or counts more than it says and was said long enough ago (``again``, us)."""
        due = (self.since > 0) & self._more & (now - self.card_at >= again)
        return due.nonzero()[0].astype(np.int32)

    def recount(self, officers: Sequence[int]) -> None:
        """Their rights may have changed: what the cards count is looked at again, at once."""
        flooded = [slot for slot in officers if slot < len(self.since) and self.since[slot] > 0]
        self._more[flooded] = True
        self.card_at[flooded] = 0

    def said(self, officer: Int32, now: Instant) -> None:
        """Their cards are said."""
        self.card_at[officer], self._more[officer] = now, False

    def over(self, now: Instant, ends: int) -> Int32:
        """Officers who are in a flood and are asked for less than ``ends`` times in ten minutes."""
        flooded = (self.since > 0).nonzero()[0].astype(np.int32)
        return flooded[self.count(flooded, now) < max(ends, 1)]

    def ended(self, officer: Int32) -> None:
        """Their floods are over."""
        self.since[officer] = self.card_at[officer] = 0
        self._more[officer] = False
        gone = np.isin((self._hidden >> 32).astype(np.int32), officer)
        self._hidden = self._hidden[~gone]

    def next_due(self, officer: Int32, ends: int, again: int) -> Int64:
        """When each officer in a flood is to be looked at again: its end, as things stand, or the card's renewal."""
        newest = np.sort(self._all.at[officer], axis=1)[:, ::-1]
        end = newest[:, min(max(ends, 1), MOST) - 1] + WINDOW
        renew = np.where(self._more[officer], self.card_at[officer] + again, end)
        return np.minimum(end, renew)

    def load(
        self, officer: int, instants: Sequence[Instant], since: Instant, mapped: Sequence[tuple[int, Instant]] = ()
    ) -> None:
        """Anew from what the store has of an officer who has just come here: when he was told, his card, and what he
        holds on the map since ten minutes before that."""
        self._reach(officer)
        self._all.load(officer, instants)
        self._grave.load(officer, [])
        self.since[officer] = self.card_at[officer] = since
        self._more[officer] = False
        self._hidden = self._hidden[(self._hidden >> 32) != officer]
        if since:
            slots = np.array([slot for slot, at in mapped if at > since - WINDOW], np.int32)
            self.hide(np.full(len(slots), officer, np.int32), slots)
            self._more[officer] = False

    def _reach(self, slot: int) -> None:
        have = len(self.since)
        if slot < have:
            return
        more = max(have, slot + 1 - have, 64)
        self._all.grow(more)
        self._grave.grow(more)
        self.since = np.concatenate([self.since, np.zeros(more, np.int64)])
        self.card_at = np.concatenate([self.card_at, np.zeros(more, np.int64)])
        self._more = np.concatenate([self._more, np.zeros(more, np.bool_)])
