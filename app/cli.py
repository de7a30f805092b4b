"""The command line: every command, its options, and the one line that it says when it cannot.

Each command loads what it needs when it runs: `beatline token` must not wait for numpy.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from app.briefing_commands import brief, briefing
from app.identity import Role

if TYPE_CHECKING:
    from app.policy_apply import Where

app = typer.Typer(
    name="beatline",
    help="Frontline situational awareness for policing.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
roster = typer.Typer(help="Officers, units, beats and shifts.", no_args_is_help=True)
policy = typer.Typer(help="The relevance policy file.", no_args_is_help=True)
app.add_typer(roster, name="roster")
app.add_typer(policy, name="policy")
app.add_typer(briefing, name="briefing")
app.command()(brief)

UnitStatusWord: TypeAlias = Literal["available", "en_route", "at_scene", "busy", "break", "off_duty"]
Data: TypeAlias = Annotated[
    Path, typer.Option("--data", help="The data folder of this install; made if it is not there.")
]
PolicyData: TypeAlias = Annotated[
    Path | None,
    typer.Option("--data", help="Of the store of this data folder; not needed where BEATLINE_STORE is set."),
]
PolicyUrl: TypeAlias = Annotated[str | None, typer.Option("--url", help="Or of this server, with --token.")]
PolicyToken: TypeAlias = Annotated[
    str | None, typer.Option("--token", help="An admin's; to read, a dispatcher's too.", envvar="BEATLINE_TOKEN")
]


@app.command()
def token(
    data: Data,
    officer: Annotated[str, typer.Option(help="Whose token: an officer's, a dispatcher's or a feed's id.")],
    role: Annotated[Role, typer.Option(help="What the token lets its bearer do.")],
    force: Annotated[str, typer.Option(help="The force that he belongs to.")] = "own",
    clearance: Annotated[str, typer.Option(help="official or official-sensitive.")] = "official",
    operation: Annotated[list[str] | None, typer.Option(help="An operation he is part of; may be repeated.")] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="How long it is valid.")] = 60,
    count: Annotated[int | None, typer.Option(min=1, max=99_999, help="This many, as lines `ID-00001 TOKEN`.")] = None,
) -> None:
    """Prints a token for this install."""
    from app.identity import Issuer
    from geo.marking import Clearance

    level = Clearance.parse(clearance)
    issuer = Issuer.open(data)

    def issue(id: str) -> str:
        return issuer.issue(id, role, force=force, clearance=level, operations=operation or (), minutes=minutes)

    if count is None:
        print(issue(officer))  # noqa: T201
        return
    ids = [f"{officer}-{number:05d}" for number in range(1, count + 1)]
    sys.stdout.writelines(f"{name} {issue(name)}\n" for name in ids)


@app.command()
def serve(
    data: Data,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Default 8640; 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Default 127.0.0.1.")] = None,
    policy: Annotated[str | None, typer.Option(help="A policy file, or uk (default) or san_francisco.")] = None,
) -> None:
    """Serves HTTP and devices until it is told to stop."""
    from app.main import serve
    from app.settings import settings_of

    serve(settings_of(data=data, port=port, host=host, policy=policy))


@app.command()
def migrate(
    data: Annotated[Path | None, typer.Option(help="The data folder; not needed where BEATLINE_STORE is set.")] = None,
    restored: Annotated[
        bool, typer.Option("--restored", help="The store was restored from a backup: every device starts anew.")
    ] = False,
) -> None:
    """Brings the store's schema up to this version's, from nothing or from an older one, and says what it did."""
    from app.migrate import main

    main(data, restored)


@app.command()
def doctor(
    data: Annotated[Path | None, typer.Option(help="The data folder of this install.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many server processes are meant to run.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Looks at a deployment and says what is wrong and what to do; exit code 1 where something is bad."""
    from app.doctor.main import main

    if not main(data, processes, json):
        sys.exit(1)


@app.command()
def ingest(
    file: Annotated[Path, typer.Argument(help="The file, plain or .gz.")],
    format: Annotated[str, typer.Option(help="datasf-cad, police-uk-street, police-uk-stop-and-search or geojson.")],
    data: Annotated[Path | None, typer.Option(help="Into this data folder.")] = None,
    url: Annotated[str | None, typer.Option(help="Or to this server, with --token.")] = None,
    token: Annotated[str | None, typer.Option(help="The token for --url.", envvar="BEATLINE_TOKEN")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Writes what was refused, with its reason, as JSON lines.")
    ] = None,
) -> None:
    """Takes a file of records in; the last line of the output counts them."""
    if (data is None) == (url is None) or (url is None) != (token is None):
        raise typer.BadParameter("give either --data, or --url with --token")
    from app.feeds.runner import ingest_file

    ingest_file(file, format, data=data, url=url, token=token, rejects=rejects)


@app.command()
def replay(
    incidents: Annotated[Path, typer.Option(help="A file of records.")],
    format: Annotated[str, typer.Option(help="Its format, as for ingest.")],
    units: Annotated[Path, typer.Option(help="Traces: unit,at,lon,lat,speed_mps,heading_deg,accuracy_m.")],
    out: Annotated[Path, typer.Option(help="One line of JSON per verdict that changes.")],
    policy: Annotated[str | None, typer.Option(help="Default: the format's.")] = None,
    summary: Annotated[Path | None, typer.Option(help="Writes the counts as JSON.")] = None,
    report: Annotated[Path | None, typer.Option(help="Writes a page for people, to open in a browser.")] = None,
    zone: Annotated[str, typer.Option(help="The page's time zone, such as Europe/London.")] = "UTC",
) -> None:
    """Runs the live path over a past shift, on a virtual clock."""
    from app.replay import main

    main(incidents, format, units, out, policy, summary, report, zone)


@app.command()
def officer(
    url: Annotated[str, typer.Option(help="The server, such as http://127.0.0.1:8640.")],
    token: Annotated[str, typer.Option(help="His token.", envvar="BEATLINE_TOKEN")],
    device: Annotated[str | None, typer.Option(help="The device's id.")] = None,
    trace: Annotated[Path | None, typer.Option(help="Moves along a trace file.")] = None,
    unit: Annotated[str | None, typer.Option(help="Which unit of the trace file; default the first.")] = None,
    lon: Annotated[float | None, typer.Option(help="Or stands here.")] = None,
    lat: Annotated[float | None, typer.Option()] = None,
    status: Annotated[UnitStatusWord, typer.Option(help="What he is doing at the start.")] = "available",
    keep: Annotated[Path | None, typer.Option(help="Where the device keeps what it holds, to resume from.")] = None,
) -> None:
    """A terminal handset: live alerts with their reasons, acknowledging, positions, emergency."""
    from app.people.officer import main
    from geo.model import UnitStatus

    main(url, token, device, trace, unit, lon, lat, UnitStatus(status), keep)


@app.command()
def simulate(
    url: Annotated[str, typer.Option(help="The server.")],
    data: Annotated[Path | None, typer.Option(help="Its data folder: tokens are made as needed.")] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="Or lines `ID TOKEN`, as `token --count` prints them.")
    ] = None,
    officers: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    traces: Annotated[Path | None, typer.Option(help="Along these traces; default: on their own.")] = None,
    seconds: Annotated[float | None, typer.Option(help="For so long; default: until Ctrl-C.")] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two positions of an officer.")] = 5.0,
    lon: Annotated[float | None, typer.Option(help="Around here, without traces.")] = None,
    lat: Annotated[float | None, typer.Option()] = None,
    radius_m: Annotated[float, typer.Option(min=10)] = 5_000.0,
) -> None:
    """Many officers over real sockets."""
    from app.people.simulate import LEEDS, main

    place = (LEEDS[0] if lon is None else lon, LEEDS[1] if lat is None else lat)
    main(url, data, token_file, officers, traces, seconds, every, *place, radius_m)


@app.command()
def demo(
    pack: Annotated[str | None, typer.Option(help="san-francisco (where its files are) or west-yorkshire.")] = None,
    speed: Annotated[float | None, typer.Option(min=0.1, help="Times as fast as life; default the pack's.")] = None,
    officers: Annotated[int, typer.Option(min=1, max=2_000, help="How many are on patrol.")] = 40,
    seconds: Annotated[float | None, typer.Option(help="For so long; default: to the end of the window.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Default: a free one.")] = None,
) -> None:
    """Real police records against officers on real sockets, live in this terminal."""
    from app.demo.main import main

    main(pack=pack, speed=speed, officers=officers, seconds=seconds, port=port)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Scaled down to under a minute.")] = False,
    json: Annotated[Path | None, typer.Option(help="Writes the figures here as JSON.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this part; may be repeated.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="On a PostgreSQL and a Redis of its own, with two processes.")
    ] = False,
) -> None:
    """Measures this machine and this server: each figure beside its limit."""
    from app.bench.main import main

    main(quick=quick, json=json, only=only or (), force=force)


@roster.command("import")
def roster_import(
    file: Annotated[Path, typer.Argument(help="The roster as JSON.")],
    data: Data,
    force: Annotated[str, typer.Option(help="Whose roster it is.")] = "own",
) -> None:
    """Takes a roster file in."""
    from app.roster import import_file

    import_file(file, data=data, force=force)


@policy.command("check")
def policy_check(file: Annotated[str, typer.Argument(help="A policy file, or the name of a shipped one.")]) -> None:
    """Says everything that is wrong with a policy file, each with its line; exit code 1 where it cannot be used."""
    from app.policy_check import main

    if not main(file):
        sys.exit(1)


@policy.command("schema")
def policy_schema(as_json: Annotated[bool, typer.Option("--json", help="As JSON Schema.")] = False) -> None:
    """Prints what a policy file may say: every key, its bounds, its default, what it means."""
    from app.policy_schema import show

    show(as_json)


@policy.command("apply")
def policy_apply(
    file: Annotated[str, typer.Argument(help="A policy file, or the name of a shipped one.")],
    data: PolicyData = None,
    url: PolicyUrl = None,
    token: PolicyToken = None,
    note: Annotated[str, typer.Option(help="Why: kept with it.")] = "",
) -> None:
    """Puts a policy in force, in every running server at once; one that cannot be is refused, and nothing changes."""
    from app.policy_apply import apply

    apply(file, note, _whose_policy(data, url, token))


@policy.command("versions")
def policy_versions(data: PolicyData = None, url: PolicyUrl = None, token: PolicyToken = None) -> None:
    """Lists the policies that were ever in force: number, when, by whom, what, why."""
    from app.policy_apply import versions

    versions(_whose_policy(data, url, token))


@policy.command("show")
def policy_show(
    number: Annotated[int | None, typer.Argument(help="Which; default the one in force.")] = None,
    data: PolicyData = None,
    url: PolicyUrl = None,
    token: PolicyToken = None,
) -> None:
    """Prints the text of the policy in force."""
    from app.policy_apply import show

    show(number, _whose_policy(data, url, token))


def _whose_policy(data: Path | None, url: str | None, token: str | None) -> Where:
    from app.policy_apply import Where

    if (data is not None and url is not None) or (url is not None and token is None):
        raise typer.BadParameter("give either --data, or --url with --token")
    return Where(data, url, token)


@policy.command("diff")
def policy_diff(
    policies: Annotated[
        list[str] | None,
        typer.Argument(help="A and B: files, uk, san_francisco, or running. One: compared with the running one."),
    ] = None,
    on: Annotated[
        list[Path] | None,
        typer.Option(help="A data folder: its last night. Or files: one of incidents, the others traces."),
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="B is A with another value: terms.reach=2. May be repeated.")
    ] = None,
    format: Annotated[str | None, typer.Option(help="Of the incidents; default: told by its header.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Default: 24 hours before --to; as 2026-01-15T18:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Default: the newest kept verdict.")] = None,
    lines: Annotated[int, typer.Option(min=0, help="Officers shown in each list.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="As JSON, whole.")] = False,
) -> None:
    """Says what another policy would have changed: on files of a past shift, or on last night as it was kept."""
    from app.policy_diff.main import main

    main(policies or (), change or (), on or (), format, since, until, lines, json)


def main() -> None:
    """Runs a command. What it cannot do is one line on stderr and exit code 1 (2 for wrong options), no trace."""
    from app.errors import AppError
    from geo.errors import BadMarking, GeoError
    from streams.errors import StreamsError

    try:
        app()
    except BadMarking as error:
        _stop(str(error), 2)
    except (AppError, GeoError, StreamsError, ValueError) as error:
        _stop(str(error), 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _stop(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _stop(sentence: str, code: int) -> None:
    print("beatline: " + " ".join(sentence.split()), file=sys.stderr)  # noqa: T201
    sys.exit(code)
