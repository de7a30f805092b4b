"""VOCABULARY.md: every phrase that a scenario may use, and what it means. ``python -m tests.relevance.vocabulary``."""

from __future__ import annotations

from pathlib import Path

from streams.noise.rules import REASON_NAMES, RULE_NAMES
from streams.relevance.score import TERM_NAMES
from tests.relevance import steps
from tests.relevance.details import DETAILS
from tests.relevance.expecting import QUIET, SAID
from tests.relevance.phrases import GAPS, PHRASES
from tests.relevance.reader import POLICIES

PAGE = Path(__file__).parent / "VOCABULARY.md"
_HEAD = f"""# How to write a scenario

Made by `python -m tests.relevance.vocabulary`; what is not here is an error with its line. The files are in
`scenarios/`: add a block to the one that fits, and run `pytest tests/relevance`.

    SCENARIO  a robbery round the corner
    PAIR      a robbery at the other end of town
    GIVEN     an officer, available
    WHEN      a robbery is reported 300 m east: emergency
    EXPECT    interrupt by style
              the reason says "300 m east"
    BECAUSE   An offender who runs is caught by who is near.

* **SCENARIO** is its name. Nobody else may have it.
* **PAIR** names a scenario that differs in exactly one line of GIVEN and WHEN: one fact, another verdict (or the
  same, where that is the point). It is checked. One of the two names the other.
* **GIVEN** and **WHEN** are what is and what happens, in the phrases below, one a line. Each counts as it stands there:
  the pipeline ticks after every line.
* **EXPECT** is what came of it since the last EXPECT. WHEN and EXPECT may follow each other several times.
* **BECAUSE** is the reason from doctrine. Write it before you look at what the software says.
* **POLICY** names the shipped policies that it holds for: {" and ".join(POLICIES)}. Without it: for both.
* **OPEN** says that software and doctrine disagree, and about what. It is taken out when that is settled.

Every scenario is played again in another city, turned, and 12 hours later; and on the date line. Distances: keep away
from the very edge of a reach, unless that is the point, so that a force may tune its policy.
"""


def page() -> str:
    """The page as it should stand."""
    assert steps.__doc__
    lines = [_HEAD, "## What is and what happens\n", "| phrase | meaning |", "|---|---|"]
    lines += [f"| `{known.sentence}` | {known.meaning} |" for known in PHRASES]
    lines += ["\n## What stands in braces\n", "| gap | what fits |", "|---|---|"]
    lines += [f"| `{{{name}}}` | {meaning} |" for name, (_, _, meaning) in GAPS.items()]
    lines += ["\n## Details of a record (`{details}`, between commas)\n", "| detail | meaning |", "|---|---|"]
    lines += [f"| `{detail.example}` | {detail.meaning} |" for detail in DETAILS]
    lines += [_EXPECTING]
    return "\n".join(lines)


_EXPECTING = f"""
## What is expected

About him and `it`; about others with a name or letter before it: `PC Baker: nothing`, `A: map by flood`,
`the summary: notify by summary`.

* `interrupt`, `notify`, `map`, `cancel`, `purge` ({", ".join(SAID)}): this, and only this, was said. Several, in their
  order: `notify by style, then interrupt by nearer`.
* {", ".join(f"`{word}`" for word in QUIET)}: nothing was said; hold and drop are what was decided instead.
* `by RULE`: the rule that decided: {", ".join(RULE_NAMES[1:])}.
* `cancel because REASON`, `purge because REASON`: {", ".join(REASON_NAMES[1:])}.
* `the reason says "..."`, `the reason does not say "..."`: what he reads under the alert. So too `the source` (who
  reports it) and `the text` (title and text), from the very bytes that his device is sent.
* `TERM counts for it`, `TERM counts against it`, `TERM says nothing`: {", ".join(TERM_NAMES)}.
"""

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
