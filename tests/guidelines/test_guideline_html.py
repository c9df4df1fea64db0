import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.guidelines.html import GuidelineText, guideline_html, guideline_page, text_difference
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


def parts(block):
    """The classes, names and words of the parts of an example, in their order."""
    html = guideline_html(f"```example\n{block}\n```\n").html
    return re.findall(r'<dt class="([a-z]+)">([^<]*)</dt><dd class="\1" dir="auto">(.*)</dd>', html)


def answers(block):
    return re.findall(
        r'<dt>([^<]*)</dt><dd dir="auto">([^<]*)</dd>', guideline_html(f"```example\n{block}\n```\n").html
    )


def test_the_parts_of_an_example_are_classed_by_what_they_are():
    assert [(kind, name) for kind, name, _ in parts("text: a\nlabel: {f: 1}\nnot: {f: 2}\nwhy: w\nn: 3")] == [
        ("data", "text"),
        ("label", "label"),
        ("not", "not"),
        ("why", "why"),
        ("data", "n"),
    ]
    assert parts("why: {a: 1}\nlabel: good\ndata: {f: [x, y]}") == [
        ("why", "why", "a 1"),
        ("label", "label", "good"),
        ("data", "data", "f x, y"),
    ]
    assert answers("why: {a: 1}\nnot: {f: 2, g: false}") == [("f", "2"), ("g", "false")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("good", "good"),
        ("3", "3"),
        ("1.50", "1.5"),
        ("true", "true"),
        ("null", "null"),
        ("[]", "none"),
        ("[a, 2]", "a, 2"),
        ("[{a: 1}, b]", "a 1; b"),
        ("{a: 1, b: [c, d]}", "a 1, b c, d"),
        ("{start: 0, end: 3}", "“Ask”"),
        ("{start: 4, end: 7, who: x}", "“Ada” who x"),
        ("{who: x, start: 4, end: 7, of: y}", "“Ada” who x, of y"),
        ("[{start: 0, end: 3}, {start: 4, end: 7}]", "“Ask”; “Ada”"),
        ("{start: 3, end: 3}", "start 3, end 3"),
        ("{start: 7, end: 4}", "start 7, end 4"),
        ("{start: -3, end: 3}", "start -3, end 3"),
        ("{start: 0.5, end: 3}", "start 0.5, end 3"),
        ("{start: false, end: true}", "start false, end true"),
        ("{start: 90, end: 99}", "start 90, end 99"),
        ("{end: 3}", "end 3"),
    ],
)
def test_a_value_is_told_in_words_and_a_span_by_the_text_it_marks(value, words):
    assert answers(f"text: Ask Ada now\nlabel: {{f: {value}}}") == [("f", words)]


@pytest.mark.parametrize(
    "data", ["one: Ask Ada now\ntwo: b", "n: 3", "why: Ask Ada now", "texts: [Ask Ada now]"], ids=str.split
)
def test_a_span_is_quoted_only_where_the_item_has_just_one_text(data):
    assert answers(f"{data}\nlabel: {{f: {{start: 4, end: 7}}}}") == [("f", "start 4, end 7")]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b>x</b>", "<p>a &lt;b&gt;x&lt;/b&gt;</p>\n"),
        ("<div>\nx\n</div>\n", "<p>&lt;div&gt;\nx\n&lt;/div&gt;</p>\n"),
        (
            "[a](http://x.example 'T')",
            '<p><a href="http://x.example" rel="noopener noreferrer" target="_blank">a</a></p>\n',
        ),
        (
            "[a](HTTPS://x.example)",
            '<p><a href="HTTPS://x.example" rel="noopener noreferrer" target="_blank">a</a></p>\n',
        ),
        ("[a](https://)", "<p>a</p>\n"),
        ("[a](x#http://y)", "<p>a</p>\n"),
        ("[a](#B 'T')", '<p><a href="#g-b">a</a></p>\n'),
        ("[a](x.md) [b](#c) [d](y.md)", '<p>a <a href="#g-c">b</a> d</p>\n'),
        ("![a *b*](x.png)", "<p>[image: a b]</p>\n"),
        ("``` python x\na\n```", '<pre><code class="language-python">a\n</code></pre>\n'),
        ("``` examples\na: 1\n```", '<pre><code class="language-examples">a: 1\n</code></pre>\n'),
        (
            "``` example of it\na: 1\n```",
            '<dl class="example">\n<dt class="data">a</dt><dd class="data" dir="auto">1</dd>\n</dl>\n',
        ),
    ],
)
def test_markdown_is_rendered_by_what_is_allowed(text, html):
    assert guideline_html(text).html == html


def test_the_columns_of_a_table_are_aligned_by_class():
    html = guideline_html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |\n").html
    assert [one.get("class") for tag, one in tags(html) if tag in {"th", "td"}] == [
        "align-left",
        "align-center",
        "align-right",
    ] * 2


def test_ids_and_links_on_a_page_start_with_its_prefix():
    html = guideline_html("# A\n[x](#a)\n", prefix="v1-").html
    assert ('id="v1-a"' in html, 'href="#v1-a"' in html) == (True, True)


def test_only_headings_outside_lists_and_quotations_begin_a_section():
    guide = guideline_html("# A\none\n> ## B\n> two\n\n- ### C\n\n    code\n\nthree\n# D\n")
    assert [(one.title, one.level) for one in guide.sections] == [("A", 1), ("D", 1)]
    assert guide.sections[0].text == "one\n\nB\n\ntwo\n\nC\n\ncode\n\nthree"
    assert 'id="g-b"' in guide.html


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("# Tone\n## a\n", "g-a"),
        ("# a\n# Tone\n## a\n", "g-a-1"),
        ("# Tone\n# a\n", "g-a"),
        ("# Tone\n## x\n### a\n## a\n", "g-a"),
        ("# Tone\n# Other\n## a\n# a\n", None),
        ("# Other\n## a\n", "g-a"),
        ("# Tone\n## a\n# Tone\n## a\n", "g-a"),
        ("## Tone\n# Other\n## a\n## A\n", None),
        ("# Tone\n## b\n", None),
    ],
)
def test_the_section_of_a_value_is_the_one_below_its_field_else_the_only_one(text, anchor):
    found = guideline_html(text).section_of_value(("tone",), ("a", "'A'"))
    assert (found and found.anchor) == anchor


def test_the_first_section_of_a_fields_name_is_its_own():
    guide = guideline_html("# Other\n# Tone\n## tone\n")
    assert guide.section_of_field(("x", "TONE")).anchor == "g-tone"
    assert guide.section_of_field(("", "``")) is None


def lines(before, after):
    return [[f"{line.mark}{line.text}" for line in piece] for piece in text_difference(before, after)]


def test_texts_differ_by_line_each_place_with_two_lines_around_it():
    old = [str(number) for number in range(20)]
    new = [*old[:5], "five", *old[6:14], *old[15:], "end"]
    assert lines("\n".join(old), "\n".join(new)) == [
        [" 3", " 4", "-5", "+five", " 6", " 7"],
        [" 12", " 13", "-14", " 15", " 16"],
        [" 18", " 19", "+end"],
    ]
    assert lines("a\nb\n", "a\nb") == []
    assert lines("", "a\n") == [["+a"]]
    assert lines("a\n", "") == [["-a"]]


def version(name, text, **more):
    said = {"date": "2026-01-01", "summary": f"of {name}", "affects": (), "policy": "relabel", **more}
    return GuidelineText(version=name, text=text, **said)


def test_a_page_of_versions_compares_each_known_one_with_the_one_known_before():
    page = guideline_page(
        "Mood & more",
        [
            version("1.3.0", "# A\nfour\n[x](#a)\n", affects=("tone", "score=1"), policy="sample"),
            version("1.2.0", None, date="2025-12-31"),
            version("1.1.0", "# A\ntwo\n"),
            version("1.0.0", "# A\ntwo\n"),
        ],
    )
    first, second, third = re.findall(r"<article.*?</article>", page, re.DOTALL)
    assert "<title>Mood &amp; more · guideline 1.3.0</title>" in page
    assert re.findall(r'<li>.*?>([0-9.]+)</(a|span)> <time datetime="([0-9-]+)">', page) == [
        ("1.3.0", "a", "2026-01-01"),
        ("1.2.0", "span", "2025-12-31"),
        ("1.1.0", "a", "2026-01-01"),
        ("1.0.0", "a", "2026-01-01"),
    ]
    assert 'class="newest"' in first
    assert 'class="newest"' not in second + third
    assert "Affects tone, score=1 (policy: sample)." in first
    assert "Affects no label." in second
    assert "What changed in the text since 1.1.0" in first
    assert re.findall(r"<(?:del|ins|span) dir=\"auto\">([^<]*)<", first) == ["# A", "two", "four", "[x](#a)"]
    assert "What changed in the text since 1.0.0" in second
    assert "Nothing in the text." in second
    assert "What changed" not in third
    assert [re.findall(r'<h1 id="([^"]*)"', one) for one in (first, second, third)] == [
        ["v1.3.0-a"],
        ["v1.1.0-a"],
        ["v1.0.0-a"],
    ]
    assert '<a href="#v1.3.0-a">x</a>' in first
    assert ["the newest is 1.3.0" in one for one in (first, second, third)] == [False, True, True]


def test_a_page_allows_itself_nothing_but_its_own_style():
    page = guideline_page("Mood", [version("1.0.0", "# A\n")])
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert [unescape(one) for one in policy] == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert len(style) == 1
