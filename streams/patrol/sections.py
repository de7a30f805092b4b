"""Which item stands in which section, in a sergeant's order: nothing twice, a screenful each, and how many more"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from geo.clock import DAY, HOUR, Instant
from geo.model import Briefing, IntelReport, Record, RecordKind, Status, Stored, hazard_mask
from geo.place import distance_m, point_of
from streams.patrol.changes import changes
from streams.patrol.document import A_SCREENFUL, Item, Part, Section
from streams.patrol.gathering import NO_NEWS
from streams.patrol.hazard_words import DEADLY, LASTING
from streams.patrol.items import Hour, Said, danger_text, item_of, status_text
from streams.patrol.judging import Judged
from streams.patrol.times import clock_text
from streams.patrol.where import NEXT_TO_M

SAME_PLACE_M = 40.0
"""Closed calls of one kind that near to each other are told as one."""
IN_REACH_M = 250.0
"""A hazard outside the beat is told of so near to its edge: one street on."""

LIVE_IN_SAFETY = 2
"""Of what goes on, so much stands among the warnings; the rest is in its own section with its hazards."""
GOING_ON = 2 * HOUR
"""Who says of an older call that it is going on has not looked."""
_GOING_ON, _OPEN = "going on now", "still open"

Key = tuple[float, ...]


@dataclass(slots=True)
class Sorting:
    """What is sorted: everything that the reader may know, and what he asks of it. ``before`` are the versions as of
    ``since``; ``twins`` the other reports of the same thing that he may know too."""

    everything: Sequence[Judged]
    before: Mapping[str, Stored]
    since: Instant
    callsign: str
    answered: Mapping[str, Instant]
    hour: Hour
    twins: Callable[[int], Sequence[int]]
    tally: str = ""
    """What came in since then, in figures."""
    done: set[str] = field(default_factory=set)
    """Records that are told, stand for one that is told, or are counted in "and so many more"."""

    def parts(self, places: Part) -> tuple[Part, ...]:
        """All sections, numbered through."""
        self._behind_twins()
        safety = self._safety()
        found = {
            Section.SAFETY: safety,
            Section.MUST_READ: self._must_read(),
            Section.LIVE: self._live(),
            Section.LOOKOUTS: self._lookouts(),
            Section.CHANGED: self._changed(),
            Section.INTELLIGENCE: self._intelligence(),
            Section.PROBLEM_PLACES: places,
            Section.TASKING: self._tasking(),
        }
        found[Section.SAFETY] = replace(safety, more=sum(1 for one in self._endangering() if self._open(one)))
        return self._numbered([found[section] for section in Section])

    # ------------------------------------------------------------------ the sections
    def _safety(self) -> Part:
        """What can hurt him: markers, hazards at places, and what is going on with either. What goes on and does not
        fit in is in its own section all the same."""
        chosen = sorted(self._endangering(), key=lambda one: _danger(one, self.hour.now))
        items: list[Item] = []
        for one in chosen:
            going_on = sum(item.why[0] in (_GOING_ON, _OPEN) for item in items)
            if len(items) == A_SCREENFUL or not self._open(one) or (_goes_on(one) and going_on == LIVE_IN_SAFETY):
                continue
            others = self._others(one, chosen)
            details = (status_text(one.item.record) if _goes_on(one) else "", self._again(others))
            said = Said(danger_text(one.item.record), tuple(filter(None, details)), (_why(one, self.hour.now),))
            items.append(self._item(one, Section.SAFETY, said, others))
        return Part(section=Section.SAFETY, items=tuple(items), note="" if items else "No hazard is known here.")

    def _must_read(self) -> Part:
        his = [one for one in self.everything if isinstance(one.item.record, Briefing) and one.addressed and one.live]
        items, more = self._best(Section.MUST_READ, his, lambda one: Said(why=("addressed to you",)), self._unread)
        said = tuple(replace(item, acknowledged=self._acknowledged(one)) for item, one in items)
        return Part(section=Section.MUST_READ, items=said, more=more, note="" if said else "No briefing is for you.")

    def _live(self) -> Part:
        going_on = [one for one in self.everything if _is_incident(one) and one.live and _near(one)]

        def said(one: Judged) -> Said:
            return Said(details=(status_text(one.item.record),))

        items, more = self._best(Section.LIVE, going_on, said, _by_shift)
        return Part(
            section=Section.LIVE,
            items=tuple(item for item, _ in items),
            more=more,
            note="" if items else "Nothing is going on.",
        )

    def _lookouts(self) -> Part:
        looked_for = [one for one in self._intel() if _is_lookout(one.item.record)]

        def said(one: Judged) -> Said:
            return Said(
                why=("look out for it in the whole force",) if one.metres != one.metres else ("look out for it",)
            )

        items, more = self._best(Section.LOOKOUTS, looked_for, said, _by_history)
        return Part(
            section=Section.LOOKOUTS,
            items=tuple(item for item, _ in items),
            more=more,
            note="" if items else "Nobody and nothing is looked for here.",
        )

    def _changed(self) -> Part:
        said: dict[str, Said] = {}
        found = [one for one in self.everything if self._open(one) and self._is_news(one, said)]
        found.sort(key=_by_history)
        items: list[Item] = []
        for one in found:
            if len(items) == A_SCREENFUL or not self._open(one):
                continue
            own = said[one.id]
            others = self._others(one, found)
            details = tuple(filter(None, (*own.details, self._again(others))))
            items.append(self._item(one, Section.CHANGED, replace(own, details=details), others))
        more = self._count(found)
        since = clock_text(self.since, self.hour.now, self.hour.zone)
        note = f"Since {since}{self.tally}." if items else f"Nothing that matters since {since}{self.tally}."
        return Part(section=Section.CHANGED, items=tuple(items), more=more, note=note)

    def _intelligence(self) -> Part:
        items, more = self._best(Section.INTELLIGENCE, self._intel(), lambda one: Said(), _by_history)
        return Part(
            section=Section.INTELLIGENCE,
            items=tuple(item for item, _ in items),
            more=more,
            note="" if items else "No intelligence about this beat.",
        )

    def _tasking(self) -> Part:
        if not self.callsign:
            return Part(section=Section.TASKING, note="The roster has no unit for you on this shift.")
        his = [one for one in self.everything if one.tasked and one.live]

        def said(one: Judged) -> Said:
            return Said(details=(status_text(one.item.record),), why=(f"assigned to {self.callsign}",))

        items, more = self._best(Section.TASKING, his, said, _by_shift)
        note = "" if his else f"Nothing is assigned to {self.callsign}."
        return Part(section=Section.TASKING, items=tuple(item for item, _ in items), more=more, note=note)

    # ------------------------------------------------------------------ what belongs where
    def _endangering(self) -> list[Judged]:
        return [one for one in self.everything if _endangers(one, self.hour.now)]

    def _intel(self) -> list[Judged]:
        return [
            one
            for one in self.everything
            if isinstance(one.item.record, IntelReport)
            and _valid(one.item.record, self.hour.now)
            and (_near(one) or one.tasked or _is_lookout(one.item.record))
        ]

    def _is_news(self, one: Judged, said: dict[str, Said]) -> bool:
        """It changed since then, or it came in and is over; how, is put into ``said``."""
        record = one.item.record
        if isinstance(record, Briefing) or not _near(one):
            return False
        was = self.before.get(record.id)
        if was is not None and one.item.written_at > self.since:
            changed = changes(was.record, record, self.hour.now, self.hour.zone) if _comparable(was, one.item) else ()
            at = clock_text(one.item.written_at, self.hour.now, self.hour.zone)
            said[record.id] = Said(details=tuple(_sentence(text) for text in changed[:3]), why=(f"changed {at}",))
            return bool(changed) and (one.in_beat or record.grade.rank > 0)
        fresh = record.reported_at > self.since and _is_incident(one) and not one.live and one.in_beat
        said[record.id] = Said(details=(status_text(record),), why=("new since then",))
        cancelled = record.status is Status.CANCELLED
        return fresh and record.grade.rank > 0 and record.category not in NO_NEWS and not cancelled

    def _acknowledged(self, one: Judged) -> bool:
        """He answered it, and it was not changed since in what he has to know."""
        record, at = one.item.record, self.answered.get(one.id)
        asked_anew = isinstance(record, Briefing) and record.ack_version == one.item.version
        return at is not None and (not asked_anew or at >= one.item.written_at)

    def _unread(self, one: Judged) -> Key:
        record = one.item.record
        read = self._acknowledged(one)
        waits = isinstance(record, Briefing) and record.must_ack and not read
        return (-float(waits), float(read), *_by_shift(one))

    # ------------------------------------------------------------------ choosing
    def _open(self, one: Judged) -> bool:
        return one.id not in self.done

    def _best(
        self, section: Section, found: Iterable[Judged], said: Callable[[Judged], Said], key: Callable[[Judged], Key]
    ) -> tuple[list[tuple[Item, Judged]], int]:
        """The first of them, as items, and how many more there are."""
        waiting = sorted((one for one in found if self._open(one)), key=key)
        items = [(self._item(one, section, said(one), ()), one) for one in waiting[:A_SCREENFUL]]
        return items, self._count(waiting[A_SCREENFUL:])

    def _count(self, rest: Iterable[Judged]) -> int:
        """How many are left; they are not told of in a later section."""
        left = {one.id for one in rest if self._open(one)}
        self.done |= left
        return len(left)

    def _item(self, one: Judged, section: Section, said: Said, others: Sequence[Judged]) -> Item:
        self.done.add(one.id)
        self.done.update(other.id for other in others)
        if also := self._sources_behind(one):
            said = replace(said, also=also)
        return item_of(one, section, said, self.hour)

    def _others(self, one: Judged, found: Iterable[Judged]) -> list[Judged]:
        """Closed calls of the same kind at the same place: a fourth fight at that corner is one line, not four."""
        if not _is_incident(one) or one.live:
            return []
        return [
            other
            for other in found
            if other is not one and self._open(other) and not other.live and _is_incident(other) and _alike(one, other)
        ]

    def _again(self, others: Sequence[Judged]) -> str:
        if not others:
            return ""
        times = sorted((other.item.record.reported_at for other in others), reverse=True)
        said = [clock_text(at, self.hour.now, self.hour.zone) for at in times[:2]]
        more = f" and {len(times) - 2} more" if len(times) > 2 else ""
        return f"The same there {', '.join(said)}{more}"

    # ------------------------------------------------------------------ twins
    def _behind_twins(self) -> None:
        """Of several sources that report one thing, the one that matters most is told."""
        by_slot = {one.slot: one for one in self.everything}
        doubled = [one for one in self.everything if self.twins(one.slot)]
        for one in sorted(doubled, key=_by_shift):
            if self._open(one):
                twins = (by_slot[slot] for slot in self.twins(one.slot) if slot in by_slot)
                self.done.update(twin.id for twin in twins)

    def _sources_behind(self, one: Judged) -> tuple[str, ...]:
        twins = self.twins(one.slot)
        if not twins:
            return ()
        by_slot = {other.slot: other for other in self.everything}
        sources = (by_slot[slot].item.record.source for slot in twins if slot in by_slot)
        return tuple(dict.fromkeys(source for source in sources if source != one.item.record.source))

    # ------------------------------------------------------------------ numbers
    def _numbered(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        number = 0
        numbered = []
        for part in parts:
            items = []
            for item in part.items:
                number += 1
                items.append(replace(item, number=number))
            numbered.append(replace(part, items=tuple(items)))
        return tuple(self._with_tasking_note(numbered))

    def _with_tasking_note(self, parts: list[Part]) -> list[Part]:
        """What is his and stands further up is named by its number, and not said again."""
        his = {one.id for one in self.everything if one.tasked and one.live}
        items = [item for part in parts if part.section is not Section.TASKING for item in part.items]
        above = [item.number for item in items if item.record in his]
        if above:
            named = ", ".join(map(str, above))
            tasking = replace(parts[-1], note=f"{self.callsign} is assigned to item{'s' * (len(above) > 1)} {named}.")
            return [*parts[:-1], tasking]
        return parts


# ------------------------------------------------------------------ what a record is
def _is_incident(one: Judged) -> bool:
    return one.item.record.kind in (RecordKind.INCIDENT, RecordKind.EMERGENCY)


def _is_lookout(record: Record) -> bool:
    return isinstance(record, IntelReport) and record.lookout


def _near(one: Judged) -> bool:
    return one.in_beat or one.metres <= NEXT_TO_M


def _valid(record: Record, now: Instant) -> bool:
    ends, begins = record.valid.end, record.valid.start
    return record.status.live and (ends is None or ends > now) and (begins is None or begins <= now + DAY)


def _endangers(one: Judged, now: Instant) -> bool:
    record = one.item.record
    if isinstance(record, Briefing) or not (one.in_beat or one.metres <= IN_REACH_M):
        return False
    if isinstance(record, IntelReport):
        return bool(record.hazards) and not record.lookout and _valid(record, now)
    if one.live:
        return bool(hazard_mask(record.hazards) & (DEADLY | LASTING)) or record.kind is RecordKind.EMERGENCY
    lasting = bool(hazard_mask(record.hazards) & LASTING)
    return lasting and record.status is not Status.CANCELLED


def _comparable(was: Stored, item: Stored) -> bool:
    """Nothing is said of a version that was marked higher than what he may know now."""
    before, after = was.record.marking, item.record.marking
    return before.level <= after.level and set(before.operations) <= set(after.operations)


def _alike(one: Judged, other: Judged) -> bool:
    first, second = one.item.record, other.item.record
    if first.category != second.category:
        return False
    if first.place is None or second.place is None:
        return bool(first.place_text) and first.place_text == second.place_text
    return float(distance_m(*point_of(first.place), *point_of(second.place))) <= SAME_PLACE_M


# ------------------------------------------------------------------ what comes first
def _by_shift(one: Judged) -> Key:
    return (-float(one.shift.must), -one.shift.total, -one.item.record.reported_at)


def _by_history(one: Judged) -> Key:
    return (-float(one.history.must), -one.history.total, -one.item.record.reported_at)


def _danger(one: Judged, now: Instant) -> Key:
    """What goes on, then what somebody has marked as dangerous, then where it was dangerous before."""
    record = one.item.record
    rank = 1 if isinstance(record, IntelReport) else 0 if _why(one, now) == _GOING_ON else 2
    deadly = bool(hazard_mask(record.hazards) & DEADLY)
    return (rank, -float(deadly), -float(one.in_beat), *(_by_shift(one) if rank == 0 else _by_history(one)))


def _goes_on(one: Judged) -> bool:
    return one.live and not isinstance(one.item.record, IntelReport)


def _why(one: Judged, now: Instant) -> str:
    if isinstance(one.item.record, IntelReport):
        return "warning marker"
    if not one.live:
        return "happened here before"
    return _GOING_ON if now - one.item.record.reported_at < GOING_ON else _OPEN


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
