"""Links of a guideline that lead nowhere: to a file that is not there, or to a heading that its page does not have."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from assay.errors import ConfigError, LimitError, UsageError
from assay.git.snapshot import Snapshot
from assay.guidelines.body import Body
from assay.guidelines.front_matter import source_of
from assay.guidelines.page import Page, page_of
from assay.model.catalogue import Where, finding
from assay.model.finding import Fault, Finding, Location

_PAGES = (".md", ".markdown")


def dead_links(page: Page, body: Body, files: Snapshot | None) -> Iterator[Finding]:
    """A finding for each link that leads nowhere, at the line on which it begins.

    Where `files` are not given only links within the page are judged; links out of the repository never are.
    """
    targets = _Targets(page, body.path, files)
    for link in page.links:
        dead = targets.fault(link.target)
        if dead is not None:
            at = Location(path=body.path, line=link.line)
            yield finding("guideline/link", at, dead.message, hint=dead.hint, where=Where(task=body.task))


class _Targets:
    """What the links of a page lead to; each other page is read once."""

    def __init__(self, page: Page, path: str, files: Snapshot | None) -> None:
        self.folder = posixpath.dirname(path)
        self.files = files
        self.anchors: dict[str, frozenset[str] | None] = {posixpath.normpath(path): page.anchors}
        self.own = posixpath.normpath(path)

    def fault(self, target: str) -> Fault | None:
        """Why a target is dead; None where it is not, or cannot be told."""
        try:
            parts = urlsplit(target)
        except ValueError:
            return Fault(message=f"{target!r} is no address", hint="correct the link")
        if parts.scheme or parts.netloc:
            return None
        name = self._name(unquote(parts.path)) if parts.path else self.own
        if name != self.own and self.files is None:
            return None
        return self._missing(name) or self._no_heading(name, unquote(parts.fragment))

    def _name(self, path: str) -> str:
        """The path below the root; one that starts with `/` counts from the root."""
        start = "" if path.startswith("/") else self.folder
        return posixpath.normpath(posixpath.join(start, path.lstrip("/")))

    def _missing(self, name: str) -> Fault | None:
        if name == self.own or (self.files is not None and _exists(self.files, name)):
            return None
        return Fault(
            message=f"there is no file {name!r}", hint=f"write the path of a file here, as seen from {self.folder}/"
        )

    def _no_heading(self, name: str, fragment: str) -> Fault | None:
        anchors = self._anchors(name) if fragment and name.lower().endswith(_PAGES) else None
        if anchors is None or not anchors.isdisjoint({fragment, fragment.lower()}):
            return None
        where = "this page" if name == self.own else name
        hint = "name a heading in small letters, with `-` for each space and without other signs"
        return Fault(message=f"{where} has no heading #{fragment}", hint=hint)

    def _anchors(self, name: str) -> frozenset[str] | None:
        if name not in self.anchors:
            self.anchors[name] = None if self.files is None else _anchors(self.files, name)
        return self.anchors[name]


def _exists(files: Snapshot, name: str) -> bool:
    try:
        return name == "." or files.has(name) or files.is_folder(name)
    except (OSError, ValueError):
        return False


def _anchors(files: Snapshot, name: str) -> frozenset[str] | None:
    """What may be linked to on another page; None where it is not one that assay reads."""
    try:
        data = files.read(name)
        return page_of(Body(text=_text(data, name), first_line=1, path=name)).anchors
    except (UsageError, LimitError, OSError, UnicodeDecodeError):
        return None


def _text(data: bytes, name: str) -> str:
    try:
        return source_of(data, name).body.decode()
    except ConfigError:
        return data.decode()
