"""interrupt, notify, map, hold, drop: the noise rules, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.access import Refusal, Refused
from geo.clock import SECOND, Instant
from geo.model import Verdict
from geo.pairs import Bool, Int32, Int64, UInt8, Via
from geo.picture import LivePicture
from geo.store.rows import Act
from streams.held import TOLD_MUST, TOLD_TASKED, Held, holds_live, suspended
from streams.noise import acknowledging, briefed, duplicates, fences, flood
from streams.noise.budget import Spent, spend
from streams.noise.fences import Fences
from streams.noise.rules import MUST_RULE, Cause, Reason, Rule
from streams.noise.style import styled
from streams.officers.situations import Situations
from streams.relevance.policy import Policy
from streams.relevance.score import DISTANCE, OWN_REACH, Must, Scored

_ADDRESSED = np.uint8(Via.BEAT | Via.TASKED | Via.ADDRESSED | Via.FORCE | Via.ROLE)
_NO_ONE: Int32 = np.zeros(0, np.int32)


@dataclass(slots=True)
class Decided:
    """What the rules made of n scored pairs, in columns; ``score``'s order.

    ``keep`` marks the rows that go to RECORD: something is said (``act`` is not VERDICT), or a verdict changed.
    ``waiting`` are kept in memory only (on-delay), to be
    decided anew at ``due_at``. ``gone`` are held rows that nothing is known about any more. ``spent`` is the budgets.
    """

    act: UInt8
    verdict: UInt8
    priority: UInt8
    rule: UInt8
    reason: UInt8
    inside: Bool
    told_style: UInt8
    keep: Bool
    waiting: Int64
    due_at: Instant
    gone: Int32
    spent: Spent
    fences: Fences
    later: list[tuple[int, Instant]]
    """(officer, when): to be decided anew."""
    faces: set[int]
    """Records that stand for a twin of theirs as well from now on: to be decided anew."""
    hidden: Int64
    """Rows that a flood has put on the map."""
    asked: acknowledging.Asked


@dataclass(slots=True)
class _Held:
    """What is held of the pairs that are held: ``at`` their rows among the pairs, ``row`` in Held."""

    at: Int64
    row: Int32
    live: Bool
    shown: Bool
    style: UInt8


def decide(
    scored: Scored,
    held: Held,
    situations: Situations,
    picture: LivePicture,
    policy: Policy,
    now: Instant,
    cause: Cause = Cause.RECORD,
) -> Decided:
    """The rules of DESIGN section 6, over whole columns.

    (5) The style that activity and priority ask for is worked out first, because (3) compares it with what was told;
    then (4) who is inside and for how long, (2) what is withdrawn, (3) no repeat, (7) what is shown with another, so
    that it costs nothing of (6) the budget, and (8) the flood. (1) The must-deliver set passes (4)'s delay, (6) and (8)
    untouched.
    """
    asked, given = acknowledging.ask(scored, held, picture), briefed.of(scored, held, picture, policy, now)
    verdict, rule = styled(scored, picture, situations, policy)
    decided = _undecided(scored, verdict, rule)
    decided.asked, usual = asked, verdict if not len(asked.at) else verdict.copy()
    told = _held(scored, held)
    live = _live(scored, picture, now)
    entered, decided.inside = _inside(scored, told, picture, policy)
    acknowledging.linger(asked, scored, held, decided.inside)
    briefed.stay(given, held, decided.inside)
    watched = (scored, held, situations, picture, policy, live, decided.inside, decided.verdict)
    decided.fences = fences.watch(*watched, now, cause)
    by_policy = _by_policy_alone(scored, told, held, policy, now, cause)
    unsaid = None if by_policy is None else _policy_alone(decided, scored, by_policy)
    _on_delay(decided, scored, told, held, entered, situations, policy, now, cause)
    fences.speak_up(decided.fences, scored, policy, decided.verdict)
    decided.act[_repeats(decided, scored, told, held, picture, live, cause)] = Act.ALERT
    _withdrawn(decided, told, picture, scored, briefed.standing(given, live), now)
    words = (decided.act, decided.verdict, decided.rule, decided.told_style)
    acknowledging.settle(asked, *words, held, usual, live & decided.inside)
    _taken_back(decided, held, picture, scored)
    _shown_as_one(decided, scored, held, picture, now)
    columns = (decided.act, decided.verdict, decided.rule, decided.reason, decided.inside, decided.told_style)
    briefed.speak(given, briefed.Words(*columns), scored, held, picture, now)
    _budget(decided, scored, told, situations, policy, now)
    decided.hidden = flood.summed_up(scored, held, policy.noise, decided.act, decided.verdict, decided.rule, now)
    briefed.settle(given, briefed.Words(*columns), scored, held, picture)
    _changed_verdicts(decided, scored, told, held, live)
    decided.gone = briefed.kept(decided.gone, held, now)
    if unsaid is not None:
        _counts_as_said(decided, told, held, unsaid)
        fresh = now - situations.fix_at[scored.pairs.officer[told.at]] <= policy.noise.stale_fix_s * SECOND
        held.unjudged[told.row[fresh]] = False
    fences.name(decided.fences, decided.act, decided.rule, decided.keep)
    decided.later += fences.later(decided.fences, scored.pairs.officer)
    return decided


def _undecided(scored: Scored, verdict: UInt8, rule: UInt8) -> Decided:
    size = len(scored)
    return Decided(
        act=np.zeros(size, np.uint8),
        verdict=verdict,
        priority=np.minimum(scored.priority, np.uint8(4)),
        rule=rule,
        reason=np.zeros(size, np.uint8),
        inside=np.zeros(size, np.bool_),
        told_style=np.zeros(size, np.uint8),
        keep=np.zeros(size, np.bool_),
        waiting=np.zeros(0, np.int64),
        due_at=0,
        gone=_NO_ONE,
        spent=Spent(_NO_ONE, np.zeros(0, np.float64)),
        fences=fences.nobody(),
        later=[],
        faces=set(),
        hidden=np.zeros(0, np.int64),
        asked=acknowledging.nobody(),
    )


def _held(scored: Scored, held: Held) -> _Held:
    at = np.flatnonzero(scored.held_row >= 0)
    row = scored.held_row[at]
    live = holds_live(held, row)
    return _Held(at, row, live, live | suspended(held, row), held.told_style[row])


def _live(scored: Scored, picture: LivePicture, now: Instant) -> Bool:
    record = scored.pairs.record
    live: Bool = picture.live.take(record)
    live &= picture.valid_from.take(record) <= now
    live &= picture.valid_to.take(record) > now
    return live


def _by_policy_alone(
    scored: Scored, told: _Held, held: Held, policy: Policy, now: Instant, cause: Cause
) -> Bool | None:
    """Where nothing but the policy is another than when it was decided last; None: nowhere.

    Everywhere, when a policy has just come; but what waits for its on-delay is about to be told because he came near.
    And what was told under another policy to somebody who has come to this process since, unless there is news of it.
    """
    if cause is Cause.POLICY:
        found = np.ones(len(scored), np.bool_)
        waits = (told.style == 0) & (held.verdict[told.row] == Verdict.NONE)
        waits &= now - held.since[told.row] <= policy.noise.on_delay_s * SECOND
        found[told.at[waits]] = False
        return found
    unjudged = held.unjudged[told.row]
    if cause is Cause.RECORD or not unjudged.any():
        return None
    found = np.zeros(len(scored), np.bool_)
    found[told.at[unjudged & ~scored.material[told.at]]] = True
    return found


def _policy_alone(decided: Decided, scored: Scored, found: Bool) -> UInt8:
    """A new policy alone puts things on the map at most, outside must-deliver -> the style that is not said for that,
    0 elsewhere."""
    loud = found & (decided.verdict > Verdict.MAP) & ~scored.must_deliver
    unsaid = np.where(loud, decided.verdict, np.uint8(0))
    decided.verdict[loud], decided.rule[loud] = Verdict.MAP, Rule.POLICY_CHANGE
    return unsaid


def _counts_as_said(decided: Decided, told: _Held, held: Held, unsaid: UInt8) -> None:
    """What the new policy would have said counts as said, and is kept so: the next fix would say it otherwise, and
    ten thousand officers would be interrupted by the policy after all, a second late."""
    fresh = (decided.act == Act.ALERT) & (unsaid > 0)
    decided.told_style[fresh] = np.maximum(decided.told_style, unsaid)[fresh]
    at, row = told.at, told.row
    louder = told.live & (decided.act[at] == Act.VERDICT) & (unsaid[at] > told.style)
    at, row = at[louder], row[louder]
    decided.told_style[at], decided.verdict[at], decided.rule[at] = unsaid[at], Verdict.MAP, Rule.POLICY_CHANGE
    decided.priority[at], decided.keep[at] = held.priority[row], True


# (4) inside, hysteresis, on-delay
def _inside(scored: Scored, told: _Held, picture: LivePicture, policy: Policy) -> tuple[Bool, Bool]:
    """(within the entry reach, inside): who holds it stays in up to the exit reach, and where his place is unknown."""
    via = scored.pairs.via
    entered = (via & _ADDRESSED) != 0
    entered |= ((via & np.uint8(Via.PLACE)) != 0) & (scored.facts[:, DISTANCE] <= scored.facts[:, OWN_REACH])
    inside = entered.copy()
    at = told.at[told.live]
    if len(at):
        limits = policy.noise
        exit_x = np.where(told.style[told.live] >= Verdict.INTERRUPT, limits.must_exit_x, limits.exit_x)
        within = scored.facts[at, DISTANCE] < exit_x * scored.facts[at, OWN_REACH]
        unknown = np.isnan(scored.facts[at, DISTANCE]) & ~np.isnan(picture.lon[scored.pairs.record[at]])
        inside[at] |= within | unknown
    return entered, inside


def _on_delay(
    decided: Decided,
    scored: Scored,
    told: _Held,
    held: Held,
    entered: Bool,
    situations: Situations,
    policy: Policy,
    now: Instant,
    cause: Cause,
) -> None:
    """Who has just driven over the edge is told when he is still inside a moment later: never for must-deliver. So is,
    wherever he is in the reach, who is there after a jump or a silence: a receiver may be wrong for a moment."""
    delay = int(policy.noise.on_delay_s * SECOND)
    since = np.full(len(scored), now if cause is Cause.MOVE else 0, np.int64)
    recent = now - situations.landed_at < delay
    landed = recent.take(scored.pairs.officer) if recent.any() else np.zeros(1, np.bool_)
    if recent.any():
        np.maximum(since, situations.landed_at.take(scored.pairs.officer), out=since, where=landed)
    since[told.at] = np.where(told.style == 0, held.since[told.row], 0)
    waits = entered & (decided.verdict >= Verdict.NOTIFY) & ~scored.must_deliver & (now - since < delay)
    waits &= landed | (scored.facts[:, DISTANCE] > np.float32(policy.noise.edge) * scored.facts[:, OWN_REACH])
    waits &= (scored.pairs.via & _ADDRESSED) == 0
    decided.waiting = waits.nonzero()[0]
    if len(decided.waiting):
        decided.due_at = int(since[decided.waiting].max()) + delay
        decided.verdict[decided.waiting] = Verdict.HOLD
        decided.rule[decided.waiting] = Rule.ON_DELAY


# (3) no repeat
def _repeats(
    decided: Decided, scored: Scored, told: _Held, held: Held, picture: LivePicture, live: Bool, cause: Cause
) -> Bool:
    """Which pairs are news. Of what he was told before, only what is material, must-deliver by now, louder as he
    nears, or changed (silently) is said again; ``told_style`` becomes the strongest style ever said."""
    level = _must_level(scored)
    decided.told_style[:] = np.maximum(decided.verdict, level)
    news = live & decided.inside & (decided.verdict >= Verdict.MAP)
    known = np.flatnonzero((told.style > 0) & (live & decided.inside)[told.at])
    if not len(known):
        return news
    at, row, style, standing = told.at[known], told.row[known], told.style[known], told.live[known]
    wanted, material = decided.verdict[at], scored.material[at]
    must_news = (level[at] > style) & ((wanted > style) | (level[at] == TOLD_TASKED))
    louder = (wanted > style) & (cause is not Cause.POLICY)
    changed = picture.version[scored.pairs.record[at]] != held.told_version[row]
    muted = standing & material & (wanted < Verdict.MAP)
    said = standing & (material | louder | must_news) & ~muted
    silent = standing & changed & ~said & ~muted
    back = ~standing & ~material & ~must_news & ((style >= Verdict.NOTIFY) | (wanted <= style))
    decided.told_style[at] = np.where(muted, np.uint8(Verdict.MAP), np.maximum(decided.told_style[at], style))
    _say(decided, at[standing], Rule.NO_REPEAT)
    _say(decided, at[said & louder & ~must_news], Rule.NEARER)
    _say(decided, at[(said & material) | muted], Rule.MATERIAL)
    _say(decided, at[silent], Rule.SILENT_CHANGE)
    decided.rule[at[said & must_news]] = scored.must[at[said & must_news]] + np.uint8(MUST_RULE)
    decided.verdict[at[silent | muted]] = Verdict.MAP
    softest = np.where(level[at] > 0, Verdict.NOTIFY, Verdict.MAP).astype(np.uint8)
    _say(decided, at[back & (wanted >= Verdict.MAP)], Rule.RE_ENTRY)
    decided.verdict[at[back]] = np.minimum(wanted, softest)[back]
    news[at[standing]] = (said | silent | muted)[standing]
    return news


def _say(decided: Decided, at: Int64, rule: Rule) -> None:
    decided.rule[at] = rule


def _must_level(scored: Scored) -> UInt8:
    level = np.where(scored.must > 0, np.uint8(TOLD_MUST), np.uint8(0))
    level[scored.must == Must.OWN_TASKING] = TOLD_TASKED
    return level


# (2) what is withdrawn, and who has left
def _withdrawn(decided: Decided, told: _Held, picture: LivePicture, scored: Scored, live: Bool, now: Instant) -> None:
    """What his device shows and is live no more, or is out of reach by now, is cancelled with the reason."""
    over = told.shown & ~live[told.at]
    left = told.shown & ~over & ~decided.inside[told.at]
    at = told.at[over]
    record = scored.pairs.record[at]
    decided.reason[at], decided.rule[at] = briefed.why_over(record, picture, now), Rule.WITHDRAWN
    decided.reason[told.at[left]], decided.rule[told.at[left]] = Reason.OUT_OF_REACH, Rule.EXIT
    both = told.at[over | left]
    decided.act[both], decided.verdict[both], decided.inside[both] = Act.CANCEL, Verdict.NONE, False
    decided.told_style[both] = told.style[over | left]


def _taken_back(decided: Decided, held: Held, picture: LivePicture, scored: Scored) -> None:
    words = (decided.act, decided.reason, decided.rule, decided.verdict)
    at = acknowledging.take_back(decided.asked, *words, held, picture, scored.pairs.record)
    decided.inside[at], decided.told_style[at] = False, held.told_style[scored.held_row[at]]


# (7) the same from two sources
def _shown_as_one(decided: Decided, scored: Scored, held: Held, picture: LivePicture, now: Instant) -> None:
    """What he is shown already, from another source, is kept and not said; what he is shown is said again silently."""
    again = duplicates.to_be_said_again(scored, held, picture, decided.act)
    again = again[decided.inside[again]]
    decided.act[again], decided.verdict[again], decided.rule[again] = Act.ALERT, Verdict.MAP, Rule.SILENT_CHANGE
    found = duplicates.shown_with_another(scored, held, picture, decided.act, decided.verdict, decided.inside, now)
    decided.act[found.at], decided.verdict[found.at] = Act.VERDICT, Verdict.HOLD
    decided.rule[found.at], decided.told_style[found.at] = Rule.DUPLICATE, found.style
    decided.faces = found.faces


# (6) the budget
def _budget(
    decided: Decided, scored: Scored, told: _Held, situations: Situations, policy: Policy, now: Instant
) -> None:
    """Over budget an interruption becomes a notify, never a hold; where that was said already, nothing.

    ``told_style`` stays at interrupt: when the budget refills, that alone is no reason to interrupt.
    """
    counted = (decided.act == Act.ALERT) & (decided.verdict == Verdict.INTERRUPT) & ~scored.must_deliver
    at = counted.nonzero()[0]
    if not len(at):
        return
    officer = scored.pairs.officer[at]
    afford, decided.spent = spend(officer, scored.total[at], situations.tokens, situations.tokens_at, now, policy.noise)
    over = at[~afford]
    decided.verdict[over], decided.rule[over] = Verdict.NOTIFY, Rule.BUDGET
    before = np.zeros(len(scored), np.uint8)
    before[told.at] = np.where(told.live, told.style, 0)
    decided.act[over[(before[over] >= Verdict.NOTIFY) & ~scored.material[over]]] = Act.VERDICT


def _changed_verdicts(decided: Decided, scored: Scored, told: _Held, held: Held, live: Bool) -> None:
    """Every verdict that changes is kept, of those that are inside: "why did I not?". Out of reach needs no row: it
    can be worked out again from cell and time."""
    before = np.zeros(len(scored), np.uint8)
    before[told.at] = held.verdict[told.row]
    quiet = decided.inside & live & (decided.act == Act.VERDICT) & (decided.verdict != before)
    quiet &= decided.verdict < Verdict.MAP
    quiet[told.at[told.live]] = False
    quiet[decided.waiting] = False
    decided.keep = quiet | (decided.act != Act.VERDICT)
    never = told.style == 0
    outside = ~decided.inside[told.at] | ~live[told.at]
    unmatched = (scored.pairs.via[told.at] & np.uint8(Via.PLACE)) == 0
    unmatched |= ~live[told.at] | (held.verdict[told.row] == Verdict.NONE)
    decided.gone = told.row[never & outside & unmatched]


@dataclass(frozen=True, slots=True)
class Withheld:
    """What follows for pairs that were not released, a row each: all of them are held. ``act`` is PURGE, or VERDICT
    for who went off duty: to him nothing is said."""

    row: Int32
    act: UInt8
    rule: UInt8
    reason: UInt8


def withhold(refused: Refused, held: Held) -> Withheld:
    """No longer entitled: what the device still has of it is erased. Off duty: nothing is said; it is not inside."""
    row = held.lookup(refused.officer, refused.record)
    off_duty = refused.reason == Refusal.OFF_DUTY
    known = row >= 0
    row, off_duty = row[known], off_duty[known]
    pause = off_duty & holds_live(held, row)
    said = (held.act[row] == Act.ALERT) | (held.act[row] == Act.CANCEL)
    purge = ~off_duty & (((held.told_style[row] > 0) & said) | (held.briefed.until[row] > 0))
    keep = pause | purge
    row, purge = row[keep], purge[keep]
    held.briefed.forget(row[purge])
    return Withheld(
        row=row,
        act=np.where(purge, np.uint8(Act.PURGE), np.uint8(Act.VERDICT)),
        rule=np.where(purge, Rule.NOT_ENTITLED, Rule.OFF_DUTY).astype(np.uint8),
        reason=np.where(purge, Reason.NOT_ENTITLED, Reason.NONE).astype(np.uint8),
    )
