import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.guidelines.html import guideline_html
from assay.guidelines.markdown import Body, parse_page

ALLOWED = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a"}
ALLOWED |= {"br", "hr", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"id", "href", "rel", "target", "class", "start", "dir"}


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def tags(html):
    parser = Tags()
    parser.feed(html)
    return parser.tags


def harmless(html):
    for tag, attributes in tags(html):
        assert tag in ALLOWED, tag
        assert set(attributes) <= ATTRIBUTES, attributes
        assert re.match(r"https?://|#", attributes.get("href", "#"), re.IGNORECASE), attributes


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "text <b onclick=alert(1)>bold</b>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java&#115;cript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:x)",
    "[click](file:///etc/passwd)",
    "[click](//evil.example)",
    "[click](/label)",
    "[click](http:x)",
    "<javascript:alert(1)>",
    '[x](https://a.example "\\" onmouseover=alert(1)")',
    "![alt](https://evil.example/pixel.png)",
    "![<script>](x)",
    "[![alt](x)](javascript:alert(1))",
    "[ref]: javascript:alert(1)\n\n[ref]",
    "# <script>alert(1)</script>",
    '# " onclick=alert(1) x="',
    "```example\ntext: <script>alert(1)</script>\nlabel: {'<b>': '<i>'}\n<u>: 1\n```",
    "```example\n- not: [a, mapping\n```",
    '```" onclick=alert(1)\n<script>\n```',
    "~~~example\ntext: x\n~~~\n<iframe src=//evil.example>",
    "| a |\n|--:|\n| <script>alert(1)</script> |",
    "<!-- comment --><?php ?><![CDATA[x]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "> # quoted\n> <script>",
    "- # in a list",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.threat(20)
def test_hostile_markdown_gives_only_harmless_tags(text):
    guide = guideline_html(text)
    harmless(guide.html)
    for section in guide.sections:
        harmless(section.html)


@given(st.text(alphabet="<>\"'`#[]()!:/-|&;\n aex\\=", max_size=60))
@pytest.mark.threat(20)
def test_whatever_the_markdown_only_harmless_tags_come_out(text):
    guide = guideline_html(text)
    harmless(guide.html)
    for section in guide.sections:
        harmless(section.html)


@pytest.mark.threat(20)
def test_links_lead_out_safely_or_to_a_heading():
    html = guideline_html("# Good cases\n[a](#Good-Cases) [b](https://x.example/?q=1&r=2) <http://y.example>").html
    links = [attributes for tag, attributes in tags(html) if tag == "a"]
    assert links[0] == {"href": "#g-good-cases"}
    assert links[1] == {"href": "https://x.example/?q=1&r=2", "rel": "noopener noreferrer", "target": "_blank"}
    assert links[2]["href"] == "http://y.example"


@pytest.mark.threat(20)
def test_what_may_not_be_a_link_keeps_its_words_and_an_image_its_description():
    html = guideline_html("Look at [the *other* page](other.md) and ![a cat](cat.png).").html
    assert html == "<p>Look at the <em>other</em> page and [image: a cat].</p>\n"


@given(st.text(alphabet='#<>b/!-[]()ax \n*`"=', max_size=60))
@pytest.mark.threat(20)
def test_the_page_and_the_lint_name_a_heading_alike(text):
    text = f"# A <b>word</b> ![cat](c.png) [x](javascript:a)\n\n{text}"
    headings = parse_page(Body(text=text, first_line=1, path="guidelines/tone.md")).headings
    assert [(f"g-{one.anchor}", one.title) for one in headings if one.whole] == [
        (section.anchor, section.title) for section in guideline_html(text).sections
    ]
    assert headings[0].anchor == "a-word-cat-x"
    assert '<h1 id="g-a-word-cat-x">A &lt;b&gt;word&lt;/b&gt; [image: cat] x</h1>' in guideline_html(text).html


def test_headings_have_unique_ids_as_forges_make_them():
    guide = guideline_html("# A & B: *c*\n## `how-to`\n## How-To\n## How-To 1\n## Größe 大\n## !!\n## how-to-1\n")
    anchors = [section.anchor for section in guide.sections]
    assert anchors[:2] == ["g-a--b-c", "g-how-to"]
    assert anchors[4:6] == ["g-größe-大", "g-section"]
    assert len(set(anchors)) == len(anchors)
    assert re.findall(r'id="([^"]*)"', guide.html) == anchors


def test_an_example_is_a_list_of_its_parts_with_the_spans_quoted():
    html = guideline_html(
        "```example\ntext: Ask Ada now\nlabel: {tone: good, topics: [a, b], none: [], names: [{start: 4, end: 7, who: x}]}\n"
        "why: no reason\n```"
    ).html
    words = re.sub(r"<[^>]*>", " ", html).split()
    assert " ".join(words) == "text Ask Ada now label tone good topics a, b none none names “Ada” who x why no reason"
    assert {attributes.get("class") for tag, attributes in tags(html) if tag == "dd"} == {"data", "label", "why", None}


@pytest.mark.parametrize("block", ["- a\n- b", "a: [", "a: &x 1", "", "x" * 300_000])
def test_an_example_that_is_none_is_shown_as_it_is_written(block):
    html = guideline_html(f"```example\n{block}\n```").html
    assert html.startswith('<pre><code class="language-example">')


def test_a_section_ends_at_the_next_heading_and_has_its_text():
    guide = guideline_html("Before.\n\n# One\nFirst *words*\ngo on.\n\n- a list\n\n```\ncode\n```\n## Two\n")
    one, two = guide.sections
    assert (one.title, one.level, one.text) == ("One", 1, "First words go on.\n\na list\n\ncode")
    assert one.html.startswith("<p>First <em>words</em>")
    assert (two.title, two.level, two.text, two.html) == ("Two", 2, "", "")


def test_a_value_finds_the_section_below_its_field_first():
    guide = guideline_html("# Other\n## a\n# Tone of voice\n## Remarks\n### `A`\n# Last\n## «b»\n")
    assert guide.section_of_value(("tone", "Tone of Voice"), ("a",)).anchor == "g-a-1"
    assert guide.section_of_value(("nothing",), ("b",)).anchor == "g-b"
    assert guide.section_of_value(("nothing",), ("a",)) is None
    assert guide.section_of_value(("tone",), ("",)) is None
    assert guide.section_of_field(("x", "tone of VOICE")).anchor == "g-tone-of-voice"
    assert guide.section_of_field(("x",)) is None


def test_a_long_quotation_in_an_example_is_cut():
    block = f"text: {'x' * 5000}\nlabel: {{names: [{'{start: 0, end: 5000}, ' * 50}]}}"
    html = guideline_html(f"```example\n{block}\n```\n").html
    assert html.count("“" + "x" * 199 + "…”") == 50
    assert len(html) < 20_000
