"""Memory: what an idle connected device costs the server, all included."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from app.bench.report import Figure
from app.bench.server import Server


@dataclass(frozen=True, slots=True)
class Idle:
    """The resident memory of a server that nobody is connected to yet."""

    rss_kib: int

    @classmethod
    def before(cls, server: Server) -> Idle:
        return cls(server.rss_kib())

    async def after(self, server: Server, devices: int, rest_s: float = 3.0) -> Figure:
        """What each of the devices that are connected by now has added, once it is quiet."""
        await asyncio.sleep(rest_s)
        server_kib = server.rss_kib()
        return Figure(
            "memory per idle device",
            (server_kib - self.rss_kib) / devices,
            "KiB",
            48.0,
            note=f"{devices:,} devices; {server_kib / 1_024:,.0f} MiB in all; the kernel's buffers not counted",
        )
