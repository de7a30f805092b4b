"""The chapters that name single cases: the map, and the worst ten of each kind with their reasons"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from html import escape

from app.people.movement import Trace
from app.report.area_map import area_map
from app.report.heard import Said
from app.report.nearby import Nearby
from app.report.tables import figure, paragraph, section
from app.report.words import clock, clock_s, counted, lasting, metres, rule_text
from app.report.worst import Moment, Untold, Waited, Word, Worst, may_be_named
from geo.clock import SECOND
from geo.model import Record, Verdict
from geo.place import LonLat, point_of
from streams.relevance.policy import Policy

_STYLES = {Verdict.INTERRUPT: "interruption", Verdict.NOTIFY: "notice"}


def mapped(said: Said, near: Nearby, traces: Mapping[str, Trace], worst: Worst) -> str:
    """Where all that was. What is marked above the ordinary is not on it."""
    strongest: dict[str, int] = {}
    for line in range(len(said)):
        name = said.records[said.record[line]]
        strongest[name] = max(strongest.get(name, 0), int(said.verdict[line]))
    places: dict[str, list[LonLat]] = {"nothing": [], "map": [], "notify": [], "interrupt": []}
    for record in near.records:
        if record.place is not None and may_be_named(record):
            places[_look(strongest.get(record.id, 0))].append(point_of(record.place))
    numbered = [(place, moment.where) for place, moment in enumerate(worst.moments, start=1) if moment.where]
    telling = (
        f"Where units drove, and {sum(map(len, places.values())):,} incidents: "
        f"{len(places['interrupt']):,} interrupted somebody, {len(places['notify']):,} were told by a notice, "
        f"{len(places['map']):,} were on a map only, {len(places['nothing']):,} reached nobody."
    )
    drawn = area_map(traces, places, numbered, telling)
    if not drawn:
        return section("map", "Where it was", paragraph("There are no positions to draw."))
    return section("map", "Where it was", figure(drawn + _legend(places), telling + _numbers(numbered)))


def _look(verdict: int) -> str:
    if verdict >= Verdict.NOTIFY:
        return "interrupt" if verdict == Verdict.INTERRUPT else "notify"
    return "map" if verdict == Verdict.MAP else "nothing"


def _numbers(numbered: list[tuple[int, LonLat]]) -> str:
    return " The numbers are the most interrupted moments, below." if numbered else ""


def _legend(places: Mapping[str, list[LonLat]]) -> str:
    words = {
        "interrupt": "interrupted at least one unit",
        "notify": "told by a notice",
        "map": "on the map only",
        "nothing": "reached nobody",
    }
    hollow = '<path class="dot hollow" d="M6 6h.01"/>'
    items = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><path class="dot {look}" d="M6 6h.01"/>'
        f"{hollow if look == 'interrupt' else ''}</svg>{escape(text)} ({len(places[look]):,})</li>"
        for look, text in words.items()
    )
    return f'<ul class="legend">{items}</ul>'


def worst_ten(worst: Worst, policy: Policy, zone: tzinfo) -> str:
    """Three lists, each with its reasons: what a sergeant would ask about first."""
    return section(
        "worst",
        "The worst ten",
        "<h3>The most interrupted moments</h3>",
        paragraph("Ten minutes of one unit, with everything that interrupted in them."),
        _list([_moment(moment, policy, zone) for moment in worst.moments], "Nobody was interrupted."),
        "<h3>The longest waits for what must be delivered</h3>",
        _list([_waited(waited, policy, zone) for waited in worst.waits], "Nothing had to be delivered."),
        "<h3>The gravest and closest things that a unit was not told</h3>",
        paragraph("Within reach, and neither interruption nor notice: the gravest grade first, then the closest."),
        _list([_untold(untold, policy, zone) for untold in worst.untold], "Everything within reach was told."),
    )


def _list(items: list[str], nothing: str) -> str:
    return f"<ol>{''.join(f'<li>{item}</li>' for item in items)}</ol>" if items else paragraph(nothing)


def _moment(moment: Moment, policy: Policy, zone: tzinfo) -> str:
    head = f"{moment.unit}, from {clock(moment.since, zone)}: {counted(len(moment.words), 'interruption')}"
    return f"<strong>{escape(head)}</strong><ul>{''.join(_word(word, policy, zone) for word in moment.words)}</ul>"


def _word(word: Word, policy: Policy, zone: tzinfo) -> str:
    head = f"{clock_s(word.at, zone)} {named(word.record, policy)}"
    return f"<li>{escape(head)}{_because(word.why, rule_text(word.rule, word.verdict))}</li>"


def _waited(waited: Waited, policy: Policy, zone: tzinfo) -> str:
    what = f"{waited.unit}: {named(waited.record, policy)}, within reach from {clock_s(waited.since, zone)}"
    if waited.word is None:
        return f"<strong>never told</strong>, {escape(what)}"
    told = f"{_STYLES[waited.word.verdict]} at {clock_s(waited.word.at, zone)}"
    rule = rule_text(waited.word.rule, waited.word.verdict)
    return f"<strong>{lasting(waited.seconds)}</strong>, {escape(f'{what}, {told}')}{_because(waited.word.why, rule)}"


def _untold(untold: Untold, policy: Policy, zone: tzinfo) -> str:
    after = lasting(max(untold.at - untold.record.reported_at, 0) / SECOND)
    where = f"{metres(untold.nearest_m)} from {untold.unit} at {clock(untold.at, zone)}, {after} after it was reported"
    head = f"<strong>{escape(named(untold.record, policy))}</strong>, {escape(where)}"
    if untold.decided_at is None:
        return head + _because((), untold.because)
    decided = f"Last decided at {clock(untold.decided_at, zone)}"
    return head + _because(
        (f"{decided}: {untold.why[0]}", *untold.why[1:]) if untold.why else (decided,), untold.because
    )


def named(record: Record, policy: Policy) -> str:
    """``Assault, emergency``: never the words of the record itself, which may name somebody."""
    if not may_be_named(record):
        return "A record that is not for everybody"
    return f"{policy.label(record.category)}, {record.grade.value}"


def _because(why: tuple[str, ...], rule: str) -> str:
    reasons = f'<span class="why">{escape(" · ".join(why))}</span>' if why else ""
    return f'{reasons}<span class="rule">{escape(rule)}.</span>'
