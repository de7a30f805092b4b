"""The OpenAPI document says what the application does: generated requests, and each answer held against it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.assembly import NOUNS
from app.api.description import answers, openapi_of
from app.identity import Role
from app.main import build, running
from app.runtime import Runtime
from app.settings import settings_of
from tests.app.api.conftest import incident, report

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROUTES = [
    (method, route.path)
    for noun in NOUNS
    for route in noun.router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]


schemathesis.serializer.alias("application/toml", "text/plain")


class Server:
    """The application and the loop that it lives in, to be asked from a test that is not a coroutine."""

    def __init__(self, data: Path) -> None:
        self.runner = asyncio.Runner()
        self.runtime: Runtime = build(settings_of(data=data, requests_per_s=1e9))
        self._life = running(self.runtime)
        self.runner.run(self._life.__aenter__())
        transport = ASGITransport(self.runtime.api, raise_app_exceptions=False)
        self.client = AsyncClient(transport=transport, base_url="http://test")
        self.schema = schemathesis.openapi.from_dict(openapi_of(self.runtime.api))

    def headers(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.runtime.issuer.issue('x', role)}"}

    def ask(self, case: Case[Any], role: Role) -> None:
        asked = case.as_transport_kwargs(base_url="http://test", headers=self.headers(role))
        headers = {k: v for k, v in asked["headers"].items() if k.lower() != "user-agent"}
        request = self.client.build_request(
            asked["method"],
            asked["url"],
            headers=headers,
            params=asked.get("params"),
            json=asked.get("json"),
            content=asked.get("data"),
        )
        response = self.runner.run(self.client.send(request))
        case.validate_response(response, checks=CHECKS)

    def close(self) -> None:
        self.runner.run(self.client.aclose())
        self.runner.run(self._life.__aexit__(None, None, None))
        self.runner.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    one = Server(tmp_path_factory.mktemp("install"))
    feed = one.headers(Role.FEED)
    for path, body in (("/v1/incidents", incident()), ("/v1/intel", report())):
        one.runner.run(one.client.post(path, json=body, headers=feed))
    yield one
    one.close()


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: str(part))
@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_answers_are_as_described(server: Server, method: str, path: str, mode: GenerationMode) -> None:
    operation = server.schema[path][method]

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def held(data: st.DataObject) -> None:
        server.ask(data.draw(operation.as_strategy(generation_mode=mode)), Role.DISPATCHER)

    held()


def test_every_route_is_described_with_its_refusals_and_its_credentials(server: Server) -> None:
    paths = openapi_of(server.runtime.api)["paths"]
    assert {(method.upper(), path) for path, item in paths.items() for method in item} == set(ROUTES)
    for method, path in ROUTES:
        operation = paths[path][method.lower()]
        assert operation["security"] == [{"HTTPBearer": []}], path
        assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"])
        assert "application/problem+json" in operation["responses"]["422"]["content"]
        assert operation["summary"]
        assert operation["description"]


def test_every_reference_leads_somewhere(server: Server) -> None:
    document = openapi_of(server.runtime.api)

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
            for item in node.values():
                yield from references(item)
        elif isinstance(node, list):
            for item in node:
                yield from references(item)

    found = set(references(document))
    assert found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_two_shapes_cannot_have_one_name() -> None:
    class Problem(BaseModel):
        """Another than the real one."""

    with pytest.raises(TypeError, match="Problem"):
        answers(Problem)


def test_the_examples_are_taken(server: Server) -> None:
    schemas = openapi_of(server.runtime.api)["components"]["schemas"]
    for path, name in (("/v1/incidents", "IncidentBody"), ("/v1/intel", "IntelBody")):
        answer = server.runner.run(
            server.client.post(path, json=schemas[name]["example"], headers=server.headers(Role.FEED))
        )
        assert answer.status_code in (200, 201), answer.text
    json.dumps(schemas)
