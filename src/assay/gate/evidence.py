"""The inputs of a verdict: policy, sources, tables, reports and slices, and whether all are current."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from assay.core import (
    COEFFICIENT_NAMES,
    AgreementReport,
    BreakdownRow,
    ConsensusReport,
    QualityReport,
    SchemaReport,
    TaskPolicy,
)
from assay.errors import UsageError
from assay.extras import load
from assay.files import plain, read_json, read_parquet
from assay.gate.target import OVERALL, VALUE, SliceRows, TaskEvidence, target_of
from assay.project import STAGES as STAGES
from assay.project import Project, digests, read_by, report_of, written_by

if TYPE_CHECKING:
    import pyarrow as pa

MEASURE_AGAIN = "run `dvc repro`; where it finds nothing to do, `dvc repro -f` measures everything again"
_NAMED = 5
_TABLE = "build/{task}/agreement.parquet"


class Stale(NamedTuple):
    """A file or folder that changed since a report was written."""

    report: str
    path: str


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


def judged_inputs(project: Project, tasks: Collection[str] | None = None) -> dict[str, str]:
    """The digest of every input of a verdict, by its name; absent ones have the empty digest.

    These are everything below `checks/` but caches and hidden files, the release specifications, and of each task (or
    of those named) what its stages read, the tables and the reports.

    Raises:
        ConfigError: the policy of a task cannot be read.
    """
    snapshot = project.snapshot
    policy = (
        path
        for path in snapshot.under("checks")
        if not path.endswith(".pyc")
        and not any(part.startswith(".") or part == "__pycache__" for part in path.split("/"))
    )
    releases = (f"releases/{name}" for name in snapshot.names("releases") if name.endswith(".yaml"))
    measured = (
        name
        for task in (project.tasks if tasks is None else tasks)
        for stage in STAGES
        for name in (report_of(task, stage), *read_by(project, task, stage), *written_by(task, stage))
    )
    return digests(project, [*policy, *releases, *measured])


def stale_evidence(project: Project, inputs: Mapping[str, str], tasks: Collection[str]) -> tuple[Stale, ...]:
    """What changed since the reports of the tasks were made; `inputs` are the current digests.

    Raises:
        UsageError: a stage has not written its report yet, or another assay wrote it.
    """
    found: list[Stale] = []
    for task in tasks:
        evidence = load_evidence(project, task)
        for stage in STAGES:
            report = getattr(evidence, stage)
            here = {name: inputs[name] for name in (*read_by(project, task, stage), *written_by(task, stage))}
            changed = _changed({**report.made_from, **report.tables}, here)
            found += [Stale(report_of(task, stage), path) for path in changed]
    return tuple(found)


def format_stale(stale: Collection[Stale]) -> tuple[str, ...]:
    """One sentence a report."""
    return tuple(
        f"changed since {report} was measured: {_some([one.path for one in group])}"
        for report, group in groupby(sorted(stale), key=attrgetter("report"))
    )


def require_measured(project: Project) -> Mapping[str, str]:
    """Refuses evidence of other labels, policy or tables than the current ones; their digests.

    Raises:
        UsageError: it is, or a stage has not run; the message names what changed.
    """
    inputs = judged_inputs(project)
    if problems := format_stale(stale_evidence(project, inputs, tuple(project.tasks))):
        raise UsageError("\n".join(problems), fix=MEASURE_AGAIN)
    return inputs


def changes(then: Mapping[str, str], now: Mapping[str, str], *, since: str) -> Iterator[str]:
    """In one sentence, the files and folders that changed."""
    if changed := _changed(then, now):
        yield f"changed since {since}: {_some(changed)}"


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path))


def _some(paths: Collection[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return f"{', '.join(sorted(paths)[:_NAMED])}{more}"


def load_slices(project: Project, policy: TaskPolicy, report: AgreementReport) -> dict[str, SliceRows]:
    """What the agreement rules of a task ask for, by subject.

    For a whole field the report has the figure; its row adds the details of the interval, where there is a table.

    Raises:
        ConfigError: a rule names an unknown field or breakdown.
        UsageError: the table has not been made yet, or another assay made it.
    """
    rules = [spec for spec in policy.rules if spec.kind == "agreement"]
    targets = [(spec, target_of(spec, report.measured)) for spec in rules]
    table = project.root / _TABLE.format(task=policy.task)
    if all(target.breakdown == OVERALL for _, target in targets) and not table.exists():
        return {}
    with _opened(project, policy.task) as table:
        slices = {}
        for spec, target in targets:
            rows = _where(table, field=(target.field,), breakdown=(target.breakdown,))
            names = set(load("pyarrow.compute").unique(rows["coefficient"]).to_pylist())
            slices[spec.subject] = SliceRows(
                coefficients=tuple(name for name in COEFFICIENT_NAMES if name in names),
                rows=_rows(rows, coefficient=("alpha", spec.parameters.coefficient)),
            )
        return slices


def load_alphas(project: Project, task: str) -> tuple[BreakdownRow, ...]:
    """Alpha of each whole field, and of each of its values against the rest.

    Raises:
        UsageError: the table has not been made yet, or another assay made it.
    """
    with _opened(project, task) as table:
        return _rows(table, breakdown=(OVERALL, VALUE), coefficient=("alpha",))


@contextmanager
def _opened(project: Project, task: str) -> "Iterator[pa.Table]":
    path = project.root / _TABLE.format(task=task)
    try:
        yield plain(read_parquet(path, columns=list(BreakdownRow.__struct_fields__)))
    except (KeyError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} was not written by this assay: {error}", fix="run `dvc repro` again") from error


def _rows(table: "pa.Table", **wanted: tuple[str, ...]) -> tuple[BreakdownRow, ...]:
    return msgspec.convert(_where(table, **wanted).to_pylist(), tuple[BreakdownRow, ...])


def _where(table: "pa.Table", **wanted: tuple[str, ...]) -> "pa.Table":
    for column, words in wanted.items():
        table = table.filter(load("pyarrow.compute").is_in(table[column], load("pyarrow").array(words)))
    return table
