"""What is wrong with a project rather than with the labels, schema or guideline of a task: the gate's own findings.

With what the stages `schema` and `quality` write of each task it is everything that is wrong.
"""

import ast
import re
import warnings
from collections.abc import Iterator

from assay.errors import ConfigError, LimitError, UsageError
from assay.gate.declared import policy_findings
from assay.gate.waivers import waiver_findings
from assay.git.snapshot import Snapshot
from assay.guidelines.approvals import APPROVALS, SIGNERS, approval_of
from assay.guidelines.configuration import configuration_faults, configuration_findings, unusable
from assay.guidelines.lint import links_elsewhere
from assay.guidelines.records import unsigned_findings
from assay.guidelines.signatures import signer_faults
from assay.guidelines.trust import TRUST
from assay.labels.layout import stray_folders
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Location
from assay.model.names import legible
from assay.project import Project
from assay.project.shape_check import located
from assay.store.yaml import SIZE_LIMIT, require_mapping

FINDINGS = "gate/findings.jsonl"
PIPELINE = "dvc.yaml"
_CHECK = re.compile(r"check_.*\.py")
_FRONT = b"---"


def findings_of_project(project: Project) -> tuple[Finding, ...]:
    """Everything, by place: configuration that cannot be used, rules and waivers of what is not there, files of no task.

    Also programs and pages that others rest on (the pipeline, the project's checks, signers, links of a guideline to other
    files), as far as that can be told without running anything.

    Raises:
        LimitError: a guideline is longer than assay reads.
    """
    return tuple(sorted(set(_all(project)), key=lambda one: one.sort_key))


def _all(project: Project) -> Iterator[Finding]:
    broken = unusable(project, project.tasks)
    yield from configuration_findings(configuration_faults(project, project.tasks))
    yield from stray_folders(project.snapshot, project.tasks)
    yield from waiver_findings(project)
    yield from _orphans(project)
    yield from _programs(project.snapshot)
    yield from _trust(project.snapshot)
    for task in project.tasks:
        if task not in broken:
            yield from policy_findings(project, task)
            yield from unsigned_findings(project, task)
            yield from links_elsewhere(project, task)


def _orphans(project: Project) -> Iterator[Finding]:
    """Files that are read for a task or release of their name, and there is none of that name."""
    tasks, releases = frozenset(project.tasks), frozenset(project.releases)
    snapshot = project.snapshot
    for folder, ending, known, noun in (
        ("schemas", ".yaml", tasks, "task"),
        ("checks", ".yaml", tasks | {"project", "waivers"}, "task"),
        ("releases", ".yaml", releases, "release"),
    ):
        for name in snapshot.names(folder):
            if name.endswith(ending) and not name.startswith(".") and name.removesuffix(ending) not in known:
                yield _orphan(f"{folder}/{name}", noun, name.removesuffix(ending))
    for name in snapshot.names("guidelines"):
        path = f"guidelines/{name}"
        if name.endswith(".md") and name.removesuffix(".md") not in tasks and _has_front_matter(snapshot, path):
            yield _orphan(path, "task", name.removesuffix(".md"))
    for folder, others in (("schemas/migrations", frozenset[str]()), (APPROVALS, frozenset({TRUST, "judges"}))):
        for name in snapshot.names(folder):
            if snapshot.is_folder(f"{folder}/{name}") and not name.startswith(".") and name not in tasks | others:
                yield _orphan(f"{folder}/{name}", "task", name)


def _orphan(path: str, noun: str, name: str) -> Finding:
    where = "tasks" if noun == "task" else "releases"
    message = f"the project has no {noun} {legible(name)!r}, so nothing reads this"
    return finding(
        "project/orphan",
        Location(path=legible(path)),
        message,
        hint=f"add {legible(name)} to `{where}` in checks/project.yaml, or take it away",
    )


def _has_front_matter(snapshot: Snapshot, path: str) -> bool:
    """Whether a page is a guideline: other pages stand beside guidelines, to be linked to."""
    try:
        return snapshot.has(path) and snapshot.read(path).startswith(_FRONT)
    except LimitError:
        return False


def _programs(snapshot: Snapshot) -> Iterator[Finding]:
    """The pipeline and the project's checks, read and not run."""
    names = (name for name in snapshot.names("checks") if _CHECK.fullmatch(name))
    for path, read in ((PIPELINE, _pipeline), *((f"checks/{name}", _python) for name in names)):
        if snapshot.entry(path) is not None:
            try:
                read(snapshot.read(path, limit=SIZE_LIMIT), path)
            except (ConfigError, LimitError, UsageError, OSError) as error:
                yield from _unreadable(error, path)


def _pipeline(data: bytes, path: str) -> None:
    require_mapping(data, path)


def _python(data: bytes, path: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data, filename=path)
    except SyntaxError as error:
        raise ConfigError(f"{path}:{error.lineno or 1} not Python: {error.msg}", hint="correct the line") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(f"{path}:1 not Python that can be read", hint="correct or simplify the file") from error


def _unreadable(error: ConfigError | LimitError | UsageError | OSError, path: str) -> Iterator[Finding]:
    if isinstance(error, ConfigError):
        for at, said in located(error):
            yield finding("project/configuration", at, said, hint=error.hint)
    else:
        message = error.strerror or "cannot be read" if isinstance(error, OSError) else error.message
        hint = "" if isinstance(error, OSError) else error.hint
        yield finding("project/configuration", Location(path=legible(path)), message, hint=hint)


def _trust(snapshot: Snapshot) -> Iterator[Finding]:
    """The signers, and the records of who approved them."""
    if snapshot.has(SIGNERS):
        for line, said in signer_faults(snapshot.read(SIGNERS)):
            at = Location(path=SIGNERS, line=line)
            yield finding("project/configuration", at, said, hint="write it as `assay guideline keygen` prints it")
    for name in snapshot.names(f"{APPROVALS}/{TRUST}"):
        path = f"{APPROVALS}/{TRUST}/{name}"
        if name.endswith(".yaml") and snapshot.has(path):
            try:
                approval_of(snapshot.read(path), path)
            except ConfigError as error:
                for at, said in located(error):
                    yield finding("guideline/approval", at, said, hint=error.hint, where=Where())
