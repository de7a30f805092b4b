"""Revision 1: records, the roster, what is owed and what came back, as Beatline 0.1 had them."""

from __future__ import annotations

import secrets
from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables of the first release, and draws the epoch."""
    connection = op.get_bind()
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)
    meta = text("INSERT INTO meta (key, value) VALUES ('schema', '1'), ('epoch', :epoch)")
    connection.execute(meta, {"epoch": secrets.token_hex(8)})


def statements(dialect: str) -> list[str]:
    """The frozen schema of one engine, statement by statement."""
    whole = Path(__file__).with_name(f"v0001_{dialect}.sql").read_text(encoding="utf-8")
    parts = (part for part in whole.split("\n\n") if not part.startswith("--"))
    return [part.strip().removesuffix(";") for part in parts if part.strip()]
