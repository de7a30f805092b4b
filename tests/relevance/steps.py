"""The vocabulary about officers, time and the server: each phrase with its meaning. VOCABULARY.md is made of it."""

from __future__ import annotations

import re
from pathlib import Path

from geo.clock import SECOND
from geo.marking import Clearance
from geo.model import Disposition, UnitStatus
from geo.position import Fix
from streams.relevance.policy import load_policy, policy_text
from tests.relevance import briefing_steps, record_steps  # noqa: F401 (fills the vocabulary)
from tests.relevance.phrases import Place, phrase
from tests.relevance.world import HE, World, offset

_WALK_MPS = 1.4


# ------------------------------------------------------------------ officers
@phrase("an officer, {status}")
async def an_officer(world: World, status: str) -> None:
    """He comes on duty, stands where he starts, and his device says so."""
    await world.comes_on_duty(HE, UnitStatus(status), Place(0.0, 0.0))


@phrase("an officer without a position, {status}")
async def an_officer_nowhere(world: World, status: str) -> None:
    """He comes on duty, and his device has no fix."""
    await world.comes_on_duty(HE, UnitStatus(status), None)


@phrase("{pc}, {status}, {place}")
async def a_colleague(world: World, name: str, status: str, place: Place) -> None:
    """A colleague comes on duty there."""
    await world.comes_on_duty(name, UnitStatus(status), place)


@phrase("{who} drives {direction} at {number} m/s")
async def drives(world: World, who: str, bearing: float, speed: float) -> None:
    """From now on; the device sends a fix every 10 s, with speed and heading."""
    await _moves(world, who, speed, bearing)


@phrase("{who} walks {direction}")
async def walks(world: World, who: str, bearing: float) -> None:
    """1.4 m/s, from now on."""
    await _moves(world, who, _WALK_MPS, bearing)


@phrase("{who} stands still")
async def stands(world: World, who: str) -> None:
    """From now on; the device goes on sending fixes."""
    await _moves(world, who, 0.0, None)


async def _moves(world: World, who: str, speed: float, bearing: float | None) -> None:
    body = world.officers[who]
    body.speed, body.heading = speed, bearing
    world.clock.set(world.now + SECOND)
    world.sends_fix(body)
    await world.tick()


@phrase("{who} reports himself {status}")
async def reports(world: World, who: str, status: str) -> None:
    """He sets his status."""
    await world.says_status(world.officers[who], UnitStatus(status))
    await world.tick()


@phrase("{who} has the skill {word}")
async def has_skill(world: World, who: str, skill: str) -> None:
    """By the roster."""
    await world.is_now(who, skills=(skill,))


@phrase("{who} works as {word}")
async def works_as(world: World, who: str, role: str) -> None:
    """His role by the roster; response without this."""
    await world.is_now(who, role=role)


@phrase("{who} crews {name}")
async def crews(world: World, who: str, callsign: str) -> None:
    """He is of the unit with this callsign."""
    await world.crews(who, callsign)


@phrase("{who} crews {name}, which carries {word}")
async def crews_with(world: World, who: str, callsign: str, equipment: str) -> None:
    """He is of the unit with this callsign, which has this equipment."""
    await world.crews(who, callsign, equipment=(equipment,))


@phrase("{who} patrols beat {name}")
async def patrols(world: World, who: str, beat: str) -> None:
    """His beat for this shift."""
    await world.patrols(who, beat)


@phrase("beat {name} is part of district {name}")
async def district(world: World, beat: str, name: str) -> None:
    """By the roster. The beat lies far away from where he is."""
    await world.has_beat(beat, name)


@phrase("{who} is cleared for {word}")
async def cleared(world: World, who: str, level: str) -> None:
    """official (without this), official-sensitive or secret."""
    await world.is_now(who, clearance=Clearance.parse(level))


@phrase("{who} belongs to operation {name}")
async def belongs(world: World, who: str, operation: str) -> None:
    """By the roster."""
    await world.is_now(who, operations=(operation,))


@phrase("{who} belongs to no operation any more")
async def belongs_no_more(world: World, who: str) -> None:
    """The roster takes it away."""
    await world.is_now(who, by_token=False, operations=())


# ------------------------------------------------------------------ what his device says
@phrase("the fixes of {who} are good to {number} m")
async def good_to(world: World, who: str, metres: float) -> None:
    """Their accuracy from now on; 5 m without this."""
    world.officers[who].accuracy_m = metres
    world.clock.set(world.now + SECOND)
    world.sends_fix(world.officers[who])
    await world.tick()


@phrase("the fixes of {who} jump about by {number} m")
async def jitters(world: World, who: str, metres: float) -> None:
    """Jitter: every fix is so far from where he is, each in another direction."""
    world.officers[who].jitter_m = metres


@phrase("the device of {who} falls silent")
async def falls_silent(world: World, who: str) -> None:
    """It sends no fixes any more."""
    world.officers[who].sends = False


@phrase("the device of {who} freezes")
async def freezes(world: World, who: str) -> None:
    """It goes on saying the same place, to the last digit, with the speed that he has."""
    world.officers[who].frozen = True


@phrase("{time} later his next fix says {place}")
async def next_fix(world: World, seconds: float, place: Place) -> None:
    """He was not heard of in between; the fix has no speed and no heading of its own."""
    body = world.officers[HE]
    (body.east, body.north), body.speed, body.heading = offset(place), 0.0, None
    world.clock.set(world.now + int(seconds * SECOND))
    world.pipeline.moved(HE, Fix(world.now, *world.lonlat(body), body.accuracy_m))
    await world.tick()


@phrase("a fix of him, dated {time} ahead, says {place}")
async def fix_ahead(world: World, seconds: float, place: Place) -> None:
    """His device's clock is wrong."""
    world.clock.set(world.now + 10 * SECOND)
    world.pipeline.moved(HE, Fix(world.now + int(seconds * SECOND), *world.frame.at(*offset(place)), 5.0))
    await world.tick()


@phrase("a fix of him, dated {time} ago, says {place}")
async def fix_ago(world: World, seconds: float, place: Place) -> None:
    """His device's clock is wrong, or the fix was long on its way."""
    world.clock.set(world.now + 10 * SECOND)
    world.pipeline.moved(HE, Fix(world.now - int(seconds * SECOND), *world.frame.at(*offset(place)), 5.0))
    await world.tick()


@phrase("{who} connects with a second device")
async def second_device(world: World, who: str) -> None:
    """The same officer, another device: one series, one budget."""
    await world.pipeline.connect(world.officers[who].profile, world.now)
    await world.tick()


# ------------------------------------------------------------------ time and the server
@phrase("{time} later")
async def later(world: World, seconds: float) -> None:
    """Time goes by; who drives, drives on; devices that are not silent send fixes."""
    await world.later(seconds)


@phrase("the server restarts")
async def restarts(world: World) -> None:
    """The process ends without warning, another starts on the same store, and the devices come back."""
    await world.restart()


@phrase("the policy changes: {key} = {text}")
async def policy_changes(world: World, path: str, value: str) -> None:
    """A new version with this one value comes into force."""
    table, key = path.rsplit(".", 1)
    _, text = policy_text(world.policy)
    changed, times = re.subn(
        rf"(?ms)^(\[{re.escape(table)}\]\n.*?^{key} *= *)[^#\n]*", rf"\g<1>{value} ", text, count=1
    )
    assert times == 1, f"the policy has no {path}"
    world.pipeline.policy_changed(load_policy(str(_written(world, changed))), world.now)
    await world.tick()


def _written(world: World, text: str) -> Path:
    path = world.folder / f"{world.number()}.toml"
    path.write_text(text, encoding="utf-8")
    return path


# ------------------------------------------------------------------ what has been said before
@phrase("{who} has been interrupted {number} times in the last minute")
async def interrupted(world: World, who: str, times: float) -> None:
    """By as many robberies round the corner, none of which threatens life: his budget is spent by so much."""
    for _ in range(int(times)):
        await record_steps.unrelated(world, "robbery", "emergency", Place(120.0, 180.0))
        world.clock.set(world.now + 10 * SECOND)
        world.sends_fix(world.officers[who])
        await world.tick()
    told = [one.what for one in world.heard if one.officer == who and one.seq]
    assert told == ["interrupt"] * int(times), f"he was to be interrupted {times:.0f} times, and heard {told}"
    world.heard.clear()


@phrase("{number} disturbances are reported round him, one every {time}")
async def round_him(world: World, number: float, seconds: float) -> None:
    """Priority calls on all sides, 150 to 500 m away, none of which threatens life."""
    for nth in range(int(number)):
        await record_steps.unrelated(world, "disturbance", "priority", Place(150.0 + 35.0 * (nth % 11), 77.0 * nth))
        await world.later(seconds)


@phrase("{who} answers {it}: {word}")
async def answers(world: World, who: str, it: str, disposition: str) -> None:
    """acknowledged, attending, handled or not_relevant."""
    world.pipeline.answered(who, world.id_of(it), Disposition(disposition), 1)
    await world.tick()


@phrase("{who} has not answered {it} in time")
async def overdue(world: World, who: str, it: str) -> None:
    """The escalation finds it, and has it said again."""
    await world.late(who, it)


@phrase("{number} others have answered {it}: {word}")
async def others_answered(world: World, number: float, it: str, disposition: str) -> None:
    """Officers elsewhere who were told of it too."""
    for nth in range(int(number)):
        world.pipeline.answered(f"other-{nth}", world.id_of(it), Disposition(disposition), 1)


@phrase("what was said so far is set aside")
async def set_aside(world: World) -> None:
    """It is not what the scenario is about."""
    world.heard.clear()
