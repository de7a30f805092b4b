"""The receipts of a briefing out of the store and all processes; of all briefings, who has not answered to the end."""

from __future__ import annotations

from app.runtime import Runtime
from geo.model import Briefing, Stored
from geo.store.briefing_rows import Step
from streams.breath import Breath
from streams.receipts import Receipt, acked_from, in_pieces, is_over, unanswered_of


async def receipts_in(runtime: Runtime, stored: Stored) -> tuple[list[Receipt], bool]:
    """Everybody's, by all processes as far as they can be asked; and whether some could not."""
    name, store = stored.record.id, runtime.store
    addressees, told = await store.addressees(name), await store.progress(name, acked_from(stored))
    sent: dict[str, int] = {}
    partial = False
    if any(one.stored_at is None and one.words for one in told):
        seen = await runtime.whereabouts.everybody(stored.record.force)
        sent, partial = {unit.officer: unit.sent_seq for unit in seen.units}, seen.partial
    found: list[Receipt] = []
    breath = Breath()

    def sent_seq(officer: str, record: str) -> int:
        return max(runtime.hub.sent_seq(officer, record), sent.get(officer, 0))

    for some in in_pieces(stored, addressees, told, sent_seq, runtime.clock.now()):
        found += some
        await breath.taken()
    return found, partial


async def unanswered_in(runtime: Runtime, force: str) -> dict[str, list[str]]:
    """Briefing -> who has not answered it after all its steps, those who have waited longest first."""
    climbed = await runtime.store.climbed(Step.DISPATCHER)
    found: dict[str, list[str]] = {}
    for name, stored in (await runtime.store.records(sorted(climbed))).items():
        briefing = stored.record
        if not isinstance(briefing, Briefing) or briefing.force != force or is_over(briefing, runtime.clock.now()):
            continue
        receipts, _ = await receipts_in(runtime, stored)
        waiting = [one.officer for one in unanswered_of(receipts)]
        if waiting:
            found[name] = waiting
    return found
