"""``beatline briefing receipts`` and ``verify``: who has a briefing, from a server or the store of this machine"""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.asking import asked as ask
from app.drivers import store_of
from app.errors import CannotStart
from app.pages.receipts import receipts_html, receipts_text
from app.receipt_forms import EVIDENCE, Who, csv_of, evidence_of, is_whole, receipts_document, table_of
from app.settings import settings_of
from geo.clock import HOUR, Instant, SystemClock
from geo.errors import NotFound
from geo.model import Briefing, Officer, Principal, Shift, Stored, Unit
from geo.store.contract import Store
from streams.officers.shifts import ShiftBook
from streams.receipts import Receipt, ReceiptState, acked_from, receipts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for; ``states`` empty: everybody."""

    briefing: str
    format: str = "text"
    states: Sequence[str] = ()
    zone: str = "UTC"

    def __post_init__(self) -> None:
        known = [state.value for state in ReceiptState]
        for state in self.states:
            if state not in known:
                raise CannotStart(f"no state {state[:40]!r}: {', '.join(known)}")


def from_server(url: str, token: str, wish: Wish, out: Path | None) -> None:
    """Asks a server. Raises ServerRefused."""
    path = f"/v1/briefings/{quote(wish.briefing, safe='')}/receipts"
    states = "&".join(f"state={state}" for state in wish.states)
    form = "evidence" if wish.format == "evidence" else "json"
    answer = ask("GET", url, f"{path}?format={form}{'&' if states else ''}{states}", token)
    _give(_text_of(answer.json(), wish), out)


def from_store(data: Path | None, wish: Wish, out: Path | None) -> None:
    """Reads the store of this machine, with the rights of who may read its files. Raises CannotStart, NotFound."""
    _give(_text_of(asyncio.run(_read(data, wish)), wish), out)


def verify(file: Path) -> None:
    """Says whether an evidence export is as it was made. Raises CannotStart where it is not."""
    try:
        export = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise CannotStart(f"{file} is no evidence export: {error}") from error
    evidence = export.get("evidence") if isinstance(export, dict) else None
    if not isinstance(evidence, dict) or evidence.get("format") != EVIDENCE:
        raise CannotStart(f"{file} is no evidence export of receipts ({EVIDENCE})")
    if not is_whole(export):
        raise CannotStart(f"{file} was altered since it was made: its content does not hash to its sha256")
    by, head = evidence["exported_by"], evidence["briefing"]
    print(  # noqa: T201
        f"whole: {head['id']}, {evidence['total']} people, exported {evidence['exported_at']} by {by['id']}"
        f" ({by['role']}), sha256 {export['sha256']}"
    )


# ------------------------------------------------------------------ from the store
async def _read(data: Path | None, wish: Wish) -> dict[str, Any]:
    settings = settings_of(data=data or Path())
    if data is None and not settings.store:
        raise CannotStart("give --data DIR, or --url with --token, or set BEATLINE_STORE")
    store = store_of(settings)
    await store.open()
    try:
        return await _document(store, wish)
    finally:
        await store.close()


async def _document(store: Store, wish: Wish) -> dict[str, Any]:
    stored = (await store.records([wish.briefing])).get(wish.briefing)
    if stored is None or not isinstance(stored.record, Briefing):
        raise NotFound(f"no briefing {wish.briefing[:60]!r}")
    now = SystemClock().now()
    receipts = await _receipts(store, stored, now)
    who = _who(await store.officers([one.officer for one in receipts]), await store.units(), await store.shifts(), now)
    if wish.format == "evidence":
        me = Principal(id=_me(), role="command", force=stored.record.force, expires_at=now + HOUR)
        return evidence_of(await store.versions(wish.briefing), receipts, who, me, now, partial=True)
    shown = [one for one in receipts if not wish.states or one.state.value in wish.states]
    return receipts_document(stored, receipts, shown, who, now, partial=True)


async def _receipts(store: Store, stored: Stored, now: Instant) -> list[Receipt]:
    """What is in a socket's hands the servers know: here it is queued, or unconfirmed."""
    addressees = await store.addressees(stored.record.id)
    told = await store.progress(stored.record.id, acked_from(stored))
    return receipts_of(stored, addressees, told, lambda officer, record: 0, now)


def _who(officers: Sequence[Officer], units: Sequence[Unit], shifts: Sequence[Shift], now: Instant) -> Who:
    book, names = ShiftBook(), {one.id: one.name for one in officers}
    book.put_units(units)
    book.put_shifts(shifts)

    def named(officer: str) -> tuple[str, str]:
        callsign = book.duty_of(officer, now).callsign
        return names.get(officer, ""), callsign if callsign != officer else ""

    return named


def _me() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


# ------------------------------------------------------------------ what is given
def _text_of(document: dict[str, Any], wish: Wish) -> str:
    match wish.format:
        case "csv":
            return csv_of(document)
        case "html":
            return receipts_html(table_of(document, wish.zone))
        case "text":
            return receipts_text(table_of(document, wish.zone))
        case _:
            return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _give(text: str, out: Path | None) -> None:
    """Into the file, that only its owner can read, or onto the screen."""
    if out is None:
        print(text, end="")  # noqa: T201
        return
    out.touch(0o600)
    out.chmod(0o600)
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    print(f"written to {out}")  # noqa: T201
