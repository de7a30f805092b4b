"""A patrol briefing is given: compiled, made to fit, disclosed, and only then shown, whichever way it goes"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from geo.clock import Clock
from geo.model import Principal
from geo.store.briefing_rows import PatrolItem, PatrolRow
from geo.store.contract import Store
from streams.briefing import Asked
from streams.patrol.document import PatrolBriefing
from streams.patrol.fitting import fitted

OFFICER = "officer"
"""The role whose briefings are corrected: of the others nobody knows a device."""
Compile: TypeAlias = Callable[[Principal, Asked], Awaitable[PatrolBriefing]]
Render: TypeAlias = Callable[[PatrolBriefing], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Given:
    """What may be shown, since it is on record. ``document`` is the briefing in plain values, ``digest`` what the
    disclosure is filed under. ``series`` is (epoch, seq) of the officer's series from before it was compiled: whatever
    corrects it is numbered later. None: no device of his was ever here."""

    briefing: PatrolBriefing
    document: dict[str, Any]
    digest: str
    series: tuple[str, int] | None


class Giving:
    """``written`` is called when a disclosure is durable: the live path looks, and other processes are told to."""

    def __init__(
        self,
        store: Store,
        compile: Compile,
        render: Render,
        digest: Callable[[dict[str, Any]], str],
        clock: Clock,
        written: Callable[[], None],
    ) -> None:
        self._store, self._compile, self._render, self._digest = store, compile, render, digest
        self._clock, self._written = clock, written

    async def give(self, reader: Principal, asked: Asked, most_bytes: int | None = None, actor: str = "") -> Given:
        """``most_bytes``: as JSON, where the way to the reader is that narrow. ``actor``: who asks, where it is not the
        reader himself. Raises BadBriefing and StoreUnavailable,
        and then nothing may be shown."""
        is_officer = reader.role == OFFICER
        heads = await self._store.heads([reader.id]) if is_officer else []
        briefing = await self._compile(reader, asked)
        if most_bytes is not None:
            briefing = fitted(briefing, self._render, most_bytes)
        briefing = replace(briefing, id=_id_of(reader, asked, briefing))
        document = self._render(briefing)
        digest = self._digest(document)
        await self._store.disclose(self._row(reader, briefing, digest, actor or reader.id))
        if is_officer:
            self._written()
        series = (heads[0].epoch, heads[0].seq) if heads else None
        return Given(briefing, document, digest, series)

    def _row(self, reader: Principal, briefing: PatrolBriefing, digest: str, actor: str) -> PatrolRow:
        return PatrolRow(
            id=briefing.id,
            officer=reader.id if reader.role == OFFICER else "",
            actor=actor,
            force=briefing.force,
            beat=briefing.beat,
            start=briefing.start,
            until=briefing.until,
            since=briefing.since,
            at=briefing.compiled_at,
            policy=briefing.policy,
            digest=digest,
            items=items_of(briefing),
        )


def items_of(briefing: PatrolBriefing) -> tuple[PatrolItem, ...]:
    """The records that it shows."""
    return tuple(
        PatrolItem(item.record, item.version, item.section.value, item.number)
        for item in briefing.items
        if item.record is not None
    )


def _id_of(reader: Principal, asked: Asked, briefing: PatrolBriefing) -> str:
    """The same request with the same content is the same briefing, disclosed once: an answer may be lost on its way.
    With other content it is another disclosure, and has another id."""
    request = asked.request or str(briefing.compiled_at)
    shown = [f"{item.record}/{item.version}/{item.number}" for item in items_of(briefing)]
    span = (briefing.force, briefing.beat, str(briefing.start), str(briefing.until))
    told = "\0".join((reader.role, reader.force, reader.id, request, *span, *shown))
    return f"pat-{hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
