"""Revision 4: whom a briefing is for, as a set; what a patrol-start briefing disclosed; hazards as columns"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy.engine import Connection

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE record ADD COLUMN hazards BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE record ADD COLUMN lookout SMALLINT NOT NULL DEFAULT 0",
    "CREATE INDEX record_nowhere ON record (beat, reported_at) WHERE min_lon IS NULL",
    "CREATE TABLE trait (kind TEXT{c} NOT NULL, id TEXT{c} NOT NULL, trait TEXT{c} NOT NULL, value TEXT{c} NOT NULL,"
    " PRIMARY KEY (kind, id, trait, value)){r}",
    "CREATE INDEX trait_value ON trait (kind, trait, value)",
    "CREATE TABLE duty (shift TEXT{c} NOT NULL, officer TEXT{c} NOT NULL, starts BIGINT NOT NULL, ends BIGINT NOT NULL,"
    " unit TEXT{c}, beat TEXT{c}, PRIMARY KEY (shift))",
    "CREATE INDEX duty_ends ON duty (ends)",
    "CREATE INDEX duty_officer ON duty (officer)",
    "CREATE TABLE addressee (record TEXT{c} NOT NULL, officer TEXT{c} NOT NULL, version BIGINT NOT NULL,"
    " at BIGINT NOT NULL, refusal TEXT{c} NOT NULL, left_at BIGINT, step BIGINT NOT NULL, step_at BIGINT,"
    " PRIMARY KEY (record, officer)){r}",
    "CREATE INDEX addressee_officer ON addressee (officer)",
    "CREATE INDEX addressee_step ON addressee (step) WHERE step > 0",
    "CREATE TABLE patrol (id TEXT{c} NOT NULL, officer TEXT{c} NOT NULL, actor TEXT{c} NOT NULL,"
    " force TEXT{c} NOT NULL, beat TEXT{c} NOT NULL, starts BIGINT NOT NULL, ends BIGINT NOT NULL,"
    " since BIGINT NOT NULL, at BIGINT NOT NULL, policy TEXT{c} NOT NULL, digest TEXT{c} NOT NULL, PRIMARY KEY (id))",
    "CREATE INDEX patrol_officer ON patrol (officer, ends)",
    "CREATE INDEX patrol_at ON patrol (at)",
    "CREATE TABLE patrol_item (patrol TEXT{c} NOT NULL, record TEXT{c} NOT NULL, version BIGINT NOT NULL,"
    " section TEXT{c} NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (patrol, record)){r}",
    "CREATE INDEX patrol_item_record ON patrol_item (record)",
)
# fmt: off
_HAZARDS = ["weapon", "violence", "dog", "fire", "chemical", "public_order", "infection", "firearm", "traffic", "water",
            "height", "electricity"]
# fmt: on
"""Their order, which is the bit, as this revision found it."""
_AT_ONCE = 1_000


def upgrade() -> None:
    """Adds what this version brought, and fills the new columns from the documents: only records with a hazard or a
    lookout are read, about 100,000 a minute."""
    connection = op.get_bind()
    postgresql = connection.dialect.name == "postgresql"
    words = {"c": ' COLLATE "C"' if postgresql else "", "r": "" if postgresql else " WITHOUT ROWID"}
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement.format(**words))
    _fill_roster(connection)
    _fill_records(connection)
    connection.exec_driver_sql("UPDATE meta SET value = '4' WHERE key = 'schema'")


def _fill_roster(connection: Connection) -> None:
    traits: list[tuple[Any, ...]] = []
    duties: list[tuple[Any, ...]] = []
    for kind, name, document in connection.exec_driver_sql("SELECT kind, id, document FROM roster ORDER BY kind, id"):
        noun = json.loads(document)
        if kind == "shift":
            duties.append((name, noun["officer"], noun["start"], noun["end"], noun.get("unit"), noun.get("beat")))
        else:
            traits += [(kind, name, trait, value) for trait, value in _traits(kind, noun)]
    traits = sorted(set(traits))
    for start in range(0, len(traits), _AT_ONCE):
        _insert(connection, "trait (kind, id, trait, value)", traits[start : start + _AT_ONCE])
    for start in range(0, len(duties), _AT_ONCE):
        _insert(connection, "duty (shift, officer, starts, ends, unit, beat)", duties[start : start + _AT_ONCE])


def _traits(kind: str, noun: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for trait in ("force", "role", "callsign"):
        if trait in noun:
            yield trait, noun[trait]
    if kind == "officer":
        yield "clearance", str(noun.get("clearance", 0))
    if kind == "beat":
        yield "name", noun.get("name", "")
        yield "district", noun.get("district", "")
    for skill in (*noun.get("skills", ()), *noun.get("equipment", ())):
        yield "skill", skill
    for operation in noun.get("operations", ()):
        yield "operation", operation
    for officer in noun.get("officers", ()):
        yield "officer", officer


def _fill_records(connection: Connection) -> None:
    look = "SELECT n, document FROM record WHERE n > ? AND (document LIKE ? OR document LIKE ?) ORDER BY n LIMIT 1000"
    if connection.dialect.name == "postgresql":
        look = look.replace("> ?", "> $1").replace("LIKE ?", "LIKE $2", 1).replace("LIKE ?", "LIKE $3", 1)
    after = 0
    while found := connection.exec_driver_sql(look, (after, '%"hazards":["%', '%"lookout":true%')).all():
        for n, document in found:
            noun = json.loads(document)
            mask = sum(1 << _HAZARDS.index(name) for name in noun.get("hazards", ()) if name in _HAZARDS)
            lookout = int(bool(noun.get("lookout", False)))
            if mask or lookout:
                fill = f"UPDATE record SET hazards = {mask}, lookout = {lookout} WHERE n = {int(n)}"  # noqa: S608
                connection.exec_driver_sql(fill)
        after = found[-1][0]


def _insert(connection: Connection, into: str, rows: list[tuple[Any, ...]]) -> None:
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        marks = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608 - names of our own
        return
    marks = ", ".join(f"${place}" for place in range(1, len(rows[0]) + 1))
    connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608 - as above
