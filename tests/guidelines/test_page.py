"""Headings, links and fenced blocks stand on the lines where an editor shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import LimitError
from assay.guidelines.examples import Example, examples_of
from assay.guidelines.markdown import Body, body_of, parse_page


def page(text):
    return parse_page(Body(text=text, first_line=1, path="guidelines/mood.md"))


def links(text):
    return [(link.target, link.line) for link in page(text).links]


def blocks(text):
    return [(block.info, block.line, block.closed) for block in page(text).blocks]


def headings(text):
    return [(heading.title, heading.line, heading.anchor) for heading in page(text).headings]


def test_a_body_starts_on_the_line_after_its_front_matter():
    body = body_of(b"---\ntask: mood\n---\n\n# Mood\n", "guidelines/mood.md")
    assert (body.first_line, body.path, body.task) == (4, "guidelines/mood.md", "mood")
    assert parse_page(body).headings[0].line == 5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```example\na: 1\n```\n", [("example", 1, True)]),
        ("~~~example\na: 1\n~~~\n", [("example", 1, True)]),
        ("text\n\n   ```example\n   a: 1\n   ```\n", [("example", 3, True)]),
        ("- item\n\n  ~~~ example\n  a: 1\n  ~~~\n", [("example", 3, True)]),
        ("> quoted\n>\n> ```example\n> a: 1\n> ```\n", [("example", 3, True)]),
        ("````\n```example\n```\n````\n", [("", 1, True)]),
        ("~~~\n```example\n~~~\n", [("", 1, True)]),
        ("<!--\n```example\na: 1\n```\n-->\n", []),
        ("    ```example\n    a: 1\n", []),
        ("```example\na: 1\n", [("example", 1, False)]),
        ("- ```example\n  a: 1\n\nafter\n", [("example", 1, False)]),
        ("```example\n", [("example", 1, False)]),
        ("````example\n```\n````\n```example\n```\n", [("example", 1, True), ("example", 4, True)]),
    ],
)
def test_a_block_is_where_its_fence_is_and_only_where_one_is(text, found):
    assert blocks(text) == found


def test_headings_have_the_anchors_that_forges_give_them():
    text = "# `how-to`\n\n## Two words!\n\nSet\ntext\n====\n\n## Two words\n\n## two words-1\n<!--\n# no\n-->\n"
    assert headings(text) == [
        ("how-to", 1, "how-to"),
        ("Two words!", 3, "two-words"),
        ("Set text", 5, "set-text"),
        ("Two words", 9, "two-words-1"),
        ("two words-1", 11, "two-words-1-1"),
    ]
    assert page('<a id="Here"></a>\n').anchors == {"Here"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one\n`a\nb` [x](y.md)\n", [("y.md", 3)]),
        ("one\n![image](p.png)\n", [("p.png", 2)]),
        ("a [ref][r]\n\n[r]: ref.md\n", [("ref.md", 1)]),
        ("> quoted\nlazy [x](#y)\n", [("#y", 2)]),
        ("| a |\n|---|\n| b |\n| [x](y.md) |\n", [("y.md", 4)]),
        ("[a\nb](c.md) [d](\ne.md)\n", [("c.md", 1), ("e.md", 2)]),
        ("<!-- [x](y.md) -->\n\n`[x](y.md)`\n\n```\n[x](y.md)\n```\n", []),
        ("<https://example.org> [x](<a b.md>)\n", [("a%20b.md", 1)]),
        ("[![in](in.png)](out.md)\n", [("out.md", 1), ("in.png", 1)]),
    ],
)
def test_a_link_is_on_the_line_where_it_begins(text, found):
    assert sorted(links(text)) == sorted(found)


@given(
    st.lists(st.sampled_from(["text", "", "# h", "- [l](t)", "> q", "`c", "```", "    i", "<!--", "-->"]), max_size=30)
)
def test_the_line_of_a_marked_block_is_found_after_anything_that_is_closed(before):
    text = "\n".join([*before, "", "-->", "", "~~~", "", "```", "", "```example", "marker: 1", "```", ""])
    lines = text.split("\n")
    for block in page(text).blocks:
        if block.info == "example":
            assert lines[block.line - 1].endswith("example")


@pytest.mark.parametrize(
    "text",
    ["# a\n" * 1_000_000, "#\n" * 20_000, "[" * 20_000, "x" * (300 * 1024), "```example\n```\n" * 50_000],
    ids=["headings", "lines", "brackets", "size", "blocks"],
)
def test_a_page_that_nobody_could_read_is_over_a_limit(text):
    with pytest.raises(LimitError, match=r"guidelines/mood.md: [0-9,]+ (lines|bytes|opening brackets)"):
        page(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "# a\n" * 9_999,
        "[" * 9_999,
        "![" * 9_999,
        "[](" * 9_999,
        "[a](" * 9_999,
        ">" * 200_000,
        "- " * 100_000,
        "".join(" " * (2 * depth) + "- a\n" for depth in range(400)),
        "`a" * 60_000,
        "<!--" * 50_000,
        "*a _b " * 10_000,
        "&" * 100_000,
        "\0" * 1000 + "\ufffe\u2028\u202e",
        "```example\n" + "[" * 9_000 + "\n```\n",
        "```example\n" + "{a: " * 5_000 + "\n```\n",
        "```example\n" + "- " * 5_000 + "\n```\n",
        "```example\na: &x 1\nb: *x\n```\n",
        "```example\n" * 9_000,
    ],
)
def test_a_hostile_page_is_read_or_refused_and_stops_nothing(text):
    for part in examples_of(Body(text=text, first_line=1, path="guidelines/mood.md")):
        assert not isinstance(part, Example)
