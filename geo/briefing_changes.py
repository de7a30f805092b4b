"""What one version of a briefing changed of the one before: a short sentence each, and whether all must answer anew."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from geo.clock import Instant, format_instant
from geo.marking import marking_text
from geo.model import Audience, Briefing
from geo.place import distance_m, point_of

LONGEST_SENTENCE = 200
OF_AUDIENCE = "audience, "
"""How a sentence begins that is for senders only: it names people."""
_LISTS = {
    "beats": "beats",
    "roles": "roles",
    "skills": "skills",
    "units": "units",
    "officers": "officers",
    "forces": "forces",
    "operations": "operations",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """``sentences``, none where nothing changed. ``material``: what was acknowledged before is not this any more."""

    sentences: tuple[str, ...]
    material: bool


def changes_between(before: Briefing, after: Briefing) -> Changed:
    """What an officer who has read the one must know of the other first; then what only concerns its delivery.

    Under another marking nothing of the former is repeated: who may read this one might not have read that.
    """
    quoted = before.marking == after.marking
    material = [*_substance(before, after, quoted), *_duty_to_answer(before, after)]
    silent = [*_delivery(before, after), *_audience(before.audience, after.audience)]
    return Changed(tuple(_short(sentence) for sentence in (*material, *silent)), bool(material))


def _substance(before: Briefing, after: Briefing, quoted: bool) -> list[str]:
    found = []
    if before.title != after.title:
        found.append(f"title: {after.title}" + (f" (was: {before.title})" if quoted else ""))
    if before.text != after.text:
        found.append(_text(before.text, after.text) if quoted else "text: another one")
    if before.grade is not after.grade:
        way = "raised" if after.grade.rank > before.grade.rank else "lowered"
        found.append(f"priority {way} from {priority_of(before)} to {priority_of(after)}")
    if before.hazards != after.hazards:
        found.append(_list("hazards", [h.value for h in before.hazards], [h.value for h in after.hazards]))
    if before.place_text != after.place_text:
        was = f" (was: {before.place_text or 'none'})" if quoted else ""
        found.append(f"place: {after.place_text or 'none'}{was}")
    if moved := _moved(before.place, after.place):
        found.append(moved)
    if before.attachments != after.attachments:
        titles = [[one.title for one in item.attachments] for item in (before, after)]
        changed = titles[0] == titles[1]
        told = _list("attachments", *titles) if quoted else "attachments: others"
        found.append("attachments: another reference" if changed else told)
    return found


def _duty_to_answer(before: Briefing, after: Briefing) -> list[str]:
    return ["has to be acknowledged now"] if after.must_ack and not before.must_ack else []


def _delivery(before: Briefing, after: Briefing) -> list[str]:
    found = []
    if before.must_ack and not after.must_ack:
        found.append("need not be acknowledged any more")
    if before.escalate_after_s != after.escalate_after_s:
        seconds = after.escalate_after_s
        found.append("not escalated any more" if seconds is None else f"escalates after {seconds} s")
    for name, was, now in (
        ("valid from", before.valid.start, after.valid.start),
        ("valid until", before.valid.end, after.valid.end),
    ):
        if was != now:
            found.append(f"{name} {_at(now)} (was: {_at(was)})")
    if before.marking != after.marking:
        found.append(f"marking: {marking_text(after.marking)} (was: {marking_text(before.marking)})")
    if before.beat != after.beat:
        found.append(f"beat: {after.beat or 'none'} (was: {before.beat or 'none'})")
    if before.category != after.category:
        found.append(f"category: {after.category} (was: {before.category})")
    if before.supersedes != after.supersedes:
        found.append("supersedes another one" if after.supersedes else "supersedes none")
    return found


def _audience(before: Audience, after: Audience) -> list[str]:
    found = [
        f"{OF_AUDIENCE}{_list(label, getattr(before, name), getattr(after, name))}"
        for name, label in _LISTS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    if _moved(before.area, after.area):
        found.append(
            f"{OF_AUDIENCE}area: "
            + ("none any more" if after.area is None else "new" if before.area is None else "another one")
        )
    return found


def told_to_readers(briefing: Briefing) -> tuple[str, ...]:
    """What this version changed, without the sentences that are for senders only."""
    return tuple(sentence for sentence in briefing.changed if not sentence.startswith(OF_AUDIENCE))


def priority_of(briefing: Briefing) -> int:
    """1 emergency .. 4 routine: the record's grade, as a briefing is pushed with."""
    return 4 - briefing.grade.rank


def _text(before: str, after: str) -> str:
    """The first line that was not there before, else the first that has gone."""
    old, new = before.splitlines(), after.splitlines()
    lines = [line for line in difflib.unified_diff(old, new, n=0, lineterm="") if line[:3] not in ("---", "+++")]
    for sign, said in (("+", "now says"), ("-", "no longer says")):
        told = [line[1:].strip() for line in lines if line.startswith(sign) and line[1:].strip()]
        if told:
            more = f", and {len(told) - 1} more" if len(told) > 1 else ""
            return f"text {said}: {told[0][:140]}{more}"
    return "text: other lines"


def _list(label: str, before: Sequence[str], after: Sequence[str]) -> str:
    added, gone = [one for one in after if one not in before], [one for one in before if one not in after]
    parts = [f"{', '.join(names)} {word}" for names, word in ((added, "added"), (gone, "removed")) if names]
    return f"{label}: {'; '.join(parts) or 'in another order'}"


def _moved(before: BaseGeometry | None, after: BaseGeometry | None) -> str:
    if before is None or after is None:
        return (
            "" if before is after else "place: on the map now" if before is None else "place: not on the map any more"
        )
    if before.equals(after):
        return ""
    metres = float(distance_m(*point_of(before), *point_of(after)))
    return f"place: moved {metres:.0f} m" if metres >= 1 else "place: another outline"


def _at(at: Instant | None) -> str:
    return "open" if at is None else format_instant(at)


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1] + "…"
