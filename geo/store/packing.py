"""Fan-outs as packed bytes: a fixed number of bytes an officer, so that one officer's word is one slice of a blob."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.pairs import Bool, Int64
from geo.store.rows import Fanout

_BYTES = ("act", "verdict", "priority", "rule", "reason", "inside")


@dataclass(frozen=True, slots=True)
class Legend:
    """The names behind the columns of a fan-out; ``n`` is made from them, the same in every process."""

    n: int
    terms: tuple[str, ...]
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it is stored; :func:`legend_of_text` reads it back."""
        return _text(self.terms, self.facts, self.rules, self.reasons, self.also).decode()

    @property
    def dtype(self) -> np.dtype[np.void]:
        """One officer's bytes, little-endian, without padding: seq, rev, score, six small ones, terms, facts."""
        return _dtype(len(self.terms), len(self.facts))


@lru_cache(maxsize=64)
def _dtype(terms: int, facts: int) -> np.dtype[np.void]:
    small = [(name, "u1") for name in _BYTES]
    wide = [("terms", "<f4", (terms,)), ("facts", "<f4", (facts,))]
    return np.dtype([("seq", "<i8"), ("rev", "<i4"), ("score", "<f4"), *small, *wide])


def legend_of(fanout: Fanout) -> Legend:
    """The legend of a fan-out's names."""
    return _legend(fanout.term_names, fanout.fact_names, fanout.rule_names, fanout.reason_names, fanout.also)


@lru_cache(maxsize=256)
def _legend(
    terms: tuple[str, ...],
    facts: tuple[str, ...],
    rules: tuple[str, ...],
    reasons: tuple[str, ...],
    also: tuple[str, ...] = (),
) -> Legend:
    text = _text(terms, facts, rules, reasons, also)
    n = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big", signed=True)
    return Legend(n, terms, facts, rules, reasons, also)


def _text(*names: tuple[str, ...]) -> bytes:
    """Without the last where it is empty: most fan-outs have one source, and their legend is that of before."""
    return msgspec.json.encode(names if names[-1] else names[:-1])


@lru_cache(maxsize=256)
def legend_of_text(text: str) -> Legend:
    """The legend that :attr:`Legend.text` wrote."""
    return _legend(*msgspec.json.decode(text, type=tuple[tuple[str, ...], ...]))


def pack(legend: Legend, fanouts: Sequence[Fanout], seqs: Int64) -> NDArray[np.void]:
    """All rows of fan-outs with one legend, in order, as one array of ``legend.dtype``; ``seqs`` is [rows]."""
    rows = np.empty(len(seqs), dtype=legend.dtype)
    rows["seq"] = seqs
    for name in ("rev", "score", *_BYTES):
        rows[name] = _joined(fanouts, name)
    rows["terms"] = _joined(fanouts, "terms").reshape(len(seqs), len(legend.terms))
    rows["facts"] = _joined(fanouts, "facts").reshape(len(seqs), len(legend.facts))
    return rows


def joined(fanouts: Sequence[Fanout], name: str, keep: Bool | None = None) -> list[float | int | None]:
    """One column of all fan-outs as plain Python values, NaN as None: what a driver can bind."""
    column = _joined(fanouts, name)
    if keep is not None:
        column = column[keep]
    if column.dtype.kind != "f":
        return column.tolist()  # type: ignore[no-any-return]
    return [None if value != value else value for value in column.tolist()]


def _joined(fanouts: Sequence[Fanout], name: str) -> NDArray[np.generic]:
    columns = [getattr(fanout, name) for fanout in fanouts]
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


@dataclass(frozen=True, slots=True)
class Word:
    """One officer's row of a fan-out, unpacked."""

    seq: int
    rev: int
    score: float
    act: int
    verdict: int
    priority: int
    rule: str
    reason: str
    inside: bool
    terms: dict[str, float]
    facts: dict[str, float]
    also: str


def unpack(legend: Legend, blob: bytes) -> Word:
    """One officer's slice (``legend.dtype.itemsize`` bytes) -> his word."""
    row = np.frombuffer(blob, dtype=legend.dtype, count=1)[0]
    facts = dict(zip(legend.facts, row["facts"].tolist(), strict=True))
    also = facts.get("also", math.nan)
    return Word(
        seq=int(row["seq"]),
        rev=int(row["rev"]),
        score=float(row["score"]),
        act=int(row["act"]),
        verdict=int(row["verdict"]),
        priority=int(row["priority"]),
        rule=_name(legend.rules, int(row["rule"])),
        reason=_name(legend.reasons, int(row["reason"])),
        inside=bool(row["inside"] & 1),
        terms=dict(zip(legend.terms, row["terms"].tolist(), strict=True)),
        facts=facts,
        also="" if also != also else _name(legend.also, int(also)),
    )


def seqs_of(officers: bytes, rows: bytes, width: int) -> dict[str, int]:
    """Officer -> seq (0: none) of a whole fan-out: the seq is what each officer's bytes begin with."""
    seqs = np.frombuffer(rows, dtype=np.dtype({"names": ["seq"], "formats": ["<i8"], "itemsize": width}))["seq"]
    return dict(zip(unpack_officers(officers), seqs.tolist(), strict=True))


def _name(names: tuple[str, ...], index: int) -> str:
    return names[index] if index < len(names) else ""


def pack_officers(officers: Sequence[str]) -> bytes:
    """Officer ids in the order of the rows; NUL (which NORMALISE refuses in texts) between them."""
    return "\0".join(officers).encode()


def unpack_officers(blob: bytes) -> tuple[str, ...]:
    """What :func:`pack_officers` packed."""
    return tuple(blob.decode().split("\0")) if blob else ()
