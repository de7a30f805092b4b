"""How loudly: from what the officer is doing and the priority, and what is different for his own safety."""

from __future__ import annotations

import numpy as np

from geo.model import Verdict, hazard_mask
from geo.pairs import Bool, UInt8, Via
from geo.picture import LivePicture
from streams.noise.rules import MUST_RULE, Rule
from streams.officers.situations import Situations
from streams.relevance.policy import ACTIVITIES, Policy
from streams.relevance.score import ACTIVITY, AGE, BREAK, DISTANCE, ENGAGED, FIX_AGE, SUSPECTED_FALSE, Must, Scored

_PRIORITIES = 6
"""Columns of the flat style table: priority 0 is not used, 1..4, and 5 = below the lowest band."""
_ADDRESSED = Via.BEAT | Via.TASKED | Via.ADDRESSED | Via.FORCE | Via.ROLE


def activities(scored: Scored) -> UInt8:
    """Index into ``policy.ACTIVITIES`` for each pair's officer."""
    return scored.facts[:, ACTIVITY].astype(np.uint8)


def style_table(policy: Policy) -> UInt8:
    """[activity x 6 + priority] -> Verdict."""
    table = np.full((len(ACTIVITIES), _PRIORITIES), Verdict.DROP, np.uint8)
    for activity, row in enumerate(policy.styles):
        table[activity, 1:5] = row
    return table.reshape(-1)


def styled(scored: Scored, picture: LivePicture, situations: Situations, policy: Policy) -> tuple[UInt8, UInt8]:
    """(verdict, rule) by activity and priority alone; must-deliver at least a notify for whoever is on duty."""
    activity = activities(scored)
    verdict: UInt8 = style_table(policy).take(activity * np.uint8(_PRIORITIES) + scored.priority)
    rule = np.full(len(scored), Rule.STYLE, np.uint8)
    rule[scored.priority > 4] = Rule.BELOW_THRESHOLD
    must = scored.must_deliver
    if must.any():
        verdict[must] = np.maximum(verdict[must], Verdict.NOTIFY)
        rule[must] = scored.must[must] + np.uint8(MUST_RULE)
    _own_safety(verdict, rule, activity, scored, picture, policy)
    _old_news(verdict, rule, scored, picture, policy)
    _uncertain_place(verdict, rule, scored, picture, policy)
    _doubtful(verdict, rule, scored, picture)
    return verdict, rule


def _doubtful(verdict: UInt8, rule: UInt8, scored: Scored, picture: LivePicture) -> None:
    """What is suspected to be false (3x5x2: E) is on the map at most, however grave: to act on it may wrong somebody.
    Whoever is tasked with it or addressed by name hears of it all the same."""
    doubtful = picture.grading_information.take(scored.pairs.record) == SUSPECTED_FALSE
    if not doubtful.any():
        return
    named = (scored.pairs.via & np.uint8(Via.TASKED | Via.ADDRESSED)) != 0
    at = np.flatnonzero(doubtful & ~named & (verdict > Verdict.MAP))
    verdict[at], rule[at] = Verdict.MAP, Rule.DOUBTFUL


def _own_safety(
    verdict: UInt8, rule: UInt8, activity: UInt8, scored: Scored, picture: LivePicture, policy: Policy
) -> None:
    """Who is engaged or on a break hears of what can hurt him where he stands."""
    busy = np.flatnonzero((activity == ENGAGED) | (activity == BREAK))
    if not len(busy):
        return
    busy = busy[(scored.priority[busy] == 1) & (scored.facts[busy, DISTANCE] <= policy.noise.own_safety_m)]
    threat = hazard_mask(policy.must_deliver.threat_hazards)
    danger = (picture.hazards[scored.pairs.record[busy]] & threat) != 0
    danger |= scored.must[busy] == Must.OFFICER_EMERGENCY
    busy = busy[danger]
    verdict[busy] = np.where(activity[busy] == ENGAGED, Verdict.INTERRUPT, Verdict.NOTIFY)
    rule[busy] = Rule.OWN_SAFETY


def _old_news(verdict: UInt8, rule: UInt8, scored: Scored, picture: LivePicture, policy: Policy) -> None:
    """What has stood for long is told anew on the map only: outside must-deliver, and but for who is named."""
    loud = (verdict > Verdict.MAP) & ((scored.pairs.via & np.uint8(Via.TASKED | Via.ADDRESSED)) == 0)
    at = np.flatnonzero(loud & ~scored.must_deliver)
    if not len(at):
        return
    record = scored.pairs.record[at]
    category = policy.bound(picture.books).row[picture.category[record]]
    at = at[scored.facts[at, AGE] > policy.tables.news_s[category, picture.grade[record]]]
    verdict[at], rule[at] = Verdict.MAP, Rule.OLD_NEWS


def _uncertain_place(verdict: UInt8, rule: UInt8, scored: Scored, picture: LivePicture, policy: Policy) -> None:
    """A stale fix interrupts nobody by itself, and what only its widened reach takes in is not more than on the map."""
    stale: Bool = scored.facts[:, FIX_AGE] > np.float32(policy.noise.stale_fix_s)
    stale &= (scored.pairs.via & np.uint8(_ADDRESSED)) == 0
    stale &= verdict >= Verdict.NOTIFY
    at = np.flatnonzero(stale & ~scored.must_deliver)
    if not len(at):
        return
    beyond = scored.facts[at, DISTANCE] > picture.reach_m[scored.pairs.record[at]]
    softer = np.where(beyond, Verdict.MAP, Verdict.NOTIFY).astype(np.uint8)
    rule[at[softer < verdict[at]]] = Rule.UNCERTAIN_PLACE
    verdict[at] = np.minimum(verdict[at], softer)
