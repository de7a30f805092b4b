"""Holds a world against what a scenario expects; what differs, in sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from streams.delivery.speech import FanoutSpeech, SharedParts
from streams.relevance.wording import ROOM
from tests.relevance.expecting import QUIET, Expectation, Word
from tests.relevance.reader import Scenario
from tests.relevance.world import Heard, World

_CLEAR = 0.05
"""Log-odds beyond which a term says something."""


async def play(scenario: Scenario, world: World, texts: bool = True) -> list[str]:
    """Plays the scenario; every expectation that was not met, as ``line N: expected ..., got ...``. ``texts``: the
    reasons' words are looked at too (a compass point is another one where the scenario is turned)."""
    missed, fresh = [], True
    for act in scenario.acts:
        if isinstance(act, Expectation):
            missed += [f"line {act.line}: {one}" for one in _unmet(act, world, texts)]
            fresh = False
            continue
        if not fresh:
            world.heard.clear()
            fresh = True
        await act.run(world)
    return missed + too_long(world)


def _unmet(expected: Expectation, world: World, texts: bool) -> list[str]:
    record = world.id_of(expected.record)
    if expected.words:
        return _words_unmet(expected, record, world)
    if expected.term:
        return _term_unmet(expected, record, world)
    if not texts:
        return []
    read = parts_of(world.last.get((expected.officer, record)))[expected.part]
    if (expected.says in read) is expected.is_said:
        return []
    return [f"the {expected.part} is {'' if expected.is_said else 'not '}to say {expected.says!r}, and is {read!r}"]


def _words_unmet(expected: Expectation, record: str, world: World) -> list[str]:
    mine = [one for one in world.heard if (one.officer, one.record) == (expected.officer, record)]
    said = [Word(one.what, one.rule, one.reason) for one in mine if one.seq]
    if expected.words[0].what not in QUIET:
        fits = len(said) == len(expected.words) and all(map(_fits, expected.words, said))
        return [] if fits else [f"expected {expected.text!r}, got {_told(said) or _quietly(expected, record, world)}"]
    if said:
        return [f"expected {expected.text!r}, got {_told(said)}"]
    what, rule = _decided(expected, record, world)
    wanted = expected.words[0]
    fits = (not wanted.rule or wanted.rule == rule) and (wanted.what == "nothing" or wanted.what == what)
    return [] if fits else [f"expected {expected.text!r}, got nothing said, and {what} by {rule}"]


def _fits(wanted: Word, said: Word) -> bool:
    return wanted == Word(said.what, wanted.rule and said.rule, wanted.reason and said.reason)


def _told(said: Sequence[Word]) -> str:
    return ", then ".join(f"{one.what} by {one.rule} {one.reason}".strip() for one in said)


def _quietly(expected: Expectation, record: str, world: World) -> str:
    return "nothing said, and {} by {}".format(*_decided(expected, record, world))


def _decided(expected: Expectation, record: str, world: World) -> tuple[str, str]:
    """The newest kept verdict or the last decision, where nothing was said of it."""
    key = (expected.officer, record)
    kept = [one for one in world.heard if (one.officer, one.record) == key]
    if kept:
        return kept[-1].what, kept[-1].rule
    decision = world.decisions.of.get(key)
    return (decision.what, decision.rule) if decision else ("nothing", "no rule: not matched")


def _term_unmet(expected: Expectation, record: str, world: World) -> list[str]:
    decision = world.decisions.of.get((expected.officer, record))
    value = decision.terms[expected.term] if decision else 0.0
    sign = 0 if abs(value) < _CLEAR else 1 if value > 0 else -1
    return [] if sign == expected.sign else [f"expected {expected.text!r}, and {expected.term} is {value:+.2f}"]


def parts_of(heard: Heard | None) -> dict[str, str]:
    """What the officer's device shows of an alert, from the very bytes that it is sent: reason, source and text."""
    if heard is None or heard.delivered is None:
        return dict.fromkeys(("reason", "source", "text"), "nothing: he was told nothing")
    tail = FanoutSpeech(heard.delivered, SharedParts(lambda record: None)).tail(heard.row)
    alert: dict[str, Any] = json.loads(b"{" + tail.lstrip(b"{,"))
    return {
        "reason": " · ".join(why["text"] for why in alert["why"]),
        "source": alert["source"]["system"],
        "text": f"{alert['title']}. {alert['text']}",
    }


def too_long(world: World) -> list[str]:
    """Reasons that do not fit into two lines of a handheld, of all that is heard last."""
    reasons = [parts_of(heard)["reason"] for heard in world.last.values()]
    return [f"no two lines: {reason!r}" for reason in reasons if len(reason) > ROOM and " · " in reason]
