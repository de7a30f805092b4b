"""The store's part about patrol-start briefings: what is a reader's own, on both engines."""

from __future__ import annotations

from shapely.geometry import box

from geo.access import refusals_of
from geo.clock import DAY, HOUR, VirtualClock
from geo.marking import Clearance, Marking
from geo.model import Audience, Beat, Briefing, Disposition, Grade, Officer, Shift
from geo.store.patrol_rows import OnDuty
from geo.store.rows import Answered, Answers
from geo.store.store import SqlStore
from tests.geo.store.making import NOW


def pushed(name: str, **rest: object) -> Briefing:
    given: dict[str, object] = {
        "force": "own", "source": "b", "source_id": name, "category": "administrative", "title": name,
        "grade": Grade.STANDARD, "reported_at": NOW,
    }  # fmt: skip
    return Briefing(**given | rest)  # type: ignore[arg-type]


async def test_a_readers_shifts_briefings_and_answers(store: SqlStore, clock: VirtualClock) -> None:
    clock.set(NOW)
    await store.put_officers([Officer(id="pc-1", force="own"), Officer(id="pc-2", force="own")])
    await store.put_shifts(
        [
            Shift(id="now", officer="pc-1", start=NOW - HOUR, end=NOW + 7 * HOUR, unit="u1", beat="N1"),
            Shift(id="was", officer="pc-1", start=NOW - 25 * HOUR, end=NOW - 17 * HOUR),
            Shift(id="long ago", officer="pc-1", start=NOW - 40 * DAY, end=NOW - 39 * DAY),
            Shift(id="other", officer="pc-2", start=NOW, end=NOW + HOUR),
        ]
    )
    mine, secret = pushed("mine"), pushed("secret", marking=Marking(Clearance.SECRET))
    for briefing in (mine, secret, pushed("other", audience=Audience(officers=("pc-2",)))):
        assert await store.publish(briefing, refusals_of) is not None
    answered = Answered("k", "pc-1", "d", mine.id, 1, Disposition.ACKNOWLEDGED, "", NOW + 5)
    await store.answer(Answers(answered=(answered,)))
    rows = await store.reader_rows("pc-1", NOW)
    assert rows.shifts == (
        OnDuty(NOW - 25 * HOUR, NOW - 17 * HOUR, None, None),
        OnDuty(NOW - HOUR, NOW + 7 * HOUR, "u1", "N1"),
    )
    assert rows.addressed == {mine.id}, "what he may not have is not his"
    assert rows.answered == {mine.id: NOW + 5}
    nobody = await store.reader_rows("nobody", NOW)
    assert (nobody.shifts, nobody.addressed, nobody.answered) == ((), frozenset(), {})


async def test_names_of_a_forces_beats(store: SqlStore) -> None:
    area = box(0, 0, 1, 1)
    await store.put_beats(
        [Beat(id="b", name="Mill", force="own", area=area), Beat(id="a", name="Hill", force="own", area=area),
         Beat(id="x", name="Far", force="other", area=area)]
    )  # fmt: skip
    assert await store.beat_names("own") == [("a", "Hill"), ("b", "Mill")]
    assert await store.beat_names("nobody") == []
