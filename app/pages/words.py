"""The words of a page: days and times in the reader's zone, hazards, grading, markings; texts made safe for one line"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo.clock import SECOND, Instant
from geo.marking import (
    Clearance,
    Handling,
    InformationAssessment,
    Marking,
    SharingHandling,
    SourceEvaluation,
    marking_text,
)
from streams.patrol.document import Item

HAZARDS: dict[str, str] = {
    "weapon": "Weapon",
    "violence": "Violence",
    "dog": "Dog",
    "fire": "Fire",
    "chemical": "Chemical",
    "public_order": "Public order",
    "infection": "Infection",
    "firearm": "Firearm",
    "traffic": "Traffic",
    "water": "Water",
    "height": "Height",
    "electricity": "Electricity",
}
STATUSES: dict[str, str] = {
    "open": "open",
    "attended": "a unit is there",
    "closed": "closed",
    "cancelled": "cancelled",
}
_SAID_ALREADY = ("there yet", "a unit is there", "officer needs help", "closed", "cancelled")
GRADES: dict[str, str] = {
    "emergency": "Emergency grade",
    "priority": "Priority grade",
    "standard": "Standard grade",
    "routine": "Routine grade",
}
_SOURCES: dict[SourceEvaluation, str] = {
    SourceEvaluation.RELIABLE: "reliable source",
    SourceEvaluation.UNTESTED: "untested source",
    SourceEvaluation.NOT_RELIABLE: "source not reliable",
}
_KNOWN: dict[InformationAssessment, str] = {
    InformationAssessment.KNOWN_DIRECTLY: "known to the source directly",
    InformationAssessment.KNOWN_INDIRECTLY_CORROBORATED: "known indirectly, but corroborated",
    InformationAssessment.KNOWN_INDIRECTLY: "known indirectly",
    InformationAssessment.NOT_KNOWN: "not known how",
    InformationAssessment.SUSPECTED_FALSE: "suspected to be false",
}
_SHARING: dict[SharingHandling, str] = {
    SharingHandling.PERMITTED: "may be shared lawfully",
    SharingHandling.CONDITIONS: "may be shared under its conditions only",
}
_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
_AGE = re.compile(r"\b(\d+) ?(s|min|h|d)\b")


def tidy(text: str, most: int = 400) -> str:
    """One line of at most ``most`` characters, without what steers a terminal or turns the direction of the rest."""
    line = " ".join(harmless(text[: 8 * most]).split())
    return line if len(line) <= most else line[: most - 1].rstrip(" ,.;:") + "…"


def harmless(text: str) -> str:
    """The text with its lines, without what steers a terminal or turns the direction of the rest."""
    if text.isprintable():
        return text
    return "".join(letter if letter == "\n" or _shown(letter) else " " for letter in text)


def _shown(letter: str) -> bool:
    """No control character, and no format character but the joiners that some scripts are written with."""
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or letter in "\u200c\u200d"


def sentence(text: str) -> str:
    """With a full stop at its end, unless it ends with a mark of its own."""
    text = text.strip()
    return text if not text or text[-1] in ".!?…:" else text + "."


def zone_of(name: str) -> tzinfo:
    """The zone that a briefing's words are in; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def clock(at: Instant, zone: tzinfo) -> str:
    """``14:05``."""
    return local(at, zone).strftime("%H:%M")


def day(at: Instant, zone: tzinfo) -> str:
    """``Thursday 15 January 2026``."""
    moment = local(at, zone)
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def day_and_clock(at: Instant, zone: tzinfo) -> str:
    """``Thu 15 Jan 14:05``."""
    moment = local(at, zone)
    return f"{moment:%a} {moment.day} {moment:%b %H:%M}"


def span(start: Instant, until: Instant, zone: tzinfo) -> str:
    """``14:00 to 22:00``; ``22:00 to Fri 16 Jan 06:00`` where it ends on another day."""
    same = local(start, zone).date() == local(until, zone).date()
    return f"{clock(start, zone)} to {clock(until, zone) if same else day_and_clock(until, zone)}"


def local(at: Instant, zone: tzinfo) -> datetime:
    """The instant as the reader's clock has it."""
    return datetime.fromtimestamp(at / SECOND, zone)


def counted(count: int, one: str, many: str = "") -> str:
    """``1 item``, ``3 items``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def hazard(word: str) -> str:
    """A hazard's name; what the closed set does not know is shown as it came."""
    return HAZARDS.get(word) or tidy(word.replace("_", " "), 40).capitalize()


def standing(item: Item) -> str:
    """``Priority grade, open``: for what is dispatched to; "" for the rest. What its second line ("Nobody
    there yet") or its reasons ("graded priority") say is not said again."""
    if item.kind not in ("incident", "emergency"):
        return ""
    stands = "" if any(words in item.detail.lower() for words in _SAID_ALREADY) else STATUSES.get(item.status, "")
    graded = "" if item.grade in " ".join(item.why).lower() else GRADES.get(item.grade, "")
    told = ", ".join(word for word in (graded, stands) if word)
    return told[:1].upper() + told[1:]


def unsaid_hazards(item: Item) -> list[str]:
    """The hazards that its line does not name."""
    line = item.line.lower()
    return [told for word in item.hazards if (told := hazard(word)).lower() not in line]


def above_official(marking: Marking) -> bool:
    """Whether a marking says more than the OFFICIAL that everything is anyway."""
    return bool(marking.level > Clearance.OFFICIAL or marking.handling or marking.caveats or marking.operations)


def marked(marking: Marking) -> str:
    """The marking as it is shown; its caveats are texts from outside like any other."""
    return tidy(marking_text(marking), 160)


def not_for_the_air(item: Item) -> bool:
    """Everybody on the channel hears a read-out: what is for named recipients or for one operation is not spoken."""
    marking = item.marking
    return (
        Handling.RECIPIENTS_ONLY in marking.handling
        or bool(marking.operations)
        or item.grading.endswith(SharingHandling.CONDITIONS.value)
    )


def grading_in_words(grading: str) -> str:
    """``1-B-P`` -> what its three figures say; "" for what is no such grade."""
    try:
        source, known, sharing = grading.split("-")
        return "; ".join(
            (
                _SOURCES[SourceEvaluation(int(source))],
                _KNOWN[InformationAssessment(known)],
                _SHARING[SharingHandling(sharing)],
            )
        )
    except ValueError:
        return ""


def said_age(age: str) -> str:
    """``2 h old`` as it is said: ``2 hours old``."""
    return _AGE.sub(lambda hit: counted(int(hit[1]), _UNITS[hit[2]]), age)


def listed(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last
