"""``beatline policy schema``: every key is in it, and the JSON Schema takes and refuses what the loader does."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import jsonschema_rs
import pytest

from app.policy_schema import json_schema, show, text
from streams.relevance.policy import SHIPPED, policy_text
from streams.relevance.policy_schema import SECTIONS

VALID = jsonschema_rs.Draft202012Validator(json_schema())


def uk(old: str = "", new: str = "") -> dict[str, Any]:
    _, written = policy_text("uk")
    assert old in written
    return tomllib.loads(written.replace(old, new, 1))


def test_the_text_has_every_table_and_key_with_bounds_unit_default_and_meaning() -> None:
    said = text()
    for path, section in SECTIONS.items():
        assert not path or f"[{path.replace('*', 'NAME')}]" in said
        for name, key in section.keys.items():
            line = next(line for line in said.splitlines() if line.startswith(f"  {name} ") and key.meaning in line)
            assert key.unit in line
    assert "1..100000 m" in said
    assert "0.01..100 x, default 1" in said
    assert "drop | hold | map | notify | interrupt" in said
    assert "available | moving | engaged | break, each" in said


@pytest.mark.parametrize("name", SHIPPED)
def test_the_json_schema_takes_the_shipped_policies(name: str) -> None:
    assert [str(error) for error in VALID.iter_errors(tomllib.loads(policy_text(name)[1]))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reach = 1.4", "reech = 1.4"),
        ("reach = 1.4", "reach = -1.4"),
        ("schema = 1", "schema = 2"),
        ("schema = 1", "schema = 1\nsound = true"),
        ('p1 = "interrupt"', 'p1 = "shout"'),
        ("[styles.moving]", "[styles.driving]"),
        ("[replay]", "[sounds]\nloud = true\n[replay]"),
        ('threat_hazards = ["weapon"', 'threat_hazards = ["wepon"'),
        ('grade = "emergency"', 'grade = "urgent"'),
        ('traffic = ["road_collision"', 'traffic = [1, "road_collision"'),
        ("interrupt_s = 503", ""),
        ("own_tasking = true", 'own_tasking = "yes"'),
    ],
)
def test_the_json_schema_refuses_what_the_loader_refuses(old: str, new: str) -> None:
    assert not VALID.is_valid(uk(old, new))


def test_optional_tables_and_names_of_a_forces_own_are_taken() -> None:
    assert VALID.is_valid(uk("[bands]", '[categories.drone]\nlabel = "Drone"\ngrade = "standard"\n[bands]'))
    policy = uk()
    del policy["certainty"]
    assert VALID.is_valid(policy)


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    show()
    assert capsys.readouterr().out.startswith("Beatline policy file, schema 1.")
    show(as_json=True)
    assert json.loads(capsys.readouterr().out) == json_schema()
