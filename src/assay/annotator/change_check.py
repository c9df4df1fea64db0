"""`assay check`: what is wrong with what I changed?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assay import guidelines, labels, reviewer
from assay.core import Finding, Severity, number_of
from assay.errors import AssayError, NoProjectError, UsageError
from assay.git import WorkTree, hold_readable, start_of_work, work_tree
from assay.guidelines import APPROVALS, SIGNERS
from assay.project import (
    ANNOTATORS,
    PROJECT_FILE,
    SOURCES,
    Project,
    TaskEntry,
    load_roster,
    load_schema,
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


def rules_of(task: str) -> frozenset[str]:
    """The files that every label of a task is judged by."""
    return frozenset({f"schemas/{task}.yaml", f"guidelines/{task}.md", f"checks/{task}.yaml", PROJECT_FILE})


def is_edited(task: str, changed: frozenset[str]) -> bool:
    """Whether guideline, schema or migrations of a task changed."""
    pages, folder = (f"guidelines/{task}.md", f"schemas/{task}.yaml"), f"{migrations_folder(task)}/"
    return any(path in pages or path.startswith(folder) for path in changed)


def parts_of(task: str, changed: frozenset[str]) -> "frozenset[reviewer.Part]":
    """The parts of a task in which a change can have something to answer for."""
    edited = is_edited(task, changed) or PROJECT_FILE in changed
    people = any(path.startswith(_PEOPLE) for path in changed)
    wanted = {
        reviewer.Part.LABELS: True,
        reviewer.Part.SCHEMA: edited or any(path.startswith("labels/items/") for path in changed),
        reviewer.Part.GUIDELINE: edited or people,
        reviewer.Part.APPROVALS: edited or people or any(_is_approval(path, task) for path in changed),
        reviewer.Part.EXAMPLES: edited or any(_is_answered(path, task) for path in changed),
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


_JUDGED = ("labels/", "guidelines/", "schemas/", "checks/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The findings in what was looked at. `changed` is None where everything was.

    `compared` is false where there are commits, and nothing tells which of them the work began from.
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
        """Whether a file cannot be used that labels are judged by: what rests on it is then not judged."""
        return any(finding.rule == "project/configuration" for finding in self.findings)


def hold_staged(project: Project) -> None:
    """Refuses a work tree in which files are staged in another state than they have: that state would not be judged.

    Raises:
        UsageError: there are such files among those that are judged; it names them.
    """
    judged = sorted(path for path in work_tree(project.root).half if path.startswith(_JUDGED))
    if judged:
        raise UsageError(
            f"staged in another state than in the work tree, which is what is judged: {', '.join(judged)}",
            fix="git add them, or put the rest aside with `git stash --keep-index`",
        )


def check(
    project: Project,
    *,
    base: str | None = None,
    everything: bool = False,
    only_of: str | None = None,
    require_base: bool = False,
    now: str | None = None,
) -> Checked:
    """Reads the tasks a change touches; keeps the findings in the files it changed, or in those of `only_of` alone.

    A changed schema, guideline or roster is answered for wherever it makes a label invalid, and what two files say
    against each other (gold, decisions, assignments) by whoever changed either. Outside a git repository, and before
    the first commit, everything is looked at; `require_base` refuses to. `everything` also says what only a comparison
    with the base tells, where the clone knows one. `now` (RFC 3339, UTC) is what times are held
    against; None: no time is in the future.

    A broken file of the configuration is a finding; the labels of a task whose schema, guideline or migrations are
    broken cannot be judged, which whoever changed them is told too.

    Raises:
        ConfigError: the project file of the base is broken.
        GitError, UsageError: the base cannot be found, or the clone does not hold what lies between.
        LimitError: a file is larger than assay reads.
    """
    work = project.snapshot
    here = work if isinstance(work, WorkTree) and work.in_git and not everything else None
    start = None if here is None else start_of_work(project.root, base, clone=here.clone)
    if require_base and start is None:
        raise UsageError(
            "there is no base, so nothing says what changed", fix="run this in a clone with its history, without --all"
        )
    if here is None:
        whole, compared = reviewer.project_findings(project, now=now), True
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
    return _changed(_Change(project=project, paths=changed, start=start, now=now), only_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What changed in a project since a commit (None: there is none yet), and the moment it is asked."""

    project: Project
    paths: frozenset[str]
    start: str | None
    now: str | None


def _changed(change: _Change, only_of: str | None) -> Checked:
    project, changed = change.project, change.paths
    tasks = [entry for entry in project.tasks.values() if _concerns(entry, changed)]
    broken = guidelines.unusable(project, [entry.name for entry in tasks])
    judged = [
        reviewer.findings_of_task(project, entry.name, now=change.now, parts=parts_of(entry.name, changed))
        for entry in tasks
        if entry.name not in broken
    ]
    people = load_roster(project).findings if not tasks else ()
    found = [
        *people,
        *reviewer.of_project(project),
        *(finding for one in judged for finding in one.findings),
        *_since(change, tasks),
    ]
    stuck = (entry.name for entry in tasks if entry.name in broken)
    mine = [one for one in found if answers_for(one, changed, stuck=frozenset(stuck))]
    records = sum(one.records or 0 for one in judged)
    return _checked(mine, found, records, tuple(entry.name for entry in tasks), changed, only_of)


def _compared(project: Project, work: WorkTree, base: str | None) -> tuple[tuple[Finding, ...], bool]:
    """What a comparison with the base says of the whole project, and whether there was one; a base that is named is used."""
    hold_readable(project.root)
    try:
        start = start_of_work(project.root, base, clone=work.clone)
        change = _Change(project=project, paths=work.changed_since(start), start=start, now=None)
        return tuple(_since(change, project.tasks.values())), True
    except AssayError:
        if base is not None:
            raise
        return (), False


def _since(change: _Change, tasks: Iterable[TaskEntry]) -> Iterator[Finding]:
    """What only a comparison with the commit tells from which the work began; nothing where the project is new since."""
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
    """Reads annotation files by their path below the root, and nothing that others labelled; keeps what is wrong there.

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
            load_schema(project, entry.name),
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


def _concerns(entry: TaskEntry, changed: frozenset[str]) -> bool:
    own = (
        f"labels/{entry.name}/",
        f"labels/items/{entry.pool}/",
        "labels/annotators/",
        "labels/sources/",
        f"schemas/migrations/{entry.name}/",
        f"{APPROVALS}/{entry.name}/",
    )
    return any(path.startswith(own) or path in rules_of(entry.name) or path == SIGNERS for path in changed)


def _owner_check(path: str) -> str:
    """Who writes the file at a path below `labels/`; empty where it is nobody's own."""
    name = path.rpartition("/")[2].partition(".")[0] if path.endswith(".jsonl") else ""
    return "" if path.startswith("labels/items/") else name


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    yield from sorted(set(findings), key=lambda finding: finding.sort_key)
