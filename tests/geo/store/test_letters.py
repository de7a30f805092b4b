"""Dead letters, on both engines."""

from __future__ import annotations

import dataclasses

from geo.store.rows import Rejected
from geo.store.store import SqlStore

LETTER = Rejected("cad", "file.csv:17", "bad_time", "no zone", '{"at": "10:00"}', 1_000, "admin")


async def test_a_letter_is_kept_whole_and_the_same_again_is_not_doubled(store: SqlStore) -> None:
    await store.reject([LETTER, LETTER])
    await store.reject([dataclasses.replace(LETTER, at=2_000)])
    await store.reject([])
    assert await store.rejected() == [dataclasses.replace(LETTER, at=2_000)]
    assert await store.rejected_counts() == {("cad", "bad_time"): 1}


async def test_letters_differ_by_feed_place_reason_and_content(store: SqlStore) -> None:
    others = [
        dataclasses.replace(LETTER, feed="street"),
        dataclasses.replace(LETTER, where="file.csv:18"),
        dataclasses.replace(LETTER, reason="no_zone"),
        dataclasses.replace(LETTER, raw="{}"),
    ]
    await store.reject([LETTER, *others])
    assert len(await store.rejected()) == 5
    assert await store.rejected("street") == [others[0]]
    assert await store.rejected_counts() == {("cad", "bad_time"): 3, ("street", "bad_time"): 1, ("cad", "no_zone"): 1}


async def test_the_newest_come_first_up_to_the_limit(store: SqlStore) -> None:
    letters = [dataclasses.replace(LETTER, where=f"f:{n}", at=n) for n in range(20)]
    await store.reject(letters)
    assert [letter.at for letter in await store.rejected(limit=3)] == [19, 18, 17]


async def test_input_that_no_text_column_takes_is_kept(store: SqlStore) -> None:
    nasty = dataclasses.replace(LETTER, raw="a\0b\udcff", message="NUL \0 and \udcff", where="f\0:1")
    await store.reject([nasty])
    (kept,) = await store.rejected()
    assert kept.raw == nasty.raw
    assert kept.where == "f\\0:1"
