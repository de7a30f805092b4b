"""The scoring figure is taken from pairs that are all released and all decided."""

from __future__ import annotations

from app.bench.scoring import NOW, _picture, _pieces, _situations, measure
from geo.codebook import Codebooks
from streams.relevance.policy import load_policy
from streams.work import PIECE


def test_it_scores_every_officer_with_every_record() -> None:
    (figure,) = measure(officers=300, records=120, rounds=1)
    assert figure.value > 0
    assert "36,000 pairs" in figure.note


def test_the_pieces_are_the_pipelines() -> None:
    policy, books = load_policy("uk"), Codebooks()
    picture, situations = _picture(120, policy, books), _situations(300, books)
    pieces = list(_pieces(picture, situations))
    assert [len(piece) for piece in pieces] == [PIECE, 36_000 - PIECE]
    assert len(picture) == 120
    assert situations.fresh(NOW).sum() == 300
