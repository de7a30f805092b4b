"""A briefing on its way: published once under its key, changed over the version that was read, taken back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

import msgspec

from app.api.audiences import Reach, Warned, reach_of, unconfirmed, unknown_names, warnings_of
from app.api.briefing_bodies import BriefingChanges
from app.api.briefing_views import AUTHOR, EDITOR, REQUEST, said, version_of, view_of
from app.api.drafting import SOURCE, body_of_briefing, draft_of, read_safely
from app.api.records import readable
from app.errors import Conflict, FieldError, Invalid, NotAllowed, Overtaken, Unconditional
from app.runtime import Runtime
from geo.access import may_read, refusals_of, release_reading
from geo.briefing_changes import Changed, changes_between
from geo.clock import format_instant
from geo.errors import NotFound
from geo.marking import Clearance
from geo.model import Briefing, Interval, Principal, RecordKind, Status, Stored, record_id
from geo.normalise import Intake
from geo.store.briefing_rows import Published
from geo.store.rows import Outcome, Put
from streams.processes.escalation import jobs_of

KIND = RecordKind.BRIEFING
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A briefing that may be published, and all that its sender should know."""

    briefing: Briefing
    reach: Reach
    warnings: tuple[Warned, ...]
    notes: tuple[str, ...]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What has become of it. ``fresh`` is false where the same request had done it before, or nothing changed."""

    id: str
    version: int
    reach: Reach
    closed: str | None
    warnings: tuple[Warned, ...]
    notes: tuple[str, ...]
    changed: tuple[str, ...] = ()
    fresh: bool = True


# ------------------------------------------------------------------ checked
async def check_new(runtime: Runtime, principal: Principal, body: object, source_id: str) -> Checked:
    """A body that would be published as a new one. Raises Invalid, Conflict."""
    draft = draft_of(body, intake_of(runtime, principal), source_id)
    provenance = (*draft.briefing.provenance, (AUTHOR, principal.id), (REQUEST, digest_of(body)))
    briefing = replace(draft.briefing, provenance=provenance)
    await _check_rights_and_names(runtime, principal, briefing)
    if briefing.supersedes:
        await _check_superseded(runtime, principal, briefing.supersedes)
    reach = await reach_of(runtime, briefing)
    return Checked(briefing, reach, tuple(await warnings_of(runtime, briefing, reach)), draft.notes)


async def check_change(runtime: Runtime, principal: Principal, stored: Stored, patch: object) -> Checked:
    """A body's fields over what is there. Raises Invalid, Conflict. Nothing in ``changed``: it is the same."""
    before = briefing_in(stored)
    given = _given(patch, runtime.ceiling)
    body = body_of_briefing(before) | given
    if given.get("fields") is not None and "body" not in given:
        body.pop("body", None)
    draft = draft_of(
        {name: value for name, value in body.items() if value is not None},
        _intake_over(runtime, before),
        before.source_id,
    )
    after = _with_what_stays(draft.briefing, before, given.keys())
    changed = changes_between(before, after)
    await _check_rights_and_names(runtime, principal, after)
    if after.supersedes and after.supersedes != before.supersedes:
        await _check_superseded(runtime, principal, after.supersedes)
    reach = await reach_of(runtime, after)
    warnings = await warnings_of(runtime, after, reach)
    if (before.audience, before.marking) == (after.audience, after.marking):
        warnings = [replace(one, confirm=False) for one in warnings]
    briefing = _next_version(after, changed, stored.version + 1, principal)
    return Checked(briefing, reach, tuple(warnings), draft.notes, changed.sentences)


def _given(patch: object, ceiling: Clearance) -> dict[str, object]:
    read_safely(BriefingChanges, patch, ceiling)
    assert isinstance(patch, dict)
    return patch


def _with_what_stays(drafted: Briefing, before: Briefing, names: Collection[str]) -> Briefing:
    """What was not sent stays as it is stored, to the last digit: reading it back from its text would round it."""
    start = drafted.valid.start if "valid_from" in names else before.valid.start
    end = drafted.valid.end if "valid_to" in names else before.valid.end
    return replace(
        drafted,
        valid=Interval(start, end),
        place=drafted.place if "place" in names else before.place,
        audience=drafted.audience if "audience" in names else before.audience,
        occurred=before.occurred,
        reported_at=before.reported_at,
        provenance=before.provenance,
        ack_version=before.ack_version,
        changed=before.changed,
    )


def _next_version(after: Briefing, changed: Changed, version: int, principal: Principal) -> Briefing:
    kept = tuple(entry for entry in after.provenance if entry[0] != EDITOR)
    return replace(
        after,
        changed=changed.sentences,
        ack_version=version if changed.material else after.ack_version,
        provenance=(*kept, (EDITOR, principal.id)),
    )


async def _check_rights_and_names(runtime: Runtime, principal: Principal, briefing: Briefing) -> None:
    errors = []
    refusal = may_read(briefing, principal, runtime.clock.now())
    if refusal is not None:
        errors.append(FieldError("marking", "not_yours", f"you may not send what you may not read ({refusal.text})"))
    errors += await unknown_names(runtime, briefing)
    if errors:
        raise Invalid(errors)


async def _check_superseded(runtime: Runtime, principal: Principal, name: str) -> None:
    """It is there, of this force, and still live: what is over needs no other in its place."""
    try:
        stored = await readable(runtime, principal, KIND, name)
    except NotFound as error:
        raise Invalid([FieldError("supersedes", "unknown_briefing", f"there is no briefing {name[:60]!r}")]) from error
    other = briefing_in(stored)
    if other.force != principal.force:
        message = f"is a briefing of the force {other.force}, which alone may replace it"
        raise Invalid([FieldError("supersedes", "not_yours", message)])
    if not other.status.live:
        how = "withdrawn" if other.withdrawn else "; ".join(other.changed) or other.status.value
        raise Conflict(f"supersedes: {other.title[:80]!r} is over already ({how})")


def intake_of(runtime: Runtime, principal: Principal) -> Intake:
    """On behalf of the caller's force, by the rules of this install."""
    return Intake(
        force=principal.force,
        grade_of=runtime.policy.default_grade,
        received_at=runtime.clock.now(),
        ceiling=runtime.ceiling,
        area=runtime.area,
    )


def _intake_over(runtime: Runtime, before: Briefing) -> Intake:
    return Intake(before.force, runtime.policy.default_grade, runtime.clock.now(), runtime.ceiling, runtime.area)


def briefing_in(stored: Stored) -> Briefing:
    """The record as what it is."""
    assert isinstance(stored.record, Briefing)
    return stored.record


# ------------------------------------------------------------------ published
def source_id_of(principal: Principal, key: str | None) -> str:
    """Who and under which key: the record's identity, so that the same request is the same briefing. Raises Invalid."""
    if key is None:
        message = "is required: a name of your own for this push, so that asked again it is not pushed twice"
        raise Invalid([FieldError("Idempotency-Key", "missing", message)])
    bare = key.strip().removeprefix('"').removesuffix('"')
    if not _KEY.fullmatch(bare):
        message = "is 1 to 128 printable ASCII characters without blanks"
        raise Invalid([FieldError("Idempotency-Key", "bad_key", message)])
    return f"{principal.id} {bare}"


def digest_of(body: object) -> str:
    """Equal bodies, equal digests, however their fields were ordered."""
    return hashlib.blake2b(msgspec.json.encode(body, order="deterministic"), digest_size=16).hexdigest()


async def push(runtime: Runtime, principal: Principal, body: object, key: str | None, confirm: bool) -> Done:
    """Publishes it, once under this key. Raises Invalid, Conflict."""
    source_id = source_id_of(principal, key)
    name = record_id(KIND, principal.force, SOURCE, source_id)
    while True:
        if earlier := await runtime.store.versions(name):
            return await _done_before(runtime, briefing_in(earlier[0]), digest_of(body))
        checked = await check_new(runtime, principal, body, source_id)
        _check_confirmed(checked, confirm)
        jobs = jobs_of(checked.briefing, runtime.clock.now())
        published = await runtime.store.publish(checked.briefing, refusals_of, principal.id, None, jobs)
        if published is not None:
            return _done(runtime, checked, published)


async def _done_before(runtime: Runtime, first: Briefing, digest: str) -> Done:
    """The same request again: the same answer, and nobody is briefed twice. Raises Invalid where it is another one."""
    if said(first, REQUEST) != digest:
        at = format_instant(first.reported_at)
        message = f"was used at {at} for another briefing, {first.title[:80]!r}: take a new key for a new push"
        raise Invalid([FieldError("Idempotency-Key", "key_reused", message)])
    reach = Reach(tuple(await runtime.store.addressees(first.id)))
    return Done(first.id, 1, reach, first.supersedes, (), (), fresh=False)


async def change(
    runtime: Runtime, principal: Principal, name: str, patch: object, if_match: str | None, confirm: bool
) -> Done:
    """A new version over the one that was read. Raises Unconditional, Overtaken, Conflict, Invalid, NotAllowed."""
    stored = await to_be_changed(runtime, principal, name)
    await check_tag(runtime, principal, stored, if_match)
    check_not_over(briefing_in(stored))
    checked = await check_change(runtime, principal, stored, patch)
    if not checked.changed:
        return Done(name, stored.version, checked.reach, None, checked.warnings, checked.notes, fresh=False)
    _check_confirmed(checked, confirm)
    jobs = jobs_of(checked.briefing, runtime.clock.now())
    published = await runtime.store.publish(checked.briefing, refusals_of, principal.id, stored, jobs)
    if published is None:
        raise await overtaken(runtime, principal, name, stored.version)
    return _done(runtime, checked, published)


def _done(runtime: Runtime, checked: Checked, published: Published) -> Done:
    _written(runtime, published.put)
    closed = None if published.closed is None else published.closed.id
    warnings = checked.warnings
    if checked.briefing.supersedes and closed is None and published.put.version == 1:
        message = "somebody else has ended the briefing that this one supersedes, at the same moment"
        warnings = (*warnings, Warned("closed_already", "supersedes", message))
    put = published.put
    reach = Reach(published.addressees)
    return Done(put.id, put.version, reach, closed, warnings, checked.notes, checked.changed)


def _check_confirmed(checked: Checked, confirm: bool) -> None:
    if not confirm and (errors := unconfirmed(checked.warnings)):
        raise Invalid(errors)


def _written(runtime: Runtime, put: Put) -> None:
    runtime.metrics.records.labels(KIND.value, put.outcome.value).inc()
    if put.outcome is not Outcome.UNCHANGED:
        runtime.written()


# ------------------------------------------------------------------ over the version that was read
async def to_be_changed(runtime: Runtime, principal: Principal, name: str) -> Stored:
    """The briefing, where the caller may change it. Raises NotFound, NotAllowed."""
    stored = await readable(runtime, principal, KIND, name)
    if stored.record.force != principal.force:
        raise NotAllowed(f"this is a briefing of the force {stored.record.force}, which alone may change it")
    return stored


async def check_tag(runtime: Runtime, principal: Principal, stored: Stored, if_match: str | None) -> None:
    """That the caller has read what is there. Raises Unconditional, Invalid, Overtaken."""
    if if_match is None:
        raise Unconditional("say which version you have read: If-Match with the ETag of GET /v1/briefings/{id}")
    number = if_match.strip().removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Invalid([FieldError("If-Match", "bad_tag", "is the ETag of GET /v1/briefings/{id}, one version")])
    if int(number) != stored.version:
        raise await overtaken(runtime, principal, stored.record.id, int(number))


async def overtaken(runtime: Runtime, principal: Principal, name: str, read: int) -> Overtaken:
    """Somebody else was first: who, when, what he changed, and what it says now."""
    versions = await runtime.store.versions(name)
    newest = versions[-1]
    readable_ones = release_reading(versions, principal, runtime.clock.now()).items
    since = [version_of(one) for one in readable_ones if one.version > read]
    told = "; ".join(f"version {one['version']} by {one['by']} at {one['at']}: {_sentences(one)}" for one in since[-5:])
    message = f"it is version {newest.version} by now, you have read {read}" + (f" ({told})" if told else "")
    current = view_of(newest, principal, runtime.clock.now())
    return Overtaken(f"{message}. Nothing was changed: read it and decide anew", current, f'"{newest.version}"')


def _sentences(version: dict[str, object]) -> str:
    changed = version["changed"]
    return ", ".join(changed) if isinstance(changed, list) and changed else "as it was pushed"


def check_not_over(briefing: Briefing) -> None:
    """What was withdrawn or superseded is not changed any more. Raises Conflict."""
    if briefing.withdrawn:
        raise Conflict("it was withdrawn: push a new one")
    if not briefing.status.live:
        raise Conflict(f"it is over ({'; '.join(briefing.changed) or briefing.status.value}): push a new one")


# ------------------------------------------------------------------ taken back
async def withdraw(runtime: Runtime, principal: Principal, name: str, reason: str, if_match: str | None) -> Stored:
    """Cancels it and has it erased from the devices. Again changes nothing. Raises Overtaken, NotAllowed, NotFound."""
    while True:
        stored = await to_be_changed(runtime, principal, name)
        if if_match is not None:
            await check_tag(runtime, principal, stored, if_match)
        before = briefing_in(stored)
        if before.withdrawn:
            return stored
        sentence = f"withdrawn: {reason.strip()}" if reason.strip() else "withdrawn"
        after = _next_version(before, Changed((sentence,), material=False), stored.version + 1, principal)
        after = replace(after, status=Status.CANCELLED, withdrawn=True)
        put = await runtime.store.put_over(stored, after, actor=principal.id)
        if put is not None:
            _written(runtime, put)
            return await readable(runtime, principal, KIND, name)
