"""The crowd's process from the inside: devices against a server that speaks only the first words of the protocol."""

from __future__ import annotations

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve

from app.bench.crowd import Collect, Command, Connect, Count, Crowd, Drive


async def _beatline(connection: ServerConnection) -> None:
    await connection.send('{"type":"hello"}')
    async for message in connection:
        kind = msgspec.json.decode(message)["type"]
        if kind == "identify":
            await connection.send('{"type":"caught_up","seq":0}')
            await connection.send('{"type":"alert","seq":1,"prev_seq":null,"alert_id":"inc-a"}')


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


async def test_it_connects_collects_drives_and_counts() -> None:
    async with serve(_beatline, "127.0.0.1", 0, subprotocols=["beatline.v1"]) as server:  # type: ignore[list-item]
        crowd = Crowd()
        places = [(-1.5, 53.8)] * 5
        connected = await crowd.obey(Connect(_port(server), ["T"] * 5, places))
        assert connected["connected"] == 5
        held = await crowd.obey(Collect("inc-a", 5, 5.0))
        assert isinstance(held["at"], list)
        assert len(held["at"]) == 5
        driven = await crowd.obey(Drive(500.0, 0.1))
        assert isinstance(driven["sent"], int)
        assert driven["sent"] > 0
        assert await crowd.obey(Count()) == {"connected": 5, "gaps": 0, "closed": {}}
        for device in crowd.devices:
            assert device.transport is not None
            device.transport.abort()


async def test_who_cannot_connect_is_not_counted_as_connected() -> None:
    connected = await Crowd().obey(Connect(9, ["T"], [(-1.5, 53.8)]))
    assert connected["connected"] == 0


async def test_collecting_what_never_comes_ends_in_time() -> None:
    assert await Crowd().obey(Collect("inc-none", 1, 0.05)) == {"at": [], "expected": 1}


def test_commands_are_lines_of_json() -> None:
    line = msgspec.json.encode(Drive(10.0, 1.0))
    assert msgspec.json.decode(line, type=Command) == Drive(10.0, 1.0)
