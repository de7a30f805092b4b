"""How far the store had come when this install last saw it, kept in the data folder: shows a store that was put back.

Restoring a database or a failover changes the epoch by itself. Putting files back to an earlier state does not; but
then the store has come less far than it had, and whoever remembers that draws the epoch anew, so that no device's
number of before is trusted. A data folder that was put back together with its store remembers nothing: that is what
``beatline migrate --restored`` is for.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from geo.errors import StoreError
from geo.store.contract import Store

log = structlog.get_logger("beatline")

NAME = "store-mark.json"
EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Which store it was, and how far it had come."""

    epoch: str
    position: int


def read_mark(folder: Path) -> Mark | None:
    """The mark of last time; None where there is none that can be read."""
    try:
        found = json.loads((folder / NAME).read_text())
        return Mark(str(found["epoch"]), int(found["position"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_mark(folder: Path, mark: Mark) -> None:
    """Writes it, whole or not at all; another process of this install may have seen more by now."""
    known = read_mark(folder)
    if known is not None and known.epoch == mark.epoch and known.position >= mark.position:
        return
    draft = folder / f"{NAME}.{secrets.token_hex(4)}"  # in containers every process is number one
    try:
        draft.write_text(json.dumps(asdict(mark)) + "\n")
        draft.replace(folder / NAME)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise


async def recognise(store: Store, folder: Path) -> bool:
    """Called with a store that was just opened -> whether it was put back, and so is another one from now on."""
    mark, (epoch, position) = read_mark(folder), await store.position()
    older = mark is not None and mark.epoch == epoch and position < mark.position
    if older:
        epoch = await store.was_restored(epoch)
        log.warning("the store was put back to an earlier state: the epoch is another one, every device starts anew")
    try:
        keep_mark(folder, Mark(epoch, position))
    except OSError as error:  # the store is well: that is no reason not to serve
        log.warning("how far the store has come cannot be kept in the data folder", error=str(error))
    return older


async def note(store: Store, folder: Path) -> None:
    """Keeps how far the store has come; a store that is away is looked at next time, and a full disk is no reason."""
    with suppress(StoreError, OSError):
        keep_mark(folder, Mark(*await store.position()))


async def keep_noting(store: Store, folder: Path, every_s: float = EVERY_S) -> None:
    """Until it is cancelled."""
    while True:
        await asyncio.sleep(every_s)
        await note(store, folder)
