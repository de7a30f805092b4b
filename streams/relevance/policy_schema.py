"""Every table and key that a policy file may have: kind, bounds, unit, meaning. There is no other list of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from geo.model import Grade, Hazard

VERSION = 1
"""Of the schema: ``schema = 1`` in the file. It counts up when a key that a force may have written means something
else, or goes; a key that is added with a default does not make older files wrong."""


class Kind(StrEnum):
    """What a key's value is."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "true or false"
    GRADE = "grade"
    STYLE = "style"
    TEXTS = "list of texts"
    HAZARDS = "list of hazards"
    MEANING = "category, or { category, hazards, routine }"
    WORDS = "list of { match, category, hazards, routine }"


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Without a default it must be given. ``said`` is what an officer reads where the term of that name
    speaks for a record, if that is always the same."""

    meaning: str
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    default: float | str | tuple[str, ...] | None = None
    kind: Kind = Kind.NUMBER
    said: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One table, or with ``*`` in its path all tables of that form: one for each of ``names``, or of any name.

    ``others`` is what keys may be that are not listed, for tables whose keys are a force's own.
    """

    meaning: str
    keys: dict[str, Key] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    others: Key | None = None
    optional: bool = False


ODDS = "log-odds"
STYLED = ("available", "moving", "engaged", "break")
"""Activities that the style matrix has a row for."""

TERMS: dict[str, Key] = {
    "reach": Key("at the spot; as much off at the edge of the pair's own reach", 0, 20, ODDS),
    "approach": Key("driving straight towards it at full_speed_mps; as much off when driving away", -20, 20, ODDS),
    "full_speed_mps": Key("the closing speed at which approach counts in full", 0.1, 100, "m/s"),
    "freshness": Key("how the odds fall with age: 1 halves them each half-life", 0, 20),
    "attended": Key("a unit is there already", -20, 20, ODDS),
    "reliable": Key("times the figure of [certainty] that its 3x5x2 grade has", -20, 20, ODDS),
    "corroboration": Key(
        "another source reports the same", 0, 20, ODDS, default=0.2, said="another source reports it too"
    ),
    "role": Key(
        "skill, equipment or role that the category asks for; as much off for a role whose business it is not",
        -20, 20, ODDS, said="your role or skill",
    ),
    "tasking": Key("his own unit is assigned", 0, 20, ODDS),
    "addressed": Key("a briefing that names him, his beat, role or unit", 0, 20, ODDS),
    "beat": Key("in his own beat", 0, 20, ODDS, said="your beat"),
    "novelty": Key(
        "materially new against what he was told; as much off when he was told it as it is",
        0, 20, ODDS, said="changed since you were told",
    ),
    "feedback": Key("the most that officers' answers can add or take away", 0, 20, ODDS),
}  # fmt: skip
"""Weights of the score's terms. A new term is a function in ``terms`` and an entry here, with a default so that the
files of before stay good; with ``said`` it is in the alert's ``why``."""

_CERTAINTY_OF = {
    "1": (1.0, "source reliable"),
    "2": (0.0, "source untested"),
    "3": (-3.0, "source not reliable"),
}
_KNOWN_AS = {
    "A": (1.0, "known directly"),
    "B": (0.5, "known indirectly, corroborated"),
    "C": (0.0, "known indirectly"),
    "D": (-1.0, "not known"),
    "E": (-3.0, "suspected to be false"),
}
CERTAINTY: dict[str, Key] = {
    f"{source}{letter}": Key(f"{who}, {how}", -20, 20, "x reliable", default=(a + b) / 2)
    for source, (a, who) in _CERTAINTY_OF.items()
    for letter, (b, how) in _KNOWN_AS.items()
}
"""3x5x2, the fifteen evaluations. The standard orders them; the distances are this project's, and a force's to set.
The last figure of a grade says who may have it, not how true it is: it counts for nothing here."""

SECTIONS: dict[str, Section] = {
    "": Section(
        "The file itself.",
        {
            "schema": Key("version of this schema", 0, 1_000),
            "name": Key("the policy's name, as decisions are recorded under it", kind=Kind.TEXT),
            "edition": Key("which edition of it: a date, a number", kind=Kind.TEXT),
        },
    ),
    "grades.*": Section(
        "What a grade gives to every record of it.",
        {
            "reach_m": Key("how far away an officer may be and still be concerned", 1, 100_000, "m"),
            "half_life_s": Key("after this time the odds that it matters are halved", 1, 10_000_000, "s"),
            "news_half_lives": Key("after so many half-lives it is no news: told anew on the map only", 0.1, 1_000),
            "lifetime_min": Key("how long it is live when the source gives no end", 1, 1_000_000, "min"),
            "severity": Key("how much a record of this grade matters", -20, 20, ODDS),
        },
        names=tuple(grade.value for grade in Grade),
    ),
    "categories.*": Section(
        "How a category differs from its grade. officer_emergency must be among them.",
        {
            "label": Key("what a person reads", kind=Kind.TEXT),
            "grade": Key("of a record whose source gives none", kind=Kind.GRADE),
            "reach_x": Key("times the grade's reach", 0.01, 100, "x", 1.0),
            "half_life_x": Key("times the grade's half-life", 0.01, 1_000, "x", 1.0),
            "lifetime_x": Key("times the grade's lifetime", 0.01, 1_000, "x", 1.0),
            "severity": Key("added to the grade's", -20, 20, ODDS, 0.0),
            "requires": Key("skills and equipment that are wanted there", default=(), kind=Kind.TEXTS),
        },
    ),
    "fallback": Section(
        "What a category that is not listed is treated as.",
        {"category": Key("one of [categories]", kind=Kind.TEXT)},
    ),
    "hazards": Section(
        "What can hurt an officer there; several add up.",
        {
            "at_most": Key("what all hazards together can add", 0, 20, ODDS),
            **{
                hazard.value: Key(f"where {hazard.value.replace('_', ' ')} is reported", 0, 20, ODDS, 0.0)
                for hazard in Hazard
            },
        },
    ),
    "terms": Section("Weights of the score's other terms.", TERMS),
    "certainty": Section(
        "3x5x2: what each evaluation counts, 1 for the best; times terms.reliable.", CERTAINTY, optional=True
    ),
    "roles": Section(
        "Roles that a category concerns more, or with a minus before it less.",
        others=Key('categories: ["fire", "-theft"]', kind=Kind.TEXTS),
    ),
    "bands": Section(
        "Lower edges of the priority bands, of a score 0..1. Below p4: nothing.",
        {f"p{number}": Key(f"lower edge of P{number}", 0, 1) for number in (1, 2, 3, 4)},
    ),
    "styles.*": Section(
        "How loudly, by what he is doing and the priority; off duty he hears nothing.",
        {f"p{number}": Key(f"of P{number}; not louder than the one above", kind=Kind.STYLE) for number in (1, 2, 3, 4)},
        names=STYLED,
    ),
    "noise": Section(
        "Thresholds of the noise rules.",
        {
            "moving_mps": Key("faster than this is moving", 0.1, 100, "m/s"),
            "own_safety_m": Key("a danger this near interrupts whatever he is doing", 0, 10_000, "m"),
            "on_delay_s": Key("how long he must be in before he is told of what he drives into", 0, 600, "s"),
            "edge": Key("the on-delay holds beyond this part of the reach", 0, 1, "x reach"),
            "exit_x": Key("he leaves at this part of the reach at which he came in: fixed", 1.2, 1.2, "x reach"),
            "must_exit_x": Key("the same, of what interrupted him or was must-deliver", 1.2, 100, "x reach"),
            "moved_m": Key("a record that moves further than this is news", 1, 100_000, "m"),
            "budget_per_10min": Key("interruptions in ten minutes that an officer gets back", 0, 100),
            "budget_burst": Key("interruptions at once at most", 1, 100),
            "stale_fix_s": Key("an older fix does not say where he is", 1, 86_400, "s"),
            "vague_fix_m": Key("nor does a less accurate one", 1, 100_000, "m"),
            "pass_step_m": Key("a longer step between two fixes is looked at as a line", 1, 100_000, "m"),
            "fence_margin_m": Key("a watched area is left this far outside its edge", 1, 1_000, "m"),
            "duplicate_m": Key("two sources' reports of a category this near are one thing", 0, 10_000, "m"),
            "duplicate_s": Key("... when they come within this time", 0, 86_400, "s"),
            "flood_starts": Key("more words for his attention in ten minutes are a flood: one card instead", 1, 63),
            "flood_ends": Key("it is over below this", 0, 63),
            "flood_again_s": Key("the card's figures are renewed at most this often", 1, 3_600, "s"),
        },
    ),
    "must_deliver": Section(
        "What passes always: uncounted, without delay.",
        {
            "officer_emergency": Key("must be true", kind=Kind.TRUTH),
            "own_tasking": Key("must be true", kind=Kind.TRUTH),
            "must_ack": Key("briefings that must be acknowledged; must be true", kind=Kind.TRUTH),
            "threat_grade": Key("from this grade on a threat to life is one", kind=Kind.GRADE),
            "threat_hazards": Key("any of these makes it a threat to life; not empty", kind=Kind.HAZARDS),
            "threat_half_lives": Key("how long it is immediate", 0.1, 1_000, "half-lives"),
            "threat_reach_x": Key("how near he must be, of the reach", 0.1, 1, "x reach"),
        },
    ),
    "replay": Section(
        "How old a word may be and still be said as loudly to a device that was away.",
        {
            "interrupt_s": Key("an older interrupt is said as a notify", 0, 86_400, "s"),
            "notify_s": Key("an older notify is put on the map, unless it is must-deliver", 0, 86_400, "s"),
        },
    ),
    "sources.*": Section(
        "How a source's own codes are read: by the feed's name, or the `source` of records that a feed posts.",
        {"words": Key("where no code fits: the first whose pattern the description has", default=(), kind=Kind.WORDS)},
        optional=True,
    ),
    "sources.*.codes": Section(
        "The source's codes; routine: nobody elsewhere needs it, whatever its priority.",
        others=Key("what the code stands for", kind=Kind.MEANING),
        optional=True,
    ),
    "sources.*.suffixes": Section(
        "Letters behind a code that is listed (240DV), and what they add to it.",
        others=Key("its category where one is given, and its hazards besides", kind=Kind.MEANING),
        optional=True,
    ),
    "sources.*.grades": Section(
        "The source's priorities.", others=Key("what the priority is here", kind=Kind.GRADE), optional=True
    ),
    "sources.*.hazards": Section(
        "The source's own words for hazards.", others=Key("what the word means here", kind=Kind.HAZARDS), optional=True
    ),
}
"""By path. Read through :mod:`streams.relevance.policy_reading`; printed by ``beatline policy schema``."""


def form_of(path: str) -> str | None:
    """The section that a table at ``path`` is read by (``grades.priority``: ``grades.*``); None: there is none."""
    parts = path.split(".")
    for form in SECTIONS:
        pattern = form.split(".")
        if len(pattern) == len(parts) and all(p in ("*", part) for p, part in zip(pattern, parts, strict=True)):
            return form
    return None
