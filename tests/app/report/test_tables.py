"""Tables with heads, captions and a frame that can be scrolled by keyboard; plain text stays plain text."""

from __future__ import annotations

from app.report.tables import figure, paragraph, section, table


def test_a_table_says_what_it_is_and_which_cells_are_heads() -> None:
    html = table("Told <b>", ("Unit", "Told"), [("U1 & U2", "5")])
    assert '<div class="scroll" role="region" tabindex="0" aria-label="Told &lt;b&gt;">' in html
    assert "<caption>Told &lt;b&gt;</caption>" in html
    assert '<th scope="col">Unit</th><th scope="col" class="n">Told</th>' in html
    assert '<th scope="row">U1 &amp; U2</th><td class="n">5</td>' in html


def test_a_plot_has_its_caption_and_its_table_beside_it() -> None:
    assert figure("<svg/>", "a < b") == "<figure><svg/><figcaption>a &lt; b</figcaption></figure>"
    assert figure("<svg/>", "c", "<table/>").startswith('<div class="beside"><figure>')


def test_a_chapter_has_an_anchor_and_a_name() -> None:
    assert section("a", "A & B", "x", "y") == (
        '<section id="a" aria-labelledby="a-h"><h2 id="a-h">A &amp; B</h2>xy</section>'
    )
    assert paragraph("<") == "<p>&lt;</p>"
    assert paragraph("<", "over") == '<p class="over">&lt;</p>'
