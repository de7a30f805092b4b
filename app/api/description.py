"""The OpenAPI description: what FastAPI knows of the routes, and the bodies and answers that they name."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from app.problems import MEDIA_TYPE, Problem

_TEXT = """Frontline situational awareness for policing. Records go in here; devices are on the WebSocket `/v1/device`,
described by `/asyncapi.json`. Every refusal is a problem document (RFC 9457). Times are RFC 3339 UTC, coordinates WGS84
with longitude first, distances metres."""

EVERYWHERE = (400, 401, 403, 422, 429, 500, 503)
"""What any route may answer besides its own."""

_named: dict[str, tuple[type[BaseModel], JsonSchemaMode]] = {Problem.__name__: (Problem, "serialization")}


def _named_schema(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, str]:
    known, _ = _named.setdefault(model.__name__, (model, mode))
    if known is not model:
        raise TypeError(f"two shapes are named {model.__name__}")
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def answers(
    model: type[BaseModel] | None,
    *refusals: int,
    success: tuple[int, ...] = (200,),
    media_type: str = "application/json",
    headers: dict[str, Any] | None = None,
) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route: what it gives when it succeeds, and every refusal as a problem document."""
    schema: dict[str, Any] = {"type": "object"} if model is None else _named_schema(model, "serialization")
    responses: dict[int | str, dict[str, Any]] = {}
    for status in success:
        responses[status] = {"description": HTTPStatus(status).phrase, "content": {media_type: {"schema": schema}}}
        if headers:
            responses[status]["headers"] = headers
    problem = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status in sorted({*EVERYWHERE, *refusals}):
        responses[status] = {"description": HTTPStatus(status).phrase, **problem}
    return responses


def takes(*models: type[BaseModel], listed: bool = False, most: int = 10_000) -> dict[str, Any]:
    """The ``openapi_extra=`` of a route that reads a JSON body of this shape, or a list of at most ``most``."""
    schema: dict[str, Any] = _named_schema(models[0], "validation")
    if listed:
        schema = {"type": "array", "items": schema, "maxItems": most}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def takes_text(media_type: str, description: str) -> dict[str, Any]:
    """The ``openapi_extra=`` of a route that reads a text of this media type as its body."""
    content = {media_type: {"schema": {"type": "string", "description": description}}}
    return {"requestBody": {"required": True, "content": content}}


def openapi_of(api: FastAPI) -> dict[str, Any]:
    """The document, made once: the routes' own part, and the schemas of :func:`answers` and :func:`takes`."""
    if api.openapi_schema is None:
        document = get_openapi(title=api.title, version=api.version, description=_TEXT, routes=api.routes)
        _, definitions = models_json_schema(list(_named.values()), ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= definitions["$defs"]
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        api.openapi_schema = document
    return api.openapi_schema
