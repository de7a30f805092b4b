"""Whom an audience names, as one question to the roster in columns, and what the door says of each of them"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import shapely
from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.marking import Clearance
from geo.model import Audience, Briefing, Officer
from geo.store.beat_areas import BeatAreas
from geo.store.briefing_rows import HERE_FOR, Door
from geo.store.tables import duty, officer_state, trait
from geo.store.texts import among, one_of

Names: TypeAlias = Select[str]
Matched: TypeAlias = Select[str, str]
"""(officer, refusal); the refusal "" where he may have it."""


def matched(connection: Connection, item: Briefing, at: Instant, door: Door, areas: BeatAreas) -> Matched:
    """Everybody of the roster whom the audience matches, as a statement to be run or written from. Every list that is
    named must match. What is for later is for those who are on shift when its time comes."""
    moment = max(at, item.valid.start or at)
    person = trait.alias("person")
    officer, audience, on_shift = person.c.id, item.audience, _on_shift(moment)
    where = [person.c.kind == "officer", person.c.trait == "force", one_of(person.c.value, forces_of(item))]
    for name, values in (("role", audience.roles), ("operation", audience.operations)):
        if values:
            where.append(among(officer, _having("officer", name, values)))
    if audience.officers:
        where.append(one_of(officer, audience.officers))
    if audience.beats:
        beats = _beats_named(connection, item.force, audience.beats)
        where.append(among(officer, select(on_shift.c.officer).where(one_of(on_shift.c.beat, beats))))
    if audience.units:
        where.append(_in_units(connection, officer, audience.units, on_shift))
    if audience.skills:
        where.append(_skilled(officer, audience.skills, on_shift))
    if audience.area is not None:
        where.append(_in_area(connection, officer, where, audience, moment, on_shift, areas))
    refusal = _refusal(item, person, door, moment)
    return select(officer.label("officer"), refusal.label("refusal")).where(*where)


def forces_of(item: Briefing) -> tuple[str, ...]:
    """Its own, and those that its marking shares it with; of those, the ones that the audience names."""
    open_to = (item.force, *item.marking.shared_with)
    named = item.audience.forces
    return tuple(force for force in open_to if not named or force in named)


def _having(kind: str, name: str, values: Iterable[str]) -> Names:
    return select(trait.c.id).where(trait.c.kind == kind, trait.c.trait == name, one_of(trait.c.value, values))


# ------------------------------------------------------------------ by the shift
def _on_shift(moment: Instant) -> Subquery:
    """(officer, unit, beat) of the shift that each is on; the one that started last, where they overlap."""
    # Not by the bare column: SQLite would go through all shifts that ever were, in the order of officers.
    whose = func.coalesce(duty.c.officer, literal(""))
    newest = func.row_number().over(partition_by=whose, order_by=(duty.c.starts.desc(), duty.c.shift.desc()))
    running = select(duty.c.officer, duty.c.unit, duty.c.beat, newest.label("nth"))
    running_now = running.where(duty.c.starts <= moment, duty.c.ends > moment).subquery("running")
    first = select(running_now.c.officer, running_now.c.unit, running_now.c.beat).where(running_now.c.nth == 1)
    return first.subquery("on_shift")


def _beats_named(connection: Connection, force: str, texts: Sequence[str]) -> set[str]:
    """Ids of beats: a text is an id, or a name within the force, or a district of it; else a beat by itself."""
    own = trait.alias("own")
    of_force = select(own.c.id).where(own.c.kind == "beat", own.c.trait == "force", own.c.value == force)
    rows = connection.execute(
        select(trait.c.id, trait.c.trait, trait.c.value).where(
            trait.c.kind == "beat",
            or_(
                and_(trait.c.trait == "force", one_of(trait.c.id, texts)),
                and_(trait.c.trait.in_(("name", "district")), one_of(trait.c.value, texts), trait.c.id.in_(of_force)),
            ),
        )
    ).all()
    ids = {beat for beat, name, _ in rows if name == "force"}
    found: set[str] = set()
    for text in texts:
        named = {beat for beat, name, value in rows if name == "name" and value == text}
        district = {beat for beat, name, value in rows if name == "district" and value == text}
        found |= {text} if text in ids else named or district or {text}
    return found


def _crews(on_shift: Subquery) -> Subquery:
    """(officer, unit): the unit of his shift, by its id or callsign, else the one that lists him."""
    unit, callsign, listing = trait.alias("unit"), trait.alias("callsign"), trait.alias("listing")
    by_callsign = select(func.max(callsign.c.id)).where(
        callsign.c.kind == "unit", callsign.c.trait == "callsign", callsign.c.value == on_shift.c.unit
    )
    by_id = (unit.c.kind == "unit") & (unit.c.trait == "callsign") & (unit.c.id == on_shift.c.unit)
    named = func.coalesce(unit.c.id, by_callsign.scalar_subquery()).label("unit")
    both = select(on_shift.c.officer, named).outerjoin(unit, by_id).where(on_shift.c.unit.is_not(None)).subquery("both")
    of_shift = select(both.c.officer, both.c.unit).where(both.c.unit.is_not(None))
    listed = (
        select(listing.c.value, func.max(listing.c.id))
        .where(listing.c.kind == "unit", listing.c.trait == "officer")
        .where(~among(listing.c.value, select(both.c.officer).where(both.c.unit.is_not(None))))
        .group_by(listing.c.value)
    )
    return union_all(of_shift, listed).subquery("crew")


def _in_units(
    connection: Connection, officer: ColumnElement[str], texts: Sequence[str], on_shift: Subquery
) -> ColumnElement[bool]:
    """With a unit that is named by id or callsign; who is with none goes by his own id."""
    rows = connection.execute(
        select(trait.c.id, trait.c.value).where(
            trait.c.kind == "unit",
            trait.c.trait == "callsign",
            or_(one_of(trait.c.id, texts), one_of(trait.c.value, texts)),
        )
    ).all()
    callsign_of = {unit: callsign for unit, callsign in rows if unit in texts}
    taken = {callsign for _, callsign in rows}
    callsigns = {callsign_of.get(text, text) for text in texts}
    crew = _crews(on_shift)
    within = among(officer, select(crew.c.officer).where(among(crew.c.unit, _having("unit", "callsign", callsigns))))
    alone = {text for text in texts if text not in callsign_of and text not in taken}
    if not alone:
        return within
    return or_(within, and_(one_of(officer, alone), ~among(officer, select(crew.c.officer))))


def _skilled(officer: ColumnElement[str], skills: Sequence[str], on_shift: Subquery) -> ColumnElement[bool]:
    """He has one of the skills, or his unit brings it."""
    crew = _crews(on_shift)
    brought = select(crew.c.officer).where(among(crew.c.unit, _having("unit", "skill", skills)))
    return or_(among(officer, _having("officer", "skill", skills)), among(officer, brought))


# ------------------------------------------------------------------ by place
def _in_area(
    connection: Connection,
    officer: ColumnElement[str],
    so_far: Sequence[ColumnElement[bool]],
    audience: Audience,
    moment: Instant,
    on_shift: Subquery,
    areas: BeatAreas,
) -> ColumnElement[bool]:
    """By the last cell, where it is fresh; else by the area of the beat that he is on shift for. Only who matches
    otherwise, and whose cell is in the area's box, is looked at point by point."""
    assert audience.area is not None
    fresh = (officer_state.c.fix_at >= moment - HERE_FOR, officer_state.c.cell_lon.is_not(None))
    west, south, east, north = audience.area.bounds
    boxed = (officer_state.c.cell_lon.between(west, east), officer_state.c.cell_lat.between(south, north))
    near = select(officer_state.c.officer, officer_state.c.cell_lon, officer_state.c.cell_lat).where(*fresh, *boxed)
    rows = connection.execute(near.where(among(officer_state.c.officer, select(officer).where(*so_far)))).all()
    lon, lat = np.array([row[1] for row in rows], float), np.array([row[2] for row in rows], float)
    inside = np.flatnonzero(np.asarray(shapely.intersects_xy(audience.area, lon, lat))).tolist()
    placed = select(officer_state.c.officer).where(*fresh)
    beats = areas.meeting(connection, audience.area)
    there = select(on_shift.c.officer).where(one_of(on_shift.c.beat, beats))
    by_beat = and_(among(officer, there), ~among(officer, placed))
    return or_(one_of(officer, [rows[place][0] for place in inside]), by_beat)


# ------------------------------------------------------------------ the door
def _refusal(item: Briefing, person: Any, door: Door, moment: Instant) -> ColumnElement[str]:
    """What the door says, asked once for each sort of rights that it tells apart: force, cleared for it or not, in one
    of its operations or not."""
    marking, officer = item.marking, person.c.id
    levels = [str(int(level)) for level in Clearance if level >= marking.level]
    cleared = among(officer, _having("officer", "clearance", levels))
    member = among(officer, _having("officer", "operation", marking.operations))
    sorts = list(
        product(
            forces_of(item),
            (True, False) if marking.level else (True,),
            (True, False) if marking.operations else (True,),
        )
    )
    people = [
        Officer(
            id=str(nth),
            force=force,
            clearance=marking.level if is_cleared else Clearance.OFFICIAL,
            operations=marking.operations if is_member else (),
        )
        for nth, (force, is_cleared, is_member) in enumerate(sorts)
    ]
    said: list[tuple[ColumnElement[bool], ColumnElement[str]]] = []
    for (force, is_cleared, is_member), why in zip(sorts, door(item, people, moment), strict=True):
        if why:
            rights = [person.c.value == force]
            rights += [cleared if is_cleared else ~cleared] if marking.level else []
            rights += [member if is_member else ~member] if marking.operations else []
            said.append((and_(*rights), literal(why)))
    return case(*said, else_=literal("")) if said else literal("")
