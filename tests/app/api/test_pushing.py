"""A push is once, whole and nobody overwrites it unread: on both engines, under races too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.api.pushing import digest_of, source_id_of
from app.errors import Invalid
from app.identity import Role
from app.main import build, running
from app.runtime import Runtime
from app.settings import settings_of
from geo.model import Briefing, Grade, Principal, Status
from geo.store.process_rows import JobKind
from tests.app.api.conftest import SENSITIVE
from tests.app.api.pushed import INSIDE, PATH, briefing, faults, key, pushed, roster


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
async def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runtime]:
    store = {}
    if request.param == "postgis":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+asyncpg://")
        store = {"store": url}
    async with running(build(settings_of(data=tmp_path, **store))) as one:
        yield one


@pytest.fixture
async def dispatcher(client: Any, runtime: Runtime) -> Any:
    await roster(runtime)
    return client(Role.DISPATCHER, clearance=SENSITIVE)


async def test_a_push_is_durable_with_a_row_for_everybody_it_is_for(dispatcher: Any, runtime: Runtime) -> None:
    answer = await dispatcher.post(PATH, json=briefing(priority=1, must_ack=True), headers=key())
    told = answer.json()
    assert (answer.status_code, told["version"], answer.headers["etag"]) == (201, 1, '"1"')
    assert answer.headers["location"] == f"{PATH}/{told['id']}"
    assert told["counts"] == {"would_get": 4, "not_entitled": 0, "by_reason": {}}
    (stored,) = (await runtime.store.records([told["id"]])).values()
    assert isinstance(stored.record, Briefing)
    assert (stored.record.grade, stored.record.must_ack, stored.record.force) == (Grade.EMERGENCY, True, "own")
    assert [one.officer for one in await runtime.store.addressees(told["id"])] == ["a", "b", "c", "d"]


async def test_the_same_push_again_is_the_same_briefing(dispatcher: Any, runtime: Runtime) -> None:
    first = await dispatcher.post(PATH, json=briefing(), headers=key())
    again = await dispatcher.post(PATH, json=briefing(), headers=key('"k-1"'))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["counts"] == first.json()["counts"]
    assert len(await runtime.store.versions(first.json()["id"])) == 1


async def test_ten_at_once_under_one_key_brief_once(dispatcher: Any, runtime: Runtime) -> None:
    answers = await asyncio.gather(*(dispatcher.post(PATH, json=briefing(), headers=key()) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert len(await runtime.store.versions(answers[0].json()["id"])) == 1


async def test_another_push_under_a_used_key_is_refused(dispatcher: Any) -> None:
    await pushed(dispatcher)
    answer = await dispatcher.post(PATH, json=briefing(title="Another"), headers=key())
    assert faults(answer) == [("Idempotency-Key", "key_reused")]
    assert "Silver van" in answer.json()["detail"]


async def test_a_change_is_a_version_that_says_what_it_changed(dispatcher: Any) -> None:
    it = await pushed(
        dispatcher,
        priority=3,
        audience={"area": INSIDE},
        place={"type": "Point", "coordinates": [-0.1501234567891, 51.55]},
    )
    path = f"{PATH}/{it}"
    answer = await dispatcher.patch(
        path, json={"priority": 2, "audience": {"beats": ["N1"]}}, headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"'), answer.text
    assert answer.json()["changed"] == [
        "priority raised from 3 to 2", "audience, beats: N1 added", "audience, area: none any more",
    ]  # fmt: skip
    read = (await dispatcher.get(path)).json()
    assert (read["version"], read["ack_version"], read["priority"]) == (2, 2, 2)
    assert read["audience"] == {"beats": ["N1"]}
    assert [(one["version"], one["by"]) for one in read["versions"]] == [(1, "dispatcher-1"), (2, "dispatcher-1")]
    assert read["versions"][1]["changed"] == answer.json()["changed"]


async def test_of_two_who_edit_the_second_is_told_and_nothing_is_overwritten(client: Any, dispatcher: Any) -> None:
    it = await pushed(dispatcher)
    other = client(Role.DISPATCHER, id="d-2")
    assert (
        await dispatcher.patch(f"{PATH}/{it}", json={"title": "Grey van"}, headers={"If-Match": '"1"'})
    ).status_code == 200
    answer = await other.patch(f"{PATH}/{it}", json={"title": "Green van"}, headers={"If-Match": '"1"'})
    problem = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (412, '"2"')
    assert "it is version 2 by now, you have read 1 (version 2 by dispatcher-1 at " in problem["detail"]
    assert "title: Grey van (was: Silver van)" in problem["detail"]
    assert (problem["current"]["version"], problem["current"]["title"]) == (2, "Grey van")
    assert (await other.get(f"{PATH}/{it}")).json()["title"] == "Grey van"


async def test_of_many_at_the_same_moment_one_wins(client: Any, dispatcher: Any) -> None:
    it = await pushed(dispatcher)
    answers = await asyncio.gather(
        *(
            client(Role.DISPATCHER, id=f"d-{n}").patch(
                f"{PATH}/{it}", json={"title": f"Van {n}"}, headers={"If-Match": '"1"'}
            )
            for n in range(8)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    (won,) = [n for n, answer in enumerate(answers) if answer.status_code == 200]
    read = (await dispatcher.get(f"{PATH}/{it}")).json()
    assert (read["version"], read["title"]) == (2, f"Van {won}")


async def test_who_is_no_more_of_the_audience_is_marked_and_who_is_new_is_added(
    dispatcher: Any, runtime: Runtime
) -> None:
    it = await pushed(dispatcher, audience={"beats": ["N1"]})
    await dispatcher.patch(f"{PATH}/{it}", json={"audience": {"beats": ["S1"]}}, headers={"If-Match": '"1"'})
    rows = {one.officer: one.left_at is None for one in await runtime.store.addressees(it)}
    assert rows == {"a": False, "b": True}


async def test_the_new_one_ends_the_old_one(dispatcher: Any, runtime: Runtime) -> None:
    old = await pushed(dispatcher, "k-1")
    answer = await dispatcher.post(PATH, json=briefing(title="Grey van", supersedes=old), headers=key("k-2"))
    assert (answer.status_code, answer.json()["closed"]) == (201, old)
    read = (await dispatcher.get(f"{PATH}/{old}")).json()
    assert (read["status"], read["live"], read["changed"]) == (
        "closed",
        False,
        [f"superseded by {answer.json()['id']}"],
    )
    again = await dispatcher.post(PATH, json=briefing(supersedes=old), headers=key("k-3"))
    assert again.status_code == 409
    assert f"superseded by {answer.json()['id']}" in again.json()["detail"]
    late = await dispatcher.patch(f"{PATH}/{old}", json={"title": "x"}, headers={"If-Match": '"2"'})
    assert late.status_code == 409


async def test_withdrawn_is_cancelled_and_to_be_erased_once(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher)
    path = f"{PATH}/{it}/withdraw"
    assert (await dispatcher.post(path, json={}, headers={"If-Match": '"9"'})).status_code == 412
    answer = await dispatcher.post(path, json={"reason": "wrong van"})
    assert (answer.status_code, answer.json()["withdrawn"], answer.json()["status"]) == (200, True, "cancelled")
    assert answer.json()["changed"] == ["withdrawn: wrong van"]
    again = await dispatcher.post(path)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    (stored,) = (await runtime.store.records([it])).values()
    assert stored.record.status is Status.CANCELLED
    assert (await dispatcher.patch(f"{PATH}/{it}", json={"title": "x"}, headers={"If-Match": '"2"'})).status_code == 409
    replayed = await dispatcher.post(PATH, json=briefing(), headers=key())
    assert (replayed.status_code, replayed.json()["id"]) == (201, it)
    assert len(await runtime.store.versions(it)) == 2


async def test_of_two_that_end_the_same_one_at_the_same_moment_one_is_told(dispatcher: Any, runtime: Runtime) -> None:
    """The second looked before the first had written: it is published all the same, and says that it ended nothing."""
    old = await pushed(dispatcher, "k-1")
    publish, waiting = runtime.store.publish, asyncio.Barrier(2)

    async def together(*parts: Any) -> Any:
        await waiting.wait()
        return await publish(*parts)

    runtime.store.publish = together  # type: ignore[method-assign, assignment]
    answers = await asyncio.gather(
        *(dispatcher.post(PATH, json=briefing(supersedes=old), headers=key(f"k-{n}")) for n in (2, 3))
    )
    assert [answer.status_code for answer in answers] == [201, 201]
    assert sorted(str(answer.json()["closed"]) for answer in answers) == sorted([old, "None"])
    (late,) = [answer.json() for answer in answers if answer.json()["closed"] is None]
    assert [warning["code"] for warning in late["warnings"]] == ["closed_already"]


async def test_a_change_that_was_overtaken_between_reading_and_writing_is_told(
    client: Any, dispatcher: Any, runtime: Runtime
) -> None:
    it = await pushed(dispatcher)
    publish = runtime.store.publish
    other = client(Role.DISPATCHER, id="d-2")

    async def after_somebody_else(*parts: Any) -> Any:
        runtime.store.publish = publish  # type: ignore[method-assign]
        first = await other.patch(f"{PATH}/{it}", json={"title": "Grey van"}, headers={"If-Match": '"1"'})
        assert first.status_code == 200
        return await publish(*parts)

    runtime.store.publish = after_somebody_else  # type: ignore[method-assign, assignment]
    answer = await dispatcher.patch(f"{PATH}/{it}", json={"title": "Green van"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["current"]["title"]) == (412, "Grey van")
    assert "version 2 by d-2" in answer.json()["detail"]


async def test_a_withdrawal_goes_through_whoever_edits_meanwhile(dispatcher: Any, runtime: Runtime) -> None:
    it = await pushed(dispatcher)
    put_over = runtime.store.put_over

    async def after_an_edit(*parts: Any, **named: Any) -> Any:
        runtime.store.put_over = put_over  # type: ignore[method-assign]
        await dispatcher.patch(f"{PATH}/{it}", json={"title": "Grey van"}, headers={"If-Match": '"1"'})
        return await put_over(*parts, **named)

    runtime.store.put_over = after_an_edit  # type: ignore[method-assign]
    answer = await dispatcher.post(f"{PATH}/{it}/withdraw")
    told = answer.json()
    assert (answer.status_code, told["version"], told["withdrawn"], told["title"]) == (200, 3, True, "Grey van")


async def test_every_version_is_scheduled_by_the_version_that_has_to_be_answered(
    dispatcher: Any, runtime: Runtime
) -> None:
    """Asked anew it climbs anew; a silent change asks nobody anew, but may have it climb sooner."""
    seen: list[Any] = []
    publish = runtime.store.publish

    async def noted(item: Any, door: Any, actor: str = "", over: Any = None, jobs: Any = ()) -> Any:
        seen.append([job.subject for job in jobs if job.kind is JobKind.ESCALATION])
        return await publish(item, door, actor, over, jobs)

    runtime.store.publish = noted  # type: ignore[method-assign, assignment]
    it = await pushed(dispatcher, must_ack=True, escalate_after_s=60)
    for tag, patch in (
        ('"1"', {"escalate_after_s": 40}),
        ('"2"', {"body": "Gone"}),
        ('"3"', {"escalate_after_s": None}),
    ):
        answer = await dispatcher.patch(f"{PATH}/{it}", json=patch, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
    assert seen == [[f"{it} {version} {step}" for step in (1, 2, 3)] for version in (1, 1, 3)] + [[]]


PRINCIPAL = Principal(id="d 1".replace(" ", "/"), role="dispatcher", force="own", expires_at=0)


def test_two_dispatchers_never_share_a_key() -> None:
    other = Principal(id="d", role="dispatcher", force="own", expires_at=0)
    assert source_id_of(PRINCIPAL, "x") != source_id_of(other, "1/x")
    assert source_id_of(PRINCIPAL, ' "x" ') == source_id_of(PRINCIPAL, "x")
    with pytest.raises(Invalid, match="is required"):
        source_id_of(PRINCIPAL, None)


def test_the_same_body_in_another_order_is_the_same_body() -> None:
    assert digest_of({"a": 1, "b": {"c": [1], "d": None}}) == digest_of({"b": {"d": None, "c": [1]}, "a": 1})
    assert digest_of({"a": [1, 2]}) != digest_of({"a": [2, 1]})
