"""Match and score: candidate pairs released, scored and decided on one core, in pieces, as the pipeline does."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import numpy as np
from shapely.geometry import Point

from app.bench.report import Figure
from app.bench.scene import CENTRE, ring
from geo.access import release
from geo.clock import MINUTE, SECOND, Instant
from geo.codebook import Codebooks
from geo.model import Grade, Hazard, Incident, Officer, Stored, UnitStatus
from geo.pairs import Candidate, Pairs, Via, candidates
from geo.picture import LivePicture
from geo.place import bearing_deg, distance_m, moved_by
from geo.position import Fix
from geo.store.rows import OfficerState
from streams.held import Held
from streams.noise import decide as noise
from streams.officers.situations import Situations
from streams.relevance import score as relevance
from streams.relevance.policy import Policy, load_policy
from streams.work import PIECE

NOW: Instant = 1_768_500_000 * SECOND


def measure(*, officers: int = 4_096, records: int = 512, rounds: int = 3) -> list[Figure]:
    """Every officer with every record, all within a few kilometres: the best of ``rounds`` passes, and bare numpy's."""
    policy, books = load_policy("uk"), Codebooks()
    picture, situations = _picture(records, policy, books), _situations(officers, books)
    pieces = list(_pieces(picture, situations))
    pairs = sum(len(piece) for piece in pieces)
    ours = min(_pass(pieces, picture, situations, policy) for _ in range(rounds))
    bare = min(_bare(pieces, picture, situations) for _ in range(rounds))
    return [
        Figure("pairs released, scored, decided", pairs / ours, "pairs/s", 2_000_000.0, "more",
               f"numpy, distance and one squash alone: {pairs / bare:,.0f} pairs/s",
               f"{pairs:,} pairs, one core, pieces of {PIECE:,}"),
    ]  # fmt: skip


def _pass(pieces: list[Pairs[Candidate]], picture: LivePicture, situations: Situations, policy: Policy) -> float:
    held, rights = Held(), situations.rights()
    began = time.perf_counter()
    for piece in pieces:
        released, refused = release(piece, picture, rights, NOW)
        assert not len(refused), "a pair that is refused costs less: it must not be counted"
        scored = relevance.score(released, picture, situations, held, policy, NOW)
        noise.decide(scored, held, situations, picture, policy, NOW)
    return time.perf_counter() - began


def _bare(pieces: list[Pairs[Candidate]], picture: LivePicture, situations: Situations) -> float:
    began = time.perf_counter()
    for piece in pieces:
        metres = distance_m(
            situations.lon[piece.officer], situations.lat[piece.officer],
            picture.lon[piece.record], picture.lat[piece.record],
        )  # fmt: skip
        1.0 / (1.0 + np.exp(metres.astype(np.float32) * np.float32(0.001)))
    return time.perf_counter() - began


def _pieces(picture: LivePicture, situations: Situations) -> Iterator[Pairs[Candidate]]:
    """All pairs, with distance and bearing, in the pipeline's pieces."""
    officers = np.array(sorted(situations.slot_of.values()), np.int32)
    records = np.array(sorted(picture.slot_of.values()), np.int32)
    officer, record = np.tile(officers, len(records)), np.repeat(records, len(officers))
    for start in range(0, len(officer), PIECE):
        o, r = officer[start : start + PIECE], record[start : start + PIECE]
        place = situations.lon[o], situations.lat[o], picture.lon[r], picture.lat[r]
        yield candidates(o, r, distance_m(*place).astype(np.float32), bearing_deg(*place).astype(np.float32),
                         np.full(len(o), Via.PLACE, np.uint8))  # fmt: skip


def _picture(records: int, policy: Policy, books: Codebooks) -> LivePicture:
    chance, picture = random.Random(5), LivePicture(books)
    categories = ("theft", "burglary", "robbery", "assault", "traffic", "suspicious", "disturbance")
    items = []
    for number, (lon, lat) in enumerate(ring(records, 0, 1_500, seed=5)):
        hazards = (Hazard.WEAPON,) if chance.random() < 0.05 else ()
        record = Incident(
            force="own", source="bench", source_id=str(number), category=chance.choice(categories), title="Bench",
            grade=chance.choice(tuple(Grade)), place=Point(lon, lat), hazards=hazards,
            reported_at=NOW - chance.randrange(30) * MINUTE,
        )  # fmt: skip
        items.append(Stored(record, 1, NOW))
    picture.apply(items, policy.lifetime_and_reach)
    return picture


def _situations(officers: int, books: Codebooks) -> Situations:
    chance, situations = random.Random(6), Situations(books)
    batch = []
    for number in range(officers):
        name = f"B-{number:05d}"
        state = OfficerState(name, "e", 0, "bench", 1, UnitStatus.AVAILABLE, NOW, 2.0, NOW)
        situations.put(Officer(id=name, force="own"), state, NOW)
        lon, lat = moved_by(*CENTRE, chance.gauss(0, 1_000), chance.gauss(0, 1_000))
        batch.append((name, Fix(NOW - SECOND, lon, lat, 5.0, chance.choice((0.0, 8.0)), chance.uniform(0, 359))))
    situations.moved(batch, NOW)
    return situations
