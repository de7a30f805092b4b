"""Names that stand in records of decisions: they may grow, and must not change."""

from __future__ import annotations

from streams.noise.rules import MUST_RULE, REASON_NAMES, RULE_NAMES, Cause, Reason, Rule
from streams.relevance.score import Must


def test_numbers_are_indices_into_the_names() -> None:
    assert all(RULE_NAMES[rule] == rule.name.lower() for rule in Rule)
    assert all(REASON_NAMES[reason] == (reason.name.lower() if reason else "") for reason in Reason)
    assert [rule.value for rule in Rule] == list(range(len(Rule)))


def test_each_must_has_its_rule() -> None:
    names = {must: Rule(must + MUST_RULE).name for must in Must if must}
    assert names == {
        Must.OFFICER_EMERGENCY: "MUST_OFFICER_EMERGENCY",
        Must.THREAT_TO_LIFE: "MUST_THREAT_TO_LIFE",
        Must.OWN_TASKING: "MUST_OWN_TASKING",
        Must.MUST_ACK: "MUST_ACK",
    }


def test_reasons_of_the_wire() -> None:
    assert {"closed", "cancelled", "expired", "out_of_reach", "not_entitled", "withdrawn"} == set(REASON_NAMES[1:])


def test_a_record_comes_before_a_move_and_a_policy_last() -> None:
    assert min(Cause) is Cause.RECORD
    assert max(Cause) is Cause.POLICY
