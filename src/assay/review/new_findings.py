"""What is wrong with the merged project and not with the base: that is the change's, wherever it is found."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from assay.errors import LimitError, UsageError
from assay.guidelines.approval import APPROVALS
from assay.guidelines.approval_records import record_findings
from assay.guidelines.configuration import unusable
from assay.guidelines.digest import content_paths
from assay.guidelines.edits import readable_version_findings
from assay.guidelines.trust import load_trust
from assay.labels.renames import Renames
from assay.model.capped import digests_of, number_of
from assay.model.catalogue import finding
from assay.model.finding import DIGEST_SIZE, Finding, Location
from assay.project import Project
from assay.project.find import PROJECT_FILE
from assay.review.closed import closed_findings
from assay.review.project_findings import project_findings
from assay.review.remembered import Memory
from assay.review.waived import waived_findings
from assay.schemas.migrations import migrations_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change is: the paths that differ, the roster ids of who made it, and who has another id in it."""

    paths: Collection[str]
    makers: Collection[str]
    renames: Renames = field(default_factory=Renames)


class NewFindings(Struct, frozen=True, kw_only=True):
    """The findings of a change, by place, and how many others both states have."""

    findings: tuple[Finding, ...]
    elsewhere: int = 0


def new_findings(
    before: Project, merged: Project, change: Changed, memories: Mapping[str, Memory], now: str
) -> NewFindings:
    """The findings that merging adds, and what only a comparison with the base tells.

    What cannot be read of the merged project, for size or links, is a finding as well. The labels of a task that the base
    cannot judge are judged by the merged project; what is wrong with those that do not change is not the change's.

    Raises:
        ConfigError: the base cannot be judged by.
        LimitError, UsageError: a file of the base cannot be read.
    """
    old = change.renames.findings(project_findings(before, memories).findings)
    try:
        all_now = project_findings(merged, memories).findings
    except (LimitError, UsageError) as error:
        told = finding("project/configuration", Location(path=PROJECT_FILE), error.message, hint=error.hint)
        return NewFindings(findings=(told,))
    unjudged = unusable(before, before.tasks)
    new = [
        one
        for one in difference(old, all_now)
        if one.task not in unjudged or not one.at.path.startswith("labels/") or one.at.path in change.paths
    ]
    found = {*new, *_by_the_base(before, merged, change, now)}
    elsewhere = number_of(all_now) - number_of(new)
    return NewFindings(findings=tuple(sorted(found, key=lambda one: one.sort_key)), elsewhere=elsewhere)


def difference(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that one state has and the other has not, whatever their line and words; of equal ones those too many.

    Those that are only counted are told apart as the listed ones are.
    """
    many: dict[tuple[str, str], tuple[list[Finding], list[Finding]]] = {
        _kind(one): ([], []) for one in (*before, *after) if one.rest
    }
    for side, findings in enumerate((before, after)):
        for one in findings:
            if _kind(one) in many:
                many[_kind(one)][side].append(one)
    known = Counter(_identity(found) for found in before if _kind(found) not in many)
    new: list[Finding] = []
    for found in after:
        if _kind(found) in many:
            continue
        if known[_identity(found)] > 0:
            known[_identity(found)] -= 1
        else:
            new.append(found)
    for _, sides in sorted(many.items()):
        new += _beyond(*sides)
    return tuple(new)


def _beyond(before: Sequence[Finding], after: Sequence[Finding]) -> Iterator[Finding]:
    """The difference where findings of one rule in one file are too many to be listed."""
    known, left = np.unique(_numbers(b"".join(map(digests_of, before))), return_counts=True)
    new = [one for one in after if not _taken(known, left, digests_of(replace(one, rest=b"")))]
    counted, many = np.unique(_numbers(b"".join(one.rest for one in after)), return_counts=True)
    place = np.minimum(np.searchsorted(known, counted), max(len(known) - 1, 0))
    there = np.where(known[place] == counted, left[place], 0) if len(known) else np.zeros_like(many)
    rest = np.repeat(counted, np.maximum(many - there, 0)).tobytes()
    if rest and not new:
        message, of = "a fault that the base does not have, beyond those that are listed", after[-1]
        at = Location(path=of.at.path)
        new = [replace(of, message=message, at=at, item="", annotator="")]
        rest = rest[DIGEST_SIZE:]
    yield from (replace(one, rest=b"") for one in new[:-1])
    yield from (replace(one, rest=rest) for one in new[-1:])


def _taken(known: NDArray[np.uint64], left: NDArray[np.int64], digest: bytes) -> bool:
    """Whether a finding is among those known, of which it then takes one."""
    number = _numbers(digest)[0]
    place = int(np.searchsorted(known, number))
    found = place < len(known) and known[place] == number and left[place] > 0
    if found:
        left[place] -= 1
    return bool(found)


def _numbers(digests: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(digests, dtype=np.uint64)


def _kind(found: Finding) -> tuple[str, str]:
    return (found.at.path, found.rule)


def _identity(found: Finding) -> tuple[str, str, str, str, str]:
    return (found.rule, found.at.path, found.item, found.annotator, found.at.pointer)


def _by_the_base(before: Project, merged: Project, change: Changed, now: str) -> Iterator[Finding]:
    """What the base says of the change: versions, closed batches, who may approve and waive."""
    yield from closed_findings(before, {*change.paths} - change.renames.paths)
    yield from waived_findings(before, merged, change.makers, now)
    for task in before.tasks:
        edited = any(
            path in content_paths(task) or path.startswith(f"{migrations_folder(task)}/") for path in change.paths
        )
        if edited and task in merged.tasks:
            yield from readable_version_findings(before, merged, task)
        if any(path.startswith(f"{APPROVALS}/{task}/") for path in change.paths) and task in merged.tasks:
            yield from _records(before, merged, task, change.paths)


def _records(before: Project, merged: Project, task: str, paths: Collection[str]) -> Iterator[Finding]:
    """The records that the change brings, by the people and the keys of the base."""
    if not unusable(merged, [task]):
        found = record_findings(merged, task, load_trust(before))
        yield from (one for one in found if one.at.path in paths)
