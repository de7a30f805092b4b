"""An officer with a phone at one process and a car at another: what he answers on one, the other asks no more."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.journeys.briefed_force import acknowledge, push
from tests.journeys.kit import Device, Message, Server
from tests.redis_server import RedisServer
from tests.servers import Postgres

pytestmark = [pytest.mark.postgis, pytest.mark.redis, pytest.mark.slow]


@pytest.fixture(params=["hints", "no hints"])
def pair(
    request: pytest.FixtureRequest, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    data = tmp_path_factory.mktemp("answers") / "data"
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("BEATLINE_STORE", postgres.database().replace("postgresql://", "postgresql+asyncpg://"))
        if request.param == "hints":
            patch.setenv("BEATLINE_REDIS", stack.enter_context(RedisServer()).url)
        yield stack.enter_context(Server(data)), stack.enter_context(Server(data))


async def cleared(device: Device, it: str) -> Message:
    """Its device is told that it need not ask any more."""
    return await device.until(
        lambda m: m.get("alert_id") == it and m["type"] == "alert" and not m["must_ack"], patience_s=30
    )


async def test_answered_on_either_cleared_on_the_other_and_not_asked_after_a_kill(pair: tuple[Server, Server]) -> None:
    first, second = pair
    phone = await Device(first, "pc1", device_id="phone").on_patrol(first.place)
    car = await Device(second, "pc1", device_id="car").on_patrol(first.place)
    everybody = {"audience": {"force": True}, "must_ack": True}
    ids = []
    for number, (desk, answering, other) in enumerate([(first, phone, car), (second, car, phone), (first, car, phone)]):
        answer = push(desk, f"k-{number}", "?confirm=true", **everybody)
        assert answer.status_code == 201, answer.text
        it = answer.json()["id"]
        for device in (phone, car):
            assert (await device.alert_of(it))["must_ack"]
        await acknowledge(answering, it)
        assert (await cleared(other, it))["style"] == "map"
        ids.append(it)
    last = push(second, "k-last", "?confirm=true", **everybody).json()["id"]
    await car.alert_of(last)
    await acknowledge(phone, last)
    first.kill()
    assert (await cleared(car, last))["style"] == "map"
    await phone.connect_lost()
    phone._server = second
    await phone.connect(resume=True)
    await phone.expect("caught_up")
    assert [phone.held[it]["must_ack"] for it in (*ids, last)] == [False] * 4
    with second.http() as control:
        assert control.post(f"/v1/briefings/{last}/withdraw", json={"reason": "wrong"}).status_code == 200
    for device in (phone, car):
        assert (await device.expect("purge", alert_id=last, patience_s=20))["reason"] == "withdrawn"
        assert device.holes == []
        await device.close()
