"""The commands about briefings: their options; each loads what it needs when it runs"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

briefing = typer.Typer(help="What a dispatcher pushes: sent, taken back, who has it.", no_args_is_help=True)

Form: TypeAlias = Literal["text", "html", "json", "bundle"]
Url: TypeAlias = Annotated[str, typer.Option("--url", help="The server, such as http://127.0.0.1:8640.")]
Token: TypeAlias = Annotated[str, typer.Option("--token", help="A dispatcher's.", envvar="BEATLINE_TOKEN")]
Names: TypeAlias = list[str] | None
ReceiptForm: TypeAlias = Literal["text", "html", "csv", "json", "evidence"]
_TIME = "As 2026-01-15T22:00:00Z"


def brief(
    data: Annotated[
        Path | None, typer.Option(help="From the store of this data folder; not needed with BEATLINE_STORE.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Or from this server, with --token.")] = None,
    token: Annotated[str | None, typer.Option(help="The reader's token.", envvar="BEATLINE_TOKEN")] = None,
    officer: Annotated[str | None, typer.Option(help="With --data: whose briefing.")] = None,
    beat: Annotated[str | None, typer.Option(help="Default: that of the officer's shift.")] = None,
    start: Annotated[str | None, typer.Option("--from", help=f"{_TIME}; default: the shift's.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Default: the end of the shift.")] = None,
    since: Annotated[str | None, typer.Option(help="What changed since; default: the end of his last shift.")] = None,
    zone: Annotated[str | None, typer.Option(help="The zone of its words, such as Europe/London.")] = None,
    form: Annotated[Form, typer.Option("--format", help="text is what is read out over the radio.")] = "text",
    out: Annotated[Path | None, typer.Option(help="Into this file, that only its owner can read.")] = None,
    streets: Annotated[
        Path | None, typer.Option(help="With --data and html: street lines for the map, GeoJSON.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="With --data: as it would be at this time, for past records.")] = None,
) -> None:
    """The patrol-start briefing of an officer: what matters on a beat in a shift. What it shows is recorded."""
    from app.brief import Wish, from_server, from_store

    wish = Wish(beat=beat, start=start, until=until, since=since, zone=zone, format=form)
    if url is not None:
        if data is not None or token is None or officer or streets or at:
            raise typer.BadParameter("with --url give --token, and neither --data, --officer, --streets nor --at")
        from_server(url, token, wish, out)
    elif officer is None:
        raise typer.BadParameter("give --officer ID with --data, or --url with --token")
    else:
        from_store(data, officer, wish, out, streets, at)


@briefing.command("push")
def push(
    file: Annotated[Path, typer.Argument(help="Its text, Markdown; - is standard input.")],
    title: Annotated[str, typer.Option(help="One line.")],
    url: Url,
    token: Token,
    area: Annotated[Path | None, typer.Option(help="For who is in this GeoJSON polygon.")] = None,
    beat: Annotated[
        Names, typer.Option(help="For who is on shift for this beat; may be repeated, like those below.")
    ] = None,
    role: Annotated[Names, typer.Option(help="For this role.")] = None,
    skill: Annotated[Names, typer.Option(help="For this skill or equipment.")] = None,
    unit: Annotated[Names, typer.Option(help="For this unit, by id or callsign.")] = None,
    officer: Annotated[Names, typer.Option(help="For this officer.")] = None,
    operation: Annotated[Names, typer.Option(help="For members of this operation.")] = None,
    force: Annotated[bool, typer.Option("--force", help="For all of your force.")] = False,
    priority: Annotated[int | None, typer.Option(min=1, max=4, help="1 emergency, 4 routine; default 3.")] = None,
    must_ack: Annotated[bool, typer.Option("--must-ack", help="Everybody has to acknowledge it.")] = False,
    escalate_after: Annotated[int | None, typer.Option(help="Seconds, with --must-ack.")] = None,
    until: Annotated[str | None, typer.Option("--to", help=f"{_TIME}; default: 12 hours on.")] = None,
    marking: Annotated[str | None, typer.Option(help="OFFICIAL or OFFICIAL-SENSITIVE.")] = None,
    key: Annotated[str, typer.Option(help="Your own name for this push: the same again sends nothing twice.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Says who would get it; sends nothing.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Although it is for nobody, or for everybody.")] = False,
) -> None:
    """Pushes a briefing to whom all the given lists name, and says who that is."""
    from app.push import Push, area_of, body_of, given
    from app.push import push as send

    lists = given(
        beats=beat, roles=role, skills=skill, units=unit, officers=officer, operation=operation, force=force,
        area=area_of(area) if area is not None else None,
    )  # fmt: skip
    body = given(
        title=title, body=body_of(file), audience=lists, priority=priority, must_ack=must_ack,
        escalate_after_s=escalate_after, valid_to=until, marking=marking,
    )  # fmt: skip
    send(url, token, Push(body=body, key=key, dry_run=dry_run, confirm=confirm))


@briefing.command("withdraw")
def withdraw(
    id: Annotated[str, typer.Argument(help="The briefing's id.")],
    url: Url,
    token: Token,
    reason: Annotated[str, typer.Option(help="Kept with it; officers are not shown it.")] = "",
) -> None:
    """Takes a briefing back: it is erased from every device."""
    from app.push import withdraw as take_back

    take_back(url, token, id, reason)


@briefing.command("receipts")
def receipts(
    id: Annotated[str, typer.Argument(help="The briefing's id.")],
    data: Annotated[
        Path | None, typer.Option(help="From the store of this data folder; not needed with BEATLINE_STORE.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Or from this server, with --token.")] = None,
    token: Annotated[str | None, typer.Option(help="A dispatcher's or an auditor's.", envvar="BEATLINE_TOKEN")] = None,
    form: Annotated[
        ReceiptForm, typer.Option("--format", help="evidence: everything, with a digest over it.")
    ] = "text",
    state: Annotated[Names, typer.Option(help="Only these: queued, seen, ...; may be repeated.")] = None,
    zone: Annotated[str, typer.Option(help="The zone of the times of text and html.")] = "UTC",
    out: Annotated[Path | None, typer.Option(help="Into this file, that only its owner can read.")] = None,
) -> None:
    """Who has a briefing, who has read it, who has answered what, and when."""
    from app.receipts import Wish, from_server, from_store

    wish = Wish(briefing=id, format=form, states=state or (), zone=zone)
    if url is None:
        from_store(data, wish, out)
    elif data is not None or token is None:
        raise typer.BadParameter("give either --data, or --url with --token")
    else:
        from_server(url, token, wish, out)


@briefing.command("verify")
def verify(file: Annotated[Path, typer.Argument(help="What `receipts --format evidence` wrote.")]) -> None:
    """Says whether an evidence export of receipts is as it was made; exit code 1 where it is not."""
    from app.receipts import verify as check

    check(file)


@briefing.command("evaluate")
def evaluate(
    incidents: Annotated[list[Path], typer.Option(help="A file of records of the past; may be repeated.")],
    format: Annotated[str, typer.Option(help="Its format, as for ingest; or points: a CSV with lon, lat and time.")],
    beats: Annotated[Path | None, typer.Option(help="Beats, as GeoJSON; default: the busiest squares.")] = None,
    start: Annotated[str | None, typer.Option("--from", help=f"{_TIME}; default: all but the first shift.")] = None,
    until: Annotated[str | None, typer.Option("--to")] = None,
    shift_hours: Annotated[float, typer.Option(min=1, max=24)] = 8.0,
    square_m: Annotated[float, typer.Option(min=200, help="Without --beats: the side of a square.")] = 2_000.0,
    most: Annotated[int, typer.Option(min=1, max=200, help="Without --beats: so many squares.")] = 12,
    policy: Annotated[str | None, typer.Option(help="Default: the format's.")] = None,
    zone: Annotated[str, typer.Option(help="Such as Europe/London.")] = "UTC",
    report: Annotated[Path | None, typer.Option(help="Writes a page with a plot.")] = None,
    json: Annotated[Path | None, typer.Option(help="Writes every shift as JSON.")] = None,
) -> None:
    """Of what happened on past shifts, how much the briefing had a related item for, beside the last 20 reports."""
    from app.briefing_quality.main import shifts

    shifts(incidents, format, beats, (start, until), shift_hours, square_m, most, policy, zone, report, json)


@briefing.command("places")
def places(
    files: Annotated[list[Path], typer.Argument(help="Files of past events.")],
    format: Annotated[str, typer.Option(help="Their format, as for ingest; or points: a CSV with lon, lat and time.")],
    hold_back_weeks: Annotated[int, typer.Option(min=1, max=26, help="Weeks that are not looked at before.")] = 4,
    history_weeks: Annotated[
        int | None, typer.Option(min=1, help="Learn from so many weeks before these; default: all.")
    ] = None,
    zone: Annotated[str, typer.Option(help="Whose hours are meant, such as Europe/London.")] = "UTC",
    report: Annotated[Path | None, typer.Option(help="Writes a page with a plot.")] = None,
    json: Annotated[Path | None, typer.Option(help="Writes the figures as JSON.")] = None,
) -> None:
    """Judges the problem places of briefings on weeks that were held back, beside plain counts and an even spread."""
    from app.briefing_quality.main import places as judge

    judge(files, format, hold_back_weeks, zone, report, json, history_weeks)
