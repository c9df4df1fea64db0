"""Headings, links and fenced blocks stand on the lines where an editor shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.errors import ConfigError, LimitError
from assay.guidelines.examples import Example, examples_of
from assay.guidelines.markdown import Body, body_of, parse_page, same_name


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
        ("text\n\n~~~ example ~~~\n", [("example ~~~", 3, False)]),
        ("text\n\n```", [("", 3, False)]),
        ("~~~~ example\n~~~\n", [("example", 1, False)]),
        ("~~~ example\n~~~~  \n", [("example", 1, True)]),
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
        ("[x]() ![y]()\n", []),
        ("<https://example.org> <a@example.org>\n", []),
        ("one\ntwo\n# [x](y.md)\n\n- a\n- [z](w.md)\n", [("y.md", 3), ("w.md", 6)]),
        ("[a](javascript:x) [b](//c.org)\n", [("javascript:x", 1), ("//c.org", 1)]),
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


@pytest.mark.parametrize(
    ("sign", "most", "what"),
    [("\n", 10_000, "10,001 lines"), ("[", 10_000, "10,001 opening brackets"), ("x", 262_144, "262,145 bytes")],
)
def test_a_page_at_a_limit_is_read_and_one_above_is_not(sign, most, what):
    assert page(sign * most).headings == ()
    with pytest.raises(LimitError, match=f"guidelines/mood.md: {what}, and assay reads pages of up to {most:,}"):
        page(sign * (most + 1))
    if sign == "x":
        with pytest.raises(LimitError, match="262,146 bytes"):
            page("é" * (most // 2 + 1))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Tone of voice", "tone  of\tVOICE", True),
        ("`bad`", "bad", True),
        ("“bad”", "'Bad'", True),
        ("„bad“", "«bad»", True),
        (" ` bad ` ", "bad", True),
        ("STRASSE", "straße", True),
        ("it's", "its", False),
        ("tone of voice", "toneofvoice", False),
        ("bad!", "bad", False),
        ("``", "", True),
    ],
)
def test_a_heading_is_a_name_without_quotation_marks_case_and_doubled_spaces(one, other, same):
    assert (same_name(one) == same_name(other)) is same


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("A & B", "a--b"),
        ("Größe_1 (x)", "größe_1-x"),
        ("½ Ⅳ é", "½-ⅳ-é"),
        ("a-b / c", "a-b--c"),
        ("!!", "section"),
        ("*a* `b` [c](d) <i>e</i>", "a-b-c-e"),
        ("a  b", "a--b"),
        ("日本", "日本"),
        ("नमस्ते", "नमस्ते"),
        ("e\N{COMBINING ACUTE ACCENT}x", "e\N{COMBINING ACUTE ACCENT}x"),
        ("😀 x", "-x"),
    ],
)
def test_an_anchor_keeps_letters_marks_numbers_hyphens_and_underscores(title, anchor):
    assert [found for _, _, found in headings(f"# {title}\n")] == [anchor]


def test_headings_know_how_deep_they_are_and_whether_a_list_or_quotation_is_around_them():
    found = page("# a\n###### b\n> ## c\n\n- ### d\n\ne\n---\n").headings
    assert [(one.title, one.level, one.whole) for one in found] == [
        ("a", 1, True),
        ("b", 6, True),
        ("c", 2, False),
        ("d", 3, False),
        ("e", 2, True),
    ]


def test_a_title_of_several_lines_is_one_line():
    assert headings("one\ntwo  \nthree\\\nfour <b>five\n===\n") == [
        ("one two three four five", 1, "one-two-three-four-five")
    ]


def test_equal_headings_are_counted_on():
    assert [anchor for _, _, anchor in headings("# a\n# a\n# a\n# a-1\n# a\n")] == ["a", "a-1", "a-2", "a-1-1", "a-3"]


@pytest.mark.parametrize(
    ("text", "anchors"),
    [
        ("<a id='x'></a>\n", {"x"}),
        ('text <a name="X1"> and <b  id = y>\n', {"X1", "y"}),
        ('# a <i id="z">b</i>\n', {"a-b", "z"}),
        ('`<a id="x">`\n\n```\n<a id="x">\n```\n', set()),
        ('<a data-id="x">\n', set()),
        ('<!-- <a id="x"> -->\n', {"x"}),
        ("<a\nclass=b\nid=c>\n", {"c"}),
    ],
)
def test_an_element_may_be_linked_to_by_its_id_or_name(text, anchors):
    assert page(text).anchors == anchors


def test_a_block_has_the_words_of_its_fence_and_what_it_holds():
    (one,) = page("~~~  example  of it \na: 1\n\n b\n~~~~\n").blocks
    assert (one.info, one.text, one.closed) == ("example  of it", "a: 1\n\n b\n", True)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"# A\n", r"guidelines/mood.md:1 no front matter"),
        (b"---\na: 1\n---\n# A\n\xff\n", r"guidelines/mood.md:5 is not UTF-8"),
        (b"---\na: 1\n---\n\xff\n", r"guidelines/mood.md:4 is not UTF-8"),
        (b"---\na: 1\n---\nx\n\n\na\xff\xff\n\xff\n", r"guidelines/mood.md:7 is not UTF-8"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_at_the_line_of_the_file(data, says):
    with pytest.raises(ConfigError, match=says):
        body_of(data, "guidelines/mood.md")


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
