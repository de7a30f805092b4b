"""Every error of this package, as one tree.

GeoError
├── BadTime            a text that is no instant, or one without a zone
├── BadPlace           coordinates, a geometry or a grid reference that is no place on Earth
├── BadMarking         a marking that is not understood, or above this deployment's ceiling
├── BadRecord          a record that breaks a rule of the model (carries field and reason)
├── UnknownVocabulary  a construct that has no body on this engine
└── StoreError
    ├── StoreUnavailable   the store cannot be reached or is busy beyond its patience: try again
    │   └── StoreUncertain   it went away as it was told to commit: nobody knows whether that was written
    ├── StoreForeign       the schema in the store is not this version's: says what to run
    ├── BadCursor          a paging or change cursor that this store did not hand out
    └── NotFound           no such record, officer, unit, beat, shift or emergency
"""

from __future__ import annotations


class GeoError(Exception):
    """Root of the tree. ``str(error)`` is a sentence that can be shown to a user."""


class BadTime(GeoError, ValueError):
    """A text that is no instant, or one without a zone."""


class BadPlace(GeoError, ValueError):
    """Coordinates, a geometry or a grid reference that is no place on Earth.

    ``reason`` is a code of :class:`geo.normalise.Reason`: bad_place, null_island, swapped, out_of_area.
    """

    def __init__(self, message: str, reason: str = "bad_place") -> None:
        super().__init__(message)
        self.reason = reason


class BadMarking(GeoError, ValueError):
    """A marking that is not understood, or above this deployment's ceiling."""


class BadRecord(GeoError, ValueError):
    """A record that breaks a rule of the model.

    ``field`` is the name as the sender wrote it; ``reason`` is a code of :class:`geo.normalise.Reason`.
    """

    def __init__(self, field: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


class UnknownVocabulary(GeoError):
    """A construct that has no body on this engine."""


class StoreError(GeoError):
    """Root of what the store raises."""


class StoreUnavailable(StoreError):
    """The store cannot be reached, or is busy beyond its patience. Nothing was written: try again."""


class StoreUncertain(StoreUnavailable):
    """The store went away as it was told to commit: nobody knows whether that was written.

    Everything that the store does may be done again: ``put`` and ``answer`` find it written, ``record`` is told by the
    tick's ``again``.
    """


class StoreForeign(StoreError):
    """The schema in the store is not this version's."""


class BadCursor(StoreError, ValueError):
    """A paging or change cursor that this store did not hand out."""


class NotFound(StoreError, KeyError):
    """No such record, officer, unit, beat, shift or emergency."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else "not found"
