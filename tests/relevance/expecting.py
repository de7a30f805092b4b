"""What a scenario expects: words said and held back, the rule, the reason's text, and which terms speak for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from streams.noise.rules import REASON_NAMES, RULE_NAMES
from streams.relevance.score import TERM_NAMES
from tests.relevance.phrases import NotUnderstood

SAID = ("interrupt", "notify", "map", "cancel", "purge")
QUIET = ("hold", "drop", "nothing")
_ABOUT = re.compile(r"^(?:(he|PC [A-Z][a-z]+): )?(?:([A-Z]|the summary): )?(.+)$")
_READS = re.compile(r'^the (reason|source|text) (says|does not say) "([^"]+)"$')
_TERM = re.compile(r"^(\w+) (counts for it|counts against it|says nothing)$")
_WORD = re.compile(r"^(\w+)(?: by (\w+))?(?: because (\w+))?$")


@dataclass(frozen=True, slots=True)
class Word:
    """One outcome: what, by which rule ("" where it does not matter), and a withdrawal's reason."""

    what: str
    rule: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of EXPECT, about one officer and one record, since the last group of expectations.

    Either ``words`` (all that was said, in order; a single hold, drop or nothing: nothing was said), or what a ``part``
    of the last alert (reason, source, text) ``says`` or not, or how a ``term`` of the last decision counts.
    """

    text: str
    line: int
    officer: str = "he"
    record: str = "it"
    words: tuple[Word, ...] = ()
    part: str = ""
    says: str = ""
    is_said: bool = True
    term: str = ""
    sign: int = 0


def read_expectation(text: str, line: int) -> Expectation:
    """Raises NotUnderstood."""
    about = _ABOUT.match(text)
    if about is None:
        raise NotUnderstood(f"{text!r} expects nothing")
    officer, record, rest = about[1] or "he", about[2] or "it", about[3]
    if match := _READS.match(rest):
        part, how, words = match.groups()
        return Expectation(text, line, officer, record, part=part, says=words, is_said=how == "says")
    if match := _TERM.match(rest):
        if match[1] not in TERM_NAMES:
            raise NotUnderstood(f"{match[1]!r} is not a term: {', '.join(TERM_NAMES)}")
        sign = {"counts for it": 1, "counts against it": -1, "says nothing": 0}[match[2]]
        return Expectation(text, line, officer, record, term=match[1], sign=sign)
    words_ = tuple(_word(part.strip()) for part in rest.split(", then "))
    if len(words_) > 1 and any(word.what in QUIET for word in words_):
        raise NotUnderstood(f"{text!r}: hold, drop and nothing stand alone")
    return Expectation(text, line, officer, record, words=words_)


def _word(text: str) -> Word:
    match = _WORD.match(text)
    if match is None or match[1] not in SAID + QUIET:
        raise NotUnderstood(f"{text!r} is not one of {', '.join(SAID + QUIET)}, with 'by RULE' or 'because REASON'")
    rule, reason = match[2] or "", match[3] or ""
    if rule and rule not in RULE_NAMES:
        raise NotUnderstood(f"{rule!r} is not a rule: {', '.join(RULE_NAMES[1:])}")
    if reason and (reason not in REASON_NAMES or match[1] not in ("cancel", "purge")):
        raise NotUnderstood(f"{reason!r} is not a reason of a withdrawal: {', '.join(REASON_NAMES[1:])}")
    return Word(match[1], rule, reason)
