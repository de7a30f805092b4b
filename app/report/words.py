"""The report's words: what each rule did, in a sentence; the glossary; times, lengths and counts as people say them"""

from __future__ import annotations

from datetime import datetime, tzinfo

from geo.clock import SECOND, Instant
from geo.model import Verdict
from streams.noise.rules import Rule

RULES: dict[Rule, str] = {
    Rule.NONE: "Nothing was decided",
    Rule.STYLE: "As urgent as its priority is, for what the officer was doing",
    Rule.BELOW_THRESHOLD: "Too far, too old or too minor to matter to this officer",
    Rule.MUST_OFFICER_EMERGENCY: "An officer needs help: always told",
    Rule.MUST_THREAT_TO_LIFE: "Immediate threat to life: always told",
    Rule.MUST_OWN_TASKING: "The officer's own job: always told",
    Rule.MUST_ACK: "A briefing that must be acknowledged: always told",
    Rule.WITHDRAWN: "Closed, cancelled, expired or replaced",
    Rule.NOT_ENTITLED: "The officer may not see it, or may not any more",
    Rule.OFF_DUTY: "The officer was off duty",
    Rule.NO_REPEAT: "Told already, and nothing that matters has changed",
    Rule.MATERIAL: "Told again: it got graver, moved, or there was a new hazard",
    Rule.NEARER: "Told again, louder: the officer had come nearer",
    Rule.RE_ENTRY: "Back within reach of something told before: on the map, without a sound",
    Rule.SILENT_CHANGE: "A small change to something told before: on the map, without a sound",
    Rule.ON_DELAY: "Only just at the edge of its reach: it waits a moment to see whether the officer stays",
    Rule.EXIT: "The officer had left its reach",
    Rule.OWN_SAFETY: "So close that it was a matter of the officer's own safety",
    Rule.UNCERTAIN_PLACE: "Nobody could be sure where the officer was: nothing interrupts on an old position",
    Rule.POLICY_CHANGE: "A new policy came into force: that alone never interrupts",
    Rule.BUDGET: "The officer had been interrupted enough for ten minutes: said as a notice",
    Rule.DUPLICATE: "Another source reports the same thing: shown as one",
    Rule.FLOOD: "Too many at once: put on the map, and counted on one summary card",
    Rule.OLD_NEWS: "It happened too long ago to be told as news: on the map",
    Rule.DOUBTFUL: "Intelligence that is suspected to be false: on the map",
    Rule.WATCH_ENTER: "The officer came into a watched area",
    Rule.WATCH_EXIT: "The officer left a watched area",
    Rule.WATCH_DWELL: "The officer stayed in a watched area",
    Rule.WATCH_CROSS: "The officer went through a watched area",
    Rule.PASSED: "The officer went through its reach between two positions, and out again",
    Rule.SUMMARY: "The summary card of a busy time",
    Rule.BRIEFED: "It was in the officer's patrol briefing, and had changed since",
    Rule.ANSWERED: "Acknowledged on another device: that one need not ask any more",
    Rule.REMINDED: "Not acknowledged in time: said again",
}
"""What each rule did, as a sergeant would say it."""

QUIET: dict[tuple[Rule, Verdict], str] = {
    (Rule.STYLE, Verdict.MAP): "Not urgent enough for a sound: put on the map",
    (Rule.STYLE, Verdict.HOLD): "Less urgent, and the officer was driving or busy: kept for later",
    (Rule.STYLE, Verdict.NONE): "Less urgent, and the officer was on a break",
}
"""The same where a rule means different things by what came of it."""

BEYOND_REACH = "Never within its reach: the reach of its kind and grade is shorter than that"
MOMENTARY = "Within its reach for a moment only, or just as it ended"

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("Interruption", "The handset demands attention now: sound, vibration, and a card on top of everything else."),
    ("Notice", "A short buzz and a card that can wait until the officer looks."),
    ("Told", "By an interruption or by a notice."),
    ("On the map", "The handset shows it in its place, without a sound. Nobody has to look."),
    ("Kept for later", "Not shown just now; it is decided anew when something changes, and its reason is on record."),
    (
        "Must-deliver",
        "What every officer on duty within reach is told whatever else is going on: an officer who needs help, an "
        "immediate threat to life, the officer's own job, a briefing that must be acknowledged.",
    ),
    (
        "Reach",
        "How far away a kind of incident still matters. It is longer for graver grades, and is set in the policy file.",
    ),
    (
        "Everything within 1 km",
        "What this is compared with: a system without a filter, that interrupts every unit once for every open "
        "incident that is within 1 km of it in the incident's first hour.",
    ),
    (
        "Officer-hour",
        "One unit on duty for one hour. A silence of more than five minutes in a unit's positions does not count.",
    ),
    ("Wait", "From the moment at which a unit is within reach of something known, until the unit is told of it."),
    ("Policy", "The file in which a force says what matters how much. Its version is at the top of this page."),
)


def rule_text(rule: Rule, verdict: Verdict) -> str:
    """Why it was so, in a sentence."""
    return QUIET.get((rule, verdict)) or RULES[rule]


def number(value: float) -> str:
    """``1,083``; ``0.4`` below ten, unless it is whole."""
    if value != round(value) and abs(value) < 10:
        return f"{value:.1f}" if abs(value) >= 0.95 else f"{value:.2f}"
    return f"{value:,.0f}"


def counted(count: int, one: str, many: str = "") -> str:
    """``1 interruption``, ``3 interruptions``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def share(part: float, whole: float) -> str:
    """``12 %``; never 0 % or 100 % for what is not."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "under 1 %"
    return "over 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def lasting(seconds: float) -> str:
    """``under 1 s``, ``12 s``, ``3 min``, ``1 h 20 min``."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def metres(distance: float) -> str:
    """``340 m``, ``1.2 km``."""
    return f"{distance:.0f} m" if distance < 995 else f"{distance / 1000:.1f} km"


def clock(at: Instant, zone: tzinfo) -> str:
    """``14:05``."""
    return _local(at, zone).strftime("%H:%M")


def clock_s(at: Instant, zone: tzinfo) -> str:
    """``14:05:20``."""
    return _local(at, zone).strftime("%H:%M:%S")


def day(at: Instant, zone: tzinfo) -> str:
    """``Thursday 15 January 2026``."""
    local = _local(at, zone)
    return f"{local:%A} {local.day} {local:%B %Y}"


def _local(at: Instant, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at / SECOND, zone)
