"""Revision 3: the relevance policy in force and those before it; what was decided can be found by its time."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE policy_version (n BIGINT NOT NULL, policy TEXT{c} NOT NULL, version TEXT{c} NOT NULL,"
    " digest TEXT{c} NOT NULL, text TEXT{c} NOT NULL, actor TEXT{c} NOT NULL, at BIGINT NOT NULL,"
    " note TEXT{c} NOT NULL, PRIMARY KEY (n))",
    "CREATE INDEX fanout_at ON fanout (at)",
    "UPDATE meta SET value = '3' WHERE key = 'schema'",
)


def upgrade() -> None:
    """Adds what this version brought. The index is built over all fan-outs: a minute for a hundred million."""
    connection = op.get_bind()
    collated = ' COLLATE "C"' if connection.dialect.name == "postgresql" else ""
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement.format(c=collated))
