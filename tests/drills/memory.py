"""What a device keeps through switching off and on, and what it makes of each message: written from PROTOCOL.md alone.

Nothing here is taken from the product: where both read the protocol wrongly, they should at least not do so together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.drills.ledger import Event, Gone, Left, Shown, read_mark

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Message: TypeAlias = Mapping[str, "Json"]


def text_of(message: Message, name: str) -> str:
    value = message.get(name)
    return value if isinstance(value, str) else ""


def int_of(message: Message, name: str) -> int:
    value = message.get(name)
    return value if isinstance(value, int) else 0


@dataclass(slots=True)
class Memory:
    """``epoch``, ``seq``, ``held`` and ``revs`` outlive a connection; ``last``, ``to_ack`` and ``gap`` are of one."""

    epoch: str | None = None
    seq: int = 0
    held: dict[str, int] = field(default_factory=dict)
    """alert_id -> the drill's number of it: what is on the screen as live."""
    revs: dict[str, int] = field(default_factory=dict)
    """alert_id -> the highest rev applied, also of what has ended."""
    last: int | None = None
    """The last sequenced message of this connection."""
    to_ack: int | None = None
    gap: bool = False
    """Something sent on this connection did not arrive: resume."""
    pages: list[Message] = field(default_factory=list)
    """Of a reset that is not complete yet."""

    def connected(self) -> None:
        """A new connection begins."""
        self.last = self.to_ack = None
        self.gap = False
        self.pages.clear()

    def erase(self) -> None:
        """4403: nothing stays."""
        self.epoch, self.seq = None, 0
        self.held.clear()
        self.revs.clear()

    def take(self, message: Message, t: float) -> list[Event]:
        """A message that is stored here -> what changes on the screen. What is no such message changes nothing."""
        match message.get("type"):
            case "alert" | "cancel" | "purge":
                return self._sequenced(message, t)
            case "reset":
                self.pages.append(message)
                return [] if message.get("more") else self._replaced(t)
            case "heartbeat_ack":
                self.gap = self.gap or int_of(message, "sent_seq") != (self.last or 0)
        return []

    # ------------------------------------------------------------------ live and replayed
    def _sequenced(self, message: Message, t: float) -> list[Event]:
        seq, before = int_of(message, "seq"), message.get("prev_seq")
        if seq == before and self.last in (None, seq):
            return self._apply(message, 0, t)  # said before it could be recorded: nothing new to acknowledge
        if before != self.last:
            self.gap = True
            return []
        self.last = self.to_ack = seq
        self.seq = max(self.seq, seq)
        return self._apply(message, seq, t)

    def _apply(self, message: Message, seq: int, t: float) -> list[Event]:
        kind, alert_id, rev = message.get("type"), text_of(message, "alert_id"), int_of(message, "rev")
        if kind == "alert":
            return self._show(message, alert_id, rev, seq, t)
        if kind == "cancel":
            if rev < self.revs.get(alert_id, 0):
                return []
            self.revs[alert_id] = rev
        return self._remove(alert_id, Left.CANCEL if kind == "cancel" else Left.PURGE, text_of(message, "reason"), t)

    def _show(self, alert: Message, alert_id: str, rev: int, seq: int, t: float) -> list[Event]:
        if rev <= self.revs.get(alert_id, 0):
            return []
        number, version = read_mark(text_of(alert, "title"), text_of(alert, "text")) or (0, 0)
        self.revs[alert_id], self.held[alert_id] = rev, number
        style = text_of(alert, "style")
        return [Shown(t, self.epoch or "", number, version, rev, seq, style, alert_id)]

    def _remove(self, alert_id: str, how: Left, reason: str, t: float) -> list[Event]:
        number = self.held.pop(alert_id, None)
        if number is None:
            return []
        return [Gone(t, self.epoch or "", number, how, reason, alert_id)]

    # ------------------------------------------------------------------ a reset
    def _replaced(self, t: float) -> list[Event]:
        pages, self.pages = self.pages, []
        epoch, self.seq = text_of(pages[-1], "epoch"), int_of(pages[-1], "as_of_seq")
        self.to_ack = self.seq
        events: list[Event] = []
        if epoch != self.epoch:
            # Another store's revs and ids mean nothing: it is as if nothing had been held.
            self.epoch = epoch
            self.held.clear()
            self.revs.clear()
        alerts = [alert for page in pages for alert in _alerts_of(page)]
        listed = {text_of(alert, "alert_id") for alert in alerts}
        for alert_id in [one for one in self.held if one not in listed]:
            events += self._remove(alert_id, Left.RESET, "", t)
        for alert in alerts:
            alert_id, rev = text_of(alert, "alert_id"), int_of(alert, "rev")
            if rev == self.revs.get(alert_id) and alert_id not in self.held:
                number, _ = read_mark(text_of(alert, "title"), text_of(alert, "text")) or (0, 0)
                self.held[alert_id] = number
            events += self._show(alert, alert_id, rev, 0, t)
        return events


def _alerts_of(page: Message) -> list[Message]:
    alerts = page.get("alerts")
    return [one for one in alerts if isinstance(one, dict)] if isinstance(alerts, list) else []
