"""The roster in columns, kept with its documents: who has which role, skill or operation, and who is on which shift"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import BigInteger, Text, delete, select, tuple_
from sqlalchemy.engine import Connection

from geo.model import Beat, Officer, Shift, Unit
from geo.store.tables import duty, trait
from geo.store.vocabulary import insert_of, rows_of, write_rows

_INT, _TEXT = BigInteger(), Text()
_traits = rows_of("t", kind=_TEXT, id=_TEXT, trait=_TEXT, value=_TEXT)
_keys = rows_of("k", kind=_TEXT, id=_TEXT)
_duties = rows_of("d", shift=_TEXT, officer=_TEXT, starts=_INT, ends=_INT, unit=_TEXT, beat=_TEXT)
_DROP = delete(trait).where(tuple_(trait.c.kind, trait.c.id).in_(select(_keys.c.kind, _keys.c.id)))
_TRAIT = insert_of(trait, _traits)
_duty = insert_of(duty, _duties)
_DUTY = _duty.on_conflict_do_update(
    index_elements=["shift"],
    set_={name: _duty.excluded[name] for name in ("officer", "starts", "ends", "unit", "beat")},
)


def write(connection: Connection, kind: str, nouns: Sequence[Officer | Unit | Beat | Shift]) -> None:
    """What these entries (of one sort, ids all different) say, in the place of what they said before."""
    shifts = [noun for noun in nouns if isinstance(noun, Shift)]
    write_rows(connection, _DUTY, [(s.id, s.officer, s.start, s.end, s.unit, s.beat) for s in shifts])
    others = [noun for noun in nouns if not isinstance(noun, Shift)]
    write_rows(connection, _DROP, [(kind, noun.id) for noun in others])
    rows = {(kind, noun.id, name, value) for noun in others for name, value in traits_of(noun)}
    write_rows(connection, _TRAIT, sorted(rows))


def traits_of(noun: Officer | Unit | Beat) -> Iterator[tuple[str, str]]:
    """(trait, value); what a unit has with it counts like a skill."""
    yield "force", noun.force
    if isinstance(noun, Officer):
        yield "role", noun.role
        yield "clearance", str(int(noun.clearance))
        yield from (("skill", skill) for skill in noun.skills)
        yield from (("operation", operation) for operation in noun.operations)
    elif isinstance(noun, Unit):
        yield "callsign", noun.callsign
        yield from (("skill", skill) for skill in (*noun.skills, *noun.equipment))
        yield from (("officer", officer) for officer in noun.officers)
    else:
        yield "name", noun.name
        yield "district", noun.district
