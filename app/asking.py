"""Asking a server as a command does: with a token, in one line what it refused, and again where nobody answered"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from app.errors import ServerRefused

TRIES = 4
_AGAIN = frozenset({429, 502, 503, 504})


def asked(
    method: str,
    url: str,
    path: str,
    token: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] | None = None,
) -> httpx.Response:
    """The answer to a request that was done. Raises ServerRefused, with the server's own sentence.

    ``sleep``: asked up to TRIES times while nobody answers or the server is not ready. Only for what may be asked
    twice: a reading, or a change under a key.
    """
    sent = {"Authorization": f"Bearer {token}", **(headers or {})}
    for tried in range(1, TRIES + 1):
        last = sleep is None or tried == TRIES
        try:
            address = url.rstrip("/") + path
            answer = httpx.request(method, address, params=query, json=body, headers=sent, timeout=60)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            if last or isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
                raise ServerRefused(f"{url} cannot be reached: {error}") from error
        else:
            if answer.is_success:
                return answer
            if last or answer.status_code not in _AGAIN:
                raise ServerRefused(f"{url} answered {answer.status_code}: {_sentence(answer)}")
        (sleep or time.sleep)(0.5 * 2**tried)
    raise AssertionError("the last try returns or raises")


def _sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
