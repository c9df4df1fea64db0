"""A guideline as one page for readers: Markdown by allow-list, its versions, what changed between them."""

import base64
import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from assay.core import Json, canonical_text, clip
from assay.errors import ConfigError
from assay.files import load_yaml
from assay.guidelines.markdown import parsed, same_name, titles, words_of

_PREFIX = "g-"
_QUOTED = 200
_OUTSIDE = re.compile(r"https?://[^\s]", re.IGNORECASE)
_RENDERER = MarkdownIt("commonmark").enable("table")
_LABELS = frozenset({"label", "not"})
_PARTS = _LABELS | {"why"}
_CONTEXT = 2
_TEMPLATES = Environment(loader=PackageLoader("assay.guidelines"), autoescape=True, undefined=StrictUndefined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The content between one heading and the next: anchor, plain text, and HTML without the heading."""

    anchor: str
    title: str
    level: int
    text: str
    html: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineHtml:
    """A rendered guideline. Every heading has an id, and every one outside lists and quotations is a section."""

    html: Markup
    sections: tuple[Section, ...]

    def section_of_field(self, names: Iterable[str]) -> Section | None:
        """The first section whose heading is one of a field's names."""
        wanted = _keys(names)
        return next((section for section in self.sections if same_name(section.title) in wanted), None)

    def section_of_value(self, names: Iterable[str], texts: Iterable[str]) -> Section | None:
        """The section whose heading is a value's text: one below its field's heading first, else the only such one."""
        wanted, fields = _keys(texts), _keys(names)
        below: list[Section] = []
        found: list[Section] = []
        for section in self.sections:
            below = [above for above in below if above.level < section.level]
            if same_name(section.title) in wanted and any(same_name(above.title) in fields for above in below):
                return section
            if same_name(section.title) in wanted:
                found.append(section)
            below.append(section)
        return found[0] if len(found) == 1 else None


@lru_cache(maxsize=2)
def guideline_html(text: str, *, prefix: str = _PREFIX) -> GuidelineHtml:
    """Renders the Markdown of a guideline; every id on it starts with `prefix`.

    Raw HTML is shown as text, an image as its description, and a link that leads elsewhere than to http(s) or to a
    heading of the page as its words. A fenced block tagged `example` becomes a list of its parts.
    """
    tokens = parsed(text)
    headings = [(place, f"{prefix}{anchor}", title) for place, title, anchor in titles(tokens)]
    for place, anchor, _ in headings:
        tokens[place].attrSet("id", anchor)
    tokens = [_calmed(token, prefix) for token in tokens]
    return GuidelineHtml(html=_render(tokens), sections=tuple(_sections(tokens, headings)))


def _render(tokens: Sequence[Token]) -> Markup:
    return Markup(_RENDERER.renderer.render(tokens, _RENDERER.options, {}))  # noqa: S704 - no token of raw HTML is left


def _calmed(token: Token, prefix: str) -> Token:
    if token.type == "fence" and token.info.split()[:1] == ["example"]:
        example = _example(token.content)
        return token if example is None else Token("html_block", "", 0, content=str(example))
    if token.type == "html_block":
        return Token("html_block", "", 0, content=str(Markup("<p>{}</p>\n").format(token.content.strip())))
    if token.type == "inline":
        token.children = list(_inline(token.children or [], prefix))
    if style := token.attrs.pop("style", None):
        token.attrSet("class", str(style).replace("text-align:", "align-"))
    return token


def _inline(children: Iterable[Token], prefix: str) -> Iterator[Token]:
    kept: list[bool] = []
    for child in children:
        if child.type == "image":
            yield Token("text", "", 0, content=f"[image: {words_of(child.children or [])}]")
        elif child.type == "html_inline":
            yield Token("text", "", 0, content=child.content)
        elif child.type == "link_open":
            target = str(child.attrGet("href") or "")
            child.attrs.pop("title", None)
            if target.startswith("#"):
                child.attrSet("href", f"#{prefix}{target[1:].lower()}")
            else:
                child.attrSet("rel", "noopener noreferrer")
                child.attrSet("target", "_blank")
            kept.append(target.startswith("#") or _OUTSIDE.match(target) is not None)
            yield from (child,) if kept[-1] else ()
        elif child.type == "link_close":
            yield from (child,) if kept.pop() else ()
        else:
            yield child


def _sections(tokens: Sequence[Token], headings: Sequence[tuple[int, str, str]]) -> Iterator[Section]:
    whole = [heading for heading in headings if tokens[heading[0]].level == 0]
    ends = [place for place, _, _ in whole]
    for (place, anchor, title), end in zip(whole, [*ends[1:], len(tokens)], strict=False):
        body = tokens[place + 3 : end]
        texts = [
            words_of(token.children or []) if token.type == "inline" else token.content.strip()
            for token in body
            if token.type in {"inline", "fence", "code_block"}
        ]
        yield Section(
            anchor=anchor,
            title=title,
            level=int(tokens[place].tag[1:]),
            text="\n\n".join(filter(None, texts)),
            html=_render(body),
        )


def _keys(texts: Iterable[str]) -> set[str]:
    return {same_name(text) for text in texts} - {""}


def _example(source: str) -> Markup | None:
    try:
        value = load_yaml(source.encode(), "example").value
    except (ConfigError, UnicodeEncodeError):
        return None
    if not isinstance(value, dict) or not value:
        return None
    texts = [part for name, part in value.items() if name not in _PARTS and isinstance(part, str)]
    text = texts[0] if len(texts) == 1 else ""
    outer = Markup('<dt class="{0}">{1}</dt><dd class="{0}" dir="auto">{2}</dd>\n')
    inner = Markup('<dt>{}</dt><dd dir="auto">{}</dd>')
    rows = []
    for name, part in value.items():
        shown: str = _words(part, "")
        if name in _LABELS and isinstance(part, dict):
            answers = (inner.format(field, _words(answer, text)) for field, answer in part.items())
            shown = Markup('<dl class="label">{}</dl>').format(Markup().join(answers))
        rows.append(outer.format(name if name in _PARTS else "data", name, shown))
    return Markup('<dl class="example">\n{}</dl>\n').format(Markup().join(rows))


def _words(value: Json, text: str) -> str:
    """A value in words; `text` is what spans refer to, so that they are quoted."""
    if isinstance(value, list):
        between = "; " if any(isinstance(one, dict) for one in value) else ", "
        return between.join(_words(one, text) for one in value) or "none"
    if isinstance(value, dict):
        start, end = value.get("start"), value.get("end")
        quoted = clip(text[start:end], _QUOTED) if type(start) is int and type(end) is int and 0 <= start < end else ""
        rest = {key: below for key, below in value.items() if not quoted or key not in {"start", "end"}}
        rest_text = ", ".join(f"{key} {_words(below, text)}" for key, below in rest.items())
        return f"“{quoted}” {rest_text}".rstrip() if quoted else rest_text
    return value if isinstance(value, str) else canonical_text(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineText:
    """A version of a guideline: its entry of `changes`, and its Markdown, None where that is not known."""

    version: str
    date: str
    summary: str
    affects: tuple[str, ...]
    policy: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line of a difference: taken out (`-`), put in (`+`), or neither (a space)."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A version as the template gets it; `since` is the version that its `pieces` are the difference to."""

    version: str
    date: str
    summary: str
    affects: tuple[str, ...]
    policy: str
    anchor: str
    html: Markup | None
    since: str = ""
    pieces: tuple[tuple[DiffLine, ...], ...] = ()


def guideline_page(title: str, versions: Sequence[GuidelineText]) -> str:
    """The page, given the versions, newest first; the newest one's text is known.

    Without a target in its address it shows the newest version, and with one the version that the target is in.
    """
    style = Markup(_TEMPLATES.get_template("guideline.css").render())  # noqa: S704 - a file of this package
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _TEMPLATES.get_template("guideline.html").render(
        title=title,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        versions=tuple(_shown(versions)),
    )


def text_difference(before: str, after: str) -> tuple[tuple[DiffLine, ...], ...]:
    """Where two texts differ, by line, each place with two lines around it."""
    old, new = before.splitlines(), after.splitlines()
    groups = difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT)
    pieces = []
    for group in groups:
        lines: list[DiffLine] = []
        for tag, start, end, from_, to in group:
            lines += (DiffLine(mark=" " if tag == "equal" else "-", text=line) for line in old[start:end])
            lines += (DiffLine(mark="+", text=line) for line in new[from_:to] if tag != "equal")
        pieces.append(tuple(lines))
    return tuple(pieces)


def _shown(versions: Sequence[GuidelineText]) -> Iterator[_Shown]:
    known = [one for one in versions if one.text is not None]
    earlier = {newer.version: older for newer, older in pairwise(known)}
    for one in versions:
        before, anchor = earlier.get(one.version), f"v{one.version}"
        yield _Shown(
            version=one.version,
            date=one.date,
            summary=one.summary,
            affects=one.affects,
            policy=one.policy,
            anchor=anchor,
            html=None if one.text is None else guideline_html(one.text, prefix=f"{anchor}-").html,
            since=before.version if before else "",
            pieces=text_difference(before.text or "", one.text or "") if before else (),
        )
