"""The real application over ASGI, on a real SQLite store in a fresh folder, with a client for each role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient

from app.identity import Role
from app.main import build, running
from app.runtime import Runtime
from app.settings import settings_of
from geo.marking import Clearance

PLACE = [-0.1276, 51.5074]


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    async with running(build(settings_of(data=tmp_path))) as one:
        yield one


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[Callable[..., AsyncClient]]:
    """``client(Role.FEED, id=..., force=..., clearance=..., operations=...)`` -> a client with such a token."""
    async with AsyncExitStack() as stack:

        def make(role: Role | None, id: str = "", address: str = "127.0.0.1", **rights: Any) -> AsyncClient:
            headers = {}
            if role is not None:
                headers["Authorization"] = f"Bearer {runtime.issuer.issue(id or f'{role.value}-1', role, **rights)}"
            transport = ASGITransport(runtime.api, raise_app_exceptions=False, client=(address, 4711))
            one = AsyncClient(transport=transport, base_url="http://test", headers=headers)
            stack.push_async_callback(one.aclose)
            return one

        yield make


def incident(source_id: str = "417", **fields: Any) -> dict[str, Any]:
    """The body of an incident that is taken, with these fields instead."""
    return {
        "source": "cad",
        "source_id": source_id,
        "category": "robbery",
        "title": "Robbery in progress",
        "place": {"type": "Point", "coordinates": PLACE},
        **fields,
    }


def report(source_id: str = "R-9", **fields: Any) -> dict[str, Any]:
    """The body of an intelligence report that is taken."""
    return incident(source_id, **{"source": "intel", "grading": "1-B-P", **fields})


SENSITIVE = Clearance.OFFICIAL_SENSITIVE
