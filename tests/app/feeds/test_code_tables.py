"""By whose mapping a feed reads its codes."""

from __future__ import annotations

from app.feeds.code_tables import codes_of, shipped_policy
from streams.relevance.policy import Policy, policy_text
from streams.relevance.policy_file import PolicyText

MINE = '[sources.datasf-cad.codes]\n459 = "arson"\n'


def test_without_a_policy_and_where_it_says_nothing_of_the_source_the_shipped_one_speaks() -> None:
    shipped = shipped_policy("san_francisco").sources["datasf-cad"]
    assert codes_of("datasf-cad", "san_francisco") is shipped
    assert codes_of("datasf-cad", "san_francisco", shipped_policy("uk")) is shipped
    assert shipped_policy("uk") is shipped_policy("uk")


def test_the_policy_in_use_speaks_for_itself() -> None:
    mine = Policy(PolicyText.parse("mine.toml", policy_text("uk")[1] + MINE))
    codes = codes_of("datasf-cad", "san_francisco", mine)
    assert codes.exact["459"].category == "arson"
    assert codes.known("221", "") is None
