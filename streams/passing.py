"""What was passed on the way between two fixes: a car at 15 m/s is 450 m further on when its next fix comes.

Of each step that is long enough the way is taken as a straight line, and what it came within reach of is matched by
``Via.PASSED``, although neither fix was near: a watched area where the way led through it beyond doubt; what threatens
life where it came within the reach of the must-deliver rule; an emergency within its reach. Anything else that he drove
past has the bit only where it is matched already, just outside its reach: nobody is told of it for having passed. Fixes
that are not trusted make no step, nor does a gap of more than two minutes (:mod:`streams.officers.situations`).
"""

from __future__ import annotations

import numpy as np

from geo.clock import Instant
from geo.geofence import Ways, led_through, nearest_on_way, nearest_to_point
from geo.model import RecordKind, hazard_mask
from geo.pairs import Bool, Candidate, Float64, Int32, Int64, Pairs, Via, candidates
from geo.picture import LivePicture
from geo.place import bearing_of, distance_m, local_shape
from streams.officers.situations import SURE_M, Situations
from streams.relevance.policy import Policy

_LOOK_M = 100.0
"""The doubt with which places on the way are looked up; the cells are painted for it."""
_STEP_M = 2 * (1.2 * _LOOK_M - SURE_M)
"""What is within reach + 50 m of the way is within 1.2 x (reach + 100 m) of a place on it at most half of this away."""
_EMERGENCY = list(RecordKind).index(RecordKind.EMERGENCY)


def with_passed(
    pairs: Pairs[Candidate], picture: LivePicture, situations: Situations, slots: Int32, policy: Policy, now: Instant
) -> Pairs[Candidate]:
    """The pairs of these officers, and what they passed with their last steps."""
    walkers = _walkers(situations, slots, policy)
    if not len(walkers):
        return pairs
    who, lon, lat = _places_on_the_way(situations, walkers)
    near = picture.remarkable.near(lon, lat, np.full(len(lon), _LOOK_M, np.float32))
    return _added(pairs, picture, situations, walkers, (who[near.row], near.slot), policy, now)


def with_passers(
    pairs: Pairs[Candidate], picture: LivePicture, situations: Situations, slots: Int32, policy: Policy, now: Instant
) -> Pairs[Candidate]:
    """The pairs of these records, and those of officers who passed them with their last steps."""
    walkers = _walkers(situations, np.flatnonzero(situations.used).astype(np.int32), policy)
    if not len(walkers):
        return pairs
    who, lon, lat = _places_on_the_way(situations, walkers)
    near = picture.remarkable.around(slots, lon, lat, np.full(len(lon), _LOOK_M, np.float32))
    return _added(pairs, picture, situations, walkers, (who[near.row], near.slot), policy, now)


def _walkers(situations: Situations, slots: Int32, policy: Policy) -> Int32:
    """Those whose last step is not decided on yet, is long enough, and ends at a fix that is sure enough."""
    slots = slots[np.isfinite(situations.from_lon[slots])]
    if not len(slots):
        return slots
    metres = distance_m(
        situations.from_lon[slots], situations.from_lat[slots], situations.lon[slots], situations.lat[slots]
    )
    accuracy = situations.accuracy_m[slots]
    chosen: Int32 = slots[(metres >= policy.noise.pass_step_m) & ~(accuracy > SURE_M)]
    return chosen


def _places_on_the_way(situations: Situations, walkers: Int32) -> tuple[Int32, Float64, Float64]:
    """(officer, lon, lat): the middles of equal parts of each way, no part longer than twice what a look covers."""
    lon, lat, to_lon, to_lat = _ways(situations, walkers)
    parts = np.maximum(np.ceil(distance_m(lon, lat, to_lon, to_lat) / _STEP_M), 1).astype(np.int64)
    row = np.repeat(np.arange(len(walkers)), parts)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (nth + 0.5) / parts[row]
    east = (to_lon - lon + 540.0) % 360.0 - 180.0
    return walkers[row], lon[row] + share * east[row], lat[row] + share * (to_lat - lat)[row]


def _ways(situations: Situations, officer: Int32) -> Ways:
    return situations.from_lon[officer], situations.from_lat[officer], situations.lon[officer], situations.lat[officer]


def _added(
    pairs: Pairs[Candidate],
    picture: LivePicture,
    situations: Situations,
    walkers: Int32,
    found: tuple[Int32, Int32],
    policy: Policy,
    now: Instant,
) -> Pairs[Candidate]:
    """The pairs with the bit of those that were passed, and those of ``found`` that were not among them."""
    via = pairs.via.copy()
    stepped = np.zeros(len(situations.used), np.bool_)
    stepped[walkers] = True
    beside = stepped[pairs.officer] & (pairs.distance_m > 0)
    old = np.flatnonzero(beside & ((via & np.uint8(Via.PLACE)) != 0))
    asked = (pairs.officer[old], pairs.record[old], pairs.distance_m[old].astype(np.float64))
    via[old[_passes(picture, situations, *asked, policy)]] |= np.uint8(Via.PASSED)
    officer, record = _others(pairs, picture, situations, found, now)
    east, north = picture.measure(record, situations.lon[officer], situations.lat[officer])
    distance = np.sqrt(east * east + north * north)
    new: Int64 = np.flatnonzero(_passes(picture, situations, officer, record, distance, policy))
    if not len(new):
        return candidates(pairs.officer, pairs.record, pairs.distance_m, pairs.bearing_deg, via)
    keys, known = _keys(officer[new], record[new]), _keys(pairs.officer, pairs.record)
    via[np.isin(known, keys)] |= np.uint8(Via.PASSED)
    new = new[~np.isin(keys, known)]
    return candidates(
        np.concatenate([pairs.officer, officer[new]]),
        np.concatenate([pairs.record, record[new]]),
        np.concatenate([pairs.distance_m, distance[new].astype(np.float32)]),
        np.concatenate([pairs.bearing_deg, bearing_of(east[new], north[new]).astype(np.float32)]),
        np.concatenate([via, np.full(len(new), Via.PASSED, np.uint8)]),
    )


def _others(
    pairs: Pairs[Candidate],
    picture: LivePicture,
    situations: Situations,
    found: tuple[Int32, Int32],
    now: Instant,
) -> tuple[Int32, Int32]:
    """Of what was found on the way, each once: what is current, not his own, and not among the pairs by its place."""
    officer, record = found
    keys = np.unique(_keys(officer, record))
    placed = np.flatnonzero((pairs.via & np.uint8(Via.PLACE)) != 0)
    keys = keys[~np.isin(keys, _keys(pairs.officer[placed], pairs.record[placed]))]
    officer, record = (keys >> 32).astype(np.int32), (keys & 0xFFFFFFFF).astype(np.int32)
    current = picture.live[record] & (picture.valid_from[record] <= now) & (picture.valid_to[record] > now)
    current &= ~_own(picture, situations, officer, record)
    return officer[current], record[current]


def _keys(officer: Int32, record: Int32) -> Int64:
    return (officer.astype(np.int64) << 32) | record


def _passes(
    picture: LivePicture, situations: Situations, officer: Int32, record: Int32, distance: Float64, policy: Policy
) -> Bool:
    """Which of these the way came near enough to, where its end is not."""
    accuracy = np.nan_to_num(situations.accuracy_m[officer], nan=0.0).astype(np.float64)
    reach = picture.reach_m[record].astype(np.float64) + accuracy
    rule = policy.must_deliver
    threat = (picture.hazards[record] & hazard_mask(rule.threat_hazards)) != 0
    if threat.any():
        threat &= picture.kind[record] != _EMERGENCY
        threat &= picture.category[record] != picture.categories.code("officer_emergency")
        reach[threat] *= rule.threat_reach_x
    watched, areal = picture.watch[record] != 0, picture.areal[record]
    passes = np.where(watched, distance > 0, distance > reach)
    points = np.flatnonzero(passes & ~areal)
    lon, lat = picture.lon[record[points]], picture.lat[record[points]]
    passes[points] = nearest_to_point(_ways(situations, officer[points]), lon, lat) <= reach[points]
    shaped = np.flatnonzero(passes & areal)
    for slot in np.unique(record[shaped]).tolist():
        rows, shape = shaped[record[shaped] == slot], picture.shapes[slot]
        if shape is None:
            continue
        ways, local = _ways(situations, officer[rows]), local_shape(shape)
        through = led_through(local, ways, accuracy[rows]) if picture.watch[slot] else None
        passes[rows] = nearest_on_way(local, ways) <= reach[rows] if through is None else through
    return np.asarray(passes)


def _own(picture: LivePicture, situations: Situations, officer: Int32, record: Int32) -> Bool:
    """His own call for help: he knows."""
    own = np.zeros(len(officer), np.bool_)
    for slot, caller in picture.callers.items():
        own |= (record == slot) & (officer == situations.slot_of.get(caller, -1))
    return own
