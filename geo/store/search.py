"""Place-and-time queries: newest or nearest first, page by page, each page full of what the reader may see."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import FromClause

from geo.errors import BadCursor
from geo.model import Stored
from geo.store.boxes import Box, boxes_around, touching_postgis, wrapped
from geo.store.promptness import classes, few_touch
from geo.store.query_rows import Order, Page, Query, Reader
from geo.store.records import STORED, stored
from geo.store.tables import EARLIEST, LATEST, record, record_compartment, record_share
from geo.store.vocabulary import (
    distance_deg,
    distance_m,
    during,
    has_index_by_distance,
    in_box,
    intersects,
    within_m,
)

FIRST_RADIUS_M = 500.0
GROWTH = 4.0
HALF_ROUND_M = 20_100_000.0
"""Further than any two points on Earth are apart."""

_R = "record"


def search(connection: Connection, query: Query) -> Page:
    """One page. Raises BadCursor for a cursor that is not of this order; ValueError for nearest without ``near``."""
    if query.order is Order.NEAREST and query.near is None:
        raise ValueError("nearest first needs a point to be near to")
    if _empty(query):
        return Page((), None)
    page = _nearest if query.order is Order.NEAREST else _newest
    return page(connection, query)


_COLUMNS = (*STORED, record.c.id, record.c.reported_at)


def _statement(query: Query, radius_m: float | None) -> Select[Any]:
    return select(*_COLUMNS).where(*_filters(query, radius_m), *_while(query))


def _empty(query: Query) -> bool:
    """An interval without a moment in it holds nothing, nor does an area without a point."""
    if query.area is not None and query.area.is_empty:
        return True
    start = EARLIEST if query.time_from is None else query.time_from
    return query.time_to is not None and query.time_to <= start


def _filters(query: Query, radius_m: float | None, walked: bool = False) -> list[ColumnElement[bool]]:
    row = record.c
    found: list[ColumnElement[bool]] = [row.kind == query.kind.value]
    named = (
        (row.category, query.categories),
        (row.grade, tuple(grade.value for grade in query.grades)),
        (row.status, tuple(status.value for status in query.statuses)),
        (row.beat, query.beats),
    )
    found += [column.in_(values) for column, values in named if values]
    if query.bbox is not None:
        found.append(_untyped(in_box(_R, query.bbox, walked)))
    if query.area is not None:
        found.append(_untyped(intersects(_R, query.area, walked)))
    if query.near is not None and radius_m is not None:
        found.append(_untyped(within_m(_R, *query.near, radius_m, walked)))
    if query.reader is not None:
        found += _may_see(query.reader)
    return found


def _while(query: Query) -> list[ColumnElement[bool]]:
    """What happened in the query's time, as the index of place and time is asked for it."""
    if query.time_from is None and query.time_to is None:
        return []
    return [_untyped(during(_R, *_window(query)))]


def _window(query: Query) -> tuple[int, int]:
    start = EARLIEST if query.time_from is None else query.time_from
    return start, LATEST if query.time_to is None else query.time_to


def _untyped(condition: ColumnElement[object]) -> ColumnElement[bool]:
    return condition  # type: ignore[return-value]  # see geo.store.vocabulary: typed Boolean it defeats the R*Tree


def _may_see(reader: Reader) -> list[ColumnElement[bool]]:
    """As far as SQL can say it. The door is geo.access."""
    row, share, part = record.c, record_share.c, record_compartment.c
    shared = exists().where(share.record == row.id, share.force == reader.force)
    belongs = exists().where(part.record == row.id, part.operation.in_(reader.operations))
    return [
        row.level <= int(reader.clearance),
        or_(row.force == reader.force, and_(row.shared == 1, shared)),
        or_(row.compartments == 0, and_(row.compartments == 1, belongs) if reader.operations else false()),
    ]


def _newest(connection: Connection, query: Query) -> Page:
    key = tuple_(record.c.reported_at, record.c.id)
    before: ColumnElement[bool] = true()
    if query.cursor is not None:
        at, last = _parse(query.cursor, Order.NEWEST)
        before = key < tuple_(literal(int(at)), literal(last))
    shared_out, place = classes(connection), _place(query)
    if not shared_out:
        statement = _first(query, record, _statement(query, query.radius_m).where(before))
    elif place and any(few_touch(connection, touching_postgis(_R, boxes)) for boxes in place):
        gathered = _statement(query, query.radius_m).where(before).offset(literal_column("0")).subquery()
        statement = _first(query, gathered, select(*gathered.c))
    else:
        parts = [_first(query, record, _walk(query, before, lag, away)).subquery() for lag, away in shared_out]
        whole = union_all(*(select(*part.c) for part in parts)).subquery()
        statement = _first(query, whole, select(*whole.c))
    rows = connection.execute(statement).all()
    items = tuple(stored(row) for row in rows[: query.limit])
    if len(rows) <= query.limit:
        return Page(items, None)
    return Page(items, _cursor(Order.NEWEST, items[-1].record.reported_at, items[-1]))


def _first(query: Query, rows: FromClause, statement: Select[Any]) -> Select[Any]:
    return statement.order_by(rows.c.reported_at.desc(), rows.c.id.desc()).limit(query.limit + 1)


def _place(query: Query) -> list[tuple[Box, ...]]:
    """The boxes of each condition on the place; a row has to touch one of each."""
    found: list[tuple[Box, ...]] = []
    if query.near is not None and query.radius_m is not None:
        found.append(boxes_around(*query.near, query.radius_m))
    if query.area is not None:
        west, south, east, north = query.area.bounds
        found.append(((west, south, east, north),))
    if query.bbox is not None:
        found.append(wrapped(query.bbox))
    return found


def _walk(query: Query, before: ColumnElement[bool], lag: ColumnElement[bool], away: int | None) -> Select[Any]:
    """Of one class, along the index of the newest, which tells rows outside the place's box without fetching them."""
    walked = select(*_COLUMNS).where(*_filters(query, query.radius_m, True), before, lag, _bounds(query, away))
    if query.time_from is None and query.time_to is None:
        return walked
    start, end = _window(query)
    return walked.where(record.c.occurred_from < end, record.c.occurred_until > start)


def _bounds(query: Query, away: int | None) -> ColumnElement[bool]:
    """When what happened in the query's time was reported, if that was at most ``away`` from it."""
    at = record.c.reported_at
    found: list[ColumnElement[bool]] = [true()]
    if away is not None and query.time_from is not None:
        found.append(at > query.time_from - away)
    if away is not None and query.time_to is not None:
        found.append(at < query.time_to + away)
    return and_(*found)


def _nearest(connection: Connection, query: Query) -> Page:
    indexed = has_index_by_distance(connection)
    rows = _by_index(connection, query) if indexed else _by_rings(connection, query)
    items = tuple(stored(row) for row in rows[: query.limit])
    if len(rows) <= query.limit:
        return Page(items, None)
    return Page(items, _cursor(Order.NEAREST, float(rows[query.limit - 1].metres), items[-1]))


def _with_metres(query: Query, radius_m: float | None) -> tuple[Select[Any], float]:
    """The statement with the distance, after the cursor's, and what that was."""
    assert query.near is not None
    metres = distance_m(_R, *query.near)
    statement = _statement(query, radius_m).add_columns(metres.label("metres"))
    if query.cursor is None:
        return statement, 0.0
    distance, last = _parse(query.cursor, Order.NEAREST)
    after = float(distance)
    return statement.where(or_(metres > after, and_(metres == after, record.c.id > last))), after


def _by_index(connection: Connection, query: Query) -> Sequence[Row[Any]]:
    """The first by degrees say how far to look; all within that are held against each other by metres."""
    assert query.near is not None
    placed = _with_metres(query, None)[0].where(record.c.min_lon.is_not(None))
    if query.radius_m is not None:  # its boxes only: a distance in the condition keeps the planner from the index
        parts = boxes_around(*query.near, query.radius_m)
        placed = placed.where(or_(*(_untyped(in_box(_R, part)) for part in parts)))
    first = placed.order_by(distance_deg(_R, *query.near)).limit(query.limit + 1).subquery()
    furthest = connection.execute(select(func.max(first.c.metres))).scalar_one()
    if furthest is None:
        return []
    within = min(furthest * (1 + 1e-9) + 0.001, math.inf if query.radius_m is None else query.radius_m)
    ring = _with_metres(query, within)[0]
    return connection.execute(ring.order_by(text("metres"), record.c.id).limit(query.limit + 1)).all()


def _by_rings(connection: Connection, query: Query) -> Sequence[Row[Any]]:
    """Within the radius asked for, or in growing rings: all within a ring are nearer than all without it."""
    assert query.near is not None
    statement, after = _with_metres(query, query.radius_m)
    statement = statement.order_by(text("metres"), record.c.id).limit(query.limit + 1)
    radius = FIRST_RADIUS_M
    while True:
        ring = statement
        if query.radius_m is None:
            while radius <= after:
                radius *= GROWTH
            everywhere = radius >= HALF_ROUND_M
            near = record.c.min_lon.is_not(None) if everywhere else _untyped(within_m(_R, *query.near, radius))
            ring = statement.where(near)
        rows = connection.execute(ring).all()
        if len(rows) > query.limit or query.radius_m is not None or radius >= HALF_ROUND_M:
            return rows
        radius *= GROWTH


def _cursor(order: Order, key: float, last: Stored) -> str:
    text = msgspec.json.encode((order.value, key, last.record.id))
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _parse(cursor: str, order: Order) -> tuple[int | float, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, key, last = msgspec.json.decode(text, type=tuple[str, int | float, str])
    except (binascii.Error, msgspec.MsgspecError, ValueError, UnicodeError) as error:
        raise BadCursor("the cursor is not one that this service handed out") from error
    if name != order.value or abs(key) > LATEST or (order is Order.NEWEST and not isinstance(key, int)):
        raise BadCursor(f"the cursor is not one of a page ordered by {order.value}")
    return key, last
