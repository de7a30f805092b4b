"""A kept verdict as one readable sentence: what was said or held back, and the rule that decided, in plain words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from geo.model import Verdict
from geo.store.decisions import Decision
from geo.store.rows import Act
from streams.noise.rules import RULE_NAMES, Rule
from streams.relevance.wording import age_text, metres_text

_SAID = {Verdict.INTERRUPT: "Interrupted", Verdict.NOTIFY: "Notified", Verdict.MAP: "Shown on the map"}
_SILENT = {Verdict.HOLD: "Held back", Verdict.DROP: "Not told", Verdict.NONE: "Not told"}
_DOING = ("available", "on the move", "at a scene or busy", "on a break", "off duty")
_ENDED = {
    "closed": "it was closed",
    "cancelled": "it was cancelled",
    "expired": "its time was over",
    "withdrawn": "it was withdrawn",
}

Words = Callable[[Decision], str]


def sentence_of(decision: Decision) -> str:
    """``Held back: priority 3, while at a scene or busy (340 m away, 2 min old).`` One sentence, no names in it."""
    because = RULE_WORDS[_RULES[decision.rule]](decision) if decision.rule in _RULES else _named(decision.rule)
    facts = _facts(decision.facts)
    return f"{_what(decision)}: {because}{f' ({facts})' if facts else ''}."


def rule_text(rule: str) -> str:
    """What a rule is about, without a case of it: for counts by rule. ``rule`` is its name as a verdict carries it."""
    return _ABOUT[_RULES[rule]] if rule in _RULES else _named(rule)


def score_text(score: float) -> str:
    """``21 %``, ``0.31 %``, ``under 0.01 %``."""
    return f"{100 * score:.2g} %" if score >= 1e-4 else "under 0.01 %"


def _what(decision: Decision) -> str:
    if decision.act is Act.CANCEL:
        return "Taken back"
    if decision.act is Act.PURGE:
        return "Erased from the device"
    if decision.act is Act.VERDICT:
        return _SILENT.get(decision.verdict, "Nothing new said")
    return _SAID.get(decision.verdict, "Told")


def _facts(facts: Mapping[str, float]) -> str:
    distance, age = facts.get("distance_m", math.nan), facts.get("age_s", math.nan)
    where = "" if math.isnan(distance) else metres_text(distance)
    parts = [where if where in ("", "at your position") else f"{where} away", "" if math.isnan(age) else age_text(age)]
    return ", ".join(part.replace("at your position", "on the spot") for part in parts if part)


def _named(rule: str) -> str:
    return f"by the rule {rule.replace('_', ' ')}" if rule else "no rule is on record"


def _always(text: str) -> Words:
    return lambda decision: text


def _style(decision: Decision) -> str:
    activity = decision.facts.get("activity", math.nan)
    doing = f", while {_DOING[int(activity)]}" if 0 <= activity < len(_DOING) else ""
    return f"priority {decision.priority}{doing}"


def _below(decision: Decision) -> str:
    return f"its score of {score_text(decision.score)} is below what the policy shows anybody"


def _withdrawn(decision: Decision) -> str:
    return _ENDED.get(decision.reason, "it is of interest no more")


def _left(decision: Decision) -> str:
    reach = decision.facts.get("own_reach_m", math.nan)
    return "left its reach" if math.isnan(reach) else f"left its reach of {metres_text(reach)}"


RULE_WORDS: dict[Rule, Words] = {
    Rule.NONE: _always("no rule had anything to say"),
    Rule.STYLE: _style,
    Rule.BELOW_THRESHOLD: _below,
    Rule.MUST_OFFICER_EMERGENCY: _always("an officer needs help, which is always delivered"),
    Rule.MUST_THREAT_TO_LIFE: _always("an immediate threat to life within reach, which is always delivered"),
    Rule.MUST_OWN_TASKING: _always("the officer's own unit is assigned, which is always delivered"),
    Rule.MUST_ACK: _always("a briefing that has to be acknowledged, which is always delivered"),
    Rule.WITHDRAWN: _withdrawn,
    Rule.NOT_ENTITLED: _always("the officer may not see it any more"),
    Rule.OFF_DUTY: _always("off duty"),
    Rule.NO_REPEAT: _always("told before, and nothing about it has changed in what matters"),
    Rule.MATERIAL: _always("told before, and changed since in what matters (graded up, moved, or a new hazard)"),
    Rule.NEARER: _always("told before, and more urgent by now, being nearer"),
    Rule.RE_ENTRY: _always("told before, gone out of its reach, and back"),
    Rule.SILENT_CHANGE: _always("told before, and corrected without a sound"),
    Rule.ON_DELAY: _always("only just over the edge of its reach, so it waits a moment"),
    Rule.EXIT: _left,
    Rule.OWN_SAFETY: _always("it can hurt the officer where he stands"),
    Rule.UNCERTAIN_PLACE: _always("the last position is too old or too rough to interrupt for"),
    Rule.POLICY_CHANGE: _always("only the policy had changed, and that interrupts nobody"),
    Rule.BUDGET: _always("the interruptions of the last ten minutes were used up (budget)"),
    Rule.DUPLICATE: _always("the same thing as another source's report, shown together with it as one"),
    Rule.FLOOD: _always("one of too many in ten minutes: counted on one summary card"),
    Rule.OLD_NEWS: _always("too long ago to be news"),
    Rule.WATCH_ENTER: _always("came into a watched area"),
    Rule.WATCH_EXIT: _always("left a watched area"),
    Rule.WATCH_DWELL: _always("how long the officer has been inside a watched area"),
    Rule.WATCH_CROSS: _always("went through a watched area between two positions"),
    Rule.PASSED: _always("drove through its reach between two positions"),
    Rule.SUMMARY: _always("the card that sums up what came too thick and fast"),
    Rule.DOUBTFUL: _always("intelligence that is suspected to be false, which is never pushed at anybody"),
    Rule.BRIEFED: _always("it was in the officer's patrol briefing, and has changed since"),
    Rule.ANSWERED: _always("the officer has acknowledged it, so no device of his asks any more"),
    Rule.REMINDED: _always("a briefing that has to be acknowledged, and was not in time"),
}
"""What to say of each rule; one that is missing here fails a test."""

_CASES: dict[Rule, str] = {
    Rule.STYLE: "how much it mattered, and what the officer was doing",
    Rule.BELOW_THRESHOLD: "its score was below what the policy shows anybody",
    Rule.WITHDRAWN: "it was closed, cancelled, or over",
    Rule.EXIT: "left its reach",
}
_NOWHERE = Decision(0, "", "", 0, "", Act.VERDICT, Verdict.NONE, 0, 0.0, "", "", {}, {})
_ABOUT = {rule: _CASES.get(rule) or words(_NOWHERE) for rule, words in RULE_WORDS.items()}
_RULES = {name: Rule(n) for n, name in enumerate(RULE_NAMES)}
