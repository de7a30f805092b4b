"""The receipts table: who has not answered comes first, times to the second, no text breaks out."""

from __future__ import annotations

from dataclasses import replace

from app.pages.receipts import STATES, Receipt, Receipts, receipts_html, receipts_text
from geo.clock import DAY, MINUTE, SECOND, parse_instant
from tests.app.pages.scene import HOSTILE

AT = parse_instant("2026-01-15T04:02:00Z")
PEOPLE = (
    Receipt(
        officer="pc-1",
        name="A. Khan",
        callsign="CW 1",
        state="answered",
        since=AT + 40 * SECOND,
        queued=AT,
        stored=AT + SECOND,
        seen=AT + 30 * SECOND,
        answered=AT + 40 * SECOND,
        answer="acknowledged",
    ),
    Receipt(officer="pc-2", state="queued", since=AT, queued=AT, step=2),
    Receipt(
        officer="pc-3",
        callsign="CW 3",
        state="seen",
        since=AT + MINUTE,
        queued=AT,
        stored=AT + SECOND,
        seen=AT + MINUTE,
    ),
    Receipt(officer="pc-4", state="not_entitled", refusal="clearance too low"),
)
TABLE = Receipts(
    id="bri-1",
    title="Armed man, Mill Lane",
    version=2,
    marking="OFFICIAL",
    must_ack=True,
    issued_at=AT,
    as_at=AT + 5 * MINUTE,
    zone="Europe/London",
    people=PEOPLE,
)


def test_who_has_not_answered_comes_first() -> None:
    lines = receipts_text(TABLE).splitlines()
    assert [line.split()[0] for line in lines[6:]] == ["pc-2", "pc-3", "A.", "pc-4"]


def test_the_head_counts() -> None:
    text = receipts_text(TABLE)
    assert text.startswith("OFFICIAL\nArmed man, Mill Lane\nVersion 2, issued Thu 15 Jan 04:02, as at 04:07:00.")
    assert "1 of 3 people answered, 2 not." in text
    assert "1 queued, not on a device; 1 seen, not answered; 1 answered; 1 may not see it." in text


def test_a_line_says_the_times_to_the_second_the_answer_and_the_step() -> None:
    lines = receipts_text(TABLE).splitlines()
    assert lines[8].split()[-6:] == ["04:02:40", "04:02:00", "04:02:01", "04:02:30", "04:02:40", "acknowledged"]
    assert "sergeant told" in lines[6]
    assert lines[9].endswith("May not see it: clearance too low")


def test_another_day_is_named() -> None:
    assert "15 Jan 04:02:00" in receipts_text(replace(TABLE, as_at=AT + DAY))


def test_columns_that_nobody_has_anything_in_are_left_out() -> None:
    text = receipts_text(replace(TABLE, people=PEOPLE[1:2]))
    assert "Answer " not in text
    assert "Queued" in text


def test_nobody_is_said() -> None:
    assert "Nobody is addressed." in receipts_text(replace(TABLE, people=()))
    assert "Nobody is addressed." in receipts_html(replace(TABLE, people=()))


def test_without_an_answer_to_give_nobody_waits() -> None:
    quiet = replace(TABLE, must_ack=False)
    assert "No answer asked." in receipts_text(quiet)
    assert '<tr class="waiting">' not in receipts_html(quiet)


def test_the_page_is_a_table_with_heads_and_a_caption() -> None:
    html = receipts_html(TABLE)
    assert html.count('<th scope="row">') == len(PEOPLE)
    assert html.count('<th scope="col">') == 10
    assert html.count('<tr class="waiting">') == 2
    assert html.count('<tr class="refused">') == 1
    assert 'aria-labelledby="about"' in html
    assert "Times are Europe/London." in html
    assert "<div><dt>Queued, not on a device</dt><dd>1</dd></div>" in html


def test_no_text_breaks_out() -> None:
    bad = Receipt(
        officer=HOSTILE, name=HOSTILE, callsign=HOSTILE, state=HOSTILE, answer=HOSTILE, refusal=HOSTILE, step=9
    )
    table = replace(TABLE, title=HOSTILE, id=HOSTILE, marking=HOSTILE, zone=HOSTILE, people=(bad,))
    html, text = receipts_html(table), receipts_text(table)
    assert "<script" not in html
    assert "<img" not in html
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_each_state_of_the_design_has_its_words() -> None:
    life = {
        "queued",
        "pushed",
        "unconfirmed",
        "stored",
        "seen",
        "answered",
        "expired",
        "withdrawn",
        "not_entitled",
        "left",
    }
    assert life == set(STATES)
