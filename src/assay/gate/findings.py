"""The gate's own findings: of the project itself, not of the labels, schema or guideline of a task.

Together with those of the stages `schema` and `quality` these are all findings.
"""

import ast
import re
import warnings
from collections.abc import Iterator

from assay.core import (
    Finding,
    Location,
    Where,
    finding,
    legible,
    with_attributes,
)
from assay.errors import ConfigError, LimitError, UsageError
from assay.files import SIZE_LIMIT, require_mapping
from assay.gate.target import misread, require_numbers, suggestion, target_of
from assay.gate.waivers import waiver_findings
from assay.git import Snapshot
from assay.guidelines import (
    APPROVALS,
    SIGNERS,
    TRUST,
    Broken,
    approval_of,
    configuration_faults,
    configuration_findings,
    links_elsewhere,
    load_revision,
    parts,
    record_findings,
    signer_faults,
    unsigned_findings,
    unusable,
)
from assay.labels import stray_folders
from assay.project import Project, load_policy, located

FINDINGS = "gate/findings.jsonl"
PIPELINE = "dvc.yaml"
_CHECK = re.compile(r"check_.*\.py")
_FRONT = b"---"


def findings_of_project(project: Project) -> tuple[Finding, ...]:
    """All findings, by place: unusable configuration, rules and waivers of unknown things, files of no task.

    Also the pipeline, the project's checks, signers, and links of a guideline to other files, as far as they can be
    checked without running anything.

    Raises:
        LimitError: a guideline is longer than assay reads.
    """
    found = {
        *configuration_findings(configuration_faults(project, project.tasks)),
        *stray_folders(project.snapshot, project.tasks),
        *waiver_findings(project),
        *_orphans(project),
        *_programs(project.snapshot),
        *_trust(project.snapshot),
    }
    broken = unusable(project, project.tasks)
    for task in project.tasks:
        if task not in broken:
            found |= {
                *policy_findings(project, task),
                *unsigned_findings(project, task),
                *links_elsewhere(project, task),
            }
    return tuple(sorted(found, key=lambda one: one.sort_key))


def _orphans(project: Project) -> Iterator[Finding]:
    """Files named like a task or release that does not exist."""
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
        fix=f"add {legible(name)} to `{where}` in checks/project.yaml, or delete the file",
    )


def _has_front_matter(snapshot: Snapshot, path: str) -> bool:
    """Whether a page is a guideline; others in the folder are there to be linked to."""
    try:
        return snapshot.has(path) and snapshot.read(path).startswith(_FRONT)
    except LimitError:
        return False


def _programs(snapshot: Snapshot) -> Iterator[Finding]:
    """Findings of the pipeline and the project's checks, read and not run."""
    names = (name for name in snapshot.names("checks") if _CHECK.fullmatch(name))
    for path, read in ((PIPELINE, require_mapping), *((f"checks/{name}", _python) for name in names)):
        if snapshot.entry(path) is not None:
            try:
                read(snapshot.read(path, limit=SIZE_LIMIT), path)
            except (ConfigError, LimitError, UsageError, OSError) as error:
                if isinstance(error, ConfigError):
                    for at, said in located(error):
                        yield finding("project/configuration", at, said, fix=error.fix)
                else:
                    message = error.strerror or "cannot be read" if isinstance(error, OSError) else error.message
                    fix = "" if isinstance(error, OSError) else error.fix
                    yield finding("project/configuration", Location(path=legible(path)), message, fix=fix)


def _python(data: bytes, path: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data, filename=path)
    except SyntaxError as error:
        raise ConfigError(f"{path}:{error.lineno or 1} not Python: {error.msg}", fix="correct the line") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(f"{path}:1 not Python that can be read", fix="correct or simplify the file") from error


def _trust(snapshot: Snapshot) -> Iterator[Finding]:
    """Findings of the signers, and of the records of their approval."""
    if snapshot.has(SIGNERS):
        for line, said in signer_faults(snapshot.read(SIGNERS)):
            at = Location(path=SIGNERS, line=line)
            yield finding("project/configuration", at, said, fix="write it as `assay guideline keygen` prints it")
    for name in snapshot.names(f"{APPROVALS}/{TRUST}"):
        path = f"{APPROVALS}/{TRUST}/{name}"
        if name.endswith(".yaml") and snapshot.has(path):
            try:
                approval_of(snapshot.read(path), path)
            except ConfigError as error:
                for at, said in located(error):
                    yield finding("guideline/approval", at, said, fix=error.fix, where=Where())


def approval_findings(project: Project, task: str) -> Iterator[Finding]:
    """What is wrong with the records of approvals.

    Raises:
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    yield from record_findings(project, task)


def policy_findings(project: Project, task: str) -> Iterator[Finding]:
    """The rules with an unknown field, value or breakdown; none where the checks cannot be used.

    Raises:
        ConfigError: schema or guideline cannot be used.
    """
    revision = load_revision(project, task)
    measured = {field.name: field for field in with_attributes(revision.schema.fields)}
    try:
        rules = load_policy(project, task).rules
    except ConfigError:
        return
    for spec in rules:
        try:
            if spec.kind == "agreement":
                target = target_of(spec, measured)
                listed = measured[target.field].values
                values = (
                    revision.declared(target.field)
                    if listed is None
                    else frozenset(text for one in listed for text in parts(one))
                )
                if target.key is not None and values is not None and target.key not in values:
                    raise misread(
                        spec,
                        f"{target.field} has no value {target.key!r}",
                        f"{suggestion(target.key, values)}values: {', '.join(sorted(values)[:20])}",
                    )
            elif spec.kind == "unresolved":
                require_numbers(spec, {name: field.scale for name, field in measured.items()})
        except ConfigError as error:
            yield from configuration_findings([Broken(task=task, error=error)])
