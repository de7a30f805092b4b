"""Tables and the frames around plots, as HTML that reads well aloud, on paper and on a narrow screen"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 1) -> str:
    """The first cell of a row is its head; from column ``numbers`` on they are figures. Cells are plain text."""
    head = "".join(f'<th scope="col"{_kind(place, numbers)}>{escape(word)}</th>' for place, word in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>' if place == 0 else f"<td{_kind(place, numbers)}>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def figure(plot: str, caption: str, beside: str = "") -> str:
    """A plot with what it says in one line, and its table beside it."""
    drawn = f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>"
    return f'<div class="beside">{drawn}{beside}</div>' if beside else drawn


def section(name: str, title: str, *parts: str) -> str:
    """A chapter of the page, with an anchor."""
    head = f'<h2 id="{name}-h">{escape(title)}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-h">{head}{"".join(parts)}</section>'


def paragraph(text: str, look: str = "") -> str:
    """Plain text as a paragraph."""
    return f'<p class="{look}">{escape(text)}</p>' if look else f"<p>{escape(text)}</p>"


def _kind(place: int, numbers: int) -> str:
    return ' class="n"' if place >= numbers else ""
