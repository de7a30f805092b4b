"""The books: marks are read back, times away are kept, entries know their newest version."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.drills.ledger import Ending, Ledger, Shown, mark, read_mark


def test_a_mark_is_read_from_whichever_text_carries_it() -> None:
    assert read_mark("Assault " + mark(17, 2), None) == (17, 2)
    assert read_mark(None, "help " + mark(3, 1)) == (3, 1)
    assert read_mark("Assault", None) is None


def test_an_entry_knows_what_was_accepted_and_what_was_only_tried() -> None:
    ledger = Ledger()
    entry = ledger.open_entry(frozenset({"a"}))
    first = ledger.tried(entry, 1, 10.0)
    assert (entry.accepted_at, entry.newest, entry.tried) == (None, 0, 1)
    ledger.accepted(entry, first, 10.5, "r-1")
    ledger.tried(entry, 2, 11.0)
    assert (entry.accepted_at, entry.newest, entry.tried) == (10.5, 1, 2)


def test_a_screen_knows_when_it_was_out_of_reach() -> None:
    screen = Ledger().screen("phone", "a")
    screen.out_since = 1.0
    screen.live(5.0)
    assert screen.was_away(4.0, 6.0)
    assert not screen.was_away(5.5, 9.0)
    screen.out(9.5)
    screen.out(9.9)
    assert screen.was_away(9.0, 9.6)
    assert not screen.was_away(9.0, 9.4)


def test_every_line_is_written_as_it_happens(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "book.jsonl")
    entry = ledger.open_entry(frozenset({"a"}))
    ledger.accepted(entry, ledger.tried(entry, 1, 1.0), 2.0, "r-1")
    ledger.ending(entry, Ending.CLOSED, 3.0)
    ledger.seen(ledger.screen("phone", "a"), Shown(4.0, "e", 1, 1, 1, 1, "interrupt", "r-1"))
    ledger.close()
    lines = [msgspec.json.decode(line) for line in (tmp_path / "book.jsonl").read_bytes().splitlines()]
    assert [line[0] for line in lines] == ["tried", "accepted", "ending", "shown"]
    assert lines[1][-1] == ["a"]
