"""What must hold of every run: nothing shown twice, nothing back a rev, and in the end every screen is the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from geo.store.rows import Act, HeldRow
from tests.simulation.devices import ANEW, Device

GRACE_S = 15.0
"""So long a screen may lag behind the dispatcher's pen: a store away for 6 s, a sweep, a slow link. Who stood still
for longer has said nothing meanwhile, or to nobody."""
Times = Mapping[str, Sequence[tuple[float, float]]]


def faults_of(device: Device, held: Iterable[HeldRow], must: Mapping[str, str]) -> list[str]:
    """Everything wrong with one device that has been left in peace. ``must`` are records that its officer has to have
    been told of by any policy, with the reason why."""
    who = f"{device.officer}/{device.device}"
    return [
        *_order(device, who),
        *_end(device, who, {row.record: row for row in held}),
        *(
            f"{who}: lost {record} ({why})"
            for record, why in must.items()
            if all(one.alert != record or not one.rev for one in device.screen.shown)
        ),
    ]


def _order(device: Device, who: str) -> list[str]:
    newest: dict[str, int] = {}
    found = []
    for one in device.screen.shown:
        if one.style == ANEW:
            newest.clear()
        if not one.rev:
            continue
        last = newest.get(one.alert, 0)
        if one.rev == last:
            found.append(f"{who}: {one.alert} rev {one.rev} shown twice")
        elif one.rev < last:
            found.append(f"{who}: {one.alert} rev {one.rev} shown after rev {last}")
        newest[one.alert] = max(last, one.rev)
    return found


def _end(device: Device, who: str, held: Mapping[str, HeldRow]) -> list[str]:
    found = []
    if not device.live:
        return [f"{who}: not connected and caught up in the end"]
    for record, row in held.items():
        on_screen = device.holding.alerts.get(record)
        owed = row.act is Act.ALERT and row.inside
        if owed and (on_screen is None or on_screen.rev != row.rev):
            has = "nothing" if on_screen is None else f"rev {on_screen.rev}"
            found.append(f"{who}: is owed {record} rev {row.rev} (seq {row.seq}) and holds {has}")
        if not owed and row.act in (Act.CANCEL, Act.PURGE) and on_screen is not None:
            found.append(f"{who}: still shows {record}, which was taken back (seq {row.seq})")
    unknown = [record for record in device.holding.alerts if record not in held]
    return found + [f"{who}: shows {record}, of which nothing is on record" for record in unknown]


def shown_amiss(device: Device, forbidden: Times, why: str) -> list[str]:
    """What was on the screen in a time in which it must not have come there; what must not be there in the end."""
    who = f"{device.officer}/{device.device}"
    found = [
        f"{who}: {one.alert} rev {one.rev} shown at {one.at:.1f} ({why} since {start:.1f})"
        for one in device.screen.shown
        for start, end in forbidden.get(one.alert, ())
        if one.rev and start + GRACE_S < one.at < end
    ]
    for record, times in forbidden.items():
        if any(end == float("inf") for _, end in times) and record in device.holding.alerts:
            found.append(f"{who}: holds {record} in the end ({why})")
    return found
