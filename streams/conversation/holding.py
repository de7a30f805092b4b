"""What a device durably holds of its officer's alerts, and how messages change it: never back a rev, never twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from streams.conversation.messages import Alert, Cancel, Purge, Reset


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert is new, or has a new rev: the officer sees it in ``alert.style``."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Ended:
    """An alert is no longer live. It stays in the history with ``reason``."""

    alert_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Erased:
    """An alert was erased from the device, history included."""

    alert_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """Everything held was replaced by a reset. ``new`` are the alerts that the device had not held in this rev."""

    new: tuple[Alert, ...]
    gone: tuple[str, ...]


Effect: TypeAlias = Shown | Ended | Erased | Replaced


@dataclass(slots=True)
class Holding:
    """One officer's alerts on this device. ``seq`` is the highest sequenced message stored, in the series ``epoch``."""

    epoch: str | None = None
    seq: int = 0
    officer: str | None = None
    alerts: dict[str, Alert] = field(default_factory=dict)
    history: dict[str, Alert] = field(default_factory=dict)
    revs: dict[str, int] = field(default_factory=dict)
    """The newest rev that was applied, also of alerts that have ended."""
    left_out: set[str] = field(default_factory=set)
    """Alerts that a reset took away without a word about them since."""

    def apply(self, message: Alert | Cancel | Purge) -> Effect | None:
        """One sequenced message. None where it says nothing new (a repetition, or an older rev)."""
        if isinstance(message.seq, int):
            self.seq = max(self.seq, message.seq)
        if isinstance(message, Purge):
            return self._erase(message)
        if message.rev <= self.revs.get(message.alert_id, 0):
            self._hold_again(message)
            return None
        self.revs[message.alert_id] = message.rev
        self.left_out.discard(message.alert_id)
        if isinstance(message, Cancel):
            return self._end(message)
        self.alerts[message.alert_id] = message
        self.history.pop(message.alert_id, None)
        return Shown(message)

    def _hold_again(self, message: Alert | Cancel) -> None:
        """A reset that left it out, since he was off duty, took it away; it is said again now, and nothing about it is
        new: it is back on the list, and does not alert."""
        name = message.alert_id
        if isinstance(message, Alert) and name in self.left_out and message.rev == self.revs[name]:
            self.left_out.discard(name)
            self.alerts[name] = message

    def _end(self, message: Cancel) -> Ended | None:
        held = self.alerts.pop(message.alert_id, None)
        if held is None:
            return None
        self.history[message.alert_id] = held
        return Ended(message.alert_id, message.reason)

    def _erase(self, message: Purge) -> Erased | None:
        self.left_out.discard(message.alert_id)
        known = self.alerts.pop(message.alert_id, None) or self.history.pop(message.alert_id, None)
        return Erased(message.alert_id, message.reason) if known else None

    def replace(self, resets: list[Reset]) -> Replaced:
        """The frames of one reset, the last of which had ``more`` false: everything held is replaced. The history too:
        a purge of what is in it may be among what was missed."""
        alerts = {alert.alert_id: alert for reset in resets for alert in reset.alerts}
        same_series = resets[-1].epoch == self.epoch
        before = self.revs if same_series else {}
        new = tuple(alert for key, alert in alerts.items() if alert.rev > before.get(key, 0))
        gone = tuple(key for key in self.alerts if key not in alerts)
        self.history = {}
        self.left_out = ((self.left_out if same_series else set()) | set(gone)) - alerts.keys()
        self.epoch, self.seq, self.alerts = resets[-1].epoch, resets[-1].as_of_seq, alerts
        self.revs = before | {key: alert.rev for key, alert in alerts.items()}
        return Replaced(new, gone)

    def belongs_to(self, officer: str) -> None:
        """Another officer has taken the device: nothing of the last one's stays."""
        if self.officer not in (None, officer):
            self.clear()
        self.officer = officer

    def clear(self) -> None:
        """Nothing stays."""
        self.epoch, self.seq, self.officer = None, 0, None
        self.alerts, self.history, self.revs, self.left_out = {}, {}, {}, set()
