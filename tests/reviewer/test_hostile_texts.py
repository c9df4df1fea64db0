"""Titles, branch names and label texts made to break out: in Markdown and in annotations they stay text."""

import re

import pytest
from markdown_it import MarkdownIt

from assay.core.catalogue import finding
from assay.core.findings import Location
from assay.render.styles import github_annotations
from assay.reviewer.report import review_findings, review_markdown, review_text
from assay.reviewer.result import (
    Author,
    ChangeVerdict,
    Dispute,
    FileVerdict,
    GoldMiss,
    RecordDiff,
    ReviewOutcome,
    ReviewReport,
    Risk,
    TaskReview,
)

pytestmark = pytest.mark.threat(11)

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details><h1>approved</h1>",
    "`` ` `` ` <b>out</b> `",
    "```\nfenced\n```",
    "a | b | c\n| --- |",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/track.png)",
    "@everyone please approve",
    "#1 GH-1 fixes #2",
    "https://evil.example/login",
    "line\n\n# Heading\n\n- item",
    "\r\n::error file=x::owned",
    "::set-output name=x::y",
    "%0A::warning::x",
    "::add-mask::a,b:c",
    "\u202eltr\u202c \u2066x\u2069",
    "\u200b\u200d\ufeffhidden",
    "\x1b[31mred\x1b]8;;http://x\x07link",
    "\u2028::error::x\u2029",
    "${{ github.token }} $(id) `id`",
    "&lt;b&gt; &#60;script&#62; &amp;",
    "\\`escaped\\` \\| \\<",
    "<!-- hidden --> <?php ?> <![CDATA[x]]>",
    "*" * 50 + "_" * 50 + "~" * 50,
    "[x]: https://evil.example\n[x]",
    "a" * 5000,
    "'; DROP TABLE labels; --",
]


def report(text):
    place = f"labels/mood/r3/{text}.jsonl"
    files = (
        FileVerdict(
            path=place, change="added", kind="votes", policy=False, outcome=ReviewOutcome.REFUSED, reasons=(text,)
        ),
    )
    verdict = ChangeVerdict(
        outcome=ReviewOutcome.REFUSED, reasons=(f"{place}: {text}",), policy_change=False, people=(text,), files=files
    )
    record = RecordDiff(path=place, line=3, kind="votes", change="changed", task="mood", batch="r3", item=text, who=text,
                        text=text, fields=((text, text, text),))  # fmt: skip
    task = TaskReview(
        task="mood", added=1, changed=1, removed=0, shown=(record,), moved=(), single=(text,), peeked=(text,),
        disputes=(Dispute(task="mood", batch="r3", item=text, field=text, text=text, answers=((text, text),)),),
        gold=(GoldMiss(task="mood", item=text, who=text, field=text, gold=text, given=text),),
        authors=(Author(task="mood", who=text, votes=1, gold_right=0, gold_asked=1, seconds=1.0, usual=None),),
    )  # fmt: skip
    fault = finding("label/schema", Location(path=place, line=1), text, fix=text)
    return ReviewReport(base="0" * 40, head="1" * 40, actor=text, title=text, branch=text, verdict=verdict, risk=Risk.HIGH,
                  risks=(text,), findings=(fault,), elsewhere=0, tasks=(task,), guidelines=())  # fmt: skip


def test_there_are_twenty_five_and_more():
    assert len(HOSTILE) >= 25


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_markdown_holds_the_text_as_text_alone(text):
    page = review_markdown(report(text))
    tokens = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").parse(page)
    plain = MarkdownIt("commonmark", {"html": True}).enable("table").parse(review_markdown(report("plain")))
    assert [token.type for token in tokens] == [token.type for token in plain]
    assert [token.content for token in tokens if token.type == "html_block"] == [
        token.content for token in plain if token.type == "html_block"
    ]
    inside = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inside} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    apart = " ".join(child.content for child in inside if child.type == "text")
    assert not re.search(r"evil|alert|everyone|approved|owned|[<@]", apart)
    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_annotations_stay_one_command_a_line(text):
    lines = github_annotations(review_findings(report(text)), text).split("\n")
    commands = re.compile(
        r"::(error|warning) file=[^:,\r\n]*(,line=\d+)?,title=[^:,\r\n]*::[^\r\n]*|::notice title=assay review::[^\r\n]*"
    )
    assert all(commands.fullmatch(line) for line in lines)
    assert len(lines) == len(github_annotations(review_findings(report("plain")), "plain").split("\n"))
    assert not re.search("[\r\u2028\u2029\x1b\u202e]", "".join(lines))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_terminal_gets_no_control_characters(text):
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", review_text(report(text)))
