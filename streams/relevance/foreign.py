"""What a feed says in its source's own codes, as the policy reads it: unknown ones fall back and are counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from geo.model import Grade, Hazard
from geo.normalise import RawRecord, code_of
from streams.relevance.policy import Policy
from streams.relevance.source_codes import Codes, Meaning, folded

SAID = "source_"
"""Before the field's name: the key of ``provenance`` that keeps what the source said there, where that was a code."""
_LONGEST = 80


def understood(raw: RawRecord, policy: Policy, unknown: Counter[str]) -> RawRecord:
    """The same by the policy's codes for the record's source.

    A category that the policy does not list stays as it is, and is treated as the policy's fallback. A grade that it
    does not know gives way to the category's own, a hazard is left out; both stay in ``provenance``. Each of these is
    counted in ``unknown``, as ``category 'x'``.
    """
    codes, kept = policy.sources.get(raw.source.strip()), dict[str, str]()
    category, grade, hazards = code_of(raw.category), raw.grade, set(raw.hazards)
    meaning = None if codes is None or _is_read(raw) else _meaning(raw, category, codes, policy)
    if meaning is not None:
        kept[f"{SAID}category"], category = raw.category, meaning.category
        hazards.update(meaning.hazards)
        grade = Grade.ROUTINE if meaning.routine else grade
    elif category and not policy.known(category):
        _count(unknown, "category", category)
    for field, text in raw.unread:
        key = SAID + field
        kept[key] = f"{kept[key]}, {text}" if key in kept else text
        if field == "grade":
            grade = grade or (codes.grades.get(folded(text)) if codes is not None else None)
            known = grade is not None
        else:
            found = codes.hazards.get(folded(text)) if codes is not None else None
            hazards.update(found or ())
            known = found is not None
        if not known:
            _count(unknown, field.removesuffix("s"), text)
    if not kept:
        return raw
    provenance = (*raw.provenance, *((key, text) for key, text in kept.items() if key not in dict(raw.provenance)))
    ordered = tuple(hazard for hazard in Hazard if hazard in hazards)
    return replace(raw, category=category, grade=grade, hazards=ordered, provenance=provenance, unread=())


def _is_read(raw: RawRecord) -> bool:
    """On the way to a server: what stands there is a category of ours already."""
    return any(key == f"{SAID}category" for key, _ in raw.provenance)


def _meaning(raw: RawRecord, category: str, codes: Codes, policy: Policy) -> Meaning | None:
    """What the policy lists for this very code goes before a category of that name; the rest is for what is none."""
    return codes.exact.get(folded(raw.category)) or (
        None if policy.known(category) else codes.known(raw.category, raw.title)
    )


def _count(unknown: Counter[str], what: str, text: str) -> None:
    unknown[f"{what} {text[:_LONGEST]!r}"] += 1
