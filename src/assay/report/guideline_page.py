"""A guideline as one page for readers: every version that is known, what changed between them, and no script."""

import base64
import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assay.report.guideline_html import guideline_html

_CONTEXT = 2
_TEMPLATES = Environment(loader=PackageLoader("assay.report"), autoescape=True, undefined=StrictUndefined)


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
    return tuple(tuple(_lines(group, old, new)) for group in groups)


def _lines(
    group: Sequence[tuple[str, int, int, int, int]], old: Sequence[str], new: Sequence[str]
) -> Iterator[DiffLine]:
    for tag, start, end, from_, to in group:
        if tag == "equal":
            yield from (DiffLine(mark=" ", text=line) for line in old[start:end])
            continue
        yield from (DiffLine(mark="-", text=line) for line in old[start:end])
        yield from (DiffLine(mark="+", text=line) for line in new[from_:to])


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
