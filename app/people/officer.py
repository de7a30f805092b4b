"""`beatline officer`: a terminal handset. Alerts with their reasons, one key to acknowledge, position, emergency."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.live import Live

from app.errors import CannotStart
from app.people.handset import Handset, Link, LinkChanged, Shelf
from app.people.movement import Mover, Shifted, Standing, read_traces
from app.people.officer_screen import Desk, alert_line, drawn, in_order, line_of
from app.people.officer_words import (
    HELP,
    KEYS,
    Answer,
    CancelEmergency,
    Emergency,
    Go,
    Move,
    Quit,
    Show,
    Unknown,
    wish_of,
)
from geo.clock import SystemClock
from geo.errors import BadPlace
from geo.model import Disposition, UnitStatus
from geo.place import check_lon_lat
from streams.conversation.device import Event
from streams.conversation.holding import Ended, Erased, Replaced, Shown
from streams.conversation.messages import Error, Ready, StatusReport

POSITION_EVERY_S = 5.0


def main(
    url: str,
    token: str,
    device: str | None = None,
    trace: Path | None = None,
    unit: str | None = None,
    lon: float | None = None,
    lat: float | None = None,
    status: UnitStatus = UnitStatus.AVAILABLE,
    keep: Path | None = None,
) -> None:
    """Runs until it is quit. On a terminal with keys; otherwise commands are read from stdin, a line each. Raises
    CannotStart where the server ended it for good."""
    handset = TerminalHandset(url, token, device, way(trace, unit, lon, lat), status, keep)
    asyncio.run(handset.run())
    if handset.refusal is not None:
        raise CannotStart(f"{url} ended it: {handset.refusal}")


def way(trace: Path | None, unit: str | None, lon: float | None, lat: float | None) -> Mover | None:
    """Where the officer is: on a trace from its beginning, or where he says. Raises BadPlace, BadTrace."""
    if trace is not None:
        known = read_traces(trace)
        chosen = known.get(unit) if unit else next(iter(known.values()), None)
        if chosen is None:
            raise BadPlace(f"no unit {unit!r} in {trace.name}: there are {', '.join(list(known)[:10]) or 'none'}", "")
        return Shifted(chosen, chosen.start - SystemClock().now())
    if lon is None or lat is None:
        return None
    check_lon_lat(lon, lat)
    return Standing(lon, lat)


class TerminalHandset:
    """A handset, what its screen shows, and what its keys do."""

    def __init__(
        self,
        url: str,
        token: str,
        device: str | None,
        mover: Mover | None,
        status: UnitStatus,
        keep: Path | None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        shelf = Shelf(keep) if keep else None
        self.handset = Handset(url, token, self.told, device_id=device, app="beatline-officer", shelf=shelf)
        self.handset.status = status
        self.desk = Desk()
        self.done = asyncio.Event()
        self.refusal: str | None = None
        """Why the server ended it for good, where it did."""
        self._mover, self._say, self._seen = mover, say, set[tuple[str, int]]()
        self._emergency: str | None = None
        self._shown: list[str] = []

    # ------------------------------------------------------------------ what happens
    def told(self, event: Event | LinkChanged) -> None:
        match event:
            case LinkChanged(link, word):
                self.desk.link = link.value
                if link is Link.LIVE:
                    self._send_position()
                elif link is Link.STOPPED:
                    self.refusal = word or "the connection is not wanted"
                    self.done.set()
            case Ready():
                self.desk.officer = event.officer.callsign or event.officer.id
            case StatusReport():
                self.desk.status, self.desk.position = event.status.value, event.position
            case Shown() | Replaced() | Ended() | Erased() | Error():
                self._arrange()
        if (line := line_of(event)) is not None:
            self._report(line)
        for alert in event.new if isinstance(event, Replaced) else ():
            self._report(alert_line(alert))

    def _arrange(self) -> None:
        self.desk.alerts = in_order(tuple(self.handset.session.holding.alerts.values()))
        self._shown = [alert.alert_id for alert in self.desk.alerts]
        for alert in self.desk.alerts:
            if (alert.alert_id, alert.rev) not in self._seen:
                self._seen.add((alert.alert_id, alert.rev))
                self.handset.seen(alert.alert_id)

    def _report(self, line: str) -> None:
        self.desk.news = [*self.desk.news[-50:], line]
        if self._say is not None:
            self._say(line)

    # ------------------------------------------------------------------ what he wants
    def obey(self, line: str) -> None:
        """A typed command, or a key's."""
        match wish_of(line):
            case Answer(number, choice):
                self._answer(number, choice)
            case Move(lon, lat):
                self._stand(lon, lat)
            case Go(status):
                self.handset.go(status)
            case Emergency(text):
                self._call_for_help(text)
            case CancelEmergency():
                self._cancel()
            case Show():
                for number, alert in enumerate(self.desk.alerts, 1):
                    self._report(f"{number:>3} {alert_line(alert)}")
            case Quit():
                self.done.set()
            case Unknown(word):
                self._report(word)

    def _answer(self, number: int, choice: Disposition) -> None:
        waiting = [alert_id for alert_id in self._shown if alert_id not in self.desk.answered]
        if number > len(self._shown) or (number == 0 and not waiting):
            self._report("no such alert" if number else "nothing waits for an answer")
            return
        alert = self._shown[number - 1] if number else waiting[0]
        self.handset.respond(alert, choice)
        self.desk.answered[alert] = choice.value

    def _stand(self, lon: float, lat: float) -> None:
        try:
            check_lon_lat(lon, lat)
        except BadPlace as error:
            self._report(str(error))
            return
        self._mover = Standing(lon, lat)
        self._send_position()

    def _call_for_help(self, text: str | None) -> None:
        fix = self._mover.fix(self.handset.server_now()) if self._mover else None
        self._emergency = self.handset.emergency(fix.lon if fix else None, fix.lat if fix else None, text)
        self._report("EMERGENCY sent, said again until it is confirmed")

    def _cancel(self) -> None:
        if self._emergency is None:
            self._report("no emergency of this handset to cancel")
            return
        self.handset.cancel_emergency(self._emergency)
        self._emergency = None

    def _send_position(self) -> None:
        if self._mover is None or not self.handset.knows_the_time:
            return
        fix = self._mover.fix(self.handset.server_now())
        if fix is not None:
            self.handset.move(fix)

    # ------------------------------------------------------------------ the two ways to run it
    async def run(self) -> None:
        """On a terminal a screen, otherwise lines in and lines out."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.done.set)
        walking = asyncio.create_task(self._walk())
        self.handset.start()
        try:
            if sys.stdin.isatty() and sys.stdout.isatty():
                await self._on_screen()
            else:
                await self._in_lines()
        finally:
            walking.cancel()
            self.handset.stop()
            await asyncio.sleep(0.1)

    async def _walk(self) -> None:
        while True:
            await asyncio.sleep(POSITION_EVERY_S)
            self._send_position()

    async def _in_lines(self) -> None:
        self._say = self._say or _print
        self._say(f"commands: {HELP}")
        reading = asyncio.create_task(self._read_lines())
        await self.done.wait()
        reading.cancel()

    async def _read_lines(self) -> None:
        async for line in stdin_lines():
            if line.strip():
                self.obey(line)
        # end of the commands is not the end of the watch: Ctrl-C or a closed connection ends it

    async def _on_screen(self) -> None:
        console = Console()
        with raw_keys(self._key), Live(console=console, screen=True, auto_refresh=False) as live:
            while not self.done.is_set():
                self.desk.now = self.handset.server_now() if self.handset.knows_the_time else 0
                live.update(drawn(self.desk, console.height, console.width), refresh=True)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.done.wait(), 0.1)

    def _key(self, key: str) -> None:
        typing = self.desk.typing
        if typing is None:
            if key == ":":
                self.desk.typing = ""
            elif key in KEYS:
                self.obey(KEYS[key])
        elif key in ("\r", "\n"):
            self.desk.typing = None
            self.obey(typing)
        elif key in ("\x1b", "\x03"):
            self.desk.typing = None
        elif key in ("\x7f", "\b"):
            self.desk.typing = typing[:-1]
        elif key.isprintable():
            self.desk.typing = typing + key


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def stdin_lines() -> AsyncIterator[str]:
    """The lines of stdin as they come, also from a file, without a thread that would outlive the loop."""
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or sys.stdin.isatty()):
        for line in sys.stdin:  # a plain file, or /dev/null, cannot be waited for, and need not be
            yield line
        return
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line_bytes := await reader.readline():
        yield line_bytes.decode(errors="replace")


@contextlib.contextmanager
def raw_keys(pressed: Callable[[str], None]) -> Iterator[None]:
    """Calls ``pressed`` for each key of the terminal, until the end of the block, which puts the terminal back."""
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    loop = asyncio.get_running_loop()
    tty.setcbreak(terminal)

    def read() -> None:
        for key in os.read(terminal, 256).decode(errors="replace"):
            pressed(key)

    loop.add_reader(terminal, read)
    try:
        yield
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
