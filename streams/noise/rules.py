"""The names of the noise rules and of the reasons for withdrawal: what a verdict says about itself."""

from __future__ import annotations

from enum import IntEnum


class Rule(IntEnum):
    """The rule that decided; :data:`RULE_NAMES` has them as texts. Append, never renumber."""

    NONE = 0
    STYLE = 1
    """Activity and priority."""
    BELOW_THRESHOLD = 2
    MUST_OFFICER_EMERGENCY = 3
    MUST_THREAT_TO_LIFE = 4
    MUST_OWN_TASKING = 5
    MUST_ACK = 6
    WITHDRAWN = 7
    """Closed, cancelled, expired or superseded."""
    NOT_ENTITLED = 8
    OFF_DUTY = 9
    NO_REPEAT = 10
    MATERIAL = 11
    """Grade up, moved, or a new hazard: said again because it is news."""
    NEARER = 12
    """Said again because it is more urgent for him by now."""
    RE_ENTRY = 13
    SILENT_CHANGE = 14
    ON_DELAY = 15
    EXIT = 16
    """Left by more than the exit reach."""
    OWN_SAFETY = 17
    UNCERTAIN_PLACE = 18
    """His last fix is old: it does not interrupt."""
    POLICY_CHANGE = 19
    """A new policy alone does not interrupt."""
    BUDGET = 20
    DUPLICATE = 21
    """The same thing from another source: shown as one, with both sources."""
    FLOOD = 22
    """One of too many in ten minutes: on the map, and counted on one summary card."""
    OLD_NEWS = 23
    """Too long ago to be told anew louder than on the map."""
    WATCH_ENTER = 24
    """He has come into a watched area."""
    WATCH_EXIT = 25
    """He has left a watched area."""
    WATCH_DWELL = 26
    """He has been inside a watched area for as long as it asks, or waits for that."""
    WATCH_CROSS = 27
    """He went through a watched area between two fixes."""
    PASSED = 28
    """Between two fixes he went through its reach and out again."""
    SUMMARY = 29
    """The summary card itself."""
    DOUBTFUL = 30
    """Intelligence that is suspected to be false: it is never pushed at anybody."""
    BRIEFED = 31
    """He was given it with his patrol-start briefing, and it has changed since: the correction."""
    ANSWERED = 32
    """He has acknowledged it on one of his devices: the others need not ask any more."""
    REMINDED = 33
    """A must-ack that he has not answered in time: said again."""


RULE_NAMES = tuple(rule.name.lower() for rule in Rule)
MUST_RULE = 2
"""``Rule`` of a must-deliver pair = its ``relevance.Must`` + this."""


class Reason(IntEnum):
    """Why an alert is withdrawn: the ``reason`` of a cancel or purge on the wire."""

    NONE = 0
    CLOSED = 1
    CANCELLED = 2
    EXPIRED = 3
    OUT_OF_REACH = 4
    NOT_ENTITLED = 5
    WITHDRAWN = 6


REASON_NAMES = ("", *(reason.name.lower() for reason in Reason if reason))


class Cause(IntEnum):
    """Which entrance made the pairs be decided anew."""

    RECORD = 0
    MOVE = 1
    OFFICER = 2
    TIME = 3
    POLICY = 4
