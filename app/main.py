"""The sole composition root: chooses the drivers, puts the parts together, and runs them as one process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import resource
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from types import FrameType
from typing import Any

import numpy as np
import structlog
import uvicorn

from app import logs, measuring, memory, policy_in_force, store_mark
from app.api.assembly import assemble
from app.console_socket import CONSOLE_PATH, console_door
from app.drivers import area_of, greet_redis, hints_of, store_of, whereabouts_of
from app.errors import CannotStart
from app.identity import Issuer
from app.leaving import Leaving
from app.metrics import Metrics
from app.pace import Pace
from app.pages.forms import as_json, digest
from app.runtime import Runtime
from app.settings import Settings
from app.together import Together
from app.websocket import device_protocol
from geo.clock import SECOND, Clock, ScaledClock, SyncedClock, SystemClock
from geo.codebook import Codebooks
from geo.marking import Clearance
from geo.model import Principal, Verdict
from geo.picture import LivePicture
from streams.briefing import Asked, Compiler
from streams.console.board import Board
from streams.console.room import Room
from streams.console.telling import Telling
from streams.delivery.hub import Hub
from streams.delivery.journal import Journal
from streams.giving import Giving
from streams.officers.situations import Situations
from streams.pipeline import Delivered, Pipeline
from streams.relevance.in_force import InForce
from streams.relevance.policy import load_policy
from streams.whereabouts.sharing import Sharing, last_fix, seen_elsewhere, share_for_ever

log = structlog.get_logger("beatline")

BACKLOG = 4_096
"""Connections that may wait to be accepted: 10,000 devices that were cut off at once come back at once."""
DRAIN_S = 5
"""How long open requests may take to end once the server is told to stop."""
FRESH = 60 * SECOND
"""An alert this soon after its record was written came from the writing: only those count as fan-out lag."""


# --------------------------------------------------------------------------- putting it together
def build(settings: Settings, clock: Clock | None = None) -> Runtime:
    """All parts of one server, not running yet. Raises CannotStart, PolicyError, BadMarking."""
    issuer, policy = Issuer.open(settings.data), load_policy(settings.policy)
    synced = SyncedClock(ScaledClock(SystemClock().now(), 1.0)) if clock is None else None
    if synced is not None:
        issuer.clock_s = lambda: synced.now() / SECOND
    clock = clock or synced or SystemClock()
    store, books, metrics = store_of(settings, clock), Codebooks(), Metrics()
    picture, situations = LivePicture(books), Situations(books)
    node = f"{settings.node or 'node'}-{secrets.token_hex(4)}"  # never used again: ticks and leases go by it

    def deliver(batch: Sequence[Delivered]) -> None:
        hub.deliver(batch)
        runtime.consoles.telling.delivered(batch)
        _count(runtime, batch)

    pipeline = TimedPipeline(store, picture, situations, policy, clock, node, deliver)
    pipeline.metrics = metrics
    hints = hints_of(settings)
    whereabouts = whereabouts_of(settings, node, clock)
    hub = Hub(
        store,
        pipeline,
        issuer.verify,
        clock,
        node,
        journal=Journal(settings.data / "journal", node),
        auth_clock=synced,
        tell=hints.publish,
    )
    hub.recall = partial(last_fix, whereabouts)
    hub.elsewhere.fresher = partial(seen_elsewhere, whereabouts, node, clock)
    runtime = Runtime(
        settings=settings,
        clock=clock,
        store=store,
        picture=picture,
        situations=situations,
        pipeline=pipeline,
        in_force=InForce(pipeline.policy_changed),
        hub=hub,
        hints=hints,
        issuer=issuer,
        metrics=metrics,
        pace=Pace(settings.requests_per_s),
        ceiling=Clearance.parse(settings.ceiling),
        whereabouts=whereabouts,
        sharing=Sharing(situations, node, hub.handed),
        area=area_of(settings.area),
    )
    pipeline.following.policy_came = runtime.in_force.take
    embedded = not settings.store
    runtime.together = Together(store, pipeline, hub, hints, clock, synced, runtime.begin_anew, embedded)
    runtime.consoles = _control_room(runtime, synced)
    runtime.giving = _briefings(runtime)
    measuring.watch(runtime)
    runtime.api = assemble(runtime)
    return runtime


def _briefings(runtime: Runtime) -> Giving:
    """Patrol briefings over HTTP and on the device socket; what has changed of a beat is gathered anew."""
    picture, store, clock = runtime.picture, runtime.store, runtime.clock
    compiler = Compiler(store, lambda: runtime.policy, clock, runtime.settings.zone, picture.tasked)
    runtime.pipeline.following.took = compiler.wrote
    giving = Giving(store, compiler.briefing, as_json, digest, clock, runtime.written)

    async def give(reader: Principal, asked: Asked, most_bytes: int) -> dict[str, Any]:
        return (await giving.give(reader, asked, most_bytes)).document

    runtime.hub.briefings.give = give
    return giving


def _control_room(runtime: Runtime, auth_clock: Clock | None) -> Room:
    """What consoles are shown, fed from this process's picture, from what comes back, and from hints."""
    hub, telling = runtime.hub, Telling(runtime.hints.publish)
    board, verify, clock = Board(runtime.picture), runtime.issuer.verify, runtime.clock
    room = Room(
        runtime.store,
        board,
        runtime.whereabouts,
        telling,
        hub.sent_seq,
        verify,
        clock,
        hub.node,
        auth_clock=auth_clock,
        who=runtime.who,
    )
    hub.on_written(telling.answered)
    runtime.pipeline.following.progressed = room.progressed
    runtime.together.listeners.append(room.hear)
    return room


def sockets_of(runtime: Runtime) -> type[asyncio.Protocol]:
    """The WebSockets of this process, for uvicorn's ``ws`` setting: devices and consoles."""
    return device_protocol(runtime.hub, {CONSOLE_PATH: console_door(runtime.consoles)})


class TimedPipeline(Pipeline):
    """The path, with each pass through it timed."""

    metrics: Metrics

    async def tick(self) -> None:
        with self.metrics.tick_s.time():
            await super().tick()


def _count(runtime: Runtime, batch: Sequence[Delivered]) -> None:
    """A tick's fan-outs, all columns in one piece: a shift begins with thousands of small ones."""
    runtime.busy_at_s = time.monotonic()
    now, metrics = runtime.clock.now(), runtime.metrics
    if not batch:
        return
    names = batch[0].fanout.rule_names
    verdict = np.concatenate([item.fanout.verdict for item in batch])
    rule = np.concatenate([item.fanout.rule for item in batch])
    owed = np.concatenate([item.seqs for item in batch]) > 0
    decided = np.bincount(verdict.astype(np.int64) * len(names) + rule, minlength=len(Verdict) * len(names))
    for code in np.flatnonzero(decided).tolist():
        metrics.decided.labels(Verdict(code // len(names)).text, names[code % len(names)]).inc(int(decided[code]))
    told = np.bincount(verdict[owed], minlength=len(Verdict))
    for code in np.flatnonzero(told).tolist():
        metrics.told.labels(Verdict(code).text).inc(int(told[code]))
    for written_at in {item.stored.written_at for item in batch if item.seqs.any()}:
        if 0 <= now - written_at <= FRESH:
            metrics.fanout_lag_s.observe((now - written_at) / SECOND)


# --------------------------------------------------------------------------- running
@contextlib.asynccontextmanager
async def running(runtime: Runtime) -> AsyncIterator[Runtime]:
    """Opens the store, loads the picture, lets the live path run; and all of it back again at the end."""
    await greet_redis(runtime.settings)
    await runtime.store.open()
    unwatch = runtime.metrics.watch_collections()
    tasks: list[asyncio.Task[None]] = []
    try:
        await runtime.together.begin()
        await store_mark.recognise(runtime.store, runtime.settings.data)
        runtime.pipeline.policy = await policy_in_force.begin(runtime.store, runtime.settings, runtime.in_force)
        runtime.pipeline.held.policy_at = runtime.in_force.stored.at if runtime.in_force.stored else 0
        await runtime.pipeline.start()
        if (newest := await runtime.store.policy()) is not None:  # it came between the two, and no change will say so
            runtime.in_force.take(newest)
        if runtime.settings.redis:  # alone there is nobody to hear from
            await runtime.hints.open(runtime.together.hear)
        await runtime.whereabouts.open()
        path = asyncio.create_task(runtime.pipeline.run(), name="pipeline")
        path.add_done_callback(lambda task: _stopped(runtime, task))
        tasks = [asyncio.create_task(runtime.metrics.watch_loop())]
        tasks.append(asyncio.create_task(share_for_ever(runtime.sharing, runtime.whereabouts), name="sharing"))
        tasks.append(asyncio.create_task(runtime.together.run(), name="together"))
        tasks.append(asyncio.create_task(store_mark.keep_noting(runtime.store, runtime.settings.data), name="mark"))
        if runtime.hub.unrecorded is not None:
            tasks.append(asyncio.create_task(runtime.hub.unrecorded.run(), name="unrecorded"))
        runtime.started = True
        yield runtime
        runtime.started = False
        await runtime.consoles.close()
        await runtime.hub.close()
        await runtime.pipeline.stop()
        await path
        await runtime.together.end()
    finally:
        runtime.started = False
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        unwatch()
        await runtime.whereabouts.close()
        await runtime.hints.close()
        await store_mark.note(runtime.store, runtime.settings.data)
        await runtime.store.close()


def _stopped(runtime: Runtime, task: asyncio.Task[None]) -> None:
    """A live path that ends by itself is a fault: the process says that it is not ready, so that it is replaced."""
    if not task.cancelled() and task.exception() is not None:
        runtime.started = False
        log.critical("the live path has stopped", exc_info=task.exception())


def serve(settings: Settings, clock: Clock | None = None) -> None:
    """Serves until SIGTERM or SIGINT. Raises CannotStart and the errors of the store, before anything listens."""
    logs.configure(settings.log_level)
    raise_file_limit()
    sys.setswitchinterval(0.0002)
    runtime = build(settings, clock)
    with listening_socket(settings.host, settings.port) as listener:
        asyncio.run(_serve(runtime, listener))
    if runtime.again:
        log.warning("beginning anew")
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - our own command, as it was given


async def _serve(runtime: Runtime, listener: socket.socket) -> None:
    config = uvicorn.Config(
        runtime.api,
        ws=sockets_of(runtime),
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = Server(config, runtime)
    runtime.stop = server.stop
    async with running(runtime):
        memory.settle()
        tending = asyncio.create_task(memory.tend(lambda: runtime.busy_at_s))
        await server.serve(sockets=[listener])
        tending.cancel()
    server.ended()


class Server(uvicorn.Server):
    """uvicorn, told how to say that it listens, how to let devices go first, and to leave signals to this loop."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._leaving = Leaving(self._politely, self._at_once)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            print(f"listening on {address_of(sockets[0])}", flush=True)  # noqa: T201

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """The devices go first, spread over a while; who asks over HTTP is answered until the end."""
        await self._runtime.hub.leave()
        await self._runtime.consoles.close()
        await self._runtime.hub.close()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """As if asked to by a signal."""
        self._leaving.signalled()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._leaving.signalled()

    def _politely(self) -> None:
        self._runtime.hub.draining = True
        self.should_exit = True

    def _at_once(self) -> None:
        self._runtime.hub.drain()
        self.force_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own would raise the signal again at the end, and what is still to be closed would not be."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def ended(self) -> None:
        """Nothing is left that could hang."""
        self._leaving.done()


def listening_socket(host: str, port: int) -> socket.socket:
    """A listening socket: who comes early waits. Raises CannotStart for a taken port or a host that is not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotStart(f"cannot listen on {host}: {error.strerror}") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        taken = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        raise CannotStart(f"port {port} on {host} {taken}") from error
    listener.set_inheritable(True)
    return listener


def address_of(listener: socket.socket) -> str:
    """``http://127.0.0.1:8640``."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def raise_file_limit() -> int:
    """As many open files as this process may have: each device is one. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
