"""The commands about briefings: their options; each loads what it needs when it runs"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

Form: TypeAlias = Literal["text", "html", "json", "bundle"]
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
