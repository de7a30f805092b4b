"""What was given with a patrol-start briefing, a column beside what is held: until when, under which number, as what"""

from __future__ import annotations

import numpy as np

from geo.clock import Instant
from geo.pairs import Bool, Int32, Int64, UInt8

CORRECTION = "briefed"
"""The name of the rule of a word that was said because of a briefing alone."""


class Briefed:
    """By row of :class:`streams.held.Held`, in memory only: the store's ``patrol_item`` rows are the record, and bring
    them back when an officer is taken.

    ``until`` is when the briefing ends (0: not briefed), ``item`` the number in it (0: of an earlier briefing than the
    one that he goes by). ``version``, ``status`` and ``live`` are what he knows of it: as it was shown, or as he was
    told since, whichever is newer. ``live`` says that he takes it to be going on.
    """

    until: Int64
    item: Int32
    version: Int32
    status: UInt8
    live: Bool

    def __init__(self, capacity: int) -> None:
        for name, dtype in _COLUMNS.items():
            setattr(self, name, np.zeros(capacity, dtype))
        self.ever = False
        """Anybody was briefed since this process began: until then nothing here costs anything."""

    def grow(self, by: int) -> None:
        """More rows can be held by now."""
        for name, dtype in _COLUMNS.items():
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(by, dtype)]))

    def forget(self, rows: Int32) -> None:
        """These rows are about nothing that he was briefed on any more."""
        self.until[rows] = 0

    def lasting(self, rows: Int32, now: Instant) -> Bool:
        """For rows (none negative): he was given it, and its corrections are owed to him."""
        return np.asarray(self.until[rows] > now)

    def knows(self, rows: Int32, version: Int32, status: UInt8, live: Bool) -> None:
        """He has just been told, or shown, this of it."""
        self.version[rows], self.status[rows], self.live[rows] = version, status, live


_COLUMNS = {"until": np.int64, "item": np.int32, "version": np.int32, "status": np.uint8, "live": np.bool_}
