"""The small safe subset of Markdown that a briefing's body is written in: a tree, shown as HTML or as plain text.

What there is: headings (``#`` to ``######``), **bold** (two asterisks or underscores), *italic* (one), lists (``-``,
``*``, ``+``, ``1.``), links to ``https`` (``[words](https://...)``, or bare), and line breaks as they were typed. A
backslash before a sign takes its meaning away. Everything else is text: a tag, an image, a script or a link to
``javascript:``, ``data:`` or ``http:`` is shown as the letters it is made of, escaped, and :func:`not_shown` names it.

Beside a link the HTML names the host that it leads to: words can lie about it. Hosts are ASCII (RFC 5890's A-labels
for others), so that none looks like another.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

LONGEST_LINK = 2_000


@dataclass(frozen=True, slots=True)
class Words:
    """Text without a meaning of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Bold."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Italic."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Leads to ``href``, which is https."""

    text: str
    href: str

    @property
    def host(self) -> str:
        return urlsplit(self.href).netloc


@dataclass(frozen=True, slots=True)
class Break:
    """The next line."""


Inline: TypeAlias = Words | Strong | Emphasis | Link | Break


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 1..6."""

    level: int
    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines up to an empty one."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """``number`` is the one that was typed (step 3 stays step 3), None with a bullet."""

    number: int | None
    parts: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Items below each other, all numbered or none."""

    items: tuple[Item, ...]


Block: TypeAlias = Heading | Paragraph | Listing

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|([0-9]{1,4})[.)])[ \t]+(?=\S)(.*)")


# ------------------------------------------------------------------ blocks
def parsed(text: str) -> tuple[Block, ...]:
    """The tree of a text. Nothing is an error, and the time is in proportion to the length, whatever was sent."""
    blocks: list[Block] = []
    lines: list[str] = []
    items: list[tuple[int | None, list[str]]] = []

    def ended() -> None:
        if lines:
            blocks.append(Paragraph(_lines(lines)))
        if items:
            blocks.append(Listing(tuple(Item(number, _lines(told)) for number, told in items)))
        lines.clear()
        items.clear()

    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            ended()
        elif heading := _HEADING.fullmatch(line):
            ended()
            blocks.append(Heading(len(heading[1]), _inline(heading[2])))
        elif item := _ITEM.fullmatch(line):
            number = int(item[1]) if item[1] else None
            if not items or (items[-1][0] is None) != (number is None):
                ended()
            items.append((number, [item[2]]))
        elif items and line[0] in " \t":
            items[-1][1].append(line.strip())
        else:
            if items:
                ended()
            lines.append(line)
    ended()
    return tuple(blocks)


def _lines(lines: Sequence[str]) -> tuple[Inline, ...]:
    return _inline("\n".join(line.strip() for line in lines))


# ------------------------------------------------------------------ inside a line
_SIGN = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<image>!\[[^\[\]\n]{0,300}\]\([^()\n]{0,2000}\))"
    r"|\[(?P<words>[^\[\]\n]{1,300})\]\((?P<target>[^()\s]{1,2000})\)"
    r"|(?P<bare>https://[^\s<>\"'\[\]()\\*]{1,2000})"
    r"|(?P<mark>\*\*|__|\*|_)"
    r"|(?P<line>\n)"
)
_MARKS: dict[str, type[Strong | Emphasis]] = {"**": Strong, "__": Strong, "*": Emphasis, "_": Emphasis}


class _Open:
    """Marks that wait for their other half: each kind at most once, so that nothing nests beyond two."""

    def __init__(self) -> None:
        self.parts: list[list[Inline]] = [[]]
        self.marks: list[str] = []

    def add(self, part: Inline) -> None:
        last = self.parts[-1][-1] if self.parts[-1] else None
        if isinstance(part, Words) and isinstance(last, Words):
            self.parts[-1][-1] = Words(last.text + part.text)
        else:
            self.parts[-1].append(part)

    def begin(self, mark: str) -> None:
        self.marks.append(mark)
        self.parts.append([])

    def end(self, mark: str) -> None:
        """Its other half has come; what was begun inside and never ended is text."""
        while self.marks[-1] != mark:
            self.give_up()
        self.marks.pop()
        inside = tuple(self.parts.pop())
        self.add(_MARKS[mark](inside))

    def give_up(self) -> None:
        """The innermost mark is text."""
        inside = self.parts.pop()
        self.add(Words(self.marks.pop()))
        for part in inside:
            self.add(part)


def _inline(text: str) -> tuple[Inline, ...]:
    opened, at = _Open(), 0
    for sign in _SIGN.finditer(text):
        if sign.start() > at:
            opened.add(Words(text[at : sign.start()]))
        at = sign.end()
        if sign["mark"] is not None:
            _mark(opened, sign["mark"], text[: sign.start()][-1:], text[at : at + 1])
        else:
            opened.add(_meant(sign))
    if at < len(text):
        opened.add(Words(text[at:]))
    while opened.marks:
        opened.give_up()
    return tuple(opened.parts[0])


def _mark(opened: _Open, mark: str, before: str, after: str) -> None:
    """Begins before a letter and ends after one; an underscore inside a word is a letter itself."""
    begins, ends = bool(after) and not after.isspace(), bool(before) and not before.isspace()
    if mark[0] == "_":
        begins, ends = begins and not before.isalnum(), ends and not after.isalnum()
    if ends and mark in opened.marks and opened.parts[-1]:
        opened.end(mark)
    elif begins and mark not in opened.marks:
        opened.begin(mark)
    else:
        opened.add(Words(mark))


def _meant(sign: re.Match[str]) -> Inline:
    if sign["line"] is not None:
        return Break()
    if sign["escaped"] is not None:
        return Words(sign["escaped"])
    if sign["words"] is not None and is_https(sign["target"]):
        return Link(sign["words"].strip() or sign["target"], sign["target"])
    if sign["bare"] is not None and is_https(address := sign["bare"].rstrip(".,;:!?")):
        return Link(address, address) if address == sign["bare"] else _with_rest(address, sign["bare"])
    return Words(sign[0])


def _with_rest(address: str, text: str) -> Inline:
    """The stop after an address belongs to the sentence; it is shown with the link's words, and not followed."""
    return Link(text, address)


def is_https(address: str) -> bool:
    """An https address that can be shown and followed: a host in ASCII, nobody's name or password in it."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return (
        len(address) <= LONGEST_LINK
        and address.isprintable()
        and parts.scheme == "https"
        and bool(parts.hostname)
        and parts.netloc.isascii()
        and not set(address) & set(" <>\"'`\\")
        and "@" not in parts.netloc
    )


# ------------------------------------------------------------------ what is not shown as it was meant
_TAG = re.compile(r"<[A-Za-z/!?][^<>\n]{0,60}>?")
_SCHEME = re.compile(r"\[[^\[\]\n]{1,300}\]\(\s*([A-Za-z][A-Za-z0-9+.-]{0,20}):")


def not_shown(text: str) -> tuple[str, ...]:
    """What the sender may have meant otherwise than it will be shown, a sentence each."""
    found = dict.fromkeys(f"the tag {tag[0][:40]!r} is shown as text" for tag in _first(_TAG, text))
    for link in _first(_SCHEME, text):
        if link[1] != "https":
            found[f"the link to {link[1].lower()}: is shown as text: links are https only"] = None
    if re.search(r"!\[[^\[\]\n]{0,300}\]\(", text):
        found["an image is shown as text: attach it by reference"] = None
    return tuple(found)


def _first(pattern: re.Pattern[str], text: str, most: int = 5) -> Iterator[re.Match[str]]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= most:
            return
        yield match


# ------------------------------------------------------------------ shown
def html_of(blocks: Sequence[Block], top: int = 3) -> str:
    """Safe HTML: every text escaped, no attribute but ours. A first-level heading is ``h{top}``; directions of writing
    are kept apart by block."""
    return "\n".join(_block_html(block, top) for block in blocks)


def _block_html(block: Block, top: int) -> str:
    if isinstance(block, Heading):
        level = min(6, top + block.level - 1)
        return f'<h{level} dir="auto">{_html(block.parts)}</h{level}>'
    if isinstance(block, Paragraph):
        return f'<p dir="auto">{_html(block.parts)}</p>'
    name = "ul" if block.items[0].number is None else "ol"
    items = "".join(
        f'<li dir="auto"{"" if item.number is None else f" value={item.number:d}"}>{_html(item.parts)}</li>'
        for item in block.items
    )
    return f"<{name}>{items}</{name}>"


def _html(parts: Sequence[Inline]) -> str:
    return "".join(_inline_html(part) for part in parts)


def _inline_html(part: Inline) -> str:
    match part:
        case Words(text):
            return html.escape(text)
        case Strong(parts):
            return f"<strong>{_html(parts)}</strong>"
        case Emphasis(parts):
            return f"<em>{_html(parts)}</em>"
        case Break():
            return "<br>"
    address, words = html.escape(part.href), html.escape(part.text)
    beside = "" if part.host in part.text else f" ({html.escape(part.host)})"
    return f'<a href="{address}" rel="noopener noreferrer nofollow"><bdi>{words}</bdi></a>{beside}'


def plain_of(blocks: Sequence[Block]) -> str:
    """Plain text for a small screen, a radio or a log: an empty line between blocks, addresses behind their words."""
    return "\n\n".join(_block_plain(block) for block in blocks)


def _block_plain(block: Block) -> str:
    if isinstance(block, Listing):
        return "\n".join(
            f"{'-' if item.number is None else f'{item.number}.'} {_plain(item.parts)}" for item in block.items
        )
    return _plain(block.parts)


def _plain(parts: Sequence[Inline]) -> str:
    return "".join(_inline_plain(part) for part in parts)


def _inline_plain(part: Inline) -> str:
    match part:
        case Words(text):
            return text
        case Strong(parts) | Emphasis(parts):
            return _plain(parts)
        case Break():
            return "\n"
    return part.text if part.href in part.text else f"{part.text} ({part.href})"
