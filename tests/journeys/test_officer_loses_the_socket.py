"""The socket that dies in a pocket: whole again afterwards, or openly started afresh, never in part."""

from __future__ import annotations

import asyncio

import pytest

from tests.journeys.kit import Device, Server, metres_from

pytestmark = pytest.mark.slow


async def test_what_came_while_he_was_away_is_replayed_without_a_hole(server: Server) -> None:
    officer = await Device(server, "pc-1").on_patrol(metres_from(server.place, 200, 0))
    first = server.post(title="before")
    await officer.alert_of(first)
    await asyncio.sleep(0.2)
    await officer.cut()
    missed = [server.post(title=f"while away {n}", at=metres_from(server.place, 10 * n, 50)) for n in range(5)]
    await asyncio.sleep(0.5)
    await officer.connect(resume=True)
    ready = await officer.expect("ready")
    assert ready["mode"] == "replay"
    await officer.expect("caught_up")
    for alert_id in missed:
        await officer.alert_of(alert_id)
    assert officer.holes == []
    assert [alert["alert_id"] for alert in officer.shown].count(first) == 1
    assert len({(a["alert_id"], a["rev"]) for a in officer.shown}) == len(officer.shown)
    await officer.close()


async def test_what_was_not_acknowledged_comes_again(server: Server) -> None:
    officer = await Device(server, "pc-1").on_patrol(metres_from(server.place, 200, 0))
    officer.acks = False
    alert_id = server.post()
    alert = await officer.alert_of(alert_id)
    await officer.cut()
    officer.seq, officer.acks = alert["seq"] - 1, True
    await officer.connect(resume=True)
    again = await officer.expect("alert", alert_id=alert_id)
    assert (again["seq"], again["rev"]) == (alert["seq"], alert["rev"])
    await officer.close()


async def test_what_ended_while_he_was_away_is_not_replayed_as_news(server: Server) -> None:
    officer = await Device(server, "pc-1").on_patrol(metres_from(server.place, 200, 0))
    held = server.post(source_id="held")
    await officer.alert_of(held)
    await asyncio.sleep(0.2)
    await officer.cut()
    server.post(source_id="held", status="closed")
    ghost = server.post(source_id="ghost")
    server.post(source_id="ghost", status="cancelled")
    await asyncio.sleep(0.5)
    await officer.connect(resume=True)
    await officer.expect("caught_up")
    await officer.expect("cancel", alert_id=held)
    assert [m for m in officer.inbox if m["type"] == "alert" and m["alert_id"] == ghost] == []
    assert officer.held == {}
    await officer.close()


async def test_another_officer_on_the_same_device_starts_afresh(server: Server) -> None:
    first = await Device(server, "pc-1", device_id="shared-phone").on_patrol(metres_from(server.place, 200, 0))
    await first.alert_of(server.post())
    await first.cut()
    second = Device(server, "pc-2", device_id="shared-phone")
    second.epoch, second.seq = first.epoch, first.seq
    await second.connect(resume=True)
    ready = await second.expect("ready")
    assert ready["mode"] == "snapshot"
    reset = await second.expect("reset")
    assert reset["alerts"] == []
    await second.close()


async def test_the_newest_connection_of_a_device_wins(server: Server) -> None:
    old = await Device(server, "pc-1").on_patrol(metres_from(server.place, 200, 0))
    new = Device(server, "pc-1")
    await new.connect()
    await new.expect("caught_up")
    for _ in range(200):
        if old.closed is not None:
            break
        await asyncio.sleep(0.01)
    assert old.closed == 4103
    await new.close()


async def test_a_killed_server_loses_nothing_that_it_accepted(own_server: Server) -> None:
    server = own_server
    officer = await Device(server, "pc-1").on_patrol(metres_from(server.place, 200, 0))
    told = server.post(title="told before")
    await officer.alert_of(told)
    accepted = [server.post(title=f"accepted {n}", at=metres_from(server.place, 20 * n, 0)) for n in range(20)]
    server.kill()
    await asyncio.sleep(0.1)
    await officer.close()
    server.start()
    with server.http("dispatcher") as dispatcher:
        for alert_id in accepted:
            assert dispatcher.get(f"/v1/incidents/{alert_id}").status_code == 200
    await officer.connect(resume=True)
    await officer.expect("caught_up")
    for alert_id in accepted:
        await officer.alert_of(alert_id)
    assert len({(a["alert_id"], a["rev"]) for a in officer.shown}) == len(officer.shown)
    assert officer.holes == []
    await officer.close()
