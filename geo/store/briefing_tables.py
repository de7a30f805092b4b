"""The tables of briefings: the roster in columns, whom a briefing is for, what patrol-start briefings disclosed"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from geo.store.table_columns import TEXT, int_column, metadata, text_column

trait = Table(
    "trait",
    metadata,
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("trait", TEXT, primary_key=True),
    Column("value", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)
"""What the roster says, so that an audience can be asked for as a set: (officer, pc-17, skill, taser), (beat, N1,
district, north), ... Written with the roster's rows, in their transaction."""
Index("trait_value", trait.c.kind, trait.c.trait, trait.c.value)

duty = Table(
    "duty",
    metadata,
    Column("shift", TEXT, primary_key=True),
    text_column("officer"),
    int_column("starts"),
    int_column("ends"),
    Column("unit", TEXT),
    Column("beat", TEXT),
)
"""The roster's shifts in columns."""
Index("duty_ends", duty.c.ends)
Index("duty_officer", duty.c.officer)

addressee = Table(
    "addressee",
    metadata,
    Column("record", TEXT, primary_key=True),
    Column("officer", TEXT, primary_key=True),
    int_column("version"),
    int_column("at"),
    text_column("refusal"),
    Column("left_at", BigInteger),
    int_column("step"),
    Column("step_at", BigInteger),
    sqlite_with_rowid=False,
)
"""Whom a briefing is for, connected or not: the row that makes him "queued". ``version`` when he was last asked about,
``refusal`` why he may not have it ("": he may), ``left_at`` when he ceased to be one, ``step`` how far an unanswered
must-ack has escalated for him (0 not, 1 said again, 2 the sergeant, 3 the dispatcher's list)."""
Index("addressee_officer", addressee.c.officer)
Index("addressee_step", addressee.c.step, sqlite_where=addressee.c.step > 0, postgresql_where=addressee.c.step > 0)

patrol = Table(
    "patrol",
    metadata,
    Column("id", TEXT, primary_key=True),
    text_column("officer"),
    text_column("actor"),
    text_column("force"),
    text_column("beat"),
    int_column("starts"),
    int_column("ends"),
    int_column("since"),
    int_column("at"),
    text_column("policy"),
    text_column("digest"),
)
"""A patrol-start briefing that was given: to whom (``officer`` "" where the reader is none), for which beat and time,
by which policy; ``digest`` of the document as it was sent. Written before the first byte leaves: it is a disclosure."""
Index("patrol_officer", patrol.c.officer, patrol.c.ends)
Index("patrol_at", patrol.c.at)

patrol_item = Table(
    "patrol_item",
    metadata,
    Column("patrol", TEXT, primary_key=True),
    Column("record", TEXT, primary_key=True),
    int_column("version"),
    text_column("section"),
    int_column("number"),
    sqlite_with_rowid=False,
)
"""The records in it, in the version that was shown, and under which number: what was disclosed, and to whom a change of
it matters."""
Index("patrol_item_record", patrol_item.c.record)
