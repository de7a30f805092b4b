"""The demo in the terminal: live on a screen, a line for each event in a log, and the summary."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.bench.report import quantile
from app.demo.packs import Pack
from app.demo.tally import DemoTally, Incoming, Told
from geo.clock import Instant, datetime_of
from geo.model import Grade

_GRADES = {Grade.EMERGENCY: "bold red", Grade.PRIORITY: "yellow", Grade.STANDARD: "", Grade.ROUTINE: "dim"}
_RULES = {
    "below_threshold": "not relevant enough",
    "style": "to the map only, or held, for what he is doing",
    "budget": "over the budget",
    "on_delay": "not near for long enough",
    "no_repeat": "told already",
}
_STYLES = {"interrupt": "bold white on red", "notify": "bold yellow", "map": "cyan"}


def local(at: Instant, pack: Pack) -> str:
    """The clock on the wall there."""
    moment: datetime = datetime_of(at).astimezone(ZoneInfo(pack.zone))
    return moment.strftime("%H:%M:%S")


def drawn(pack: Pack, tally: DemoTally, live: int, speed: float, height: int = 30) -> RenderableType:
    """The whole screen."""
    rows = max(3, (height - 13) // 2)
    head = Text(f" {pack.title}", style="bold")
    head.append(f"    {local(tally.now, pack) if tally.now else '--:--:--'}  x{speed:g}", style="bold green")
    head.append(f"    {live}/{tally.officers} officers on real WebSockets\n ")
    head.append(" ".join(pack.notes), style="dim" if pack.measured else "bold magenta")
    return Group(
        Panel(head, title="Beatline demo", subtitle="Ctrl-C ends it", height=5 if pack.measured else 6),
        Panel(_incoming(pack, list(tally.incoming)[-rows:]), title="goes in"),
        Panel(_told(pack, list(tally.told)[-rows:]), title="takes whose attention, and why"),
        Panel(Text("\n".join(figures(pack, tally))), title="so far"),
    )


def _incoming(pack: Pack, items: Iterable[Incoming]) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in range(4):
        table.add_column(no_wrap=True, overflow="ellipsis")
    for item in items:
        record = item.record
        word = record.grade.value if item.fresh else record.status.value
        place = record.place_text or (record.beat or "" if record.place else "no place given")
        table.add_row(local(item.at, pack), Text(word, style=_GRADES[record.grade] if item.fresh else "dim"),
                      Text(record.title), Text(place, style="dim"))  # fmt: skip
    return table


def _told(pack: Pack, items: Iterable[Told]) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    for ratio in (None, None, None, 1):
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
    for item in items:
        style = item.alert.style.value
        table.add_row(local(item.at, pack), item.officer, Text(style, style=_STYLES[style]), Text(item.line))
    return table


def figures(pack: Pack, tally: DemoTally) -> list[str]:
    """The counts, in four lines."""
    styles, kept = tally.styles, sorted(tally.kept_away.items(), key=lambda item: -item[1])
    wait = [1e3 * quantile(tally.latencies_s, share) for share in (0.5, 0.99)]
    fast = (
        f"p50 {wait[0]:.0f} ms, p99 {wait[1]:.0f} ms ({len(tally.latencies_s)} alerts)" if wait[0] == wait[0] else "-"
    )
    lines = [
        f"in: {tally.new} records, {tally.changed} changes"
        + (f", {tally.refused} refused" if tally.refused else "")
        + f"   out: {styles['interrupt']} interrupt, {styles['notify']} notify, {styles['map']} map"
        f"   ended: {tally.people.ended}   acknowledged: {tally.people.answered}",
        "kept away: "
        + (
            ", ".join(f"{count} {_RULES.get(rule, rule.replace('_', ' '))}" for rule, count in kept[:8])
            or "nothing yet"
        ),
        f"from the server's 201 to the device: {fast}",
    ]
    if pack.measured and tally.officer_hours > 0:
        lines.append(
            f"interruptions an officer-hour: {styles['interrupt'] / tally.officer_hours:.2f}; if everything within "
            f"1 km interrupted: {tally.naive / tally.officer_hours:.2f}"
        )
    return lines


def incoming_line(pack: Pack, item: Incoming) -> str:
    """For a log."""
    record = item.record
    word = record.grade.value if item.fresh else record.status.value
    return f"{local(item.at, pack)}  IN    {word:<9} {record.title}  {record.place_text}".rstrip()


def told_line(pack: Pack, item: Told) -> str:
    """For a log."""
    return f"{local(item.at, pack)}  TOLD  {item.alert.style.value:<9} {item.officer}: {item.line}"


def summary(pack: Pack, tally: DemoTally, wall_s: float) -> str:
    """What the demo has shown, in plain text."""
    told = sum(tally.styles.values())
    pairs = max(1, tally.officers * max(1, tally.new))
    lines = [
        "",
        f"{pack.title}: {tally.officers} officers, {tally.officer_hours:.1f} officer-hours in {wall_s:.0f} s",
        *(f"  {note}" for note in pack.notes),
        *figures(pack, tally),
        f"of {pairs:,} record x officer pairs, {told:,} were told ({100 * told / pairs:.1f} %), "
        f"{tally.styles['interrupt']:,} of them as an interruption",
    ]
    if tally.people.drops:
        lines.append(f"connections dropped: {tally.people.drops}, all resumed by themselves unless said above")
    return "\n".join(lines)
