"""The checker finds each thing that it is there to find, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.drills.checker import Findings, check
from tests.drills.ledger import Ending, Entry, Gone, Ledger, Left, Screen, Shown

NOW = 1_000.0


class Book:
    """One officer, one device that has been live since instant 0, and alerts for him."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.screen: Screen = self.ledger.screen("phone", "a")
        self.screen.out_since = None

    def alert(self, at: float = 10.0, to: str = "a") -> Entry:
        entry = self.ledger.open_entry(frozenset({to}))
        self.ledger.accepted(entry, self.ledger.tried(entry, 1, at - 0.1), at, f"r-{entry.number}")
        return entry

    def newer(self, entry: Entry, at: float) -> None:
        self.ledger.accepted(entry, self.ledger.tried(entry, entry.tried + 1, at), at, entry.record)

    def end(self, entry: Entry, at: float, how: Ending = Ending.CLOSED) -> None:
        self.ledger.ending(entry, how, at, at)

    def shown(
        self, entry: Entry, t: float, version: int = 1, rev: int = 1, style: str = "interrupt", epoch: str = "e"
    ) -> None:
        shown = Shown(t, epoch, entry.number, version, rev, rev, style, entry.record)
        self.ledger.seen(self.screen, shown)

    def gone(self, entry: Entry, t: float, how: Left = Left.CANCEL, reason: str = "closed") -> None:
        self.ledger.seen(self.screen, Gone(t, "e", entry.number, how, reason, entry.record))

    def check(self) -> Findings:
        return check(self.ledger, NOW)


@pytest.fixture
def book() -> Book:
    return Book()


def test_what_was_shown_once_and_is_still_live_is_well(book: Book) -> None:
    book.shown(book.alert(), 11.0)
    found = book.check()
    assert found.clean
    assert (found.pairs, found.shown, found.delays_s) == (1, 1, [1.0])


def test_never_shown_is_lost(book: Book) -> None:
    book.alert()
    assert book.check().lost == ["phone was never shown 1"]


def test_nothing_is_owed_to_those_it_is_not_for(book: Book) -> None:
    book.alert(to="b")
    found = book.check()
    assert found.clean
    assert found.pairs == 0


def test_never_accepted_is_not_owed(book: Book) -> None:
    entry = book.ledger.open_entry(frozenset({"a"}))
    book.ledger.tried(entry, 1, 10.0)
    assert book.check().clean


def test_a_retired_device_is_owed_nothing(book: Book) -> None:
    book.alert()
    book.screen.retired = True
    assert book.check().clean


def test_ended_before_a_device_could_be_reached_is_excused_only_if_it_was_away(book: Book) -> None:
    entry = book.alert(10.0)
    book.end(entry, 60.0)
    assert len(book.check().lost) == 1
    book.screen.away.append((5.0, 70.0))
    found = book.check()
    assert found.clean
    assert found.ended_first == 1


def test_an_alert_that_lived_for_moments_is_excused(book: Book) -> None:
    entry = book.alert(10.0)
    book.end(entry, 15.0)
    assert book.check().clean


def test_a_fault_for_everybody_excuses_too(book: Book) -> None:
    book.end(book.alert(10.0), 60.0)
    book.ledger.faults.append((20.0, 30.0))
    assert book.check().clean


def test_what_ends_later_than_now_is_still_owed(book: Book) -> None:
    book.end(book.alert(10.0), NOW + 60, Ending.EXPIRED)
    assert len(book.check().lost) == 1


def test_the_same_rev_again_is_twice(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0)
    book.shown(entry, 12.0)
    assert len(book.check().twice) >= 1


def test_the_same_version_as_loud_again_is_twice(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0)
    book.shown(entry, 12.0, rev=2)
    assert len(book.check().twice) == 1


@pytest.mark.parametrize(("first", "second"), [("interrupt", "map"), ("notify", "interrupt"), ("map", "notify")])
def test_quieter_or_louder_is_no_repeat(book: Book, first: str, second: str) -> None:
    entry = book.alert()
    book.shown(entry, 11.0, style=first)
    book.shown(entry, 12.0, rev=2, style=second)
    assert book.check().clean


def test_a_newer_version_may_be_as_loud(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0)
    book.newer(entry, 12.0)
    book.shown(entry, 13.0, version=2, rev=2)
    assert book.check().clean


def test_loud_once_for_each_version_whichever_was_shown(book: Book) -> None:
    entry = book.alert()
    book.newer(entry, 10.5)
    book.shown(entry, 11.0, version=2, rev=1)
    book.shown(entry, 12.0, version=2, rev=2)
    assert book.check().clean
    book.shown(entry, 13.0, version=2, rev=3)
    assert len(book.check().twice) == 1


def test_an_older_version_after_a_newer_is_found(book: Book) -> None:
    entry = book.alert()
    book.newer(entry, 12.0)
    book.shown(entry, 13.0, version=2, rev=2)
    book.shown(entry, 14.0, version=1, rev=3, style="map")
    assert len(book.check().older) == 1


def test_a_lower_rev_after_a_higher_is_found(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0, rev=2)
    book.shown(entry, 12.0, rev=1, style="map")
    assert len(book.check().older) == 1


def test_the_newest_version_must_arrive(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0)
    book.newer(entry, 12.0)
    assert book.check().lost == ["phone holds 1.1, but it is at 2"]


def test_shown_after_its_cancel_is_found(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0)
    book.end(entry, 12.0)
    book.gone(entry, 13.0)
    book.shown(entry, 14.0, rev=3, style="map")
    assert len(book.check().after_end) == 1


def test_shown_long_after_its_end_is_found_unless_the_device_was_away(book: Book) -> None:
    entry = book.alert()
    book.end(entry, 12.0)
    book.shown(entry, 40.0)
    book.gone(entry, 41.0)
    assert len(book.check().after_end) == 1
    book.screen.away.append((11.0, 39.0))
    assert book.check().clean


def test_an_ended_alert_that_stays_on_the_screen_is_found(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0)
    book.end(entry, 12.0)
    assert book.check().unexplained == ["phone still holds 1, which was closed"]


def test_a_cancel_of_what_is_live_is_found_and_the_alert_is_missing(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0)
    book.gone(entry, 12.0)
    found = book.check()
    assert len(found.unexplained) == 1
    assert len(found.lost) == 1


def test_expired_before_its_time_is_found(book: Book) -> None:
    entry = book.alert()
    book.end(entry, 100.0, Ending.EXPIRED)
    book.shown(entry, 11.0)
    book.gone(entry, 50.0, reason="expired")
    assert len(book.check().unexplained) == 1


def test_shown_to_somebody_else_is_found(book: Book) -> None:
    book.shown(book.alert(to="b"), 11.0)
    assert len(book.check().not_entitled) == 1


def test_shown_after_the_officer_lost_the_right_is_found(book: Book) -> None:
    entry = book.alert()
    book.ledger.denied.append(("a", 20.0, 60.0))
    book.shown(entry, 21.0)
    assert book.check().clean
    book.screen.events[0] = replace(book.screen.events[0], t=30.0)
    assert len(book.check().not_entitled) == 1


def test_back_on_duty_the_same_may_be_said_again(book: Book) -> None:
    entry = book.alert()
    book.ledger.denied.append(("a", 20.0, 60.0))
    book.shown(entry, 11.0)
    book.shown(entry, 61.0, rev=2, style="notify")
    assert book.check().clean


def test_an_alert_that_nobody_posted_is_unexplained(book: Book) -> None:
    book.ledger.seen(book.screen, Shown(11.0, "e", 99, 1, 1, 1, "map", "r-99"))
    book.ledger.seen(book.screen, Gone(12.0, "e", 98, Left.CANCEL, "closed", "r-98"))
    assert len(book.check().unexplained) == 2


def test_a_version_that_nobody_posted_is_unexplained(book: Book) -> None:
    book.shown(book.alert(), 11.0, version=3)
    assert len(book.check().unexplained) == 1


def test_another_store_may_tell_all_of_it_again(book: Book) -> None:
    entry = book.alert()
    book.shown(entry, 11.0, rev=4)
    book.shown(entry, 20.0, rev=1, epoch="restored")
    assert book.check().clean


def test_shares_of_the_delay() -> None:
    found = Findings(delays_s=[float(number) for number in range(100)])
    assert (found.delay_s(0.5), found.delay_s(0.99), Findings().delay_s(0.5)) == (50.0, 99.0, 0.0)
