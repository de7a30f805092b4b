"""The map of a beat as SVG: its outline, the numbered items, the problem places, a scale, north; no tiles, no network

Numbers that would lie on each other are moved apart, with a line to the place. Shapes differ, so that nothing hangs on
colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.ground import Ground
from app.pages.words import counted
from geo.pairs import Float64
from geo.place import LonLat, metres_per_degree, point_of, wrapped
from streams.patrol.document import Hotspot, Item, PatrolBriefing, Section

WIDE = 360
"""Units across: the pixels of a handset, so that its letters are as large as the page's there."""
_TALLEST, _LOWEST = 420, 200
_MARGIN = 0.06
_BESIDE = 0.3
"""An item this far outside the beat, in parts of the beat's size, is taken onto the map; what is farther is named."""
_LEAST_M = 300.0
_APART = 21.0
"""Marks nearer than this to each other could not be read."""
_MOST_POINTS = 12_000
"""Of streets: a map is part of a page that goes to a handset."""
_SHAPES = {Section.SAFETY: "safety", Section.MUST_READ: "must", Section.LIVE: "live"}


@dataclass(frozen=True, slots=True)
class AreaMap:
    """The drawing, and the numbers of the items that have a place but lie beyond it."""

    svg: str
    beyond: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    item: Item
    x: float
    y: float
    to_x: float
    to_y: float


def area_map(briefing: PatrolBriefing, streets: Sequence[BaseGeometry] = ()) -> AreaMap | None:
    """The map, or None where there is nothing to draw: no outline and no place."""
    placed = [(item, point_of(item.place)) for item in briefing.items if item.place and not item.place.is_empty]
    ground = _ground(briefing, [place for _, place in placed])
    if ground is None:
        return None
    inside = [(item, _at(place, ground)) for item, place in placed if ground.holds(*_at(place, ground))]
    shown = {item.number for item, _ in inside}
    marks = list(_apart(inside, ground))
    drawn = [
        f'<rect width="{WIDE}" height="{ground.tall}" class="ground"/>',
        _beat(briefing.beat_area, ground),
        _streets(streets, ground),
        *(_hotspot(hotspot, ground) for hotspot in briefing.hotspots),
        *(_shape(item, ground) for item, _ in inside),
        *(f'<path class="lead" d="M{m.to_x:.0f} {m.to_y:.0f}L{m.x:.0f} {m.y:.0f}"/>' for m in marks if _moved(m)),
        *map(_mark, marks),
        _scale_bar(ground),
        f'<path class="north" d="M{WIDE - 14} 8l5 15l-5 -4l-5 4z"/><text x="{WIDE - 14}" y="36" class="words">N</text>',
    ]
    beyond = tuple(item.number for item, _ in placed if item.number not in shown)
    svg = (
        f'<svg viewBox="0 0 {WIDE} {ground.tall}" role="img" class="map" aria-labelledby="map-t map-d">'
        f'<title id="map-t">Map of the beat</title><desc id="map-d">{escape(_telling(briefing, len(shown)))}</desc>'
        f"{''.join(drawn)}</svg>"
    )
    return AreaMap(svg, beyond)


def _telling(briefing: PatrolBriefing, shown: int) -> str:
    outline = "The outline of the beat" if briefing.beat_area is not None else "No outline of a beat"
    places = f"; {counted(len(briefing.hotspots), 'problem place')} as dashed circles" if briefing.hotspots else ""
    return f"{outline}, with {counted(shown, 'numbered item')}{places}. Each item says in words where it is."


def _ground(briefing: PatrolBriefing, places: list[LonLat]) -> Ground | None:
    """What holds the beat and what lies beside it."""
    area = briefing.beat_area
    points = np.array(places).reshape(-1, 2)
    if area is not None and not area.is_empty:
        west, south, east, north = area.bounds
        wide, tall = max(east - west, 1e-4) * _BESIDE, max(north - south, 1e-4) * _BESIDE
        near = (
            np.abs(points - [(west + east) / 2, (south + north) / 2])
            <= [wide / _BESIDE / 2 + wide, tall / _BESIDE / 2 + tall]
        ).all(axis=1)
        points = np.vstack([points[near], [[west, south], [east, north]]])
    if not len(points):
        return None
    first = points[0, 0]
    lon = wrapped(points[:, 0] - first)
    middle_lat = float(points[:, 1].min() + points[:, 1].max()) / 2
    per_lon, per_lat = metres_per_degree(middle_lat)
    wide_m = max(float(np.ptp(lon) * per_lon), _LEAST_M) * (1 + 2 * _MARGIN)
    tall_m = max(float(np.ptp(points[:, 1]) * per_lat), _LEAST_M) * (1 + 2 * _MARGIN)
    metres = max(wide_m / WIDE, tall_m / _TALLEST)
    tall = min(max(round(tall_m / metres), _LOWEST), _TALLEST)
    return Ground(float(wrapped(first + (lon.min() + lon.max()) / 2)), middle_lat, metres, WIDE, tall)


def _points(line: BaseGeometry, ground: Ground) -> Float64:
    """Its points on the sheet, [n, 2]."""
    return np.column_stack(ground.xy(*shapely.get_coordinates(line).T))


def _at(place: LonLat, ground: Ground) -> tuple[float, float]:
    x, y = ground.xy(np.array([place[0]]), np.array([place[1]]))
    return float(x[0]), float(y[0])


def _beat(area: BaseGeometry | None, ground: Ground) -> str:
    if area is None or area.is_empty:
        return ""
    rings = [ring for part in shapely.get_parts(area) if part.geom_type == "Polygon" for ring in _rings(part)]
    return f'<path class="beat" d="{"".join(_way(ring, ground, close=True) for ring in rings)}"/>'


def _rings(polygon: BaseGeometry) -> list[BaseGeometry]:
    """The outer one and the holes."""
    return list(shapely.get_rings(polygon))


def _way(line: BaseGeometry, ground: Ground, *, close: bool = False) -> str:
    """A line as the path of an SVG, points nearer than a unit left out."""
    points = np.round(_points(line, ground)).astype(int)
    keep = np.ones(len(points), np.bool_)
    keep[1:] = (points[1:] != points[:-1]).any(axis=1)
    points = points[keep]
    if len(points) < 2:
        return ""
    return "M" + "L".join(f"{x} {y}" for x, y in points.tolist()) + ("Z" if close else "")


def _streets(streets: Sequence[BaseGeometry], ground: Ground) -> str:
    """Those that lie on the map, as far as there is room for them."""
    ways, left = [], _MOST_POINTS
    for street in streets:
        points = _points(street, ground)
        low, high = points.min(axis=0, initial=np.inf), points.max(axis=0, initial=-np.inf)
        if high[0] < 0 or high[1] < 0 or low[0] > WIDE or low[1] > ground.tall:
            continue
        ways += [_way(part, ground) for part in shapely.get_parts(street)]
        left -= len(points)
        if left < 0:
            break
    return f'<path class="street" d="{"".join(ways)}"/>' if ways else ""


def _hotspot(hotspot: Hotspot, ground: Ground) -> str:
    x, y = _at((hotspot.lon, hotspot.lat), ground)
    radius = min(max(hotspot.radius_m / ground.metres_per_unit, 8.0), WIDE / 2)
    return f'<circle class="hotspot" cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}"/>' if ground.holds(x, y) else ""


def _shape(item: Item, ground: Ground) -> str:
    """A place that is a line or an area, thinly."""
    place = item.place
    if place is None or place.geom_type in ("Point", "MultiPoint", "GeometryCollection"):
        return ""
    parts = shapely.get_parts(place)
    lines: Iterable[BaseGeometry] = (
        ring for part in parts for ring in (_rings(part) if part.geom_type == "Polygon" else [part])
    )
    return f'<path class="place" d="{"".join(_way(line, ground) for line in lines)}"/>'


def _apart(inside: Sequence[tuple[Item, tuple[float, float]]], ground: Ground) -> Iterator[_Mark]:
    """Each mark at its place, or at the nearest free spot around it."""
    taken: list[tuple[float, float]] = []
    for item, (x, y) in inside:
        spots = (spot for spot in _spots(x, y, ground) if all(math.dist(spot, other) >= _APART for other in taken))
        spot = next(spots, (x, y))
        taken.append(spot)
        yield _Mark(item, *spot, x, y)


def _spots(x: float, y: float, ground: Ground) -> Iterator[tuple[float, float]]:
    """The place itself, as far as the edges let it, then rings around it."""
    for radius in (0, 22, 34, 46, 60, 76, 94, 114, 136):
        for step in range(1 if not radius else 12):
            angle = math.tau * step / 12 + radius
            at = x + radius * math.cos(angle), y + radius * math.sin(angle)
            kept = min(max(at[0], 12.0), WIDE - 12.0), min(max(at[1], 12.0), ground.tall - 12.0)
            if not radius or kept == at:
                yield kept


def _moved(mark: _Mark) -> bool:
    return math.dist((mark.x, mark.y), (mark.to_x, mark.to_y)) > 3


def _mark(mark: _Mark) -> str:
    look = _SHAPES.get(mark.item.section, "other")
    x, y = round(mark.x), round(mark.y)
    return f'{outline(look, x, y)}<text x="{x}" y="{y + 4}" class="number {look}">{mark.item.number}</text>'


def outline(look: str, x: int, y: int) -> str:
    """The shape of a mark: a diamond for safety, a square for must-read, a filled disc for live, else a ring."""
    if look == "safety":
        return f'<path class="mark {look}" d="M{x} {y - 13}l13 13l-13 13l-13 -13z"/>'
    if look == "must":
        return f'<rect class="mark {look}" x="{x - 9}" y="{y - 9}" width="18" height="18"/>'
    return f'<circle class="mark {look}" cx="{x}" cy="{y}" r="9.5"/>'


def _scale_bar(ground: Ground) -> str:
    (length, says), y = ground.scale(), ground.tall - 8
    return (
        f'<rect class="plate" x="4" y="{y - 21}" width="{length + 8:.1f}" height="25"/>'
        f'<path class="scale" d="M8 {y - 5}v5h{length:.1f}v-5"/>'
        f'<text x="{8 + length / 2:.1f}" y="{y - 7}" class="words">{says}</text>'
    )
