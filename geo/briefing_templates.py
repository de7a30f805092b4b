"""The templates of a briefing: what is asked for, what must be said, and the title and body made from the answers.

IIMARCH is the order of the UK's Joint Emergency Services Interoperability Principles (JESIP, Joint Doctrine 3.1);
the risk of a missing person is one of the four of the College of Policing's authorised professional practice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from geo.reasons import Problem, Reason

LONGEST_FIELD = 4_000


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a template. ``one_line`` is told in one; ``among`` is a closed set of answers."""

    name: str
    label: str
    ask: str
    required: bool = False
    one_line: bool = False
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """``title`` is made of the answers in braces; a part between bars falls away where its answer is missing."""

    name: str
    label: str
    category: str
    title: str
    fields: tuple[Field, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.required)


IIMARCH = Template(
    "iimarch",
    "IIMARCH briefing",
    "other",
    "",
    (
        Field("information", "Information", "What, where, when, how, how many; what is known and not known", True),
        Field("intent", "Intent", "Why we are here: the strategic aim", True),
        Field("method", "Method", "How it will be done: the plan and who does what", True),
        Field("administration", "Administration", "Command, timing, logistics, welfare, powers"),
        Field("risk_assessment", "Risk assessment", "What can hurt whom, and what is done about it", True),
        Field("communications", "Communications", "Channels, callsigns, who speaks to whom; the media"),
        Field("humanitarian_issues", "Humanitarian issues", "Human rights, the public, those affected, our own"),
    ),
)
LOOKOUT_VEHICLE = Template(
    "lookout_vehicle",
    "Lookout: vehicle",
    "suspicious",
    "Lookout: {registration}|, {colour}|, {make_and_model}",
    (
        Field("registration", "Registration", "As on the plate, or as much of it as is known", True, True),
        Field("make_and_model", "Make and model", "Such as Ford Transit", False, True),
        Field("colour", "Colour", "", False, True),
        Field("reason", "Wanted for", "What it is believed to have to do with, and when", True),
        Field("action", "If seen", "What to do: observe and report, stop, do not approach", True),
        Field("warnings", "Warnings", "Weapons, violence, fails to stop"),
        Field("occupants", "Occupants", "How many, who, what they look like"),
        Field("last_seen", "Last seen", "When, where, in which direction"),
        Field("marks", "Marks", "Damage, stickers, load, trailer"),
        Field("reference", "Reference", "The incident or crime number", False, True),
        Field("contact", "Contact", "Whom to tell", False, True),
    ),
)
LOOKOUT_PERSON = Template(
    "lookout_person",
    "Lookout: person",
    "suspicious",
    "Lookout: {subject}",
    (
        Field("subject", "Person", "The name, or a line that says who: man, 40s, grey hoodie", True, True),
        Field("description", "Description", "Height, build, hair, clothing, marks, how he moves", True),
        Field("reason", "Wanted for", "What for, and when", True),
        Field("action", "If seen", "What to do: observe and report, detain, do not approach", True),
        Field("warnings", "Warnings", "Weapons, violence, self-harm, infection"),
        Field("last_seen", "Last seen", "When, where, in which direction, with whom"),
        Field("places", "Places", "Where the person may go"),
        Field("reference", "Reference", "The incident or crime number", False, True),
        Field("contact", "Contact", "Whom to tell", False, True),
    ),
)
RISKS = ("high", "medium", "low", "no apparent risk")
MISSING_PERSON = Template(
    "missing_person",
    "Missing person",
    "missing_person",
    "Missing: {name}|, {age}|, {risk} risk",
    (
        Field("name", "Name", "And what the person answers to", True, True),
        Field("age", "Age", "", True, True),
        Field("risk", "Risk", "As assessed: one of " + ", ".join(RISKS), True, True, RISKS),
        Field("description", "Description", "Height, build, hair, marks", True),
        Field("clothing", "Clothing", "What was worn when last seen"),
        Field("last_seen", "Last seen", "When, where, by whom, in which direction", True),
        Field("why_at_risk", "Why at risk", "Health, medicine needed by when, circumstances"),
        Field("places", "Places", "Where the person may be; where found before"),
        Field("action", "If found", "How to approach, what not to do, whom to call", True),
        Field("reference", "Reference", "The incident number", False, True),
        Field("contact", "Contact", "Whom to tell", False, True),
    ),
)
TEMPLATES = {one.name: one for one in (IIMARCH, LOOKOUT_VEHICLE, LOOKOUT_PERSON, MISSING_PERSON)}


def problems_of(template: Template, answers: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the answers, each by its name: missing, not asked for, too long, outside its set."""
    asked = {field.name: field for field in template.fields}
    problems = [
        Problem(f"fields.{name}", Reason.UNKNOWN_FIELD, f"is none of {template.name}'s: {', '.join(asked)}")
        for name in answers
        if name not in asked
    ]
    for name, field in asked.items():
        said = answers.get(name, "").strip()
        if not said and field.required:
            problems.append(Problem(f"fields.{name}", Reason.MISSING, f"is required: {field.ask or field.label}"))
        elif len(said) > LONGEST_FIELD:
            message = f"{len(said)} characters, at most {LONGEST_FIELD}"
            problems.append(Problem(f"fields.{name}", Reason.TOO_LONG, message))
        elif said and field.among and said.lower() not in field.among:
            message = f"{said[:40]!r} is not one of: {', '.join(field.among)}"
            problems.append(Problem(f"fields.{name}", Reason.NOT_ONE_OF, message))
        elif field.one_line and "\n" in said:
            problems.append(Problem(f"fields.{name}", Reason.CONTRADICTION, "is told in one line"))
    return problems


def body_from(template: Template, answers: Mapping[str, str]) -> str:
    """The answers as Markdown, in the template's order: short ones together at the top, each long one under its name.

    Inside an answer Markdown means what it means, but for headings: the template's are the only ones.
    """
    said = [(field, answers.get(field.name, "").strip()) for field in template.fields]
    lines = [f"**{field.label}:** {text}" for field, text in said if text and field.one_line]
    parts = ["\n".join(lines)] if lines else []
    parts += [f"## {field.label}\n{_plain(text)}" for field, text in said if text and not field.one_line]
    return "\n\n".join(parts)


def title_from(template: Template, answers: Mapping[str, str]) -> str:
    """A title where the sender gave none; "" where the template makes none."""
    parts = []
    for part in template.title.split("|"):
        name = part[part.find("{") + 1 : part.find("}")] if "{" in part else ""
        said = answers.get(name, "").strip()
        if said:
            parts.append(part.replace("{" + name + "}", said))
    title = "".join(parts)
    return title.replace("no apparent risk risk", "no apparent risk")[:300]


def _plain(text: str) -> str:
    """No line of an answer is a heading."""
    return re.sub(r"^( {0,3})#", r"\1\\#", text, flags=re.MULTILINE)
