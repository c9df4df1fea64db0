"""`assay check`: the findings in changed files."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assay import guidelines, labels, reviewer
from assay import project as projects
from assay.core import Finding, Severity, number_of
from assay.errors import AssayError, NoProjectError, UsageError
from assay.git import WorkTree, require_readable, start_of_work, work_tree
from assay.project import (
    ANNOTATORS,
    PROJECT_FILE,
    SOURCES,
    Project,
    TaskEntry,
    migrations_folder,
    project_at,
)

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


def task_files(task: str) -> frozenset[str]:
    """The files that every label of a task is checked against."""
    return frozenset({f"schemas/{task}.yaml", f"guidelines/{task}.md", f"checks/{task}.yaml", PROJECT_FILE})


def is_edited(task: str, changed: frozenset[str]) -> bool:
    """Whether guideline, schema or migrations of a task changed."""
    pages, folder = (f"guidelines/{task}.md", f"schemas/{task}.yaml"), f"{migrations_folder(task)}/"
    return any(path in pages or path.startswith(folder) for path in changed)


def parts_of(task: str, changed: frozenset[str]) -> "frozenset[reviewer.TaskPart]":
    """The parts of a task in which a change can cause findings."""
    edited = is_edited(task, changed) or PROJECT_FILE in changed
    people = any(path.startswith(_PEOPLE) for path in changed)
    wanted = {
        reviewer.TaskPart.LABELS: True,
        reviewer.TaskPart.SCHEMA: edited or any(path.startswith("labels/items/") for path in changed),
        reviewer.TaskPart.GUIDELINE: edited or people,
        reviewer.TaskPart.APPROVALS: edited or people or any(_is_approval(path, task) for path in changed),
        reviewer.TaskPart.EXAMPLES: edited or any(_is_answered(path, task) for path in changed),
    }
    return frozenset(part for part, asked in wanted.items() if asked)


def is_caused_by(finding: Finding, changed: frozenset[str], *, stuck: frozenset[str]) -> bool:
    """Whether a change causes a finding; `stuck` are the tasks whose changed labels cannot be checked."""
    if finding.at.path in changed or any(path.startswith(f"{finding.at.path}/") for path in changed):
        return True
    if finding.rule == "project/configuration" and finding.task in stuck:
        return True
    rule, task = finding.rule, finding.task
    kind = rule.partition("/")[0]
    if rule == "project/waiver":
        return any(path.startswith(("checks/", *_PEOPLE)) for path in changed)
    if (
        kind == "project" or rule == "label/unknown-task"
    ):  # what belongs to no task or release depends on the project file
        return PROJECT_FILE in changed or (bool(task) and _is_ruled(task, changed))
    if kind in {"guideline", "schema", "example"}:
        return is_edited(task, changed) or PROJECT_FILE in changed or _is_cause(finding, changed)
    ending, folder = _TWO_SIDED.get(rule), finding.at.path.rpartition("/")[0]
    other = ending is not None and any(path.endswith(ending) and path.rpartition("/")[0] == folder for path in changed)
    return other or any(path.startswith(_SHARED) for path in changed) or _is_ruled(task, changed)


def _is_ruled(task: str, changed: frozenset[str]) -> bool:
    return not changed.isdisjoint(task_files(task)) or is_edited(task, changed)


def _is_cause(finding: Finding, changed: frozenset[str]) -> bool:
    """Whether a file beside guideline and schema, of those a finding of the guideline depends on, changed."""
    rule, task = finding.rule, finding.task
    if rule == "guideline/link":  # what it leads to may have been removed
        return any(PurePosixPath(path).name in finding.message for path in changed)
    if rule in _EXPERTS:
        return any(_is_answered(path, task) for path in changed)
    people = rule in {"guideline/owner", "guideline/approval"} and any(path.startswith(_PEOPLE) for path in changed)
    return people or (rule == "guideline/approval" and any(_is_approval(path, task) for path in changed))


def _is_approval(path: str, task: str) -> bool:
    return path.startswith(f"{guidelines.APPROVALS}/{task}/") or path == guidelines.SIGNERS


def _is_answered(path: str, task: str) -> bool:
    """Whether a file holds experts' answers of a task, or what they answer."""
    own = f"labels/{task}/"
    return path.startswith((f"{own}gold/", "labels/items/")) or (
        path.startswith(own) and path.endswith(".adjudicated.jsonl")
    )


_JUDGED = ("labels/", "guidelines/", "schemas/", "checks/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The findings in what was checked. `changed` is None where everything was.

    `compared` is false where there are commits, but no known base to compare with.
    """

    findings: tuple[Finding, ...]
    elsewhere: int
    records: int
    tasks: tuple[str, ...]
    changed: frozenset[str] | None
    compared: bool = True

    @property
    def errors(self) -> int:
        """How many of the findings make a record invalid."""
        return number_of(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def unusable(self) -> bool:
        """Whether a configuration file cannot be used: labels that depend on it are then not checked."""
        return any(finding.rule == "project/configuration" for finding in self.findings)


def require_same_staged(project: Project) -> None:
    """Refuses a work tree with files whose staged content differs from the work tree, as it would not be checked.

    Raises:
        UsageError: there are such files; it names them.
    """
    judged = sorted(path for path in work_tree(project.root).half if path.startswith(_JUDGED))
    if judged:
        raise UsageError(
            f"the staged content differs from the work tree, which is what is checked: {', '.join(judged)}",
            fix="git add them, or stash the rest: git stash --keep-index",
        )


def check(  # noqa: PLR0913 - the options of a command
    project: Project,
    *,
    base: str | None = None,
    everything: bool = False,
    only_of: str | None = None,
    require_base: bool = False,
    now: str | None = None,
    engine: "labels.Engine | None" = None,
) -> Checked:
    """Reads the tasks a change touches; keeps the findings in the files it changed, or in those of `only_of` alone.

    A changed schema, guideline or roster has a finding wherever it makes a label invalid; a contradiction of two files
    (gold, decisions, assignments) is a finding of a change to either. Outside a git repository, and before
    the first commit, everything is looked at; `require_base` refuses to. `everything` also says what only a comparison
    with the base tells, where the clone knows one. `now` (RFC 3339, UTC) is what times are compared
    with; None: no time is in the future. `engine` judges many batches where everything is looked at; by default two
    processes do.

    A broken file of the configuration is a finding; the labels of a task whose schema, guideline or migrations are
    broken cannot be checked, which is a finding of a change to them too.

    Where nothing changed nothing is read, and `elsewhere` is 0.

    Raises:
        ConfigError: the project file of the base is broken.
        GitError, UsageError: the base cannot be found, or the clone does not hold what lies between.
        LimitError: a file is larger than assay reads.
    """
    work = project.snapshot
    here = work if isinstance(work, WorkTree) and work.in_git and not everything else None
    start = None if here is None else start_of_work(project.root, base, clone=here.clone)
    if require_base and start is None:
        raise UsageError("there is no base to compare with", fix="run this in a clone with its history, without --all")
    if here is None:
        whole, compared = reviewer.project_findings(project, now=now, engine=engine), True
        since: tuple[Finding, ...] = ()
        if isinstance(work, WorkTree) and work.in_git:
            since, compared = _compared(project, work, base)
        found = (*whole.findings, *since)
        checked = _checked(found, found, whole.records or 0, tuple(project.tasks), None, only_of)
        return replace(checked, compared=compared)
    changed = here.changed_since(start)
    if only_of is not None and here.kept_out:
        own = frozenset(path for path in changed if _owner_check(path) == only_of and here.has(path))
        return replace(check_files(project, own, now=now), changed=changed)
    if not changed:  # Without a change no finding is caused by one: nothing has to be read.
        return Checked(findings=(), elsewhere=0, records=0, tasks=(), changed=changed)
    return _changed(_Change(project=project, paths=changed, start=start, now=now), only_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What changed in a project since a commit (None: there is none yet), and the current time."""

    project: Project
    paths: frozenset[str]
    start: str | None
    now: str | None


def _changed(change: _Change, only_of: str | None) -> Checked:
    project, changed = change.project, change.paths
    tasks = []
    for entry in project.tasks.values():
        folders = (
            f"labels/{entry.name}/",
            f"labels/items/{entry.pool}/",
            *_PEOPLE,
            f"{migrations_folder(entry.name)}/",
            f"{guidelines.APPROVALS}/{entry.name}/",
        )
        files = {*task_files(entry.name), guidelines.SIGNERS}
        if any(path in files or path.startswith(folders) for path in changed):
            tasks.append(entry)
    broken = guidelines.unusable(project, [entry.name for entry in tasks])
    judged = [
        reviewer.findings_of_task(project, entry.name, now=change.now, parts=parts_of(entry.name, changed))
        for entry in tasks
        if entry.name not in broken
    ]
    people = projects.load_roster(project).findings if not tasks else ()
    found = [
        *people,
        *reviewer.of_project(project),
        *(finding for one in judged for finding in one.findings),
        *_since(change, tasks),
    ]
    stuck = (entry.name for entry in tasks if entry.name in broken)
    mine = [one for one in found if is_caused_by(one, changed, stuck=frozenset(stuck))]
    records = sum(one.records or 0 for one in judged)
    return _checked(mine, found, records, tuple(entry.name for entry in tasks), changed, only_of)


def _compared(project: Project, work: WorkTree, base: str | None) -> tuple[tuple[Finding, ...], bool]:
    """The findings of comparing the whole project with the base, and whether there was one; a named base is required."""
    require_readable(project.root)
    try:
        start = start_of_work(project.root, base, clone=work.clone)
        change = _Change(project=project, paths=work.changed_since(start), start=start, now=None)
        return tuple(_since(change, project.tasks.values())), True
    except AssayError:
        if base is not None:
            raise
        return (), False


def _since(change: _Change, tasks: Iterable[TaskEntry]) -> Iterator[Finding]:
    """The findings that only a comparison with the base gives; none where the project is newer than the base."""
    project, changed = change.project, change.paths
    edited = [entry.name for entry in tasks if is_edited(entry.name, changed)]
    if change.start and (edited or any(path.startswith("labels/") for path in changed)):
        try:
            before = project_at(project.root, change.start)
        except NoProjectError:
            return
        renames = labels.renames_between(before, project.snapshot, changed)
        yield from reviewer.closed_findings(before, changed - renames.paths)
        for name in edited:
            yield from guidelines.readable_version_findings(before, project, name)


def _checked(
    mine: Iterable[Finding],
    found: Iterable[Finding],
    records: int,
    tasks: tuple[str, ...],
    changed: frozenset[str] | None,
    only_of: str | None,
) -> Checked:
    kept = tuple(one for one in _distinct(mine) if only_of is None or _owner_check(one.at.path) == only_of)
    elsewhere = number_of(set(found)) - number_of(kept)
    return Checked(findings=kept, elsewhere=elsewhere, records=records, tasks=tasks, changed=changed)


def check_files(project: Project, paths: frozenset[str], *, now: str | None = None) -> Checked:
    """Checks annotation files by path below the root, without reading other annotators' labels.

    A model's answers are read where one of the files says that they were shown. `now` is as in `check`.

    Raises:
        ConfigError: with the faults of every broken configuration file of their tasks.
    """
    tasks = [
        entry for entry in project.tasks.values() if any(path.startswith(f"labels/{entry.name}/") for path in paths)
    ]
    guidelines.require_configuration(project, [entry.name for entry in tasks])
    loaded = [
        labels.load_corpus(
            project,
            projects.load_schema(project, entry.name),
            guidelines.load_guideline(project, entry.name),
            only=paths,
            now=now,
        )
        for entry in tasks
    ]
    return Checked(
        findings=tuple(_distinct(finding for one in loaded for finding in one.findings)),
        elsewhere=0,
        records=sum(one.report.records for one in loaded),
        tasks=tuple(entry.name for entry in tasks),
        changed=paths,
    )


def _owner_check(path: str) -> str:
    """The annotator whose file a path below `labels/` is; empty for shared files."""
    name = path.rpartition("/")[2].partition(".")[0] if path.endswith(".jsonl") else ""
    return "" if path.startswith("labels/items/") else name


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    yield from sorted(set(findings), key=lambda finding: finding.sort_key)
