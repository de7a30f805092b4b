"""Which policy a process goes by: the store's newest, or the one it has where it cannot read that."""

from __future__ import annotations

import logging
from importlib import resources

import pytest

from geo.store.rows import PolicyDraft, PolicyVersion
from streams.errors import PolicyError
from streams.relevance.in_force import InForce, digest_of, draft_of, policy_of
from streams.relevance.policy import Policy

UK = resources.files("streams.relevance").joinpath("policies", "uk.toml").read_text("utf-8")
NEWER = PolicyDraft("uk", "uk 99 ffff", "ffff", UK.replace("schema = 1", "schema = 999"), "sgt", "of a newer Beatline")


def version(n: int, draft: PolicyDraft | None = None) -> PolicyVersion:
    return PolicyVersion(n, n * 1_000, draft or draft_of("uk.toml", UK, f"admin-{n}"))


def trouble(in_force: InForce) -> str:
    return f"{in_force.problem.n}: {in_force.problem.reason}" if in_force.problem else ""


def test_a_draft_names_what_decisions_are_recorded_under() -> None:
    draft = draft_of("uk.toml", UK, "sgt", "why")
    assert (draft.name, draft.digest, draft.actor, draft.note) == ("uk", digest_of(UK), "sgt", "why")
    assert policy_of(version(3, draft)).version == draft.version


def test_what_does_not_parse_is_refused_with_file_line_and_reason() -> None:
    broken = UK.replace("own_tasking = true", "own_tasking = false")
    with pytest.raises(PolicyError, match=r"^night\.toml:\d+: must_deliver\.own_tasking silences") as caught:
        draft_of("night.toml", broken)
    assert broken.splitlines()[caught.value.line - 1].startswith("own_tasking")


def test_only_what_is_newer_is_taken() -> None:
    taken: list[Policy] = []
    in_force = InForce(lambda policy, at: taken.append(policy))
    shape = in_force.take(version(2))
    assert shape is not None
    assert shape == taken[0].lifetime_and_reach
    assert in_force.take(version(2)) is None
    assert in_force.take(version(1)) is None
    assert (len(taken), in_force.n) == (1, 2)


def test_one_that_cannot_be_read_leaves_the_running_one_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    taken: list[Policy] = []
    in_force = InForce(lambda policy, at: taken.append(policy))
    in_force.take(version(1))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert in_force.take(version(2, NEWER)) is None
    assert (len(taken), in_force.n, len(caplog.records)) == (1, 1, 1)
    assert trouble(in_force).startswith("2: policy 2 of the store:")
    in_force.take(version(3))
    assert (len(taken), in_force.n) == (2, 3)
    assert trouble(in_force) == ""


def test_a_process_begins_with_the_newest_that_it_can_read() -> None:
    in_force = InForce(lambda policy, at: pytest.fail("nothing runs yet"))
    found = in_force.begin([version(3, NEWER), version(2), version(1)])
    assert found is not None
    assert (found.name, in_force.n) == ("uk", 2)
    assert in_force.problem is not None
    assert in_force.problem.n == 3
    assert InForce(lambda policy, at: None).begin([]) is None
