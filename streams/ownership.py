"""The officers whom this process decides for: taken with what they were told, and let go after the last device left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from geo.clock import MINUTE, Instant
from geo.marking import Clearance
from geo.model import Officer
from geo.picture import LivePicture
from geo.store.contract import Store
from geo.store.process_rows import Seat
from geo.store.rows import Act, HeldRow, OfficerState
from streams.corrections import Corrections
from streams.following import Following, Shape
from streams.held import Held
from streams.officers.situations import Situations
from streams.taking_back import TakingBack, may_have_been
from streams.withdrawn import is_withdrawn

log = logging.getLogger("beatline.ownership")

RESUME_WINDOW = 30 * MINUTE
"""How long officers are decided for after their last device left: as long as a resume is answered with a replay."""
ADOPTED_AT_A_TIME = 500
"""The dead process's officers are taken in portions, between which the path goes on for the others."""
CELLS_AT_A_TIME = 512
"""Last cells written every 5 s: 10,000 officers' in 100 s, without a burst."""


def narrower(token: Officer, roster: Officer | None) -> Officer:
    """Who he is by the roster, with no more rights than the token and the roster both give.

    Whom the roster does not know has the token's. Where the two name different forces, he is the token's, at the
    lowest clearance and in no operation: one of the two is wrong.
    """
    if roster is None:
        return token
    if roster.force != token.force:
        return replace(roster, force=token.force, clearance=Clearance.OFFICIAL, operations=())
    return replace(
        roster,
        clearance=min(token.clearance, roster.clearance),
        operations=tuple(sorted(set(token.operations) & set(roster.operations))),
    )


class Ownership:
    """Takes officers in groups: ten thousand that connect at once are a few transactions, not ten thousand."""

    def __init__(
        self,
        store: Store,
        picture: LivePicture,
        situations: Situations,
        held: Held,
        following: Following,
        owner: str,
    ) -> None:
        self._store, self._picture, self._situations, self._held = store, picture, situations, held
        self._following, self._owner = following, owner
        self.corrections = Corrections(store, picture, situations, held, following)
        following.withdrew = TakingBack(store, picture, situations, held).load
        self._asked: dict[str, tuple[Officer, list[asyncio.Future[OfficerState]]]] = {}
        self._seats: list[Seat] = []
        self._unsure = False
        """An adoption was begun and its end is not known."""
        self._tokens: dict[str, Officer] = {}
        self._cells: dict[int, tuple[float, float, Instant]] = {}
        self._next_cell = 0
        self._unwritten: set[int] = set()
        self._fetched: list[int] = []
        self.as_said: Callable[[OfficerState], OfficerState] = lambda state: state
        """The row, with what he has said here and the store does not know yet."""

    def ask(self, officer: Officer, seat: Seat | None = None) -> asyncio.Future[OfficerState]:
        """To be taken with the next group; ``seat`` is written with it."""
        if seat is not None:
            self._seats.append(seat)
        future: asyncio.Future[OfficerState] = asyncio.get_running_loop().create_future()
        _, futures = self._asked.get(officer.id, (officer, []))
        self._asked[officer.id] = (officer, [*futures, future])
        return future

    async def admit(self, shape: Shape, now: Instant) -> list[int]:
        """Takes everybody who asked; returns their slots. A failure is everybody's answer, and nobody is taken."""
        asked, self._asked = self._asked, {}
        seats, self._seats = self._seats, []
        if not asked:
            return []
        officers = {name: officer for name, (officer, _) in asked.items()}
        try:
            states = await self._store.take(sorted(officers), self._owner, now, officers, seats)
            await self._settle(states, officers, True, shape, now)
        except Exception as error:
            for _, futures in asked.values():
                for future in futures:
                    if not future.done():
                        future.set_exception(error)
            return []
        for state in states:
            for future in asked[state.officer][1]:
                if not future.done():
                    future.set_result(state)
        return [self._situations.slot_of[state.officer] for state in states]

    async def adopt(self, shape: Shape, now: Instant) -> list[OfficerState]:
        """Goes on for some officers of the last half hour whose process is dead; empty: there are no more. Whom
        neither his token of then nor the roster describes waits until his device is back."""
        since, unsure = now - RESUME_WINDOW, self._unsure
        self._unsure = True
        states = await self._store.adopt(self._owner, now, since, ADOPTED_AT_A_TIME)
        if unsure:  # the answer to an earlier try may have been lost: some are ours, and we do not know them
            ours = [one for one in await self._store.officer_states(since) if one.owner == self._owner]
            here = {one.officer for one in states} | self._situations.slot_of.keys()
            states += [one for one in ours if one.officer not in here]
        officers = {state.officer: state.rights or self._following.roster.get(state.officer) for state in states}
        known = {name: officer for name, officer in officers.items() if officer is not None}
        await self._settle([state for state in states if state.officer in known], known, False, shape, now)
        self._unsure = False
        return states

    def taken(self, states: Iterable[OfficerState]) -> list[str]:
        """Others own these by now: they are forgotten here, but for those whom this process has taken since."""
        slots, term = self._situations.slot_of, self._situations.term
        lost = [one.officer for one in states if one.officer in slots and one.term > int(term[slots[one.officer]])]
        self.forget(lost)
        return lost

    def rights_of(self, token: Officer) -> Officer:
        """The narrower of the token's rights and the roster's."""
        return narrower(token, self._following.roster.get(token.id))

    def rights_changed(self, slots: Iterable[int]) -> None:
        """The roster says something new of these officers."""
        for slot in slots:
            officer = self._situations.officers[slot]
            token = self._tokens.get(officer, self._following.roster.get(officer))
            if token is not None:
                self._situations.rights_changed(narrower(token, self._following.roster.get(officer)))

    def let_go(self, now: Instant) -> None:
        """Forgets officers whose last device left more than the resume window ago."""
        situations = self._situations
        idle = situations.used & ~situations.connected & (situations.seen_at < now - RESUME_WINDOW)
        self.forget([situations.officers[slot] for slot in np.flatnonzero(idle).tolist()])

    def forget(self, officers: Sequence[str]) -> None:
        for officer in officers:
            slot = self._situations.slot_of.get(officer)
            if slot is None:
                continue
            self._held.drop(self._held.of_officers(np.array([slot], np.int32)))
            self._cells.pop(slot, None)
            self._unwritten.discard(slot)
            self._tokens.pop(officer, None)
            self._situations.drop(officer)

    def lost(self, officers: Iterable[str]) -> None:
        """RECORD dropped their rows: another process owns them by now."""
        for officer in sorted(set(officers)):
            log.warning("officer %s is owned by another process by now", officer)
            self.forget([officer])

    def cells(self, also: Iterable[str]) -> tuple[tuple[str, float, float, Instant], ...]:
        """Last places to be written: of ``also``, and of the next few officers who are in another cell by now."""
        situations = self._situations
        slots = [situations.slot_of[officer] for officer in also if officer in situations.slot_of]
        size = len(situations.officers)
        turn = [(self._next_cell + step) % size for step in range(min(size, CELLS_AT_A_TIME))] if size else []
        self._next_cell = (self._next_cell + len(turn)) % max(size, 1)
        slots += [slot for slot in turn if situations.connected[slot] and self._moved_on(slot)]
        return self._cells_of(dict.fromkeys(slots))

    def placed(self, slots: Iterable[int]) -> None:
        """Fixes of theirs were trusted."""
        self._unwritten.update(slot for slot in slots if slot not in self._cells)

    def first_cells(self) -> tuple[tuple[str, float, float, Instant], ...]:
        """Places of officers of whom none was written yet: with the tick that brought them, or who has just come on
        duty would be nowhere after a crash. A few at a time."""
        return self._cells_of([self._unwritten.pop() for _ in range(min(len(self._unwritten), CELLS_AT_A_TIME))])

    def _cells_of(self, slots: Iterable[int]) -> tuple[tuple[str, float, float, Instant], ...]:
        situations, found = self._situations, []
        for slot in slots:
            if situations.fix_at[slot]:
                lon, lat, at = float(situations.lon[slot]), float(situations.lat[slot]), int(situations.fix_at[slot])
                self._cells[slot] = (lon, lat, at)
                self._unwritten.discard(slot)
                found.append((situations.officers[slot], lon, lat, at))
        return tuple(found)

    def _moved_on(self, slot: int) -> bool:
        """In another cell than was written (0.001 degrees), or ten minutes on: a start needs to know who was here."""
        written = self._cells.get(slot)
        if written is None:
            return True
        lon, lat, at = written
        far = max(abs(lon - float(self._situations.lon[slot])), abs(lat - float(self._situations.lat[slot]))) > 0.001
        return far or int(self._situations.fix_at[slot]) - at > 10 * MINUTE

    async def _settle(
        self,
        states: Sequence[OfficerState],
        tokens: Mapping[str, Officer],
        connected: bool,
        shape: Shape,
        now: Instant,
    ) -> None:
        """Takes them in, with what they were told. Those with a device here say again when they move."""
        names = sorted(state.officer for state in states)
        rows = await self._store.held(names)
        await self._fetch(rows, shape, now)
        given = await self.corrections.read(names, shape, now)  # before anybody is in: from there on nothing waits
        of_officer: dict[str, list[HeldRow]] = {name: [] for name in names}
        for row in rows:
            of_officer[row.officer].append(row)
        for state in states:
            token = tokens[state.officer]
            self._tokens[state.officer] = token
            slot = self._situations.put(self.rights_of(token), self.as_said(state), now, connected)
            self._held.load(slot, of_officer[state.officer], self._picture.slot_of)
        for officer, standing in given.items():
            self.corrections.stand(officer, standing)

    def fetched(self) -> list[int]:
        """Slots of records that came into the picture with officers, not by the change log, since this was asked."""
        fetched, self._fetched = self._fetched, []
        return fetched + self.corrections.fetched()

    async def _fetch(self, rows: Sequence[HeldRow], shape: Shape, now: Instant) -> None:
        """Records that a device may still show and the picture does not have (they ended meanwhile: that is owed), and
        those of which another process has told a newer version than has come here: by the older one he would be told
        again what has been corrected. What comes into the picture so is decided anew for everybody here: the change
        log brings it as known already."""
        picture = self._picture
        wanted = {row.record for row in rows if _lacks(picture, row)}
        history = may_have_been(rows, picture)
        if wanted or history:
            found = (await self._store.records(sorted(wanted | history))).values()
            items = [one for one in found if one.record.id in wanted or is_withdrawn(one.record)]
            gone = [one.record.id for one in items if one.record.id in history]
            self._fetched += self._following.take_in(items, shape, now).tolist()
            await self._following.withdrew(gone)  # others here may have it too, and the log brings it as known


def _lacks(picture: LivePicture, row: HeldRow) -> bool:
    slot = picture.slot_of.get(row.record)
    return row.act is Act.ALERT if slot is None else bool(picture.version[slot] < row.told_version)
