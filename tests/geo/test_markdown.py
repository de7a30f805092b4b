"""The body of a briefing: what is understood, and that nothing else is ever more than text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.markdown import (
    Break,
    Emphasis,
    Heading,
    Item,
    Link,
    Listing,
    Paragraph,
    Strong,
    Words,
    html_of,
    is_https,
    not_shown,
    parsed,
    plain_of,
)


def test_a_briefing_as_a_dispatcher_writes_it() -> None:
    text = (
        "# Information\r\nSilver van, **do not approach**\nseen *twice*\n\n- first\n- second\n  and on\n\n"
        "3. then\n7. last\n"
    )
    assert parsed(text) == (
        Heading(1, (Words("Information"),)),
        Paragraph(
            (
                Words("Silver van, "),
                Strong((Words("do not approach"),)),
                Break(),
                Words("seen "),
                Emphasis((Words("twice"),)),
            )
        ),
        Listing((Item(None, (Words("first"),)), Item(None, (Words("second"), Break(), Words("and on"))))),
        Listing((Item(3, (Words("then"),)), Item(7, (Words("last"),)))),
    )


def test_it_is_shown_as_html_and_as_plain_text() -> None:
    blocks = parsed("## Intent\nRead [the order](https://force.example/o/1) **now**\n- one\n\n2. two")
    assert html_of(blocks) == (
        '<h4 dir="auto">Intent</h4>\n'
        '<p dir="auto">Read <a href="https://force.example/o/1" rel="noopener noreferrer nofollow"><bdi>the order</bdi>'
        "</a> (force.example) <strong>now</strong></p>\n"
        '<ul><li dir="auto">one</li></ul>\n'
        '<ol><li dir="auto" value=2>two</li></ol>'
    )
    assert plain_of(blocks) == "Intent\n\nRead the order (https://force.example/o/1) now\n\n- one\n\n2. two"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a_b_c", (Words("a_b_c"),)),
        ("2 * 3 * 4", (Words("2 * 3 * 4"),)),
        ("**open", (Words("**open"),)),
        ("**a *b**", (Strong((Words("a *b"),)),)),
        ("***", (Words("***"),)),
        (r"\*not\*", (Words("*not*"),)),
        ("**a *b* c**", (Strong((Words("a "), Emphasis((Words("b"),)), Words(" c"))),)),
        ("see https://a.example/x.", (Words("see "), Link("https://a.example/x.", "https://a.example/x"))),
    ],
)
def test_signs_inside_a_line(text: str, parts: object) -> None:
    assert parsed(text) == (Paragraph(parts),)  # type: ignore[arg-type]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert%281%29)",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](http://a.example)",
    "[click](https://user:pass@a.example)",
    "[click](//a.example)",
    "[click](https://а.example)",  # the first letter is Cyrillic
    '[press](https://a.example/"onmouseover="alert(1))',
    "![pixel](https://a.example/p.png)",
    "[x]: javascript:alert(1)",
    "<https://a.example>onload",
    "&lt;script&gt;",
    "`<b>`",
    "[a](https://a.example/`)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_not_in_the_subset_is_shown_as_the_letters_it_is_made_of(text: str) -> None:
    shown = html_of(parsed(text))
    assert "<script" not in shown
    assert "<img" not in shown
    hrefs = re.findall(r'href="([^"]*)"', shown)
    assert all(href.startswith("https://a.example") for href in hrefs)
    assert "onmouseover=" not in re.sub(r">[^<]*<", "><", shown)
    if "click" in text or text.startswith("!"):
        assert hrefs == []
        assert plain_of(parsed(text)) == text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


ANY = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                "*",
                "**",
                "_",
                "[",
                "](",
                ")",
                "https://a.example",
                "javascript:",
                "<b>",
                "\n",
                "- ",
                "1. ",
                "# ",
                "a",
                " ",
                "\\",
                "!",
                "&amp;",
                '"',
                "'",
            ]
        ),
        max_size=40,
    ).map("".join),
)


@given(ANY)
def test_whatever_is_sent_only_our_own_tags_come_out(text: str) -> None:
    blocks = parsed(text)
    seen = _Tags()
    seen.feed(html_of(blocks))
    seen.close()
    assert seen.tags <= {"h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "strong", "em", "br", "a", "bdi"}
    assert seen.attributes <= {"dir", "href", "rel", "value"}


@given(st.text("abc xyz.,<>&\"'", max_size=100))
def test_plain_words_come_out_as_they_went_in(text: str) -> None:
    assert plain_of(parsed(text)) == text.strip()


@pytest.mark.parametrize("piece", ["*", "**a", "[", "[a](", "_ ", "<", "!["])
def test_long_hostile_texts_are_parsed_in_one_go(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    assert set(plain_of(parsed(text))) <= set(text)
    assert len(not_shown(text)) <= 10


def test_what_may_have_been_meant_otherwise_is_named() -> None:
    text = "<b>x</b> [a](javascript:1) [b](https://a.example) ![i](https://a.example/i.png)"
    assert not_shown(text) == (
        "the tag '<b>' is shown as text",
        "the tag '</b>' is shown as text",
        "the link to javascript: is shown as text: links are https only",
        "an image is shown as text: attach it by reference",
    )
    assert not_shown("**plain** [b](https://a.example), 3 < 4") == ()


@pytest.mark.parametrize(
    ("address", "fit"),
    [
        ("https://a.example/x?y=1#z", True),
        ("https://a.example:8443/", True),
        ("https://", False),
        ("http://a.example", False),
        ("https://a.example:port/", False),
        ("https://[::1", False),
        ("https://a.example/\u202e", False),
        ("https://a.example/" + "x" * 2_000, False),
    ],
)
def test_an_address_that_can_be_followed(address: str, fit: bool) -> None:
    assert is_https(address) is fit
