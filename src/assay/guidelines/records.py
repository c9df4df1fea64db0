"""What is wrong with the records of approvals that a project holds: a record is a claim, and says whose."""

import re
from collections.abc import Iterator

from assay.errors import ConfigError
from assay.guidelines.approvals import APPROVALS, Held, approval_path
from assay.guidelines.approved import content_of_version
from assay.guidelines.digest import Content, load_content
from assay.guidelines.filed import Filed, filed_at, filed_in
from assay.guidelines.front_matter import Guideline, load_guideline
from assay.guidelines.trust import Trust, load_trust
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.names import VERSION_PATTERN, legible
from assay.project.find import Project
from assay.project.shape_check import located

_PLAIN = frozenset({"README.md"})


def record_findings(project: Project, task: str, trust: Trust | None = None) -> Iterator[Finding]:
    """What is wrong with the records of a task's approvals, and with their signatures.

    A record counts by what `trust` says of people and keys (None: the project itself), for a version that the guideline
    has; of the version that it has now the content is held against it too.

    Raises:
        ConfigError: guideline or schema cannot be used.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    folder = f"{APPROVALS}/{task}"
    names = [name for name in project.snapshot.names(folder) if name not in _PLAIN and not name.startswith(".")]
    if not names:
        return
    judge = _Judge(project, task, trust or load_trust(project))
    stems = {name.removesuffix(".yaml") for name in names if name.endswith(".yaml")}
    for name in names:
        stem, _, ending = name.rpartition(".")
        if re.fullmatch(VERSION_PATTERN, stem) is None or ending not in {"yaml", "sig"}:
            message = "a record is called <version>.yaml, its signature <version>.sig"
            yield judge.told(Location(path=legible(f"{folder}/{name}")), message)
        elif ending == "yaml":
            yield from judge.record(stem, f"{folder}/{name}")
        elif stem not in stems:
            yield judge.told(Location(path=f"{folder}/{name}"), "a signature of a record that is not here")


def unsigned_findings(project: Project, task: str) -> Iterator[Finding]:
    """The record of the guideline's version where it has no signature and the project asks for one.

    Raises:
        ConfigError: guideline or schema cannot be used.
    """
    now = load_content(project, task)
    filed = filed_in(project.snapshot, now)
    if isinstance(filed, Filed) and not filed.right_way(load_trust(project)):
        message = "the project asks for a signature (approval: signed), and the record has none"
        at = Location(path=approval_path(task, now.version))
        yield finding("guideline/approval", at, message, where=Where(task=task))


class _Judge:
    """Judges the records of one task."""

    def __init__(self, project: Project, task: str, trust: Trust) -> None:
        self.project = project
        self.task = task
        self.trust = trust
        self.guideline: Guideline = load_guideline(project, task)
        self.now: Content = load_content(project, task)

    def record(self, version: str, path: str) -> Iterator[Finding]:
        """What is wrong with the record of a version."""
        try:
            filed = filed_at(self.project.snapshot, path)
        except ConfigError as error:
            yield from (self.told(at, said, error.hint) for at, said in located(error))
            return
        at = Location(path=path)
        if version not in self.guideline.versions:
            yield self.told(at, f"the guideline has no version {version}, so nothing is approved by it")
        elif reason := self._held(version, filed):
            yield self.told(at, reason)

    def told(self, at: Location, message: str, hint: str = "") -> Finding:
        """A finding about a record."""
        return finding("guideline/approval", at, message, hint=hint, where=Where(task=self.task))

    def _held(self, version: str, filed: Filed) -> str:
        dates = {change.version: change.date for change in self.guideline.changes}
        content = content_of_version(self.now, version, dates.get(version, ""))
        judged = filed.judged(content, self.trust, later=True)
        return judged.reason if isinstance(judged, Held) else ""
