"""What a renewal's answer means: who lives, who is dead, whether we were away, whether this is still the same store."""

from __future__ import annotations

from geo.clock import HOUR, SECOND
from geo.store.process_rows import Peer, Renewed
from streams.processes.standing import LOOKS, Standing

NOW = 1_800_000_000 * SECOND
LASTS = 6 * SECOND


def renewed(at: int, *peers: tuple[str, int], epoch: str = "e") -> Renewed:
    return Renewed(at, epoch, tuple(Peer(node, lapses_at, 0, "") for node, lapses_at in peers))


def test_nobody_else_is_alone() -> None:
    heard = Standing("e", LASTS).heard(renewed(NOW))
    assert (heard.living, heard.dead, heard.alone) == (frozenset(), frozenset(), True)
    assert not heard.returned
    assert not heard.another_store


def test_the_living_and_the_dead() -> None:
    heard = Standing("e", LASTS).heard(renewed(NOW, ("living", NOW + 1), ("dead", NOW)))
    assert heard.living == {"living"}
    assert heard.dead == {("dead", NOW)}
    assert not heard.alone


def test_the_dead_are_adopted_once_and_again_if_they_come_back_and_die() -> None:
    standing = Standing("e", LASTS)
    heard = standing.heard(renewed(NOW, ("dead", NOW - 1)))
    for look in range(LOOKS):  # rows that were locked just then are found by a later look
        assert standing.heard(renewed(NOW + look, ("dead", NOW - 1))).dead == heard.dead
        standing.adopted(heard.dead)
    assert standing.heard(renewed(NOW + 2, ("dead", NOW - 1))).dead == frozenset()
    assert standing.heard(renewed(NOW + 4, ("dead", NOW + 3))).dead == {("dead", NOW + 3)}


def test_who_died_an_hour_ago_is_no_company() -> None:
    assert Standing("e", LASTS).heard(renewed(NOW, ("dead", NOW - HOUR))).alone
    assert not Standing("e", LASTS).heard(renewed(NOW, ("dead", NOW - HOUR + 1))).alone


def test_who_was_away_for_longer_than_the_lease_knows_it() -> None:
    standing = Standing("e", LASTS)
    standing.heard(renewed(NOW))
    assert not standing.heard(renewed(NOW + LASTS)).returned
    assert standing.heard(renewed(NOW + 3 * LASTS)).returned
    assert not standing.heard(renewed(NOW + 3 * LASTS + 1)).returned


def test_another_epoch_is_another_store() -> None:
    assert Standing("e", LASTS).heard(renewed(NOW, epoch="f")).another_store
