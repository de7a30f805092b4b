"""Log lines: one JSON object a line on stderr, UTC, with no token, no body and no position in it."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog

_FORBIDDEN = frozenset({"token", "authorization", "body", "raw", "lon", "lat", "position"})


def _without_secrets(logger: Any, name: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Whatever a caller passes by mistake, these fields do not leave the process."""
    for field in _FORBIDDEN & set(line):
        line[field] = "withheld"
    return line


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Sends our lines and those of the libraries the same way. As JSON, a line break in a text forges no line."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    ]
    renderer = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=shared,
    )
    output = logging.StreamHandler(stream or sys.stderr)
    output.setFormatter(renderer)
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(logging.getLevelNamesMapping().get(level.upper(), logging.INFO))
    for chatty in ("uvicorn.access", "httpx", "httpcore", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
