"""The first release's schema, frozen: whoever changes it breaks the upgrade of stores that are out there."""

from __future__ import annotations

import hashlib

import pytest

from geo.store.migrations.versions.v0001_records_and_owed import statements


@pytest.mark.parametrize(("dialect", "count"), [("sqlite", 27), ("postgresql", 29)])
def test_it_is_a_list_of_whole_statements(dialect: str, count: int) -> None:
    found = statements(dialect)
    assert len(found) == count
    assert all(statement.startswith(("CREATE ", "ALTER ")) for statement in found)


@pytest.mark.parametrize(("dialect", "digest"), [("sqlite", "c6c9358a5c7158b5"), ("postgresql", "3e3f7cf3e86e258f")])
def test_it_never_changes(dialect: str, digest: str) -> None:
    assert hashlib.sha256("\n".join(statements(dialect)).encode()).hexdigest()[:16] == digest
