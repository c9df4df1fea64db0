"""What a verdict rests on."""

from collections.abc import Iterator
from pathlib import Path

from assay.gate.evidence import TaskEvidence
from assay.model.agreement import AgreementReport
from assay.model.quality import ConsensusReport, QualityReport, SchemaReport
from assay.project import Project
from assay.store.artifacts import read_json
from assay.store.digest import digest_files

STAGES = ("schema", "agreement", "consensus", "quality")


def load_evidence(project: Project, task: str) -> TaskEvidence:
    """The reports of a task.

    Raises:
        UsageError: a stage has not written its report yet, or another assay wrote it.
    """
    folder = project.root / "reports" / task
    return TaskEvidence(
        schema=read_json(folder / "schema.json", SchemaReport),
        agreement=read_json(folder / "agreement.json", AgreementReport),
        consensus=read_json(folder / "consensus.json", ConsensusReport),
        quality=read_json(folder / "quality.json", QualityReport),
    )


def judged_inputs(project: Project) -> dict[str, str]:
    """The digest of every file a verdict rests on, by its path below the root; an absent report has the empty digest.

    These are everything below `checks/` but caches and hidden files, the release specifications, and each task's
    schema, reports and tables.
    """
    paths = [*_policy(project.root), *(path for task in project.tasks for path in _measured(project.root, task))]
    return digest_files(project.root, [path.relative_to(project.root).as_posix() for path in paths])


def _policy(root: Path) -> Iterator[Path]:
    yield from (path for path in (root / "checks").rglob("*") if path.is_file() and _is_source(path.relative_to(root)))
    yield from (root / "releases").glob("*.yaml")


def _is_source(path: Path) -> bool:
    return not any(part.startswith(".") or part == "__pycache__" for part in path.parts) and path.suffix != ".pyc"


def _measured(root: Path, task: str) -> Iterator[Path]:
    yield root / "schemas" / f"{task}.yaml"
    yield from (root / "reports" / task / f"{stage}.json" for stage in STAGES)
    yield from (root / "build" / task).glob("*.parquet")
