"""The live picture: what it takes in, what leaves it, and what its columns say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from geo.beats import BeatMap
from geo.codebook import Codebooks
from geo.marking import Clearance, Grading, Handling, Marking
from geo.model import (
    Audience,
    Beat,
    Briefing,
    Emergency,
    Grade,
    Hazard,
    Incident,
    IntelReport,
    Interval,
    Record,
    RecordKind,
    Status,
    Stored,
)
from geo.picture import ALWAYS, LivePicture

NOW = 1_800_000_000_000_000
LEEDS = shapely.Point(-1.5491, 53.7997)


def incident(source_id: str = "1", **changes: object) -> Incident:
    made = Incident(
        force="own",
        source="cad",
        source_id=source_id,
        category="robbery",
        title="t",
        grade=Grade.PRIORITY,
        place=LEEDS,
        reported_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def briefing(source_id: str = "b", supersedes: str | None = None) -> Briefing:
    return Briefing(
        force="own",
        source="console",
        source_id=source_id,
        category="other",
        title="t",
        grade=Grade.ROUTINE,
        place=LEEDS,
        reported_at=NOW,
        audience=Audience(beats=("LD-1",)),
        must_ack=True,
        supersedes=supersedes,
    )


def policy(record: Record) -> tuple[int, float]:
    return record.valid.end or NOW + 100, 500.0


def put(picture: LivePicture, record: Record, version: int = 1) -> list[int]:
    return [int(slot) for slot in picture.apply([Stored(record, version, NOW)], policy)]


def near(picture: LivePicture) -> list[int]:
    found = picture.near(np.array([LEEDS.x]), np.array([LEEDS.y]), np.zeros(1, np.float32))
    return sorted(found.slot.tolist())


def test_columns_say_what_the_record_says() -> None:
    picture = LivePicture()
    intel = IntelReport(
        force="own",
        source="intel",
        source_id="9",
        category="drugs",
        title="t",
        grade=Grade.STANDARD,
        status=Status.ATTENDED,
        reported_at=NOW,
        valid=Interval(NOW, NOW + 7),
        hazards=(Hazard.DOG, Hazard.WEAPON),
        assigned=("C2", "C1"),
        beat="LD-1",
        marking=Marking(Clearance.OFFICIAL_SENSITIVE, (Handling.EMBARGOED,), (), ("ALPHA",), ("neighbour",)),
        grading=Grading.parse("2-B-C"),
    )
    (slot,) = put(picture, intel, 3)
    books = picture.books
    assert picture.slot_of[intel.id] == slot
    assert picture.live[slot]
    assert list(RecordKind)[picture.kind[slot]] is RecordKind.INTEL
    assert list(Status)[picture.status[slot]] is Status.ATTENDED
    assert picture.categories.text(int(picture.category[slot])) == "drugs"
    assert books.forces.text(int(picture.force[slot])) == "own"
    assert books.beats.text(int(picture.beat[slot])) == "LD-1"
    assert books.sources.text(int(picture.source[slot])) == "intel"
    assert picture.grade[slot] == Grade.STANDARD.rank
    assert picture.hazards[slot] == Hazard.DOG.bit | Hazard.WEAPON.bit
    assert np.isnan(picture.lon[slot])
    assert not picture.areal[slot]
    assert (picture.valid_from[slot], picture.valid_to[slot]) == (NOW, NOW + 7)
    assert (picture.version[slot], picture.level[slot], picture.reach_m[slot]) == (3, 1, 500.0)
    assert books.operations.value(int(picture.compartment[slot])) == {"ALPHA"}
    assert books.sharings.value(int(picture.sharing[slot])) == {"neighbour"}
    assert (picture.grading_source[slot], picture.grading_information[slot]) == (2, 2)
    assert picture.grading_conditions[slot]
    assert sorted(books.callsigns.text(code) for code in picture.assigned[slot]) == ["C1", "C2"]
    assert len(picture) == 1


def test_the_same_version_again_changes_nothing_and_an_older_one_never_goes_back() -> None:
    picture = LivePicture()
    assert put(picture, incident(), 2) == [0]
    assert put(picture, incident(), 2) == []
    assert put(picture, incident(status=Status.CLOSED), 1) == []
    assert picture.live[0]
    assert put(picture, incident(grade=Grade.EMERGENCY), 5) == [0]
    assert picture.grade[0] == Grade.EMERGENCY.rank
    assert picture.valid_from[0] == ALWAYS


def test_closed_leaves_the_index_and_keeps_its_slot_until_it_is_dropped() -> None:
    picture = LivePicture()
    put(picture, incident())
    assert near(picture) == [0]
    assert put(picture, incident(status=Status.CLOSED), 2) == [0]
    assert near(picture) == []
    assert picture.slot_of
    picture.drop(0)
    assert picture.stored == [None]
    assert picture.slot_of == {}
    assert put(picture, incident("2")) == [0]
    assert near(picture) == [0]
    picture.drop(0)
    assert near(picture) == []
    picture.drop(0)


def test_what_expires_is_taken_out() -> None:
    picture = LivePicture()
    put(picture, incident("1", valid=Interval(None, NOW + 5)))
    put(picture, incident("2"))
    assert picture.expire(NOW + 4).tolist() == []
    assert picture.expire(NOW + 5).tolist() == [0]
    assert near(picture) == [1]
    assert picture.expire(NOW + 6).tolist() == []


def test_a_briefing_goes_to_its_audience_and_not_to_who_is_near() -> None:
    picture = LivePicture()
    put(picture, briefing())
    assert near(picture) == []
    assert list(picture.briefings) == [0]
    assert picture.must_ack[0]


def test_what_is_superseded_is_live_no_more_in_either_order() -> None:
    picture, older = LivePicture(), briefing("old")
    put(picture, older)
    assert put(picture, briefing("new", supersedes=older.id)) == [1, 0]
    assert picture.live.tolist()[:2] == [False, True]
    late = LivePicture()
    put(late, briefing("new", supersedes=older.id))
    assert put(late, older) == [1]
    assert not late.live[1]
    assert list(late.briefings) == [0]


def test_an_emergency_without_a_place_is_for_everybody_and_knows_its_caller() -> None:
    picture = LivePicture()
    call = Emergency(
        force="own",
        source="device",
        source_id="k",
        category="officer_emergency",
        title="t",
        grade=Grade.EMERGENCY,
        reported_at=NOW,
        officer="p1",
    )
    put(picture, call)
    assert picture.nowhere == {0}
    assert picture.callers == {0: "p1"}
    put(picture, replace(call, status=Status.CLOSED), 2)
    assert picture.nowhere == set()


def test_new_beats_and_a_new_policy_are_worked_out_for_what_is_live() -> None:
    books = Codebooks()
    beats = BeatMap(books)
    picture = LivePicture(books, beats)
    put(picture, incident("1"))
    put(picture, incident("2", place=shapely.Point(0.5, 51.5)))
    beats.put([Beat(id="LD-1", name="City", force="own", area=shapely.box(-1.6, 53.7, -1.4, 53.9))])
    assert picture.rebeat().tolist() == [0]
    assert books.beats.text(int(picture.beat[0])) == "LD-1"
    assert picture.by_beat.find(picture.beat[:1].astype(np.int64))[1].tolist() == [0]
    assert picture.rebeat().tolist() == []
    assert picture.refresh(lambda _: (NOW + 9, 2_000.0)).tolist() == [0, 1]
    assert (picture.reach_m[0], picture.valid_to[1]) == (2_000.0, NOW + 9)


def test_it_grows_and_keeps_what_it_had() -> None:
    picture = LivePicture()
    items = [Stored(incident(str(number)), 1, NOW) for number in range(500)]
    assert len(picture.apply(items, policy)) == 500
    assert len(near(picture)) == 500
    assert len(picture) == 500
    assert np.isnan(picture.lon[500:]).all()


def test_around_and_near_are_one_matter() -> None:
    picture = LivePicture()
    put(picture, incident("1"))
    put(picture, incident("2", place=LEEDS.buffer(0.001)))
    lon, lat, extra = np.array([LEEDS.x, 0.0]), np.array([LEEDS.y, 51.0]), np.zeros(2, np.float32)
    there, back = picture.near(lon, lat, extra), picture.around(np.array([0, 1], np.int32), lon, lat, extra)
    assert sorted(there.slot.tolist()) == sorted(back.slot.tolist()) == [0, 1]
    east, north = picture.measure(np.array([0, 1], np.int32), lon, lat)
    assert (east[0], north[0]) == (0.0, 0.0)
    assert east[1] < 0
