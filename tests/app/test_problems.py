"""One table from errors to statuses: every error of the three trees has its answer, and none repeats what was sent."""

from __future__ import annotations

import inspect
import json

import pytest
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from httpx import ASGITransport, AsyncClient
from starlette.exceptions import HTTPException

from app import errors as app_errors
from app.errors import FieldError, Invalid, NotAllowed, TooManyRequests
from app.problems import MEDIA_TYPE, STATUS_OF, fields_of, install, problem_of, response_of, status_of
from geo import errors as geo_errors
from geo.errors import BadCursor, BadRecord, NotFound, StoreUnavailable
from streams.errors import NotAuthenticated, Revoked


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAuthenticated("x"), 401),
        (Revoked("x"), 401),
        (NotAllowed("x"), 403),
        (NotFound("x"), 404),
        (BadRecord("lat", "out_of_range", "x"), 422),
        (StoreUnavailable("x"), 503),
        (HTTPException(405), 405),
        (RuntimeError("secret"), 500),
    ],
)
def test_the_nearest_class_decides(error: Exception, status: int) -> None:
    assert status_of(error) == status


def test_every_refused_request_and_every_error_of_a_caller_is_in_the_table() -> None:
    refused = [
        c
        for _, c in inspect.getmembers(app_errors, inspect.isclass)
        if issubclass(c, app_errors.RequestRefused) and c is not app_errors.RequestRefused
    ]
    assert [c.__name__ for c in refused if c not in STATUS_OF] == []
    ours = {"GeoError", "StoreError", "UnknownVocabulary"}
    geo = [c for _, c in inspect.getmembers(geo_errors, inspect.isclass) if issubclass(c, geo_errors.GeoError)]
    assert {c.__name__ for c in geo if c not in STATUS_OF} <= ours


def test_a_fault_of_ours_says_no_more_than_that() -> None:
    document = problem_of(RuntimeError("password=hunter2"), "/v1/incidents")
    assert document["status"] == 500
    assert "hunter2" not in json.dumps(document)


def test_fields_are_named_and_what_was_sent_is_not_repeated() -> None:
    error = RequestValidationError(
        [{"type": "extra_forbidden", "loc": ("body", "items", 3, "colour"), "msg": "Extra inputs", "input": "secret"}]
    )
    document = problem_of(error, "/x")
    assert document["errors"] == [{"field": "items.3.colour", "reason": "unknown_field", "message": "Extra inputs"}]
    assert "secret" not in json.dumps(document)


def test_a_bad_cursor_is_the_cursors_fault() -> None:
    assert fields_of(BadCursor("not ours")) == [FieldError("cursor", "bad_cursor", "not ours")]


def test_headers_tell_what_to_do() -> None:
    assert response_of(NotAuthenticated("x"), "/").headers["www-authenticate"].startswith("Bearer")
    assert response_of(StoreUnavailable("x"), "/").headers["retry-after"] == "1"
    assert response_of(TooManyRequests("x", 7.4), "/").headers["retry-after"] == "7"


def test_half_a_surrogate_in_a_field_does_not_break_the_answer() -> None:
    response = response_of(Invalid([FieldError("\ud800", "unknown_field", "is no field")]), "/")
    assert json.loads(bytes(response.body))["errors"][0]["field"] == "\ud800"


async def test_the_routers_own_refusals_are_problems_too() -> None:
    api = FastAPI()
    install(api)

    @api.get("/here")
    def here() -> None: ...

    @api.put("/here")
    def put_here() -> None: ...

    async with AsyncClient(transport=ASGITransport(api), base_url="http://test") as client:
        missing, wrong = await client.get("/nowhere"), await client.post("/here")
    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert wrong.headers["allow"] == "GET, PUT"
    assert {missing.headers["content-type"], wrong.headers["content-type"]} == {MEDIA_TYPE}
    assert missing.json()["instance"] == "/nowhere"
