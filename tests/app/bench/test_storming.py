"""How a device of the bench comes back: by the server's word where it gave one, as where it was."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

import msgspec
import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from app.bench.crowd import Back, Collect, Connect, Crowd, Drop


class _Door:
    """Refuses the first few that come back, then lets them in; knows what they said."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.said = refusals, list[dict[str, object]]()
        self.open = True

    def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.open or not self.refusals:
            return None
        self.refusals -= 1
        response = connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "later\n")
        response.headers["Retry-After"] = "0"
        return response

    async def talk(self, connection: ServerConnection) -> None:
        await connection.send('{"type":"hello"}')
        async for message in connection:
            said = msgspec.json.decode(message)
            if said["type"] in ("identify", "resume"):
                self.said.append(said)
                reset = '{"type":"reset","epoch":"e","as_of_seq":4,"alerts":[{"alert_id":"inc-r"}],"more":false}'
                await connection.send('{"type":"ready","epoch":"e","session":"s","head_seq":4}')
                if said["type"] == "identify":
                    await connection.send(reset)
                await connection.send('{"type":"caught_up","seq":4}')


def _port(server: Server) -> int:
    return int(next(iter(server.sockets)).getsockname()[1])


async def test_all_come_back_as_they_were_when_they_were_told_to() -> None:
    door, crowd = _Door(2), Crowd()
    async with serve(door.talk, "127.0.0.1", 0, subprotocols=["beatline.v1"], process_request=door) as server:  # type: ignore[list-item]
        port = _port(server)
        assert (await crowd.obey(Connect(port, ["T"] * 3, [(-1.5, 53.8)] * 3)))["connected"] == 3
        here = await crowd.obey(Collect("inc-r", 0, 5.0, time.monotonic()))
        assert here["expected"] == 3
        door.open = False
        await crowd.obey(Drop([port]))
        back = await crowd.obey(Back(20.0))
        assert isinstance(back["at"], list)
        assert len(back["at"]) == 3
        assert (back["refused"], back["failed"], back["resets"]) == (2, 0, 0)
        resumed = [said for said in door.said if said["type"] == "resume"]
        assert [(said["epoch"], said["seq"]) for said in resumed] == [("e", 4)] * 3
        for device in crowd.devices:
            assert device.transport is not None
            device.transport.abort()
        await asyncio.sleep(0)


@pytest.mark.slow
async def test_who_cannot_come_back_is_not_counted() -> None:
    door, crowd = _Door(0), Crowd()
    async with serve(door.talk, "127.0.0.1", 0, subprotocols=["beatline.v1"]) as server:  # type: ignore[list-item]
        await crowd.obey(Connect(_port(server), ["T"], [(-1.5, 53.8)]))
    await crowd.obey(Drop([9]))
    back = await crowd.obey(Back(0.3))
    assert back["at"] == []
    assert await crowd.obey(Back(0.1)) is not None
