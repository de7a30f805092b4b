"""Why a raw record was refused: the closed set of reasons, and all the problems of one record together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The code of one problem. Kept with the dead letter, counted in metrics, answered over HTTP."""

    MISSING = "missing"
    """A field that every record needs is absent or empty."""
    NO_SOURCE_ID = "no_source_id"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    """A number where a text belongs, and the like."""
    NOT_ONE_OF = "not_one_of"
    """Outside a closed set; the message names the set."""
    NUL_IN_TEXT = "nul_in_text"
    NOT_UNICODE = "not_unicode"
    """Half of a surrogate pair: no such text can be stored or sent."""
    UNSAFE_TEXT = "unsafe_text"
    """Characters that make a text look like another one, or command a terminal: turned writing, control characters."""
    TOO_LONG = "too_long"
    BAD_TIME = "bad_time"
    NO_ZONE = "no_zone"
    """A time without a zone is not an instant, and a guess at the zone is a wrong time."""
    END_BEFORE_START = "end_before_start"
    CONTRADICTION = "contradiction"
    """Two fields that exclude each other."""
    BAD_PLACE = "bad_place"
    NULL_ISLAND = "null_island"
    SWAPPED = "swapped"
    OUT_OF_AREA = "out_of_area"
    BAD_MARKING = "bad_marking"
    ABOVE_CEILING = "above_ceiling"
    BAD_GRADING = "bad_grading"
    BAD_ROW = "bad_row"
    """A row with the wrong number of fields, or whose columns are shifted."""
    BAD_JSON = "bad_json"
    TRUNCATED = "truncated"
    """The file ends, or cannot be unpacked any further, in the middle."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the field as the sender wrote it ("" for the whole), the code, and a sentence."""

    field: str
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The refusal of one raw record: all of its problems, never none."""

    problems: tuple[Problem, ...]

    @property
    def reason(self) -> Reason:
        """The first problem's code: what a dead letter is counted under."""
        return self.problems[0].reason

    @property
    def message(self) -> str:
        """All problems as one sentence."""
        return "; ".join(f"{p.field}: {p.message}" if p.field else p.message for p in self.problems)


def refused(field: str, reason: Reason, message: str) -> Refused:
    """The refusal for one problem."""
    return Refused((Problem(field, reason, message),))
