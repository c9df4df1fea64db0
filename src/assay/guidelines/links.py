"""Links of a guideline, its lines and its body, checked without leaving the project."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from assay.core import Fault, Finding, Location, Where, finding
from assay.errors import ConfigError, LimitError, UsageError
from assay.git import Snapshot, changed_on_the_way, descendants, first_parents
from assay.guidelines.front_matter import source_of
from assay.guidelines.markdown import Body, MarkdownPage, parse_page

_PAGES = (".md", ".markdown")


def dead_links(page: MarkdownPage, body: Body, files: Snapshot | None) -> Iterator[Finding]:
    """A finding for each link that leads nowhere, at the line on which it begins.

    Where `files` are not given only links within the page are judged; links out of the repository never are.
    """
    targets = _Targets(page, body.path, files)
    for link in page.links:
        dead = targets.fault(link.target)
        if dead is not None:
            at = Location(path=body.path, line=link.line)
            yield finding("guideline/link", at, dead.message, fix=dead.fix, where=Where(task=body.task))


class _Targets:
    """What the links of a page lead to; each other page is read once."""

    def __init__(self, page: MarkdownPage, path: str, files: Snapshot | None) -> None:
        self.folder = posixpath.dirname(path)
        self.files = files
        self.anchors: dict[str, frozenset[str] | None] = {posixpath.normpath(path): page.anchors}
        self.own = posixpath.normpath(path)

    def fault(self, target: str) -> Fault | None:
        """Why a target is dead; None where it is not, or where that is unknown."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return Fault(message=f"{target!r} is not a valid address", fix="correct the link")
        if parts.scheme or parts.netloc:
            return None
        name = self._name(unquote(parts.path)) if parts.path else self.own
        if name != self.own and self.files is None:
            return None
        return self._missing(name) or self._no_heading(name, unquote(parts.fragment))

    def _name(self, path: str) -> str:
        """The path below the root; one that starts with `/` counts from the root."""
        return posixpath.normpath(posixpath.join("" if path.startswith("/") else self.folder, path.lstrip("/")))

    def _missing(self, name: str) -> Fault | None:
        files = self.files
        with suppress(OSError, ValueError):
            if name == self.own or (files is not None and (name == "." or files.has(name) or files.is_folder(name))):
                return None
        return Fault(message=f"there is no file {name!r}", fix=f"write the path of a file, relative to {self.folder}/")

    def _no_heading(self, name: str, fragment: str) -> Fault | None:
        anchors = self._anchors(name) if fragment and name.lower().endswith(_PAGES) else None
        if anchors is None or not anchors.isdisjoint({fragment, fragment.lower()}):
            return None
        where = "this page" if name == self.own else name
        fix = "write the heading in lower case, with `-` for each space and without punctuation"
        return Fault(message=f"{where} has no heading #{fragment}", fix=fix)

    def _anchors(self, name: str) -> frozenset[str] | None:
        if name not in self.anchors:
            self.anchors[name] = None if self.files is None else _anchors(self.files, name)
        return self.anchors[name]


def _anchors(files: Snapshot, name: str) -> frozenset[str] | None:
    """What may be linked to on another page; None where it is not one that assay reads."""
    try:
        body = files.read(name)
        with suppress(ConfigError):
            body = source_of(body, name).body
        return parse_page(Body(text=body.decode(), first_line=1, path=name)).anchors
    except (UsageError, LimitError, OSError, UnicodeDecodeError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchStep:
    """What came between two commits that the default branch is taken to have been at.

    `before` is None where none is known; `first` says that there were no approvers before. `merge` says that it is
    one merge, whose second parent brought what changed; `sure` that a signed record states that the default
    branch was at it, so that this does not rest on the order of a merge's parents.
    """

    before: str | None
    after: str
    first: bool = False
    merge: bool = False
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchHistory:
    """The first parents of a tip of the default branch, and those of them that changed what approvals rest on.

    `founded` is the oldest of them with an approver; empty where it is unknown.
    """

    chain: tuple[tuple[str, tuple[str, ...]], ...]
    changed: frozenset[str]
    founded: str

    def steps(self, known: Iterable[str] = ()) -> tuple[BranchStep, ...]:
        """The steps that changed anything, newest first.

        A merge's first parent is what the branch was before it. Commits in a row may all be of one pull request, unless
        one of the `known` commits parts them.
        """
        said = frozenset(known)
        merged = {commit: parents[0] for commit, parents in self.chain if len(parents) > 1}
        ends = {*said, *merged, *merged.values(), self.founded}
        found: list[BranchStep] = []
        after, sure, changed = self.chain[0][0], False, False
        for commit, _ in self.chain:
            if commit in ends:
                if changed:
                    found.append(BranchStep(before=commit, after=after, merge=after in merged, sure=sure))
                after, sure, changed = commit, sure and not changed, False
            sure = sure or commit in said
            if commit == self.founded:
                return (*found, BranchStep(before=None, after=commit, first=True))
            changed = changed or commit in self.changed
        return (*found, BranchStep(before=None, after=after, sure=sure))


def branch_history(root: Path, tip: str, paths: Sequence[str], beginning: str) -> BranchHistory:
    """The line that ends in `tip`; `beginning` is the commit that holds the first approvers (empty: unknown)."""
    chain = first_parents(root, tip)
    later = descendants(root, beginning, tip) if beginning else frozenset()
    return BranchHistory(
        chain=chain,
        changed=changed_on_the_way(root, tip, paths),
        founded=next((commit for commit, _ in reversed(chain) if commit in later), ""),
    )
