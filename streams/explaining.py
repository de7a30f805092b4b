"""Why an officer was not told of a record: the path gone again for the one pair, as far as what is kept allows.

What is out of reach has no row of its own (nearly everything is), so it is recomputed from the officer's last cell and
its time. The steps are the path's own: match, release, score, style; the first that says no is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from geo.access import Refusal, release
from geo.beats import BeatMap
from geo.clock import SECOND, Instant
from geo.codebook import Codebooks
from geo.model import Officer, Status, Stored, UnitStatus, Verdict
from geo.pairs import Via
from geo.picture import LivePicture
from geo.store.rows import OfficerState
from streams import matching
from streams.held import Held
from streams.noise.style import styled
from streams.noise.verdict_words import score_text
from streams.officers.shifts import ShiftBook
from streams.officers.situations import Situations
from streams.ownership import RESUME_WINDOW
from streams.relevance.for_roles import roles_for
from streams.relevance.policy import Policy
from streams.relevance.score import DISTANCE, OWN_REACH, TERM_NAMES, Scored, score
from streams.relevance.wording import metres_text

_REFUSED = {
    Refusal.OFF_DUTY: "the officer is off duty",
    Refusal.CLEARANCE: "the officer's clearance is below its marking",
    Refusal.FORCE: "it belongs to another force, and is not shared with the officer's",
    Refusal.COMPARTMENT: "it belongs to an operation of which the officer is no member",
    Refusal.HANDLING: "its handling instructions keep it from the officer",
}
_ENDED = {Status.CLOSED: "It is closed", Status.CANCELLED: "It is cancelled"}
_STYLES = {Verdict.INTERRUPT: "an interruption", Verdict.NOTIFY: "a notification", Verdict.MAP: "a mark on the map"}
_OLD_FIX = 120 * SECOND
"""An older position says so (DESIGN 5: it does not drive "near me")."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One officer, one record and an instant. ``stored`` is the version that held then (None: there was none yet);
    ``state`` is his row as it is now, None for who was never here; ``shifts`` and ``beats`` are the roster's."""

    officer: Officer
    state: OfficerState | None
    stored: Stored | None
    at: Instant
    policy: Policy
    books: Codebooks
    beats: BeatMap
    shifts: ShiftBook


def why_not(asked: Asked) -> tuple[str, ...]:
    """Sentences, the deciding one first; never empty."""
    if asked.stored is None:
        return (f"Not told: it was not known here yet at {_clock(asked.at)}.",)
    return _not_here(asked) or _not_live(asked.stored, asked) or _of_the_path(asked.stored, asked)


def _not_here(asked: Asked) -> tuple[str, ...]:
    state, at = asked.state, asked.at
    if state is None:
        return ("Not told: no device of the officer was ever connected, so nothing is decided for him.",)
    if state.status is UnitStatus.OFF_DUTY:
        if state.status_at <= at:
            since = f" since {_clock(state.status_at)}" if state.status_at else ""
            return (f"Not told: off duty{since}.",)
        return (f"Off duty since {_clock(state.status_at)}; what he was doing before is not kept.",)
    if state.seen_at < at - RESUME_WINDOW:
        return (f"Not told: no device of the officer was connected after {_clock(state.seen_at)}.",)
    return ()


def _not_live(stored: Stored, asked: Asked) -> tuple[str, ...]:
    record, at = stored.record, asked.at
    if record.status in _ENDED:
        return (f"Not told: {_ENDED[record.status].lower()}, and was so at {_clock(at)}.",)
    valid_to, _ = asked.policy.lifetime_and_reach(record)
    if valid_to <= at:
        return (f"Not told: its time was over at {_clock(valid_to)}.",)
    if record.valid.start is not None and record.valid.start > at:
        return (f"Not told: its time comes only at {_clock(record.valid.start)}.",)
    return ()


def _of_the_path(stored: Stored, asked: Asked) -> tuple[str, ...]:
    picture, situations = LivePicture(asked.books, asked.beats), Situations(asked.books)
    situations.shifts, picture.for_roles = asked.shifts, roles_for(asked.policy)
    assert asked.state is not None
    picture.apply([stored], asked.policy.lifetime_and_reach)
    situations.put(asked.officer, asked.state, asked.at)
    none = np.zeros(1, np.int32)
    pairs = matching.rematch(picture, situations, none, none, asked.at)
    released, refused = release(pairs, picture, situations.rights(), asked.at)
    if len(refused):
        return (f"Not told: {_REFUSED[Refusal(int(refused.reason[0]))]}.",)
    scored = score(released, picture, situations, Held(), asked.policy, asked.at)
    distance, reach = float(scored.facts[0, DISTANCE]), float(scored.facts[0, OWN_REACH])
    via = int(pairs.via[0])
    if via == Via.HELD or (via == Via.PLACE and distance > reach):
        return (_out_of_reach(distance, reach, asked), *_of_his_place(asked))
    total, lowest = float(scored.total[0]), asked.policy.bands.p4
    if scored.priority[0] > 4:
        return (_too_little(total, lowest), *_worst(scored))
    verdict, _ = styled(scored, picture, situations, asked.policy)
    return (_as_it_looks(Verdict(int(verdict[0]))), *_of_his_place(asked))


def _too_little(total: float, lowest: float) -> str:
    return f"Not told: its score of {score_text(total)} is below the {score_text(lowest)} where the policy begins."


def _out_of_reach(distance: float, reach: float, asked: Asked) -> str:
    state, stored = asked.state, asked.stored
    if stored is None or stored.record.place is None:
        return "Not told: it has no place, and neither beat, role, tasking nor audience makes it the officer's."
    if state is None or state.cell is None or state.fix_at is None or np.isnan(distance):
        return "Not told: no position of the officer is known, and nothing but the place makes it his."
    when = _clock(state.fix_at)
    return f"Not told: {metres_text(distance)} away at {when}, beyond its reach of {metres_text(reach)}."


def _of_his_place(asked: Asked) -> tuple[str, ...]:
    """What the answer owes to a place that is only kept as a cell of 100 m, and only the last one."""
    state = asked.state
    if state is None or state.fix_at is None:
        return ()
    if state.fix_at > asked.at:
        return (f"Earlier positions are not kept: this goes by the last one, of {_clock(state.fix_at)}.",)
    if asked.at - state.fix_at > _OLD_FIX:
        minutes = (asked.at - state.fix_at) / (60 * SECOND)
        return (f"The last position was {minutes:.0f} min old by then, to about 100 m.",)
    return ("The position is kept to about 100 m.",)


def _worst(scored: Scored) -> tuple[str, ...]:
    terms = dict(zip(TERM_NAMES, scored.terms[0].tolist(), strict=True))
    name = min(terms, key=lambda term: terms[term])
    return (f"What told most against it: {_AGAINST.get(name, name)}.",) if terms[name] < 0 else ()


_AGAINST = {
    "reach": "the distance",
    "approach": "the officer was moving away",
    "severity": "how grave it is",
    "freshness": "its age",
    "attended": "somebody was there already",
    "certainty": "its grading",
    "role": "it is another role's business",
    "novelty": "it was told before",
    "feedback": "other officers found it not relevant",
}


def _as_it_looks(verdict: Verdict) -> str:
    if verdict in _STYLES:
        return f"Nothing was decided, though by what is kept it would have been {_STYLES[verdict]}."
    return "Held back: it does not matter enough for what the officer was doing."


def _clock(at: Instant) -> str:
    """``14:02 UTC``, with the day where somebody may mistake it."""
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%H:%M UTC on %d %b")
