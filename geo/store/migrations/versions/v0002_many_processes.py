"""Revision 2: leases, seats and jobs of many processes; history by the month and the inbox by the day on PostgreSQL."""

from __future__ import annotations

from alembic import op
from sqlalchemy.engine import Connection

from geo.store.partitions import Partitioned, Step, make

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = (
    "ALTER TABLE change ADD COLUMN rank SMALLINT NOT NULL DEFAULT 0",
    "ALTER TABLE officer_state ADD COLUMN rights TEXT{c}",
    "ALTER TABLE officer_state ADD COLUMN taken_at BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE fanout ADD COLUMN tick BIGINT NOT NULL DEFAULT 0",
)
_TABLES = (
    "CREATE TABLE process (node TEXT{c} NOT NULL, lapses_at BIGINT NOT NULL, devices BIGINT NOT NULL,"
    " about TEXT{c} NOT NULL, PRIMARY KEY (node))",
    "CREATE TABLE seat (officer TEXT{c} NOT NULL, device TEXT{c} NOT NULL, node TEXT{c} NOT NULL,"
    " connection TEXT{c} NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (officer, device))",
    "CREATE INDEX seat_at ON seat (at)",
    "CREATE INDEX officer_state_taken ON officer_state (taken_at)",
    "CREATE TABLE job (kind TEXT{c} NOT NULL, subject TEXT{c} NOT NULL, due_at BIGINT NOT NULL, claimed_by TEXT{c},"
    " claimed_at BIGINT NOT NULL, PRIMARY KEY (kind, subject, due_at))",
    "CREATE INDEX job_due ON job (due_at)",
    "CREATE TABLE unconfirmed (officer TEXT{c} NOT NULL, record TEXT{c} NOT NULL, seq BIGINT NOT NULL,"
    " at BIGINT NOT NULL, PRIMARY KEY (officer, record, seq))",
    "CREATE INDEX unconfirmed_record ON unconfirmed (record)",
)
_PARTITIONED = (
    (Partitioned("record_version", "written_at", Step.MONTH), "id, version, written_at"),
    (Partitioned("fanout", "at", Step.MONTH), "n, at"),
    (Partitioned("receipt", "at", Step.MONTH), "officer, seq, at"),
    (Partitioned("seen", "at", Step.MONTH), "officer, record, rev, at"),
    (Partitioned("inbox", "at", Step.DAY), "officer, seq, at"),
)
"""As this revision leaves them, with their keys: a partitioned table's key holds the column that it is divided by."""
_DAY = 86_400_000_000
_PROMPT, _LATE = (
    f"occurred_from >= reported_at - {days * _DAY} AND occurred_until <= reported_at + {days * _DAY}"
    for days in (1, 32)
)
_LAG = f"CASE WHEN {_PROMPT} THEN 0 WHEN {_LATE} THEN 1 ELSE 2 END"
"""What was reported within a day, and within a month, of when it happened; see geo.store.promptness."""


def upgrade() -> None:
    """Adds what this version brought; on PostgreSQL the five tables that grow for ever are divided, rows and all."""
    connection = op.get_bind()
    postgresql = connection.dialect.name == "postgresql"
    for statement in _COLUMNS + _TABLES:
        connection.exec_driver_sql(statement.format(c=' COLLATE "C"' if postgresql else ""))
    if postgresql:
        connection.exec_driver_sql("CREATE INDEX change_urgent ON change (rank, xid) WHERE rank > 0")
        # The index of place and time serves every query; this one was 40 % of what an insert cost.
        connection.exec_driver_sql("DROP INDEX record_geography")
        connection.exec_driver_sql(f"ALTER TABLE record ADD COLUMN lag smallint GENERATED ALWAYS AS ({_LAG}) STORED")
        connection.exec_driver_sql("DROP INDEX record_newest")
        connection.exec_driver_sql(
            "CREATE INDEX record_newest ON record (kind, lag, reported_at, id, min_lon, max_lon, min_lat, max_lat)"
        )
        for table, key in _PARTITIONED:
            _divide(connection, table, key)
        connection.exec_driver_sql("CREATE INDEX fanout_record ON fanout (record)")
    else:
        connection.exec_driver_sql("CREATE INDEX change_urgent ON change (rank, n) WHERE rank > 0")
    connection.exec_driver_sql("UPDATE meta SET value = '2' WHERE key = 'schema'")


def _divide(connection: Connection, table: Partitioned, key: str) -> None:
    """The old table's rows go into a divided one of its name. Keys and indexes come last: so they are built once."""
    name, column = table.table, table.column
    for statement in (
        f"ALTER TABLE {name} RENAME TO {name}_old",
        f"CREATE TABLE {name} (LIKE {name}_old INCLUDING DEFAULTS INCLUDING STORAGE) PARTITION BY RANGE ({column})",
    ):
        connection.exec_driver_sql(statement)
    found = f"SELECT DISTINCT floor({column}::numeric / {_DAY})::int8 FROM {name}_old"  # noqa: S608 - as below
    days = connection.exec_driver_sql(found).scalars().all()
    make(connection, table, [day * _DAY for day in days])
    connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM {name}_old")  # noqa: S608 - names of our own
    if name == "fanout":
        connection.exec_driver_sql("ALTER SEQUENCE fanout_n_seq OWNED BY fanout.n")
    connection.exec_driver_sql(f"DROP TABLE {name}_old")
    connection.exec_driver_sql(f"ALTER TABLE {name} ADD PRIMARY KEY ({key})")
