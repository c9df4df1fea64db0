"""Which guideline versions are approved, by the records and signatures that are here."""

from collections.abc import Iterable

from assay.guidelines.approvals import Approved, Held, Judged
from assay.guidelines.digest import Content, load_content
from assay.guidelines.filed import filed_in
from assay.guidelines.front_matter import load_guideline
from assay.guidelines.trust import Trust, load_trust
from assay.model.quality import VersionApproval
from assay.project.find import Project
from assay.table import Corpus

UNSTATED = "unstated"


def cited_versions(corpus: Corpus) -> tuple[str, ...]:
    """The guideline versions that current counting annotations were made under, in order."""
    rows = corpus.annotations
    codes = set(rows.guideline.codes[rows.counts & corpus.annotations.current].tolist())
    return tuple(sorted(rows.guideline.values[code] if code >= 0 else UNSTATED for code in codes))


def version_approvals(project: Project, task: str, versions: Iterable[str]) -> dict[str, VersionApproval]:
    """Whether each version is approved in the work tree: by record, signature and roster, without git's history.

    Of the version that the guideline has now the content is held against the record; of an earlier one it is not at
    hand, and the record stands for it.

    Raises:
        ConfigError: guideline or schema cannot be read.
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    guideline, trust = load_guideline(project, task), load_trust(project)
    now = load_content(project, task)
    dates = {change.version: change.date for change in guideline.changes}
    return {
        version: _told(
            judged_in(project, content_of_version(now, version, dates.get(version, "")), trust, later=True)
            if version in guideline.versions
            else Held(reason=f"the guideline has no version {version}")
        )
        for version in versions
    }


def content_of_version(now: Content, version: str, date: str) -> Content:
    """The content now, or what is known of an earlier version."""
    return now if version == now.version else Content(task=now.task, version=version, date=date)


def judged_in(project: Project, content: Content, trust: Trust, *, later: bool) -> Judged:
    """What the work tree's record of a version comes to under `trust`."""
    filed = filed_in(project.snapshot, content)
    return filed if isinstance(filed, Held) else filed.judged(content, trust, later=later)


def _told(judged: Judged) -> VersionApproval:
    if isinstance(judged, Approved):
        return VersionApproval(state="approved", by=judged.by, way=judged.way)
    return VersionApproval(state="held", reason=judged.reason)
