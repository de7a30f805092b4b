"""Officers, units, beats and shifts as the force's roster says: whole documents with versions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Text, select, update
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.document import Noun, digest_of_text, noun_of_text, text_of
from geo.model import Beat, Officer, Shift, Unit
from geo.store import traits, vocabulary
from geo.store.records import Collided
from geo.store.rows import ChangeKind, Outcome, Put
from geo.store.tables import change, roster
from geo.store.vocabulary import fetch_rows, insert_of, lock_rows, rows_of, write_rows

KINDS: dict[type[Officer] | type[Unit] | type[Beat] | type[Shift], ChangeKind] = {
    Officer: ChangeKind.OFFICER,
    Unit: ChangeKind.UNIT,
    Beat: ChangeKind.BEAT,
    Shift: ChangeKind.SHIFT,
}

_INT, _TEXT = BigInteger(), Text()
_rows = rows_of("r", kind=_TEXT, id=_TEXT, version=_INT, digest=_TEXT, written_at=_INT, document=_TEXT)
_keys = rows_of("k", kind=_TEXT, id=_TEXT)
_changes = rows_of("c", kind=_TEXT, id=_TEXT, version=_INT)

_LOOK = lock_rows(
    select(roster.c.id, roster.c.version, roster.c.digest)
    .join(_keys, (_keys.c.kind == roster.c.kind) & (_keys.c.id == roster.c.id))
    .order_by(roster.c.id),
    roster,
)
_INSERT = insert_of(roster, _rows).on_conflict_do_nothing(index_elements=["kind", "id"])
_UPDATE = (
    update(roster)
    .values({name: _rows.c[name] for name in ("version", "digest", "written_at", "document")})
    .where(roster.c.kind == _rows.c.kind, roster.c.id == _rows.c.id)
)
_CHANGED = insert_of(change, _changes)


def put(connection: Connection, nouns: Sequence[Officer | Unit | Beat | Shift], at: Instant) -> list[Put]:
    """Nouns of one sort, ids all different -> written where their content differs. Raises Collided: run it again."""
    if not nouns:
        return []
    kind = KINDS[type(nouns[0])].value
    ordered = sorted(nouns, key=lambda noun: noun.id)
    keys: list[vocabulary.Row] = [(kind, noun.id) for noun in ordered]
    known = fetch_rows(connection, _LOOK, keys)
    found: dict[str, tuple[int, str]] = {name: (version, digest) for name, version, digest in known}
    puts: dict[str, Put] = {}
    rows: list[vocabulary.Row] = []
    for noun in ordered:
        document = text_of(noun)
        digest = digest_of_text(kind, document).hex()
        version, before = found.get(noun.id, (0, ""))
        if before == digest:
            puts[noun.id] = Put(noun.id, version, Outcome.UNCHANGED)
            continue
        rows.append((kind, noun.id, version + 1, digest, at, document))
        puts[noun.id] = Put(noun.id, version + 1, Outcome.CHANGED if version else Outcome.NEW)
    new = [row for row in rows if row[2] == 1]
    if write_rows(connection, _INSERT, new) != len(new):
        raise Collided
    write_rows(connection, _UPDATE, [row for row in rows if row[2] != 1])
    write_rows(connection, _CHANGED, [row[:3] for row in rows])
    written = {row[1] for row in rows}
    traits.write(connection, kind, [noun for noun in ordered if noun.id in written])
    return [puts[noun.id] for noun in nouns]


def read(connection: Connection, noun: type[Noun], ids: Sequence[str] | None) -> list[Noun]:
    """Those of the ids that there are, or all of the sort; ordered by id."""
    statement = select(roster.c.document).where(roster.c.kind == KINDS[noun].value).order_by(roster.c.id)
    if ids is not None:
        statement = statement.where(roster.c.id.in_(ids))
    return [noun_of_text(noun, document) for (document,) in connection.execute(statement)]
