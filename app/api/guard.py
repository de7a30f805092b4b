"""Before any route: who calls, whether his role may, how large and of what type the body is; refusals are kept.

A route that declares no roles cannot be made: :class:`Guarded` refuses it when the module is loaded.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import msgspec
from fastapi import Depends, HTTPException, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.letters import keep_refused
from app.errors import Invalid, NotAllowed, NotJson, NotReady, TooLarge, WrongMediaType
from app.identity import Role
from app.runtime import runtime_of
from geo.errors import BadMarking, BadPlace, BadRecord, BadTime
from geo.model import Principal
from streams.errors import NotAuthenticated

JSON = "application/json"
_bearer = HTTPBearer(auto_error=False, bearerFormat="at+jwt", description="A token of this install: `beatline token`.")

REFUSALS = (
    NotJson,
    TooLarge,
    WrongMediaType,
    Invalid,
    RequestValidationError,
    BadRecord,
    BadTime,
    BadPlace,
    BadMarking,
)
"""What is wrong with what was sent: kept as a dead letter."""


class Roles:
    """Who may use a route. As a dependency it hands the route the principal; :class:`Guarded` has asked it before."""

    def __init__(self, allowed: tuple[Role, ...], free_on_loopback: bool) -> None:
        self.allowed, self.free_on_loopback = allowed, free_on_loopback

    def __call__(
        self, request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
    ) -> Principal | None:
        principal: Principal | None = request.state.principal
        return principal

    def admit(self, request: Request) -> Principal | None:
        """The caller, or None where none is asked for. Raises NotAuthenticated, NotAllowed, TooManyRequests."""
        if self.free_on_loopback and on_loopback(request):
            return None
        runtime = runtime_of(request)
        principal = runtime.issuer.verify(_token_of(request))
        runtime.pace.take(f"{principal.force}\0{principal.id}", time.monotonic())
        if principal.role not in self.allowed:
            needed = " or ".join(role.value for role in self.allowed)
            raise NotAllowed(f"this needs the role {needed}; yours is {principal.role}")
        return principal


def roles(*allowed: Role) -> Any:
    """Declares who may use a route: ``principal: Annotated[Principal, roles(Role.DISPATCHER)]``."""
    return Depends(Roles(allowed, free_on_loopback=False))


def anybody_on_loopback() -> Any:
    """Free for callers on this machine, any role's token for others: health, metrics and the descriptions."""
    return Depends(Roles(tuple(Role), free_on_loopback=True))


def on_loopback(request: Request) -> bool:
    """Whether the peer is this machine itself. Behind a proxy everybody looks so: then its headers say otherwise."""
    if request.client is None or any(f"x-forwarded-{x}" in request.headers for x in ("for", "host", "proto")):
        return False
    try:
        return "forwarded" not in request.headers and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("a token is needed: Authorization: Bearer TOKEN")
    return token.strip()


class BoundedRequest(Request):
    """A request whose body is bounded while it is read, and decoded strictly: no NaN, no lone surrogate, no bomb."""

    bound: int

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            chunks: list[bytes] = []
            size = 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > self.bound:
                    raise TooLarge(f"the body is larger than {self.bound} bytes")
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            try:
                self._json = msgspec.json.decode(await self.body())
            except (msgspec.DecodeError, RecursionError, ValueError) as error:
                raise NotJson(f"the body is no JSON: {error}") from error
        return self._json


class Guarded(APIRoute):
    """A route that has declared its roles, and is asked only after they were."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.roles = declared_roles(self)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        content = (self.openapi_extra or {}).get("requestBody", {}).get("content", {})
        takes_body = self.body_field is not None or bool(content)
        texts = frozenset(content) - {JSON}
        batch = self.path.endswith("/batch")

        async def guarded(request: Request) -> Response:
            request.state.principal = principal = self.roles.admit(request)
            if not takes_body or principal is None:
                return await answer(request)
            intake = BoundedRequest(request.scope, request.receive)
            try:
                return await _taken(intake, batch, texts, answer)
            except REFUSALS as error:
                await keep_refused(intake, principal, error)
                raise

        return guarded


async def _taken(
    intake: BoundedRequest,
    batch: bool,
    texts: frozenset[str],
    answer: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    """``texts``: media types other than JSON that the route names; what it makes of them is its own affair."""
    settings = runtime_of(intake).settings
    intake.bound = settings.batch_bytes if batch else settings.body_bytes
    announced = intake.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > intake.bound:
        raise TooLarge(f"the body is larger than {intake.bound} bytes")
    if await intake.body():
        kind = intake.headers.get("content-type", "").partition(";")[0].strip().lower()
        if texts and kind not in texts:
            raise WrongMediaType(f"the body must be {' or '.join(sorted(texts))}")
        if not texts and kind != JSON and not (kind.startswith("application/") and kind.endswith("+json")):
            raise WrongMediaType(f"the body must be {JSON}")
        if not texts:
            await intake.json()
    if await _nobody_waits(intake):
        raise NotReady("the caller has gone: nothing was taken in")
    try:
        return await answer(intake)
    except HTTPException as error:
        if error.status_code == 400:
            raise NotJson("the body could not be read") from error
        raise


async def _nobody_waits(request: Request) -> bool:
    """A process that was stopped for a minute finds requests whose callers have long said it elsewhere, and perhaps
    something newer since: what nobody waits for is not taken in. That the caller has hung up comes up to three turns of
    the loop after what he sent."""
    for _ in range(3):
        await asyncio.sleep(0)
    return await request.is_disconnected()


def declared_roles(route: APIRoute) -> Roles:
    """The roles that a route declares. Raises TypeError where it declares none, or two: nothing is open by mistake."""
    found = [d.call for d in route.dependant.dependencies if isinstance(d.call, Roles)]
    if len(found) != 1:
        raise TypeError(f"{route.path} declares its roles {len(found)} times; it must do so once")
    return found[0]
