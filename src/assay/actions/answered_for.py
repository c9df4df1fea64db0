"""Which findings a change has to answer for: those where it changed something, and those that it made true elsewhere."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from assay.guidelines.approval import APPROVALS, SIGNERS
from assay.model.finding import Finding
from assay.project.find import PROJECT_FILE
from assay.project.roster import ANNOTATORS, SOURCES
from assay.review.project_findings import Part
from assay.schemas.migrations import migrations_folder

_PEOPLE = (f"{ANNOTATORS}/", f"{SOURCES}/")
_SHARED = (*_PEOPLE, "labels/items/")
_TWO_SIDED: Mapping[str, str | tuple[str, ...]] = {
    "gold/contradiction": ".jsonl",
    "adjudication/contradiction": ".adjudicated.jsonl",
    "label/not-assigned": "/assignments.jsonl",
    "batch/import-with-assignments": "/assignments.jsonl",
    "label/first-not-returned": (".returned.jsonl", "/assignments.jsonl"),
    "label/before-batch": "/batch.yaml",
    "label/after-leaving": "/batch.yaml",
    "label/other-guideline": "/batch.yaml",
    "label/unknown-suggestion": ".jsonl",
    "label/two-votes": ".jsonl",
}
_EXPERTS = frozenset({"example/contradiction", "example/experts"})


def rules_of(task: str) -> frozenset[str]:
    """The files that every label of a task is judged by."""
    return frozenset({f"schemas/{task}.yaml", f"guidelines/{task}.md", f"checks/{task}.yaml", PROJECT_FILE})


def is_edited(task: str, changed: frozenset[str]) -> bool:
    """Whether guideline, schema or migrations of a task changed."""
    pages, folder = (f"guidelines/{task}.md", f"schemas/{task}.yaml"), f"{migrations_folder(task)}/"
    return any(path in pages or path.startswith(folder) for path in changed)


def parts_of(task: str, changed: frozenset[str]) -> frozenset[Part]:
    """The parts of a task in which a change can have something to answer for."""
    edited = is_edited(task, changed) or PROJECT_FILE in changed
    people = any(path.startswith(_PEOPLE) for path in changed)
    wanted = {
        Part.LABELS: True,
        Part.SCHEMA: edited or any(path.startswith("labels/items/") for path in changed),
        Part.GUIDELINE: edited or people,
        Part.APPROVALS: edited or people or any(_is_approval(path, task) for path in changed),
        Part.EXAMPLES: edited or any(_is_answered(path, task) for path in changed),
    }
    return frozenset(part for part, asked in wanted.items() if asked)


def answers_for(finding: Finding, changed: frozenset[str], *, stuck: frozenset[str]) -> bool:
    """Whether a change answers for a finding; `stuck` are the tasks whose labels it changed and nothing can judge."""
    if finding.at.path in changed or any(path.startswith(f"{finding.at.path}/") for path in changed):
        return True
    if finding.rule == "project/configuration" and finding.task in stuck:
        return True
    kind = finding.rule.partition("/")[0]
    return _ANSWERS.get(finding.rule, _ANSWERS.get(kind, _label))(finding, changed)


def _label(finding: Finding, changed: frozenset[str]) -> bool:
    shared = any(path.startswith(_SHARED) for path in changed)
    ending = _TWO_SIDED.get(finding.rule)
    folder = finding.at.path.rpartition("/")[0]
    other = ending is not None and any(path.endswith(ending) and path.rpartition("/")[0] == folder for path in changed)
    return shared or other or _ruled(finding, changed)


def _ruled(finding: Finding, changed: frozenset[str]) -> bool:
    return not changed.isdisjoint(rules_of(finding.task)) or is_edited(finding.task, changed)


def _guideline(finding: Finding, changed: frozenset[str]) -> bool:
    return is_edited(finding.task, changed) or PROJECT_FILE in changed


def _owner(finding: Finding, changed: frozenset[str]) -> bool:
    return _guideline(finding, changed) or any(path.startswith(_PEOPLE) for path in changed)


def _approval(finding: Finding, changed: frozenset[str]) -> bool:
    return _owner(finding, changed) or any(_is_approval(path, finding.task) for path in changed)


def _link(finding: Finding, changed: frozenset[str]) -> bool:
    """A link is dead by what the guideline says, or by what was taken away from where it leads."""
    names = {PurePosixPath(path).name for path in changed}
    return _guideline(finding, changed) or any(name in finding.message for name in names)


def _example(finding: Finding, changed: frozenset[str]) -> bool:
    against = finding.rule in _EXPERTS and any(_is_answered(path, finding.task) for path in changed)
    return against or _guideline(finding, changed)


def _waiver(_finding: Finding, changed: frozenset[str]) -> bool:
    return any(path.startswith(("checks/", *_PEOPLE)) for path in changed)


def _listed(finding: Finding, changed: frozenset[str]) -> bool:
    """What is of no task or release is so by what the project lists."""
    return PROJECT_FILE in changed or (bool(finding.task) and _ruled(finding, changed))


_ANSWERS = {
    "guideline/owner": _owner,
    "guideline/approval": _approval,
    "guideline/link": _link,
    "guideline": _guideline,
    "schema": _guideline,
    "example": _example,
    "project/waiver": _waiver,
    "project": _listed,
    "label/unknown-task": _listed,
}


def _is_approval(path: str, task: str) -> bool:
    return path.startswith(f"{APPROVALS}/{task}/") or path == SIGNERS


def _is_answered(path: str, task: str) -> bool:
    """Whether a file holds experts' answers of a task, or what they answer."""
    own = f"labels/{task}/"
    return path.startswith((f"{own}gold/", "labels/items/")) or (
        path.startswith(own) and path.endswith(".adjudicated.jsonl")
    )
