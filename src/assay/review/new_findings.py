"""What is wrong with the merged project and not with the base: that is the change's, wherever it is found."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from assay.errors import ConfigError, LimitError, UsageError
from assay.guidelines.against import version_findings
from assay.guidelines.digest import content_paths
from assay.guidelines.revisions import load_revision
from assay.model.catalogue import finding
from assay.model.finding import Finding, Location
from assay.project import Project
from assay.project.find import PROJECT_FILE
from assay.review.project_findings import project_findings
from assay.review.remembered import Memory
from assay.schemas.migrations import migrations_folder


class NewFindings(Struct, frozen=True, kw_only=True):
    """The findings of a change, by place, and how many others both states have."""

    findings: tuple[Finding, ...]
    elsewhere: int = 0


def new_findings(
    before: Project, merged: Project, paths: Collection[str], memories: Mapping[str, Memory]
) -> NewFindings:
    """The findings that merging adds, and what is wrong with the versions of guidelines that the changed `paths` edit.

    What cannot be read of the merged project, for size or links, is a finding as well.

    Raises:
        ConfigError: the base cannot be judged by.
        LimitError, UsageError: a file of the base cannot be read.
    """
    old = project_findings(before, memories).findings
    try:
        all_now = project_findings(merged, memories).findings
    except (LimitError, UsageError) as error:
        told = finding("project/configuration", Location(path=PROJECT_FILE), error.message, hint=error.hint)
        return NewFindings(findings=(told,))
    new = difference(old, all_now)
    found = {*new, *_edits(before, merged, paths)}
    return NewFindings(findings=tuple(sorted(found, key=lambda one: one.sort_key)), elsewhere=len(all_now) - len(new))


def difference(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that one state has and the other has not, whatever their line and words; of equal ones those too many."""
    known = Counter(map(_identity, before))
    new: list[Finding] = []
    for found in after:
        if known[_identity(found)] > 0:
            known[_identity(found)] -= 1
        else:
            new.append(found)
    return tuple(new)


def _identity(found: Finding) -> tuple[str, str, str, str, str]:
    return (found.rule, found.at.path, found.item, found.annotator, found.at.pointer)


def _edits(before: Project, merged: Project, paths: Collection[str]) -> Iterator[Finding]:
    for task in before.tasks:
        edited = any(path in content_paths(task) or path.startswith(f"{migrations_folder(task)}/") for path in paths)
        if edited and task in merged.tasks:
            try:
                load_revision(merged, task)
            except ConfigError:
                continue
            yield from version_findings(before, merged, task)
