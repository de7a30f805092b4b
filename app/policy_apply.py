"""``beatline policy apply | versions | show``: the policy in force of a server, or of the store of this machine."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from app.drivers import announce, store_of
from app.errors import CannotStart, ServerRefused
from app.policy_in_force import put_in_force
from app.settings import Settings, settings_of
from geo.clock import format_instant
from geo.store.contract import Store
from geo.store.rows import PolicyVersion
from streams.relevance.in_force import draft_of
from streams.relevance.policy import policy_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Where:
    """Whose policy: a server's (``url`` and ``token``), or that of the store which ``data`` or BEATLINE_STORE names."""

    data: Path | None = None
    url: str | None = None
    token: str | None = None


def apply(file: str, note: str, where: Where) -> None:
    """Puts a policy in force and says so. Raises PolicyError for one that cannot be, before anybody is asked."""
    name, text = policy_text(file)
    draft = draft_of(name, text, _me(), note)
    if where.url is not None:
        answer = _put(where, name, text, note)
        n, version, changed = answer["n"], answer["version"], answer["changed"]
    else:
        done = asyncio.run(_on_the_store(where, lambda store: put_in_force(store, draft, None), tell=True))
        n, version, changed = done.version.n, done.version.draft.version, done.changed
    print(f"policy {n} is in force{'' if changed else ' already, word for word'}: {version}")  # noqa: T201


def versions(where: Where) -> None:
    """Prints those that were ever in force, the newest first: number, when, who, what, why."""
    if where.url is not None:
        found = _get(where, "/v1/policy/versions").json()["versions"]
    else:
        stored = asyncio.run(_on_the_store(where, lambda store: store.policies(1_000)))
        found = [_entry(one) for one in stored]
    for entry in found:
        line = f"{entry['n']:>4}  {entry['at']}  {entry['actor']}  {entry['version']}  {entry['note']}"
        print(line.rstrip())  # noqa: T201


def show(n: int | None, where: Where) -> None:
    """Prints the text of the policy in force, or of the ``n``-th: what ``apply`` takes."""
    if where.url is not None:
        path = "/v1/policy" if n is None else f"/v1/policy/versions/{n}"
        text = str(_get(where, path).json()["text"])
    else:
        stored = asyncio.run(_on_the_store(where, lambda store: store.policy(n)))
        if stored is None:
            raise CannotStart("the store has no policy yet" if n is None else f"there has been no policy {n}")
        text = stored.draft.text
    print(text, end="" if text.endswith("\n") else "\n")  # noqa: T201


def _entry(stored: PolicyVersion) -> dict[str, Any]:
    draft = stored.draft
    words = {"at": format_instant(stored.at), "actor": draft.actor, "version": draft.version, "note": draft.note}
    return {"n": stored.n, **words}


def _me() -> str:
    """Whoever runs the command, as this machine knows him."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


# --------------------------------------------------------------------------- the store of this machine
async def _on_the_store(where: Where, ask: Callable[[Store], Awaitable[T]], tell: bool = False) -> T:
    settings = _settings(where.data)
    async with _opened(settings) as store:
        answer = await ask(store)
    if tell:
        await announce(settings)
    return answer


def _settings(data: Path | None) -> Settings:
    settings = settings_of(data=data or Path())
    if data is None and not settings.store:
        raise CannotStart("give --data DIR, or --url with --token, or set BEATLINE_STORE")
    return settings


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    store = store_of(settings)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


# --------------------------------------------------------------------------- a server
def _put(where: Where, file: str, text: str, note: str) -> dict[str, Any]:
    """Over what is in force now: who changes it between our reading and our writing is not overwritten."""
    tag = _get(where, "/v1/policy").headers["ETag"]
    headers = {"If-Match": tag, "Content-Type": "application/toml"}
    query = {"file": Path(file).name, "note": note}
    answer = _asked(where, "PUT", "/v1/policy", headers=headers, params=query, content=text.encode())
    return {**answer.json(), "changed": answer.status_code == httpx.codes.CREATED}


def _get(where: Where, path: str) -> httpx.Response:
    return _asked(where, "GET", path)


def _asked(
    where: Where, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
) -> httpx.Response:
    url = (where.url or "").rstrip("/")
    bearer = {"Authorization": f"Bearer {where.token}"}
    try:
        answer = httpx.request(method, url + path, headers={**bearer, **(headers or {})}, timeout=30, **options)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise ServerRefused(f"{url} cannot be reached: {error}") from error
    if answer.is_success:
        return answer
    try:
        detail = str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        detail = answer.reason_phrase
    raise ServerRefused(f"{url} answered {answer.status_code}: {detail}")
