"""The policy file: what the shipped ones say, and every way in which a file is refused."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from geo.clock import MINUTE, SECOND
from geo.codebook import Codebooks
from geo.model import Grade, Interval, Verdict
from streams.errors import PolicyError
from streams.relevance.policy import SHIPPED, load_policy, refusals
from streams.relevance.policy_file import PolicyText
from tests.streams.scene import NOW, incident

CATEGORIES = [
    "officer_emergency",
    "firearms",
    "stabbing",
    "robbery",
    "assault",
    "domestic",
    "sexual_offence",
    "burglary",
    "vehicle_crime",
    "theft",
    "shoplifting",
    "criminal_damage",
    "arson",
    "drugs",
    "public_order",
    "antisocial_behaviour",
    "missing_person",
    "concern_for_welfare",
    "mental_health",
    "road_collision",
    "traffic",
    "suspicious",
    "alarm",
    "disturbance",
    "fire",
    "flood",
    "weather",
    "hazard",
    "animal",
    "demonstration",
    "stop_search",
    "administrative",
    "cordon",
    "watched_area",
    "other",
]
UK = Path(__file__).resolve().parents[3] / "streams" / "relevance" / "policies" / "uk.toml"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_policies_know_every_shipped_category(name: str) -> None:
    policy = load_policy(name)
    assert [code for code in CATEGORIES if not policy.known(code)] == []
    assert policy.version.startswith(name)


def test_a_file_is_the_same_policy_as_the_name(tmp_path: Path) -> None:
    copy = tmp_path / "mine.toml"
    copy.write_text(UK.read_text())
    assert load_policy(str(copy)).version == load_policy("uk").version


REFUSED = [
    ("reach_m = 875", "reach_m = 0", "grades.priority.reach_m must lie between"),
    ("reach_m = 875", 'reach_m = "far"', "must be a number"),
    ("reach_m = 875", "reach_m == 875", "not TOML"),
    (
        "severity = 1.1",
        "severity = 1.1\nseverty = 2",
        "severty is not known here: did you mean severity?",
    ),
    ("p1 = 0.95", "p1 = 0.30", "bands.p1 must be above p2"),
    ('p1 = "interrupt"', 'p1 = "shout"', "'shout' is not one of"),
    ('p1 = "interrupt"', 'p1 = "hold"', "must not be louder than p1"),
    ('p4 = "map"', 'p4 = "interrupt"', "must not be louder than p3"),
    ("dog = 0.3", "cat = 0.3", "hazards.cat is not known here"),
    ('category = "other"', 'category = "nothing"', "'nothing' is not one of this policy's categories"),
    ("own_tasking = true", "own_tasking = false", "silences a part of the must-deliver set"),
    ('threat_hazards = ["weapon"', 'threat_hazards = ["wepon"', "did you mean weapon?"),
    ("schema = 1", "schema = 9", "reads no other"),
    ("schema = 1", "schema = 1\nsound = true", "sound is not a key that a policy has"),
    ("[replay]", "[sounds]\nloud = true\n[replay]", "sounds is not a table that a policy has"),
    (
        "[grades.routine]",
        "[grades.casual]",
        "grades.casual is not known here; known: emergency, priority",
    ),
    (
        'traffic = ["road_collision"',
        'traffic = ["road_colision"',
        "did you mean road_collision?",
    ),
    ('grade = "emergency"', 'grade = "urgent"', "'urgent' is not one of"),
    ("reach = 1.4", "reach = -1.4", "terms.reach must lie between 0 and 20, and is -1.4"),
    ("[fallback]", "[fall_back]", "fall_back is not a table that a policy has: did you mean fallback?"),
    ('[fallback]\ncategory = "other"', "", "fallback is missing: the policy needs this table"),
    ("freshness = 1.0", "freshnes = 1.0", "terms.freshnes is not known here: did you mean freshness?"),
    (
        "[styles.moving]",
        "[styles.driving]",
        "styles.driving is not known here: did you mean moving?",
    ),
    ("[bands]", "[noise.more]\nx = 1\n[bands]", "noise.more is not known here"),
    ("1A = 1.0", "1F = 1.0", "certainty.1F is not known here; known: 1A, 1B"),
    ("interrupt_s = 503", "", "replay.interrupt_s is missing"),
]


@pytest.mark.parametrize(("old", "new", "reason"), REFUSED, ids=[reason for _, _, reason in REFUSED])
def test_a_file_with_a_mistake_is_refused_with_its_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    text = UK.read_text()
    assert old in text
    file = tmp_path / "policy.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(PolicyError) as refused:
        load_policy(str(file))
    assert reason in str(refused.value)
    assert refused.value.file == str(file)
    assert refused.value.line > 0 or "is missing: the policy needs this table" in reason


def test_a_hidden_must_deliver_set_is_refused(tmp_path: Path) -> None:
    text = UK.read_text()
    head, tail = text.split("[styles.available]")
    for loud in ('p1 = "interrupt"', 'p2 = "notify"', 'p3 = "notify"', 'p4 = "map"'):
        tail = tail.replace(loud, loud.split("=")[0] + '= "drop"', 1)
    file = tmp_path / "policy.toml"
    file.write_text(f"{head}[styles.available]{tail}")
    with pytest.raises(PolicyError, match="hides the must-deliver set"):
        load_policy(str(file))


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_bytes(b"\xff")])
def test_what_cannot_be_read_names_the_file_and_the_shipped_ones(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "policy.toml"
    make(file)
    with pytest.raises(PolicyError, match=r"policy.toml: cannot be read .* uk and san_francisco"):
        load_policy(str(file))


def test_an_unknown_category_falls_back_and_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    policy = load_policy("uk")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert policy.row_of("zeppelin") == policy.row_of("other")
    assert len([entry for entry in caplog.records if "zeppelin" in entry.message]) == 1
    assert policy.default_grade("zeppelin") is policy.default_grade("other")
    assert policy.label("zeppelin_crash") == "Zeppelin crash"
    assert policy.label("concern_for_welfare") == "Concern for welfare"


def test_reach_and_lifetime_follow_grade_and_category() -> None:
    policy = load_policy("uk")
    end, reach = policy.lifetime_and_reach(incident())
    assert end == NOW + 240 * MINUTE
    assert reach == pytest.approx(policy.grades[Grade.EMERGENCY].reach_m)
    assert policy.lifetime_and_reach(incident(category="officer_emergency"))[1] == pytest.approx(1.4 * reach)
    given = incident(valid=Interval(None, NOW + 5 * SECOND))
    assert policy.lifetime_and_reach(given)[0] == NOW + 5 * SECOND


def test_the_tables_by_codes_grow_with_the_books() -> None:
    policy, books = load_policy("uk"), Codebooks()
    books.categories.code("theft")
    assert policy.bound(books).row[1] == policy.row_of("theft")
    books.categories.code("arson")
    bound = policy.bound(books)
    assert bound.row[2] == policy.row_of("arson")
    assert policy.bound(books) is bound
    books.roles.code("dog")
    assert policy.bound(books).role[1, policy.row_of("burglary")] == np.float32(1)


@pytest.mark.parametrize(
    ("verdict", "age_s", "must", "expected"),
    [
        (Verdict.INTERRUPT, 10, False, Verdict.INTERRUPT),
        (Verdict.INTERRUPT, 600, False, Verdict.NOTIFY),
        (Verdict.INTERRUPT, 3_000, False, Verdict.MAP),
        (Verdict.INTERRUPT, 3_000, True, Verdict.NOTIFY),
        (Verdict.NOTIFY, 600, False, Verdict.NOTIFY),
        (Verdict.MAP, 0, False, Verdict.MAP),
    ],
)
def test_what_is_said_again_later_is_said_softer(verdict: Verdict, age_s: float, must: bool, expected: Verdict) -> None:
    assert load_policy("uk").replay_style(verdict, age_s, must) is expected


def test_all_refusals_are_found_where_loading_stops_at_the_first() -> None:
    text = UK.read_text()
    for old, new in (
        ("schema = 1", "schema = 9"),
        ("p1 = 0.95", "p1 = 0.001"),
        ('p4 = "map"', 'p4 = "interrupt"'),
        ("own_tasking = true", "own_tasking = false"),
        ("must_ack = true", "must_ack = false"),
        ('category = "other"', 'category = "nothing"'),
    ):
        text = text.replace(old, new, 1)
    found = [problem.reason.split()[0] for problem in refusals(PolicyText.parse("p.toml", text))]
    assert found == [
        "schema", "fallback.category", "bands.p1", "styles.available.p4", "must_deliver.own_tasking",
        "must_deliver.must_ack",
    ]  # fmt: skip
    assert list(refusals(PolicyText.parse("p.toml", UK.read_text()))) == []
    (first, *_) = refusals(PolicyText.parse("p.toml", "schema = 1"))
    assert first.reason.startswith("categories is missing")
