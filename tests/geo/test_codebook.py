"""Texts and sets as codes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.codebook import SKILL_BITS, Codebook, Codebooks, Setbook, skill_mask


@given(st.lists(st.text(max_size=3)))
def test_a_code_never_changes_and_leads_back(texts: list[str]) -> None:
    book = Codebook()
    codes = [book.code(text) for text in texts]
    assert [book.text(code) for code in codes] == texts
    assert [book.code(text) for text in texts] == codes
    assert book.texts[0] == ""
    assert len(book) == len({"", *texts})


def test_nothing_is_code_0_and_asking_makes_no_code() -> None:
    book = Codebook()
    assert book.code("") == 0
    assert book.find("burglary") is None
    assert len(book) == 1
    assert Setbook().code(frozenset()) == 0


def test_tables_of_who_meets_whom_grow_with_their_books() -> None:
    books = Codebooks()
    rng = np.random.default_rng(3)
    names = [f"OP {number}" for number in range(6)]
    for _ in range(40):
        books.operations.code(frozenset(rng.choice(names, rng.integers(1, 4)).tolist()))
        table = books.compartment_open.table()
        size = len(books.operations)
        for left in range(size):
            for right in range(size):
                expected = bool(books.operations.value(left) & books.operations.value(right))
                assert bool(table[left, right]) is expected
    assert not books.compartment_open.table()[0, 1]


def test_a_force_is_named_in_a_sharing() -> None:
    books = Codebooks()
    shared = books.sharings.code(frozenset({"neighbour", "far"}))
    own, neighbour = books.forces.code("own"), books.forces.code("neighbour")
    assert not books.force_shared.table()[shared, own]
    assert books.force_shared.table()[shared, neighbour]
    far = books.forces.code("far")
    assert books.force_shared.table()[shared, far]
    assert not books.force_shared.table()[0, far]


def test_skills_are_bits_as_long_as_there_are_bits() -> None:
    book = Codebook()
    many = tuple(f"skill {number}" for number in range(SKILL_BITS + 5))
    assert skill_mask(book, many) == (1 << SKILL_BITS) - 1
    assert skill_mask(book, ("skill 0", "skill 2")) == 0b101
    assert skill_mask(book, (many[-1],)) == 0
