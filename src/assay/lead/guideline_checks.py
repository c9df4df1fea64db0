"""`assay guideline lint`, `test`, `render` and `log`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from assay import agreement, gate, guidelines, labels, quality
from assay.core import ApprovalStatus, ExamplesReport, Finding, Severity, guideline_versions
from assay.errors import ConfigError, SignatureError
from assay.extras import load
from assay.files import write_bytes
from assay.git import is_repository, start_of_work
from assay.lead.impact import survey
from assay.project import Project, load_roster, load_schema, project_at
from assay.render import count, decimal, visible

FEWEST_UNITS = 10


def guideline_log_text(task: str, versions: Sequence[guidelines.VersionLog]) -> str:
    """Every version with its approval, labels and agreement; an alpha of fewer than ten units is a dash."""
    lines = []
    for version in versions:
        approval = version.approval
        migrations = [line for migration in version.migrations for line in guidelines.migration_lines(migration)]
        approved = f"approved by: {', '.join(approval.by)} ({approval.way})"
        alphas = [
            f"{name} {decimal(part.alpha.value if part.units >= FEWEST_UNITS else None)} ({count(part.units, 'unit')})"
            for name, part in version.agreement.items()
        ]
        lines += [
            f"{task} {version.version}  {version.date}",
            f"  {' '.join(version.summary.split())}",
            f"  affects: {', '.join(version.affects)} ({version.policy})" if version.affects else "  affects: nothing",
            f"  written by: {', '.join(version.authors) or '-'}",
            f"  {approved if approval.state == 'approved' else f'{approval.state}: {approval.reason}'}",
            f"  labels made under it: {version.labels:,}, {version.current:,} of them current",
            *(f"  {line}" for line in migrations),
            *([f"  alpha: {', '.join(alphas)}"] if alphas else []),
        ]
    return "\n".join(map(visible, lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class LintResult:
    """The tasks whose guideline was checked, and the findings by place."""

    tasks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(found.severity is Severity.ERROR for found in self.findings)


def tasks_named(project: Project, task: str | None) -> tuple[str, ...]:
    """The task of that name, or all tasks.

    Raises:
        UsageError: unknown task.
    """
    return tuple(project.tasks) if task is None else (project.task(task).name,)


def lint_guidelines(project: Project, task: str | None = None, *, base: str | None = None) -> LintResult:
    """Lints the guideline of a task, or of every task; in a repository also the edits since the base.

    The base is `base`, else the point where HEAD left the default branch.

    Raises:
        UsageError: unknown task or revision.
        ConfigError: a schema is broken.
        LimitError: a guideline is longer than assay reads.
        GitError: a base is named outside a repository.
    """
    tasks = tasks_named(project, task)
    judged = base is not None or is_repository(project.root)
    start = start_of_work(project.root, base) if judged else None
    before = project_at(project.root, start) if start else None
    found = {
        finding
        for name in tasks
        for finding in (*guidelines.lint_findings(project, name), *_edits(before, project, name))
    }
    return LintResult(tasks=tasks, findings=tuple(sorted(found, key=lambda one: one.sort_key)))


def _edits(before: Project | None, project: Project, task: str) -> tuple[Finding, ...]:
    """Findings on the versions of an edit; none if the front matter is not readable, which is a finding already."""
    try:
        guidelines.load_revision(project, task)
    except ConfigError:
        return ()
    return guidelines.version_findings(before, project, task)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRuns:
    """The result of each task's examples, and every error by place."""

    reports: dict[str, ExamplesReport]
    findings: tuple[Finding, ...]


def try_examples(project: Project, task: str | None = None) -> ExampleRuns:
    """Checks the examples of a task, or of every task, against its schema and its expert answers.

    Raises:
        UsageError: unknown task.
        ConfigError: a schema or guideline is broken.
        LimitError: a file is larger than assay reads.
    """
    reports: dict[str, ExamplesReport] = {}
    findings: set[Finding] = set()
    for name in tasks_named(project, task):
        results = labels.results_of_task(project, name)
        ran = gate.example_run(project, results, labels.lay_out(project.snapshot, name, results.rules.pool))
        results.store.save()
        reports[name] = ran.report
        findings.update(ran.findings)
    return ExampleRuns(reports=reports, findings=tuple(sorted(findings, key=lambda found: found.sort_key)))


def render_guidelines(project: Project, task: str | None, folder: Path) -> tuple[Path, ...]:
    """Writes `<task>.html` into a folder for a task, or for every task; returns the files.

    A page shows the guideline of the work tree and its earlier versions in git's history.

    Raises:
        UsageError: unknown task.
        ConfigError: a guideline cannot be read.
        MissingExtraError: the library that renders pages is not installed.
    """
    html = load("assay.guidelines.html")
    pages: dict[Path, str] = {}
    for name in tasks_named(project, task):
        title = load_schema(project, name).label.schema.get("title")
        texts = tuple(_versions(project, name, html))
        pages[folder / f"{name}.html"] = html.guideline_page(title if isinstance(title, str) else name, texts)
    for path, page in pages.items():
        write_bytes(path, page.encode())
    return tuple(pages)


def _versions(project: Project, task: str, pages: ModuleType) -> "Iterator[guidelines.GuidelineText]":
    guideline = guidelines.load_guideline(project, task)
    texts = {version: _text(one.data) for version, one in guidelines.past_versions(project.root, task).items()}
    texts[guideline.version] = guidelines.body_in(guidelines.read_guideline(project, task)).text
    for change in reversed(guidelines.ordered_changes(guideline)):
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
        return guidelines.body_of(data).text
    except ConfigError:
        return None


def guideline_log(project: Project, task: str) -> tuple[guidelines.VersionLog, ...]:
    """The versions of a task's guideline, newest first.

    Raises:
        UsageError: unknown task.
        ConfigError: guideline, schema or roster cannot be read.
    """
    name = project.task(task).name
    schema, guideline = load_schema(project, name), guidelines.load_guideline(project, name)
    corpus = labels.load_corpus(project, schema, guideline).corpus
    made = guideline_versions(corpus)
    given = quality.count_by_value(made, corpus.annotations.skip.codes < 0)
    current = quality.count_by_value(made, corpus.annotations.current & corpus.annotations.counts)
    measured = agreement.agreement_under(corpus, schema.fields, made)
    history, people = guidelines.past_versions(project.root, name), load_roster(project).annotators
    migrations = survey(project, name, strict=False) if schema.migrations else ()
    try:
        approvals = guidelines.version_approvals(project, name, guideline.versions)
    except SignatureError as error:  # no signature can be checked here, whatever the version
        approvals = dict.fromkeys(guideline.versions, ApprovalStatus(state="unknown", reason=error.message))
    return tuple(
        guidelines.VersionLog(
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
            migrations=tuple(migration for migration in migrations if migration.guideline == change.version),
        )
        for change in reversed(guidelines.ordered_changes(guideline))
    )
