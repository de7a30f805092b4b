"""A newcomer changes one weight and sees in one command what it would have done to last night. Nobody is disturbed."""

from __future__ import annotations

import asyncio
import json

from tests.journeys.kit import Device, Server, beatline, metres_from


async def a_night_of(server: Server) -> tuple[Device, Device, str]:
    """Two officers, one beside a robbery and one beside a burglary; the robbery is closed."""
    near = await Device(server, "pc-near").on_patrol(metres_from(server.place, 300, 0))
    far = await Device(server, "pc-far").on_patrol(metres_from(server.place, 1_500, 0))
    robbery = server.post(source_id="R-1")
    await near.expect("alert", alert_id=robbery, style="interrupt")
    await far.alert_of(robbery)
    burglary = server.post(
        source_id="B-1", category="burglary", grade="priority", title="Burglary", at=metres_from(server.place, 1_600, 0)
    )
    await far.expect("alert", alert_id=burglary)
    return near, far, robbery


async def test_one_weight_is_tried_on_last_night_in_one_command(own_server: Server) -> None:
    near, far, robbery = await a_night_of(own_server)
    heard = [len(device.shown) for device in (near, far)]
    words = ["policy", "diff", "--on", str(own_server.data), "--set", "bands.p1=0.9999", "--json"]
    found = json.loads((await asyncio.to_thread(beatline, *words)).stdout)
    assert found["a"]["interrupts"] >= 1
    assert found["b"]["interrupts"] == 0
    softer = {(changed["officer"], changed["record"]) for changed in found["softer"]}
    assert (near.officer, robbery) in softer
    assert found["must_deliver_missed"] == 0
    assert f"that night really had {found['a']['interrupts']} interruptions" in found["notes"][0]
    assert [len(device.shown) for device in (near, far)] == heard, "a policy that was only tried disturbed somebody"
    await near.close()
    await far.close()


async def test_a_file_of_ones_own_is_compared_with_the_running_policy(own_server: Server) -> None:
    near, far, _ = await a_night_of(own_server)
    mine = own_server.data.parent / "mine.toml"
    shipped = (await asyncio.to_thread(beatline, "policy", "show", "--data", str(own_server.data))).stdout
    mine.write_text(shipped.replace("\nreach_m = 2100", "\nreach_m = 700"))
    said = (await asyncio.to_thread(beatline, "policy", "diff", str(mine), "--on", str(own_server.data))).stdout
    assert "would have missed" in said
    assert far.officer in said
    assert "Robbery (emergency, test-cad R-1" in said
    wrong = await asyncio.to_thread(
        lambda: beatline("policy", "diff", "--on", str(own_server.data), "--set", "terms.rech=2", check=False)
    )
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("beatline: --set terms.rech=2")
    await near.close()
    await far.close()
