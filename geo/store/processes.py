"""Many processes on one store: leases by the store's clock, adoption of the officers of the dead, who sits where."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, delete, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from geo.clock import DAY, Instant
from geo.store.officers import STATE, heads, state_of
from geo.store.process_rows import Lease, Peer, Renewed, Seat
from geo.store.rows import OfficerState
from geo.store.tables import officer_state, process, seat
from geo.store.vocabulary import lock_rows, rows_of, store_now, write_rows

FORGET_AFTER = DAY
"""A lease that lapsed so long ago tells nobody anything."""

_INT, _TEXT = BigInteger(), Text()
_leases = rows_of("l", node=_TEXT, lasts_us=_INT, devices=_INT, about=_TEXT)
_lease = insert(process).from_select(
    ["node", "lapses_at", "devices", "about"],
    select(_leases.c.node, store_now() + _leases.c.lasts_us, _leases.c.devices, _leases.c.about).where(
        literal_column("true")
    ),
)
_LEASE = _lease.on_conflict_do_update(
    index_elements=["node"],
    set_={name: _lease.excluded[name] for name in ("lapses_at", "devices", "about")},
)
_adopted = rows_of("a", officer=_TEXT, owner=_TEXT)
_ADOPT = (
    update(officer_state)
    .values(owner=_adopted.c.owner, term=officer_state.c.term + literal_column("1"), taken_at=store_now())
    .where(officer_state.c.officer == _adopted.c.officer)
)
LIVING = select(process.c.node).where(process.c.lapses_at > store_now())
"""Whose lease holds."""


def renew(connection: Connection, epoch: str, lease: Lease) -> Renewed:
    """The lease, from now on; and what the store says of itself and of the others."""
    write_rows(connection, _LEASE, [(lease.node, lease.lasts_us, lease.devices, lease.about)])
    now = int(connection.execute(select(store_now())).scalar_one())
    connection.execute(delete(process).where(process.c.lapses_at < now - FORGET_AFTER))
    others = select(process.c.node, process.c.lapses_at, process.c.devices, process.c.about)
    rows = connection.execute(others.where(process.c.node != lease.node).order_by(process.c.node))
    return Renewed(now, epoch, tuple(Peer(*row) for row in rows))


def retire(connection: Connection, node: str) -> None:
    """The lease lapses now. The row stays for a while: by it others see that somebody's officers may be adopted."""
    statement = update(process).values(lapses_at=store_now()).where(process.c.node == node)
    connection.execute(statement.where(process.c.lapses_at > store_now()))


def adopt(connection: Connection, epoch: str, node: str, seen_since: Instant, limit: int) -> list[OfficerState]:
    """Takes some whom nobody living owns. Rows that another survivor is taking just now are left to it."""
    statement = select(officer_state.c.officer).where(
        officer_state.c.seen_at >= seen_since,
        officer_state.c.owner != node,
        officer_state.c.owner.not_in(LIVING),
    )
    locked = lock_rows(statement.order_by(officer_state.c.officer).limit(limit), officer_state, skip_locked=True)
    names = list(connection.scalars(locked))
    write_rows(connection, _ADOPT, [(name, node) for name in names])
    return heads(connection, epoch, names)


def taken_elsewhere(
    connection: Connection, epoch: str, node: str, since: Instant
) -> tuple[list[OfficerState], list[Seat]]:
    """Officers that others own, and seats at others, since then; each by officer."""
    states = select(*STATE).where(officer_state.c.taken_at >= since, officer_state.c.owner != node)
    found = connection.execute(states.order_by(officer_state.c.officer)).all()
    seats = select(*seat.c).where(seat.c.at >= since, seat.c.node != node).order_by(seat.c.officer, seat.c.device)
    return [state_of(epoch, row) for row in found], [Seat(*row) for row in connection.execute(seats)]
