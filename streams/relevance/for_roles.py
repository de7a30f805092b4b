"""Whose business a category is, by the policy's roles: who hears of a record that has no place, beat or tasking."""

from __future__ import annotations

from collections.abc import Callable

from geo.model import Record
from streams.relevance.policy import Policy


def roles_for(policy: Policy) -> Callable[[Record], tuple[str, ...]]:
    """Record -> the roles whose list in ``[roles]`` names its category (and not as others' business)."""
    roles, known = policy.tables.roles, dict[str, tuple[str, ...]]()

    def of(record: Record) -> tuple[str, ...]:
        found = known.get(record.category)
        if found is None:
            row = policy.row_of(record.category)
            found = known[record.category] = tuple(role for role, column in roles.items() if column[row] > 0)
        return found

    return of
