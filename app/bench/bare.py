"""The limits that the figures are held against: a bare send loop over sockets, and a bare insert into SQLite."""

from __future__ import annotations

import os
import select
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

FRAME = b"\x81\x7e" + struct.pack("!H", 300) + b"x" * 300
"""A text frame of 300 bytes, as an alert to a device is."""


@dataclass(frozen=True, slots=True)
class BareSend:
    """Microseconds per socket: of the send loop alone, and until the other process has read the last byte."""

    sockets: int
    send_us: float
    received_us: float


def bare_send(sockets: int, rounds: int = 7) -> BareSend:
    """One thread, ``sockets`` connected TCP sockets on loopback, one frame to each; read by another process."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "app.bench.bare", str(port), str(sockets), str(rounds)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:  # noqa: S603 - our own module
            connections = [_accepted(listener) for _ in range(sockets)]
            try:
                return _rounds(connections, reader, rounds)
            finally:
                for connection in connections:
                    connection.close()


def _accepted(listener: socket.socket) -> socket.socket:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setblocking(False)
    return connection


def _rounds(connections: list[socket.socket], reader: subprocess.Popen[bytes], rounds: int) -> BareSend:
    assert reader.stdout is not None
    reader.stdout.read(1)
    sent, received = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        for connection in connections:
            connection.send(FRAME)
        sent.append(time.perf_counter() - began)
        reader.stdout.read(1)
        received.append(time.perf_counter() - began)
    each = 1e6 / len(connections)
    return BareSend(len(connections), statistics.median(sent) * each, statistics.median(received) * each)


def _read(port: int, sockets: int, rounds: int) -> None:
    """The other process: connects, then reads every byte of each round and says so on stdout."""
    poll, connections = select.epoll(), []
    for _ in range(sockets):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setblocking(False)
        poll.register(connection.fileno(), select.EPOLLIN)
        connections.append(connection)
    os.write(1, b"r")
    for _ in range(rounds):
        got = 0
        while got < sockets * len(FRAME):
            got += sum(len(os.read(fd, 65536)) for fd, _ in poll.poll(1, 4096))
        os.write(1, b"d")


def bare_insert(folder: Path, rows: int, batch: int = 500) -> float:
    """Rows a second that this disk and SQLite take: one narrow table, WAL, synchronous FULL, ``batch`` a commit."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE bare (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID")
    began = time.perf_counter()
    for start in range(0, rows, batch):
        connection.execute("BEGIN IMMEDIATE")
        values = ((f"inc-{n:024x}", "x" * 400) for n in range(start, min(rows, start + batch)))
        connection.executemany("INSERT INTO bare VALUES (?, ?)", values)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return rows / seconds


if __name__ == "__main__":
    _read(*(int(argument) for argument in sys.argv[1:4]))
