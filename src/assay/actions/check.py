"""What is wrong with what I changed? The question an annotator asks before a pull request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from assay.actions.guideline_checked import answers_for_example, guideline_findings
from assay.errors import UsageError
from assay.git.base import start_of_work
from assay.git.snapshot import WorkTree
from assay.guidelines import load_guideline
from assay.guidelines.against import version_findings
from assay.labels import load_corpus, stray_folders
from assay.model.finding import Finding, Severity
from assay.project import Project, TaskEntry
from assay.project.find import project_at
from assay.review.configuration import require_configuration
from assay.review.project_findings import project_findings
from assay.schemas import load_schema
from assay.store.work_tree import work_tree

_JUDGED = ("labels/", "guidelines/", "schemas/", "checks/")
_TWO_SIDED = {
    "gold/contradiction": ".jsonl",
    "adjudication/contradiction": ".adjudicated.jsonl",
    "label/not-assigned": "/assignments.jsonl",
    "batch/import-with-assignments": "/assignments.jsonl",
    "label/first-not-returned": ".returned.jsonl",
    "label/before-batch": "/batch.yaml",
    "label/other-guideline": "/batch.yaml",
    "label/unknown-suggestion": ".jsonl",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The findings in what was looked at. `changed` is None where everything was."""

    findings: tuple[Finding, ...]
    elsewhere: int
    records: int
    tasks: tuple[str, ...]
    changed: frozenset[str] | None

    @property
    def errors(self) -> int:
        """How many of the findings make a record invalid."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


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
    the first commit, everything is looked at; `require_base` refuses to. `now` (RFC 3339, UTC) is what times are held
    against; None: no time is in the future.

    Raises:
        ConfigError: with the faults of every broken configuration file, of the base as well.
        GitError, UsageError: the base cannot be found, or the clone does not hold what lies between.
    """
    work = project.snapshot
    here = work if isinstance(work, WorkTree) and work.in_git and not everything else None
    start = None if here is None else start_of_work(project.root, base, clone=here.clone)
    if require_base and start is None:
        raise UsageError(
            "there is no base, so nothing says what changed", hint="run this in a clone with its history, without --all"
        )
    if here is None:
        require_configuration(project, project.tasks)
        whole = project_findings(project, now=now)
        return _checked(whole.findings, whole.findings, whole.records or 0, tuple(project.tasks), None, only_of)
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
    project, changed, start, now = change.project, change.paths, change.start, change.now
    tasks = [entry for entry in project.tasks.values() if _concerns(entry, changed)]
    require_configuration(project, [entry.name for entry in tasks])
    schemas = {entry.name: load_schema(project, entry.name) for entry in tasks}
    loaded = [
        load_corpus(project, schema, load_guideline(project, name).versions, now=now)
        for name, schema in schemas.items()
    ]
    edited = [
        name
        for name in schemas
        if not changed.isdisjoint(_pages(name)) or any(_is_migration(path, name) for path in changed)
    ]
    before = project_at(project.root, start) if start and edited else None
    found = [
        *stray_folders(project.snapshot, project.tasks),
        *(finding for one in loaded for finding in one.findings),
        *(finding for name in edited for finding in version_findings(before, project, name)),
        *(
            finding
            for one in loaded
            for finding in guideline_findings(project, schemas[one.corpus.task], one.corpus, changed)
        ),
    ]
    mine = [finding for finding in found if _answers_for(finding, changed)]
    records = sum(one.report.records for one in loaded)
    return _checked(mine, found, records, tuple(schemas), changed, only_of)


def _checked(
    mine: Iterable[Finding],
    found: Iterable[Finding],
    records: int,
    tasks: tuple[str, ...],
    changed: frozenset[str] | None,
    only_of: str | None,
) -> Checked:
    kept = tuple(one for one in _distinct(mine) if only_of is None or _owner(one.at.path) == only_of)
    return Checked(findings=kept, elsewhere=len(set(found)) - len(kept), records=records, tasks=tasks, changed=changed)


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
            load_guideline(project, entry.name).versions,
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
    own = (f"labels/{entry.name}/", f"labels/items/{entry.pool}/", "labels/annotators/", "labels/sources/")
    return any(path.startswith(own) or path in _rules_of(entry.name) for path in changed)


def _pages(task: str) -> frozenset[str]:
    return frozenset({f"schemas/{task}.yaml", f"guidelines/{task}.md"})


def _is_migration(path: str, task: str) -> bool:
    return path.startswith(f"schemas/migrations/{task}/")


def _rules_of(task: str) -> frozenset[str]:
    return frozenset({f"schemas/{task}.yaml", f"guidelines/{task}.md", f"checks/{task}.yaml", "checks/project.yaml"})


def _answers_for(finding: Finding, changed: frozenset[str]) -> bool:
    shared = any(path.startswith(("labels/annotators/", "labels/sources/", "labels/items/")) for path in changed)
    inside = any(path.startswith(f"{finding.at.path}/") for path in changed)
    ruled = not changed.isdisjoint(_rules_of(finding.task))
    other = _other_side(finding, changed) or answers_for_example(finding, changed)
    return finding.at.path in changed or inside or shared or ruled or other


def _owner(path: str) -> str:
    """Who writes the file at a path below `labels/`; empty where it is nobody's own."""
    name = path.rpartition("/")[2].partition(".")[0] if path.endswith(".jsonl") else ""
    return "" if path.startswith("labels/items/") else name


def _other_side(finding: Finding, changed: frozenset[str]) -> bool:
    ending = _TWO_SIDED.get(finding.rule)
    folder = finding.at.path.rpartition("/")[0]
    return ending is not None and any(path.endswith(ending) and path.rpartition("/")[0] == folder for path in changed)


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    yield from sorted(set(findings), key=lambda finding: finding.sort_key)
