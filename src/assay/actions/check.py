"""What is wrong with what I changed? The question an annotator asks before a pull request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assay.actions.guideline_checked import answers_for_example, guideline_findings
from assay.errors import ConfigError, UsageError
from assay.guidelines import load_guideline
from assay.guidelines.against import version_findings
from assay.labels import load_corpus, stray_folders
from assay.model.finding import Finding, Severity
from assay.project import Project, TaskEntry, load_policy, load_release_spec, load_waivers
from assay.schemas import load_schema
from assay.store.git import base_revision, changed_paths, is_repository
from assay.store.work_tree import work_tree

_JUDGED = ("labels/", "guidelines/", "schemas/", "checks/")
_TWO_SIDED = {
    "gold/contradiction": ".jsonl",
    "adjudication/contradiction": ".adjudicated.jsonl",
    "label/not-assigned": "/assignments.jsonl",
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
    project: Project, *, base: str | None = None, everything: bool = False, only_of: str | None = None
) -> Checked:
    """Reads the tasks a change touches; keeps the findings in the files it changed, or in those of `only_of` alone.

    A changed schema, guideline or roster is answered for wherever it makes a label invalid, and what two files say
    against each other (gold, decisions, assignments) by whoever changed either. Outside a git repository everything is
    looked at.

    Raises:
        ConfigError: with the faults of every broken configuration file.
        GitError, UsageError: the base cannot be found.
    """
    commit = None if everything or not is_repository(project.root) else base_revision(project.root, base)
    changed = None if everything or not is_repository(project.root) else changed_paths(project.root, commit)
    tasks = [entry for entry in project.tasks.values() if changed is None or _concerns(entry, changed)]
    _hold_configuration(project, tasks)
    schemas = {entry.name: load_schema(project, entry.name) for entry in tasks}
    loaded = [load_corpus(project, schema, load_guideline(project, name).versions) for name, schema in schemas.items()]
    found = [
        *stray_folders(project.root, project.tasks),
        *(finding for one in loaded for finding in one.findings),
        *(finding for entry in tasks for finding in version_findings(project, entry.name, commit)),
        *(
            finding
            for one in loaded
            for finding in guideline_findings(project, schemas[one.corpus.task], one.corpus, changed)
        ),
    ]
    mine = [
        finding
        for finding in _distinct(found)
        if (changed is None or _answers_for(finding, changed))
        and (only_of is None or _owner(finding.at.path) == only_of)
    ]
    return Checked(
        findings=tuple(mine),
        elsewhere=len(set(found)) - len(mine),
        records=sum(one.report.records for one in loaded),
        tasks=tuple(entry.name for entry in tasks),
        changed=changed,
    )


def check_files(project: Project, paths: frozenset[str]) -> Checked:
    """Reads annotation files by their path below the root, and nothing that others labelled; keeps what is wrong there.

    Raises:
        ConfigError: with the faults of every broken configuration file of their tasks.
    """
    tasks = [
        entry for entry in project.tasks.values() if any(path.startswith(f"labels/{entry.name}/") for path in paths)
    ]
    _hold_configuration(project, tasks)
    loaded = [
        load_corpus(project, load_schema(project, entry.name), load_guideline(project, entry.name).versions, only=paths)
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


def _hold_configuration(project: Project, tasks: list[TaskEntry]) -> None:
    faults: list[ConfigError] = []
    readers = [
        *((load_schema, entry.name) for entry in tasks),
        *((load_guideline, entry.name) for entry in tasks),
        *((load_policy, entry.name) for entry in tasks),
        *((load_release_spec, name) for name in project.releases),
    ]
    for read, name in readers:
        try:
            read(project, name)
        except ConfigError as error:
            faults.append(error)
    try:
        load_waivers(project)
    except ConfigError as error:
        faults.append(error)
    if faults:
        raise ConfigError(
            "\n".join(fault.message for fault in faults), hint="; ".join(dict.fromkeys(fault.hint for fault in faults))
        )
