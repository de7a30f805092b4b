"""Pairs of slots as sorted keys: a large sorted level and a small one, so that adding a few costs a few."""

from __future__ import annotations

import numpy as np

from geo.pairs import Bool, Int32, Int64

SMALL_LEVEL = 4_096
"""Keys in the small level before it is merged: a merge copies 12 bytes a key, 0.6 ms at 100,000 keys."""


def keys_of(left: Int32, right: Int32) -> Int64:
    """Two slots in one sortable integer."""
    return (left.astype(np.int64) << 32) | right


class PairIndex:
    """(left slot, right slot) -> row; unique keys; found by whole columns."""

    __slots__ = ("_keys", "_new_keys", "_new_rows", "_rows")

    def __init__(self) -> None:
        self._keys: Int64 = np.zeros(0, np.int64)
        self._rows: Int32 = np.zeros(0, np.int32)
        self._new_keys: Int64 = np.zeros(0, np.int64)
        self._new_rows: Int32 = np.zeros(0, np.int32)

    def __len__(self) -> int:
        return len(self._keys) + len(self._new_keys)

    def find(self, keys: Int64) -> Int32:
        """The row of each key, -1 where there is none."""
        rows = np.full(len(keys), -1, np.int32)
        for level_keys, level_rows in self._levels():
            at = level_keys.searchsorted(keys)
            np.minimum(at, len(level_keys) - 1, out=at)
            hit = level_keys[at] == keys
            rows[hit] = level_rows[at[hit]]
        return rows

    def rows_of_left(self, left: Int32) -> Int32:
        """All rows whose left slot is one of these (each named once)."""
        parts = []
        for level_keys, level_rows in self._levels():
            low = left.astype(np.int64) << 32
            first, last = level_keys.searchsorted(low), level_keys.searchsorted(low + (1 << 32))
            count = last - first
            offset = np.repeat(first - np.concatenate([[0], count.cumsum()[:-1]]), count)
            parts.append(level_rows[offset + np.arange(len(offset))])
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)

    def add(self, keys: Int64, rows: Int32) -> None:
        """Keys that are not there yet, each once."""
        merged = np.concatenate([self._new_keys, keys])
        order = merged.argsort(kind="stable")
        self._new_keys = merged[order]
        self._new_rows = np.concatenate([self._new_rows, rows])[order]
        if len(self._new_keys) > SMALL_LEVEL:
            at = self._keys.searchsorted(self._new_keys)
            self._keys = np.insert(self._keys, at, self._new_keys)
            self._rows = np.insert(self._rows, at, self._new_rows)
            self._new_keys, self._new_rows = np.zeros(0, np.int64), np.zeros(0, np.int32)

    def remove(self, gone: Bool) -> None:
        """Forgets the rows for which ``gone[row]`` is true."""
        keep, keep_new = ~gone[self._rows], ~gone[self._new_rows]
        self._keys, self._rows = self._keys[keep], self._rows[keep]
        self._new_keys, self._new_rows = self._new_keys[keep_new], self._new_rows[keep_new]

    def _levels(self) -> list[tuple[Int64, Int32]]:
        levels = ((self._keys, self._rows), (self._new_keys, self._new_rows))
        return [level for level in levels if len(level[0])]
