"""The HTTP side as one application: all routes, every error as a problem, the bearings of each answer."""

from __future__ import annotations

import time
from importlib.metadata import version

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import problems
from app.api import (
    briefings,
    decisions,
    emergencies,
    health,
    incidents,
    intel,
    patrol_briefing,
    policy,
    receipts,
    rejected,
    roster,
    units,
)
from app.api.description import openapi_of
from app.console_socket import CONSOLE_PATH
from app.errors import CredentialInUrl, UpgradeNeeded
from app.metrics import Metrics
from app.problems import response_of
from app.runtime import Runtime
from app.websocket import DEVICE_PATH
from streams.console.messages import CONSOLE_PROTOCOL
from streams.conversation.protocol import PROTOCOL

NOUNS = (
    incidents,
    intel,
    briefings,
    receipts,
    patrol_briefing,
    units,
    roster,
    emergencies,
    rejected,
    policy,
    decisions,
    health,
)

SOCKETS = {DEVICE_PATH: PROTOCOL, CONSOLE_PATH: CONSOLE_PROTOCOL}
"""What only a WebSocket gets an answer from, and the subprotocol that is spoken there."""

CREDENTIALS = frozenset({"access_token", "token", "ticket", "jwt", "authorization"})
"""Names under which somebody might put a token into an address."""


def assemble(runtime: Runtime) -> FastAPI:
    """The application over this runtime. Its routes are listed, not included: each is what it says, nothing added."""
    api = FastAPI(
        title="Beatline",
        version=version("beatline"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for noun in NOUNS:
        api.router.routes.extend(noun.router.routes)
    api.openapi = lambda: openapi_of(api)  # type: ignore[method-assign]
    problems.install(api)
    api.add_middleware(Bearings, metrics=runtime.metrics)
    api.state.runtime = runtime
    return api


class Bearings:
    """What holds for every answer: no token in the address, nothing cached or guessed at, counted and timed."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "no-store"
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            if CREDENTIALS & {name.lower() for name in QueryParams(scope["query_string"])}:
                error = CredentialInUrl("a token does not belong into an address: use Authorization: Bearer")
                await response_of(error, scope["path"])(scope, receive, answered)
            elif scope["path"] in SOCKETS:
                wrong = UpgradeNeeded(f"connect here by WebSocket, subprotocol {SOCKETS[scope['path']]}", "websocket")
                await response_of(wrong, scope["path"])(scope, receive, answered)
            else:
                await self._app(scope, receive, answered)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.requests.labels(scope["method"][:10], route, str(status)).inc()
            self._metrics.request_s.labels(route).observe(time.perf_counter() - began)
