"""Ways round the door that mypy refuses. Every ignore below is needed: one that is not fails the type check."""

from __future__ import annotations

from geo.access import Readable, Refused, Rights, release
from geo.clock import Instant
from geo.model import Stored
from geo.pairs import CANDIDATE, Candidate, Pairs, Released, Witness, candidates, take
from geo.picture import LivePicture


def score(pairs: Pairs[Released]) -> None:
    """Stands for all that may only be done with released pairs."""


def show(readable: Readable) -> None:
    """Stands for all that may only be shown to an entitled reader."""


def tried(pairs: Pairs[Candidate], picture: LivePicture, rights: Rights, now: Instant, items: tuple[Stored]) -> None:
    score(pairs)  # type: ignore[arg-type]
    score(take(pairs, pairs.record))  # type: ignore[arg-type]
    score(candidates(pairs.officer, pairs.record, pairs.distance_m, pairs.bearing_deg, pairs.via))  # type: ignore[arg-type]
    score(Pairs(pairs.officer, pairs.record, pairs.distance_m, pairs.bearing_deg, pairs.via, CANDIDATE))  # type: ignore[arg-type]
    score(
        Pairs[Released](
            pairs.officer,
            pairs.record,
            pairs.distance_m,
            pairs.bearing_deg,
            pairs.via,
            pairs.witness,  # type: ignore[arg-type]
        )
    )
    score(release(pairs, picture, rights, now))  # type: ignore[arg-type]
    refused: Refused = release(pairs, picture, rights, now)[1]
    score(refused)  # type: ignore[arg-type]
    release(release(pairs, picture, rights, now)[0], picture, rights, now)  # type: ignore[arg-type]
    show(items)  # type: ignore[arg-type]
    show(Readable(items, (), CANDIDATE))  # type: ignore[arg-type]


def allowed(pairs: Pairs[Candidate], picture: LivePicture, rights: Rights, now: Instant) -> None:
    """The one way, and choosing among what was released."""
    released, _ = release(pairs, picture, rights, now)
    score(released)
    score(take(released, released.record))


def no_witness() -> Witness[Released]:
    return Witness[Released]()  # type: ignore[abstract]
