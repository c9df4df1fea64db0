"""A guideline's Markdown as its headings, links and fenced blocks, each with its line in the file."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from assay.errors import ConfigError, LimitError
from assay.extras import load
from assay.guidelines.front_matter import GuidelineSource, read_guideline, source_of
from assay.project import Project

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

SIZE_LIMIT = 256 * 1024
LINE_LIMIT = 10_000
BRACKET_LIMIT = 10_000
_PLACE = "place"
_TARGETS = {"link_open": "href", "image": "src"}
_ANCHOR = re.compile(r"""<[a-zA-Z][^<>]*?\s(?:id|name)\s*=\s*["']?([^"'\s<>]+)""")
_QUOTES = "`'\"\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}“”„«»"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The Markdown of a guideline, the line of the file on which it starts, and the file's path below the root."""

    text: str
    first_line: int
    path: str = ""

    @property
    def task(self) -> str:
        """The task whose guideline has this name."""
        return PurePosixPath(self.path).stem


def guideline_body(project: Project, task: str) -> Body:
    """The body of a task's guideline.

    Raises:
        ConfigError: the file is absent, has no front matter, or is not UTF-8.
    """
    return body_in(read_guideline(project, task))


def body_of(data: bytes, name: str = "guidelines/guideline.md") -> Body:
    """The body that a file's bytes hold, of the work tree or of a revision; `name` ends in `<task>.md`.

    Raises:
        ConfigError: there is no front matter, or the body is not UTF-8.
    """
    return body_in(source_of(data, name))


def body_in(source: GuidelineSource) -> Body:
    """The body of a guideline that was read.

    Raises:
        ConfigError: it is not UTF-8.
    """
    try:
        text = source.body.decode()
    except UnicodeDecodeError as error:
        line = source.body_line + source.body[: error.start].count(b"\n")
        raise ConfigError(f"{source.path}:{line} is not UTF-8", fix="save the file as UTF-8") from error
    return Body(text=text, first_line=source.body_line, path=source.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading: its plain text, how deep it is (1 to 6), its line, the anchor that a link names it by.

    `whole` says that it is outside lists and quotations.
    """

    title: str
    level: int
    line: int
    anchor: str
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link or image: what it leads to, as written, and the line on which it begins."""

    target: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: the words after its fence, what it holds, the line of its fence, whether it has an end."""

    info: str
    text: str
    line: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownPage:
    """What a page of Markdown holds; HTML comments hold nothing. `anchors` are all that a link may name."""

    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    blocks: tuple[Block, ...]
    anchors: frozenset[str]


def parse_page(body: Body) -> MarkdownPage:
    """Parses the Markdown of a page.

    Raises:
        LimitError: it is longer than a page that people read can be.
    """
    counts = (
        (len(body.text.encode()), SIZE_LIMIT, "bytes"),
        (body.text.count("\n"), LINE_LIMIT, "lines"),
        (body.text.count("["), BRACKET_LIMIT, "opening brackets"),
    )
    for number, limit, what in counts:
        if number > limit:
            fix = "keep what annotators need while they label, and move the rest to a linked page"
            raise LimitError(f"{body.path}: {number:,} {what}, and assay reads pages of up to {limit:,}", fix=fix)
    lines = body.text.split("\n")
    tokens = parsed(body.text)
    headings = tuple(
        Heading(
            title=title,
            level=int(tokens[place].tag[1:]),
            line=body.first_line + _first(tokens[place]),
            anchor=anchor,
            whole=tokens[place].level == 0,
        )
        for place, title, anchor in titles(tokens)
    )
    inside = (child for token in tokens for child in token.children or ())
    raw = (token for pair in (tokens, inside) for token in pair if token.type in {"html_block", "html_inline"})
    return MarkdownPage(
        headings=headings,
        links=tuple(
            Link(target=str(target), line=body.first_line + _first(token) + child.meta[_PLACE])
            for token in tokens
            for child in token.children or ()
            if child.type in _TARGETS and child.markup != "autolink"
            if (target := child.attrGet(_TARGETS[child.type]))
        ),
        blocks=tuple(_block(token, lines, body.first_line) for token in tokens if token.type == "fence"),
        anchors=frozenset(
            {*(heading.anchor for heading in headings), *_ANCHOR.findall("\n".join(token.content for token in raw))}
        ),
    )


def parsed(text: str) -> "list[Token]":
    """The Markdown as tokens: CommonMark with tables. Every target makes a link: the renderer decides whether it stays."""
    return _parser().parse(text)


def titles(tokens: "Sequence[Token]") -> Iterator[tuple[int, str, str]]:
    """The place, plain title and anchor of every heading."""
    taken: Counter[str] = Counter()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            title = words_of(tokens[place + 1].children or [])
            kept = (sign for sign in title.lower() if sign in " -_" or unicodedata.category(sign)[0] in "LNM")
            slug = name = "".join(kept).replace(" ", "-") or "section"
            while name in taken:
                name = f"{slug}-{taken[slug]}"
                taken[slug] += 1
            taken[name] += 1
            yield place, title, name


def words_of(children: "Iterable[Token]") -> str:
    """The words of a line, without its markup."""
    parts = {"softbreak": " ", "hardbreak": " ", "html_inline": ""}
    return "".join(parts.get(child.type, child.content) for child in children)


def same_name(text: str) -> str:
    """A heading or a name as it is compared: without quotation marks around it, case, and doubled spaces."""
    return " ".join(text.strip().strip(_QUOTES).casefold().split())


def _placed(rule: "Callable[[StateInline, bool], bool]") -> "Callable[[StateInline, bool], bool]":
    """The rule of a parser that notes how many line breaks of its block precede a match."""

    def placed(state: "StateInline", silent: bool) -> bool:  # noqa: FBT001 - the parser's signature
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[known:]:
            if token.type in _TARGETS:
                token.meta.setdefault(_PLACE, state.src.count("\n", 0, start))
                break
        return True

    return placed


@cache
def _parser() -> "MarkdownIt":
    """The parser, loaded only when a page is read."""
    parser: Any = load("markdown_it").MarkdownIt("commonmark").enable("table")
    parser.validateLink = lambda _url: True
    rules = load("markdown_it.rules_inline")
    parser.inline.ruler.at("link", _placed(rules.link))
    parser.inline.ruler.at("image", _placed(rules.image))
    made: MarkdownIt = parser
    return made


def _block(token: "Token", lines: Sequence[str], first_line: int) -> Block:
    start, end = token.map or (0, 0)
    closed = end - start > 1 and lines[end - 1].rstrip().endswith(token.markup)
    return Block(info=token.info.strip(), text=token.content, line=first_line + start, closed=closed)


def _first(token: "Token") -> int:
    return token.map[0] if token.map else 0
