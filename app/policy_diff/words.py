"""A comparison as a person reads it in a terminal, and as JSON: how much louder or quieter, and who would notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.policy_diff.told import LOUD, About, Changed, Difference, Side, Told
from geo.clock import HOUR, Instant, format_instant
from streams.relevance.policy import Policy

BAR = 28
_WHATEVER_THE_SCORE = {"budget", "duplicate", "flood", "old_news", "uncertain_place", "policy_change"}
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Compared:
    """All that was found: what was compared on what, both sides, and what to bear in mind when reading it."""

    on: str
    a: Side
    b: Side
    found: Difference
    about: Mapping[str, About]
    policy: Policy
    """B's: for the labels."""
    remarks: Sequence[str] = ()
    files: tuple[str, str] = ("A", "B")
    """Where the two policies came from."""


def text_of(compared: Compared, lines: int) -> str:
    """At most ``lines`` officers in each list."""
    a, b, found = compared.a, compared.b, compared.found
    parts = [
        f"A  {a.policy} ({compared.files[0]})\nB  {b.policy} ({compared.files[1]})\n"
        f"on {compared.on}; {a.hours:,.1f} officer-hours",
        verdict(compared),
        "\n".join(_figures(a, b)),
        "\n".join(_plot(a, b)),
        "\n".join(_counts("interrupt + notify, by category", *_by_category(compared), compared.policy.label)),
        "\n".join(_counts("by the rule that decided", a.by_rule(), b.by_rule(), _rule)),
        *(
            "\n".join(_list(title, some, compared, lines))
            for title, some in (
                ("would have missed (must-deliver first)", found.missed),
                ("would have been told more softly", found.softer),
                ("would have been told louder", found.louder),
                ("would have been told newly", found.new),
            )
        ),
        "\n".join(f"note: {remark}" for remark in compared.remarks),
    ]
    return "\n\n".join(part for part in parts if part)


def verdict(compared: Compared) -> str:
    """The one sentence that somebody takes away."""
    a, b, found = compared.a, compared.b, compared.found
    before, after = a.count("interrupt"), b.count("interrupt")
    if found == Difference() and before == after and a.by_rule() == b.by_rule():
        return "B would have changed nothing."
    sentence = f"B would have interrupted {after:,} times instead of {before:,}"
    lost = f"; {len(found.missed):,} would have been missed" if found.missed else "; nothing would have been missed"
    must = f", {found.must_missed:,} of them MUST-DELIVER" if found.must_missed else ""
    new = f"; {len(found.new):,} would have been told newly" if found.new else ""
    return f"{sentence}{lost}{must}{new}."


def _figures(a: Side, b: Side) -> Iterator[str]:
    """The figures of both sides, a line each."""
    yield f"{'':<34}{'A':>12}{'B':>12}"
    for name, figure, form in _ROWS:
        before, after = figure(a), figure(b)
        change = f"{100 * (after - before) / before:+10.0f} %" if before else ""
        yield f"{name:<34}{form.format(before):>12}{form.format(after):>12}{change}".rstrip()
    (worst_a, who_a), (worst_b, who_b) = a.busiest(), b.busiest()
    yield f"{'most interruptions in 10 min':<34}{worst_a:>12}{worst_b:>12}" + _whose(who_a, who_b)


_ROWS: tuple[tuple[str, Callable[[Side], float], str], ...] = (
    ("interruptions", lambda side: side.count("interrupt"), "{:,.0f}"),
    ("  an officer-hour", lambda side: side.per_hour("interrupt"), "{:.2f}"),
    ("notifications", lambda side: side.count("notify"), "{:,.0f}"),
    ("  attention an officer and 10 min", lambda side: side.per_hour(*LOUD) / 6, "{:.2f}"),
    ("on the map only", lambda side: side.count("map"), "{:,.0f}"),
    ("told as must-deliver", lambda side: side.must, "{:,.0f}"),
)


def _whose(a: str, b: str) -> str:
    return f"   {a}" if a == b and a else f"   {a or '-'} / {b or '-'}" if a or b else ""


def _plot(a: Side, b: Side) -> Iterator[str]:
    """Interruptions by the hour: A above, B below."""
    before, after = a.by_hour(), b.by_hour()
    hours = _hours([*before, *after])
    most = max([*before.values(), *after.values()], default=0)
    if not most:
        return
    yield "interruptions by the hour (UTC)"
    for hour in hours:
        yield f"  {format_instant(hour)[5:13].replace('T', ' ')}h  A {_bar(before[hour], most)}"
        yield f"             B {_bar(after[hour], most)}"


def _hours(those: Sequence[Instant]) -> Sequence[Instant]:
    return range(min(those), max(those) + 1, HOUR) if those else ()


def _bar(count: int, most: int) -> str:
    return f"{'#' * -(-BAR * count // most)} {count:,}".lstrip()


def _by_category(compared: Compared) -> tuple[dict[str, int], dict[str, int]]:
    sides = (compared.a.by_category(compared.about), compared.b.by_category(compared.about))
    first, second = ({code: sum(said.values()) for code, said in side.items()} for side in sides)
    return first, second


def _counts(title: str, a: Mapping[str, int], b: Mapping[str, int], label: Callable[[str], str]) -> Iterator[str]:
    """What differs most first; what is the same on both sides is summed up."""
    names = sorted(a.keys() | b.keys(), key=lambda name: (-abs(b.get(name, 0) - a.get(name, 0)), name))
    differ = [name for name in names if a.get(name, 0) != b.get(name, 0)]
    if not differ:
        return
    yield f"{title:<34}{'A':>12}{'B':>12}"
    for name in differ:
        before, after = a.get(name, 0), b.get(name, 0)
        yield f"  {label(name) or '-':<32}{before:>12,}{after:>12,}{after - before:>+11,}"
    if same := sum(a.get(name, 0) for name in names if name not in differ):
        yield f"  {'all others, as before':<32}{same:>12,}{same:>12,}"


def _rule(name: str) -> str:
    return name.replace("_", " ")


def _list(title: str, some: Sequence[Changed], compared: Compared, lines: int) -> Iterator[str]:
    if not some:
        return
    yield f"{title}: {len(some):,}"
    for changed in some[:lines]:
        told = changed.either
        about = compared.about.get(told.record, About("", "", told.record))
        where = "" if told.distance_m is None else f", {told.distance_m:,.0f} m away"
        what = f"{compared.policy.label(about.category)} ({about.grade}, {about.name}){where}"
        yield f"  {format_instant(told.at)[5:19].replace('T', ' ')}  {told.officer}  {what}"
        yield f"      A {_said(changed.a)}  ->  B {_said(changed.b)}{_why(changed)}"
    if len(some) > lines:
        yield f"  and {len(some) - lines:,} more: --lines {len(some)} shows all"


def _why(changed: Changed) -> str:
    if changed.b is None:
        return ": beyond its reach, or below every band"
    rules = {told.rule for told in (changed.a, changed.b) if told is not None}
    if changed.term is None or rules & _WHATEVER_THE_SCORE:
        return ""
    name, before, after = changed.term
    return f": {name} {before:+.2f} -> {after:+.2f}"


def _said(told: Told | None) -> str:
    return NOTHING if told is None else f"{told.verdict} ({_rule(told.rule)}, score {told.score:.2f})"


# --------------------------------------------------------------------------- JSON
def json_of(compared: Compared) -> dict[str, object]:
    """The same for machines, whole."""
    found = compared.found
    return {
        "on": compared.on,
        "verdict": verdict(compared),
        "files": list(compared.files),
        "a": _side(compared.a, compared.about),
        "b": _side(compared.b, compared.about),
        "missed": [_changed(changed, compared.about) for changed in found.missed],
        "must_deliver_missed": found.must_missed,
        "softer": [_changed(changed, compared.about) for changed in found.softer],
        "louder": [_changed(changed, compared.about) for changed in found.louder],
        "new": [_changed(changed, compared.about) for changed in found.new],
        "notes": list(compared.remarks),
    }


def _side(side: Side, about: Mapping[str, About]) -> dict[str, object]:
    worst, who = side.busiest()
    return {
        "policy": side.policy,
        "officer_hours": round(side.hours, 2),
        "interrupts": side.count("interrupt"),
        "notifies": side.count("notify"),
        "maps": side.count("map"),
        "must_deliver": side.must,
        "interrupts_per_officer_hour": round(side.per_hour("interrupt"), 4),
        "attention_per_officer_10_min": round(side.per_hour(*LOUD) / 6, 4),
        "busiest_10_min": {"interrupts": worst, "officer": who},
        "by_category": {code: dict(said) for code, said in sorted(side.by_category(about).items())},
        "by_rule": dict(sorted(side.by_rule().items())),
        "by_hour": {format_instant(hour): count for hour, count in sorted(side.by_hour().items())},
    }


def _changed(changed: Changed, about: Mapping[str, About]) -> dict[str, object]:
    told = changed.either
    return {
        "officer": told.officer,
        "record": told.record,
        "category": about[told.record].category if told.record in about else None,
        "a": _word(changed.a),
        "b": _word(changed.b),
        "term": None if changed.term is None else dict(zip(("name", "a", "b"), changed.term, strict=True)),
    }


def _word(told: Told | None) -> dict[str, object] | None:
    if told is None:
        return None
    return {
        "at": format_instant(told.at),
        "verdict": told.verdict,
        "rule": told.rule,
        "score": told.score,
        "distance_m": told.distance_m,
    }
