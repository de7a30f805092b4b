"""The map of a shift as SVG: where units drove, what happened, what was told; its own projection, a scale, north"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from app.ground import Ground
from app.people.movement import Trace
from geo.clock import MINUTE
from geo.pairs import Float64, Int64
from geo.place import LonLat, metres_per_degree, wrapped

WIDE = 700
TALLEST = 900
_NODE = 3
"""Ways are drawn between nodes of a grid this fine, so that a street driven a hundred times is drawn once."""
MOST_WAYS = 14_000
_WAY_GAP = 2 * MINUTE
_CLOSE_X, _CLOSE_Y = 34, 18
"""Numbers nearer than this would lie on each other."""
_LOOKS = ("nothing", "map", "notify", "interrupt")
"""From below to on top."""


def area_map(
    traces: Mapping[str, Trace],
    places: Mapping[str, Sequence[LonLat]],
    numbered: Sequence[tuple[int, LonLat]],
    telling: str,
) -> str:
    """``places`` by look (nothing, map, notify, interrupt); ``numbered`` get their number. Empty: no map."""
    lon = np.concatenate([np.zeros(0), *(trace.lon for trace in traces.values())])
    lat = np.concatenate([np.zeros(0), *(trace.lat for trace in traces.values())])
    if not len(lon):
        return ""
    ground = ground_of(lon, lat)
    drawn = [f'<path class="way" d="{_ways(traces, ground)}"/>']
    for look in _LOOKS:
        dots = _dots(ground, places.get(look, ()))
        if dots:
            drawn.append(f'<path class="dot {look}" d="{dots}"/>')
            if look == "interrupt":
                drawn.append(f'<path class="dot hollow" d="{dots}"/>')
    drawn += _numbers(ground, numbered)
    drawn += [_scale_bar(ground), _north()]
    return (
        f'<svg viewBox="0 0 {WIDE} {ground.tall}" role="img" class="map" aria-labelledby="map-title map-telling">'
        f'<title id="map-title">Map of the shift</title><desc id="map-telling">{escape(telling)}</desc>'
        f'<rect width="{WIDE}" height="{ground.tall}" class="ground"/>{"".join(drawn)}</svg>'
    )


def ground_of(lon: Float64, lat: Float64) -> Ground:
    """What takes in nearly all positions, with a margin: one in a thousand may lie outside, such as a jump."""
    middle = float(lon[0] + np.median(wrapped(lon - lon[0])))
    west, east = np.quantile(wrapped(lon - middle), [0.001, 0.999])
    south, north = np.quantile(lat, [0.001, 0.999])
    per_lon, per_lat = metres_per_degree((south + north) / 2)
    wide_m = max(float((east - west) * per_lon), 200.0) * 1.08
    tall_m = max(float((north - south) * per_lat), 100.0) * 1.08
    metres = max(wide_m / WIDE, tall_m / TALLEST)
    tall = min(max(round(tall_m / metres), 200), TALLEST)
    return Ground(float(wrapped(middle + (west + east) / 2)), float((south + north) / 2), metres, WIDE, tall)


def _ways(traces: Mapping[str, Trace], ground: Ground) -> str:
    """The ways between grid nodes that were driven, the most driven first, as one path."""
    driven: Counter[tuple[int, int, int, int]] = Counter()
    for trace in traces.values():
        x, y = ground.xy(trace.lon, trace.lat)
        nodes = np.column_stack([_node(x), _node(y)])
        ways = np.hstack([nodes[:-1], nodes[1:]])[np.diff(trace.at) <= _WAY_GAP]
        within = ((ways >= 0) & (ways <= np.array([WIDE, ground.tall] * 2))).all(axis=1)
        ways = ways[within & (np.abs(ways[:, :2] - ways[:, 2:]).sum(axis=1) > 0)]
        backwards = (ways[:, 0] > ways[:, 2]) | ((ways[:, 0] == ways[:, 2]) & (ways[:, 1] > ways[:, 3]))
        ways[backwards] = ways[backwards][:, [2, 3, 0, 1]]
        driven.update(map(tuple, ways.tolist()))
    return "".join(f"M{x} {y}L{to_x} {to_y}" for (x, y, to_x, to_y), _ in driven.most_common(MOST_WAYS))


def _node(values: Float64) -> Int64:
    return (np.round(values / _NODE) * _NODE).astype(np.int64)


def _dots(ground: Ground, places: Sequence[LonLat]) -> str:
    if not places:
        return ""
    x, y = ground.xy(*np.array(places, np.float64).T)
    inside = (x >= 0) & (x <= WIDE) & (y >= 0) & (y <= ground.tall)
    return "".join(f"M{at_x:.0f} {at_y:.0f}h.01" for at_x, at_y in sorted(set(zip(x[inside], y[inside], strict=True))))


def _numbers(ground: Ground, numbered: Sequence[tuple[int, LonLat]]) -> list[str]:
    """Numbers that would lie on each other are written beside each other."""
    groups: dict[tuple[int, int], list[int]] = {}
    for number, (lon, lat) in numbered:
        x, y = (round(float(value[0])) for value in ground.xy(np.array([lon]), np.array([lat])))
        if 0 <= x <= WIDE and 0 <= y <= ground.tall:
            close = (at for at in groups if abs(at[0] - x) < _CLOSE_X and abs(at[1] - y) < _CLOSE_Y)
            groups.setdefault(next(close, (x, y)), []).append(number)
    return [
        f'<text x="{x}" y="{max(y - 12, 20)}" class="number">{", ".join(map(str, numbers))}</text>'
        for (x, y), numbers in groups.items()
    ]


def _scale_bar(ground: Ground) -> str:
    (length, says), y = ground.scale(), ground.tall - 16
    return (
        f'<path class="scale" d="M16 {y - 6}v6h{length:.1f}v-6"/>'
        f'<text x="{16 + length / 2:.1f}" y="{y - 8}" class="scale-text">{says}</text>'
    )


def _north() -> str:
    x = WIDE - 24
    return f'<path class="north" d="M{x} 14l8 24l-8 -6l-8 6z"/><text x="{x}" y="56" class="scale-text">N</text>'
