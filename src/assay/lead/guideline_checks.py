"""`assay guideline lint`, `test`, `render` and `log`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from assay import labels, quality
from assay.core import ExamplesReport, Finding, Severity
from assay.errors import ConfigError
from assay.extras import load
from assay.files import write_bytes
from assay.git import is_repository, start_of_work
from assay.guidelines import (
    VersionAgreement,
    VersionLog,
    body_in,
    body_of,
    lint_findings,
    load_guideline,
    load_revision,
    migration_lines,
    ordered_changes,
    past_versions,
    read_guideline,
    version_findings,
)
from assay.project import Project, load_schema, project_at
from assay.render import count, decimal, visible

if TYPE_CHECKING:
    from assay.guidelines import GuidelineText
from assay import agreement
from assay.core import ApprovalStatus, made_under
from assay.errors import SignatureError
from assay.guidelines import version_approvals
from assay.lead.impact import survey
from assay.project import load_roster

FEWEST_UNITS = 10


def guideline_log_text(task: str, versions: Sequence[VersionLog]) -> str:
    """Every version with its fate; an alpha of fewer than ten units is a dash."""
    lines = (line for one in versions for line in _version(task, one))
    return "\n".join(map(visible, lines))


def _version(task: str, one: VersionLog) -> Iterator[str]:
    yield f"{task} {one.version}  {one.date}"
    yield f"  {' '.join(one.summary.split())}"
    yield f"  affects: {', '.join(one.affects)} ({one.policy})" if one.affects else "  affects: nothing"
    yield f"  written by: {', '.join(one.authors) or '-'}"
    yield f"  {_approval(one)}"
    yield f"  labels made under it: {one.labels:,}, {one.current:,} of them current"
    yield from (f"  {line}" for migration in one.migrations for line in migration_lines(migration))
    if one.agreement:
        yield f"  alpha: {', '.join(f'{field} {_alpha(found)}' for field, found in one.agreement.items())}"


def _approval(one: VersionLog) -> str:
    approval = one.approval
    if approval.state == "approved":
        return f"approved by: {', '.join(approval.by)} ({approval.way})"
    return f"{approval.state}: {approval.reason}"


def _alpha(found: VersionAgreement) -> str:
    value = found.alpha.value if found.units >= FEWEST_UNITS else None
    return f"{decimal(value)} ({count(found.units, 'unit')})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """The tasks whose guideline was looked at, and what is wrong, by place."""

    tasks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(found.severity is Severity.ERROR for found in self.findings)


def tasks_named(project: Project, task: str | None) -> tuple[str, ...]:
    """The task of that name, or all of them.

    Raises:
        UsageError: there is no such task.
    """
    return tuple(project.tasks) if task is None else (project.task(task).name,)


def lint_guidelines(project: Project, task: str | None = None, *, base: str | None = None) -> Linted:
    """Lints the guideline of a task, or of every task, and in a repository also what was edited since the base.

    The base is `base`, else where HEAD left the default branch.

    Raises:
        UsageError: there is no such task, or no such revision.
        ConfigError: a schema is broken.
        LimitError: a guideline is longer than assay reads.
        GitError: a base is named outside of a repository.
    """
    tasks = tasks_named(project, task)
    judged = base is not None or is_repository(project.root)
    start = start_of_work(project.root, base) if judged else None
    before = project_at(project.root, start) if start else None
    found = {finding for name in tasks for finding in (*lint_findings(project, name), *_edits(before, project, name))}
    return Linted(tasks=tasks, findings=tuple(sorted(found, key=lambda one: one.sort_key)))


def _edits(before: Project | None, project: Project, task: str) -> tuple[Finding, ...]:
    """What is wrong with the versions of an edit; nothing where the front matter cannot be read, which is said already."""
    try:
        load_revision(project, task)
    except ConfigError:
        return ()
    return version_findings(before, project, task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How the examples of each task ran, and every error, by place."""

    reports: dict[str, ExamplesReport]
    findings: tuple[Finding, ...]


def try_examples(project: Project, task: str | None = None) -> Tried:
    """Runs the examples of a task, or of every task, against its schema and its experts' answers as they stand here.

    Raises:
        UsageError: there is no such task.
        ConfigError: a schema or guideline is broken.
        LimitError: a file is larger than assay reads.
    """
    reports: dict[str, ExamplesReport] = {}
    findings: set[Finding] = set()
    for name in tasks_named(project, task):
        schema = load_schema(project, name)
        corpus = labels.load_corpus(project, schema, load_guideline(project, name)).corpus
        ran = quality.run_examples(quality.readable_examples(read_guideline(project, name)), schema, corpus)
        reports[name] = ran.report
        findings.update(ran.findings)
    return Tried(reports=reports, findings=tuple(sorted(findings, key=lambda found: found.sort_key)))


def render_guidelines(project: Project, task: str | None, folder: Path) -> tuple[Path, ...]:
    """Writes `<task>.html` into a folder for a task, or for every task: the files.

    A page holds the guideline of the work tree and the earlier versions that git's history has.

    Raises:
        UsageError: there is no such task.
        ConfigError: a guideline cannot be read.
        MissingExtraError: the library that makes pages is not installed.
    """
    pages = {folder / f"{name}.html": _page(project, name) for name in tasks_named(project, task)}
    for path, page in pages.items():
        write_bytes(path, page.encode())
    return tuple(pages)


def _page(project: Project, task: str) -> str:
    pages = load("assay.guidelines.html")
    title = load_schema(project, task).label.schema.get("title")
    page: str = pages.guideline_page(title if isinstance(title, str) else task, tuple(_versions(project, task, pages)))
    return page


def _versions(project: Project, task: str, pages: ModuleType) -> "Iterator[GuidelineText]":
    guideline, body = load_guideline(project, task), body_in(read_guideline(project, task))
    texts = {version: _text(one.data) for version, one in past_versions(project.root, task).items()}
    texts[guideline.version] = body.text
    for change in reversed(ordered_changes(guideline)):
        yield pages.GuidelineText(
            version=change.version,
            date=change.date,
            summary=change.summary,
            affects=change.affects,
            policy=change.policy,
            text=texts.get(change.version),
        )


def _text(data: bytes) -> str | None:
    try:
        return body_of(data).text
    except ConfigError:
        return None


def guideline_log(project: Project, task: str) -> tuple[VersionLog, ...]:
    """The versions of a task's guideline, newest first.

    Raises:
        UsageError: there is no such task.
        ConfigError: guideline, schema or roster cannot be read.
    """
    name = project.task(task).name
    schema, guideline = load_schema(project, name), load_guideline(project, name)
    corpus = labels.load_corpus(project, schema, guideline).corpus
    made = made_under(corpus)
    given = quality.count_by_value(made, corpus.annotations.skip.codes < 0)
    current = quality.count_by_value(made, corpus.annotations.current & corpus.annotations.counts)
    measured = agreement.agreement_under(corpus, schema.fields, made)
    history, people = past_versions(project.root, name), load_roster(project).annotators
    migrations = survey(project, name, strict=False) if schema.migrations else ()
    approvals = _approvals(project, name, guideline.versions)
    return tuple(
        VersionLog(
            version=change.version,
            date=change.date,
            summary=change.summary,
            affects=change.affects,
            policy=change.policy,
            authors=history[change.version].authors(people) if change.version in history else (),
            approval=approvals[change.version],
            labels=given.get(change.version, 0),
            current=current.get(change.version, 0),
            agreement=measured.get(change.version, {}),
            migrations=tuple(one for one in migrations if one.guideline == change.version),
        )
        for change in reversed(ordered_changes(guideline))
    )


def _approvals(project: Project, task: str, versions: frozenset[str]) -> dict[str, ApprovalStatus]:
    """Whether each version is approved; where no signature can be checked, that is said of all of them."""
    try:
        return version_approvals(project, task, versions)
    except SignatureError as error:
        return dict.fromkeys(versions, ApprovalStatus(state="unknown", reason=error.message))
