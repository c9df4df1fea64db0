"""What is wrong with what I changed? The question an annotator asks before a pull request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from assay.actions.answered_for import answers_for, is_edited, parts_of, rules_of
from assay.errors import AssayError, NoProjectError, UsageError
from assay.git.base import start_of_work
from assay.git.snapshot import WorkTree
from assay.guidelines import load_guideline
from assay.guidelines.approval import APPROVALS, SIGNERS
from assay.guidelines.configuration import require_configuration, unusable
from assay.guidelines.edits import readable_version_findings
from assay.labels import load_corpus
from assay.labels.renames import renames_between
from assay.model.capped import number_of
from assay.model.finding import Finding, Severity
from assay.project import Project, TaskEntry
from assay.project.find import project_at
from assay.project.roster import load_roster
from assay.review.closed import closed_findings
from assay.review.project_findings import findings_of_task, of_project, project_findings
from assay.schemas import load_schema
from assay.store.git_sound import hold_readable
from assay.store.work_tree import work_tree

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
            hint="git add them, or put the rest aside with `git stash --keep-index`",
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
            "there is no base, so nothing says what changed", hint="run this in a clone with its history, without --all"
        )
    if here is None:
        whole, compared = project_findings(project, now=now), True
        since: tuple[Finding, ...] = ()
        if isinstance(work, WorkTree) and work.in_git:
            since, compared = _compared(project, work, base)
        found = (*whole.findings, *since)
        checked = _checked(found, found, whole.records or 0, tuple(project.tasks), None, only_of)
        return replace(checked, compared=compared)
    changed = here.changed_since(start)
    if only_of is not None and here.kept_out:
        own = frozenset(path for path in changed if _owner(path) == only_of and here.has(path))
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
    broken = unusable(project, [entry.name for entry in tasks])
    judged = [
        findings_of_task(project, entry.name, now=change.now, parts=parts_of(entry.name, changed))
        for entry in tasks
        if entry.name not in broken
    ]
    people = load_roster(project).findings if not tasks else ()
    found = [
        *people,
        *of_project(project),
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
        renames = renames_between(before, project.snapshot, changed)
        yield from closed_findings(before, changed - renames.paths)
        for name in edited:
            yield from readable_version_findings(before, project, name)


def _checked(
    mine: Iterable[Finding],
    found: Iterable[Finding],
    records: int,
    tasks: tuple[str, ...],
    changed: frozenset[str] | None,
    only_of: str | None,
) -> Checked:
    kept = tuple(one for one in _distinct(mine) if only_of is None or _owner(one.at.path) == only_of)
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
    require_configuration(project, [entry.name for entry in tasks])
    loaded = [
        load_corpus(
            project,
            load_schema(project, entry.name),
            load_guideline(project, entry.name),
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


def _owner(path: str) -> str:
    """Who writes the file at a path below `labels/`; empty where it is nobody's own."""
    name = path.rpartition("/")[2].partition(".")[0] if path.endswith(".jsonl") else ""
    return "" if path.startswith("labels/items/") else name


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    yield from sorted(set(findings), key=lambda finding: finding.sort_key)
