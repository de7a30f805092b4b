"""One table from errors to HTTP statuses, and the problem document that tells the caller what to mend.

Every refusal is `application/problem+json` (RFC 9457): type, title, status, detail, instance, and `errors[]` with the
field and the reason's code. Nothing that was sent is repeated in it: a body may hold what its reader may not see.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.errors import (
    AppError,
    Conflict,
    CredentialInUrl,
    FieldError,
    Invalid,
    NotAllowed,
    NotJson,
    NotReady,
    Overtaken,
    TooLarge,
    TooManyRequests,
    Unconditional,
    UpgradeNeeded,
    WrongMediaType,
)
from geo.errors import (
    BadCursor,
    BadMarking,
    BadPlace,
    BadRecord,
    BadTime,
    GeoError,
    NotFound,
    StoreForeign,
    StoreUnavailable,
    StoreUncertain,
)
from streams.errors import BadBriefing, NotAuthenticated, PolicyError, StreamsError

MEDIA_TYPE = "application/problem+json"

STATUS_OF: dict[type[Exception], int] = {
    NotJson: 400,
    CredentialInUrl: 400,
    NotAuthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Overtaken: 412,
    TooLarge: 413,
    WrongMediaType: 415,
    Invalid: 422,
    BadRecord: 422,
    BadTime: 422,
    BadPlace: 422,
    BadMarking: 422,
    BadBriefing: 422,
    BadCursor: 422,
    PolicyError: 422,
    RequestValidationError: 422,
    UpgradeNeeded: 426,
    Unconditional: 428,
    TooManyRequests: 429,
    NotReady: 503,
    StoreUnavailable: 503,
    StoreUncertain: 503,
    StoreForeign: 503,
}
"""The nearest class in the error's own ancestry decides; what is not in the table is a fault of ours: 500."""

RETRY_AFTER_S = 1


class ProblemField(BaseModel):
    """One field that breaks a rule."""

    field: str = Field(description="Its name as it was sent, with dots between levels.")
    reason: str = Field(description="A code that stays the same between releases.")
    message: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:beatline:problem:invalid"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="The path that was asked for.")
    errors: list[ProblemField] = Field(default=[])
    current: dict[str, Any] | None = Field(None, description="Of a 412: what is there by now, as you may read it.")


def status_of(error: Exception) -> int:
    """The HTTP status of an error, by its own class or the nearest above."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), 500)


def fields_of(error: Exception) -> list[FieldError]:
    """The fields that an error names, none where it names none."""
    match error:
        case Invalid():
            return list(error.errors)
        case BadRecord() | BadBriefing():
            return [FieldError(error.field, error.reason, str(error))]
        case RequestValidationError():
            return fields_of_validation(error.errors())
        case PolicyError():
            place = f"{error.file}:{error.line}" if error.line else error.file
            return [FieldError(place, "bad_policy", error.reason)]
        case BadCursor():
            return [FieldError("cursor", "bad_cursor", str(error))]
    return []


def fields_of_validation(errors: Sequence[Any]) -> list[FieldError]:
    """What pydantic found, in our words: the field's path without where it stood, and a reason's code."""
    found = []
    for error in errors[:50]:
        path = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
        found.append(FieldError(".".join(path) or "body", _REASONS.get(error["type"], error["type"]), error["msg"]))
    return found


_REASONS = {"extra_forbidden": "unknown_field", "string_too_long": "too_long"}


def problem_of(error: Exception, instance: str) -> dict[str, object]:
    """The problem document of an error. A fault of ours says no more than that."""
    status = status_of(error)
    name = _name(error) if status != 500 else "internal"
    document: dict[str, object] = {
        "type": f"urn:beatline:problem:{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _detail(error) if status != 500 else "the server failed at this; it is in its log",
        "instance": instance,
    }
    if fields := fields_of(error):
        document["errors"] = [{"field": f.field, "reason": f.reason, "message": f.message} for f in fields]
    if isinstance(error, Overtaken) and error.current is not None:
        document["current"] = error.current
    return document


def _name(error: Exception) -> str:
    """``TooLarge`` -> ``too-large``."""
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    if isinstance(error, RequestValidationError):
        return "invalid"
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("-")


def _detail(error: Exception) -> str:
    if isinstance(error, HTTPException):
        return str(error.detail)
    if fields := fields_of(error):
        return "; ".join(f"{field.field}: {field.message}" for field in fields[:5])
    return str(error)


def _headers(error: Exception, status: int) -> dict[str, str]:
    headers = dict(getattr(error, "headers", None) or {})
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="beatline", error="invalid_token"'
    elif isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    elif status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return headers


def response_of(error: Exception, instance: str) -> Response:
    """The whole answer. ASCII only: a lone surrogate in a field's name must not break the answer that names it."""
    status = status_of(error)
    body = json.dumps(problem_of(error, instance)).encode()
    return Response(body, status, headers=_headers(error, status), media_type=MEDIA_TYPE)


async def _answer(request: Request, error: Exception) -> Response:
    response = response_of(error, request.url.path)
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return response


def _methods(request: Request) -> set[str]:
    """What may be asked of this path: the router itself names the methods of the first route that fits only."""
    fitting = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    same = [route for route in fitting if getattr(route, "path", "") == getattr(fitting[0], "path", "")]
    return {method for route in same for method in getattr(route, "methods", None) or ()}


def install(api: FastAPI) -> None:
    """Makes every error of this application a problem document, the router's own 404 and 405 among them."""
    for kind in (AppError, GeoError, StreamsError, HTTPException, RequestValidationError, Exception):
        api.add_exception_handler(kind, _answer)
