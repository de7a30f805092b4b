"""What the terminal handset shows: the alerts with their reasons, strongest first, and one line for each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.people.handset import Link, LinkChanged
from app.people.officer_words import KEY_HELP
from geo.clock import Instant, parse_instant
from streams.conversation.device import Event
from streams.conversation.holding import Ended, Erased, Replaced, Shown
from streams.conversation.messages import (
    Alert,
    BriefingDocument,
    CaughtUp,
    Confirmed,
    Error,
    Ready,
    StatusReport,
    Style,
)

_ORDER = {Style.INTERRUPT: 0, Style.NOTIFY: 1, Style.MAP: 2}
_COLOUR = {Style.INTERRUPT: "bold white on red", Style.NOTIFY: "bold yellow", Style.MAP: "cyan"}
_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
NARROW = 100


@dataclass(slots=True)
class Desk:
    """What the screen is drawn from."""

    officer: str = ""
    link: str = "connecting"
    status: str = ""
    position: str = "none"
    typing: str | None = None
    now: Instant = 0
    alerts: list[Alert] = field(default_factory=list)
    answered: dict[str, str] = field(default_factory=dict)
    news: list[str] = field(default_factory=list)


def in_order(alerts: Sequence[Alert]) -> list[Alert]:
    """As an officer reads them: by style, priority, newest."""
    newest = sorted(alerts, key=lambda alert: alert.issued_at, reverse=True)
    return sorted(newest, key=lambda alert: (_ORDER[alert.style], alert.priority))


def where(alert: Alert) -> str:
    """``340 m NE``, or the words of the place, or nothing."""
    if alert.distance_m is None:
        return alert.place_text
    metres = alert.distance_m
    text = f"{round(metres, -1):.0f} m" if metres < 1_000 else f"{metres / 1_000:.1f} km"
    if alert.bearing_deg is not None and metres > 0:
        text += f" {_POINTS[round(alert.bearing_deg / 45) % 8]}"
    return text


def why(alert: Alert) -> str:
    """The reasons, strongest first, as the server said them."""
    return ", ".join(reason.text for reason in alert.why)


def age(alert: Alert, now: Instant) -> str:
    """How long ago it was said; nothing before the server's time is known."""
    if not now:
        return ""
    seconds = max(0, (now - parse_instant(alert.issued_at)) // 1_000_000)
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min" if seconds < 3_600 else f"{seconds // 3_600} h"


def line_of(event: Event | LinkChanged) -> str | None:
    """One event as a line of plain text; None for what an officer need not read."""
    match event:
        case Shown():
            return alert_line(event.alert)
        case Replaced():
            return f"RESET    {len(event.new)} alerts, {len(event.gone)} gone"
        case Ended():
            return f"ENDED    {event.alert_id} ({event.reason.replace('_', ' ')})"
        case Erased():
            return f"ERASED   {event.alert_id} ({event.reason.replace('_', ' ')})"
        case Confirmed():
            return f"CONFIRMED {event.key}"
        case StatusReport():
            shift = f", beat {event.shift.beat or '-'}" if event.shift else ""
            return f"STATUS   {event.status.value}, position {event.position}{shift}"
        case Error():
            return f"REFUSED  {event.message}"
        case Ready():
            return f"READY    {event.officer.id} ({event.mode})"
        case LinkChanged(link, word, after_s):
            again = f", again in {after_s:.1f} s" if link is Link.WAITING else ""
            return f"LINK     {link.value}{f' ({word})' if word else ''}{again}"
        case CaughtUp() | BriefingDocument():
            return None
    return None


def alert_line(alert: Alert) -> str:
    """An alert on one line of plain text, with its reasons."""
    head = f"{alert.style.value.upper():<10}P{alert.priority} {alert.title}"
    return " | ".join(part for part in (head, where(alert), why(alert)) if part) + f" [{alert.alert_id}]"


def drawn(desk: Desk, height: int = 24, width: int = 120) -> RenderableType:
    """The whole screen."""
    head = Text.from_markup(
        f" [b]{escape(desk.officer or 'officer')}[/]   {escape(desk.status or 'status unknown')}   position "
        f"{escape(desk.position)}   [{'green' if desk.link == 'live' else 'red'}]{escape(desk.link)}[/]"
    )
    rows = max(3, (height - 10) // (1 if width >= NARROW else 2))
    foot = Text.from_markup(f": {escape(desk.typing)}▏" if desk.typing is not None else KEY_HELP)
    news = Text("\n".join(desk.news[-4:]), style="dim", overflow="ellipsis", no_wrap=True)
    return Group(Panel(head, title="Beatline", height=3), _table(desk, rows, width), news, foot)


def _table(desk: Desk, rows: int, width: int) -> Table:
    table = Table(expand=True, box=None, pad_edge=False)
    for heading in ("#", "", "what", "where", "age") + (("why",) if width >= NARROW else ()) + ("answer",):
        table.add_column(heading, no_wrap=heading != "what", overflow="ellipsis")
    for number, alert in enumerate(desk.alerts[:rows], 1):
        what = Text(alert.title)
        if alert.hazards:
            what.append(f"  {', '.join(alert.hazards)}", style="red")
        reasons = why(alert)
        if width < NARROW and reasons:
            what.append(f"\n{reasons}", style="dim")
        cells: list[RenderableType] = [str(number), Text(alert.style.value, style=_COLOUR[alert.style]), what]
        cells += [where(alert), age(alert, desk.now)] + ([Text(reasons)] if width >= NARROW else [])
        waits = "MUST ACK" if alert.must_ack else ""
        table.add_row(*cells, desk.answered.get(alert.alert_id, waits))
    if not desk.alerts:
        table.add_row("", "", Text("nothing that matters to you here and now", style="dim"))
    elif len(desk.alerts) > rows:
        table.add_row("", "", Text(f"and {len(desk.alerts) - rows} more", style="dim"))
    return table
