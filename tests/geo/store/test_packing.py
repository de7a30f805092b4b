"""A fan-out packed and one officer's slice of it unpacked."""

from __future__ import annotations

import math

import numpy as np

from geo.model import Verdict
from geo.store.packing import joined, legend_of, legend_of_text, pack, pack_officers, seqs_of, unpack, unpack_officers
from geo.store.rows import Act
from tests.geo.store.making import fanout


def test_one_officers_slice_is_his_word() -> None:
    item = fanout("r1", ["a", "b", "c"], act=[0, 1, 2], verdict=Verdict.INTERRUPT, rev=4, reason=1)
    legend = legend_of(item)
    blob = pack(legend, [item], np.array([0, 7, 8])).tobytes()
    width = legend.dtype.itemsize
    assert len(blob) == 3 * width
    word = unpack(legend_of_text(legend.text), blob[2 * width : 3 * width])
    assert (word.seq, word.rev, word.act, word.verdict) == (8, 4, Act.CANCEL, Verdict.INTERRUPT)
    assert (word.rule, word.reason, word.inside, word.score) == ("must_deliver", "closed", True, 0.5)
    assert word.facts == {"distance_m": 200.0, "bearing_deg": 2.0}
    assert math.isnan(word.terms["hazard"])


def test_fanouts_of_one_legend_are_packed_in_one_go() -> None:
    items = [fanout("r1", ["a", "b"]), fanout("r2", ["c"])]
    legend = legend_of(items[0])
    assert legend == legend_of(items[1])
    together = pack(legend, items, np.array([1, 2, 3]))
    apart = [pack(legend, [item], seqs) for item, seqs in zip(items, (np.array([1, 2]), np.array([3])), strict=True)]
    assert together.tobytes() == b"".join(part.tobytes() for part in apart)


def test_a_legend_is_the_same_in_every_process() -> None:
    assert legend_of(fanout("r1", ["a"])).n == -3_724_953_661_042_937_085


def test_a_rule_beyond_the_legend_is_no_rule() -> None:
    item = fanout("r1", ["a"], reason=9)
    legend = legend_of(item)
    assert unpack(legend, pack(legend, [item], np.array([1])).tobytes()).reason == ""


def test_officers_are_packed_in_order() -> None:
    assert unpack_officers(pack_officers(["b", "a", "é"])) == ("b", "a", "é")
    assert unpack_officers(pack_officers([])) == ()


def test_columns_are_what_a_driver_can_bind() -> None:
    item = fanout("r1", ["a", "b"])
    assert joined([item, item], "rev") == [1, 1, 1, 1]
    assert joined([item], "told_lat", np.array([False, True])) == [None]


def test_the_numbers_of_a_whole_fanout() -> None:
    item = fanout("r1", ["a", "b"])
    legend = legend_of(item)
    blob = pack(legend, [item], np.array([7, 0])).tobytes()
    assert seqs_of(pack_officers(["a", "b"]), blob, legend.dtype.itemsize) == {"a": 7, "b": 0}
