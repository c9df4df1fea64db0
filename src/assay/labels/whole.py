"""A task's whole corpus, with every finding: put together from what is kept of its batches; what is new is read."""

from assay.core import fold_findings
from assay.guidelines import Guideline
from assay.labels.batch_files import Rules
from assay.labels.batch_results import BatchResults
from assay.labels.corpus import Loaded, load_at_once, report_of
from assay.labels.corpus_parts import joined
from assay.labels.current import with_current
from assay.labels.paths import lay_out
from assay.labels.pool_results import PoolResults
from assay.project import Project, TaskSchema, load_roster


def load_corpus(
    project: Project,
    schema: TaskSchema,
    guideline: Guideline,
    *,
    only: frozenset[str] | None = None,
    now: str | None = None,
) -> Loaded:
    """The labels of a task; faults become findings and never stop the reading.

    `guideline` is the task's: labels may cite its versions, and its changes decide which votes are current. `only` names files
    by their path below the root: other files of votes, and all that git keeps out of the work tree, are not read, and
    findings in other files are left out. `now` is the current time (RFC 3339, UTC); None: no time is in the future.

    Raises:
        LimitError: a file is larger than assay reads.
        UsageError: the project has no such task, or a file may not be read.
    """
    if only is not None:
        return load_at_once(project, schema, guideline, only=only, now=now)
    snapshot, roster, pool = project.snapshot, load_roster(project), project.task(schema.task).pool
    rules = Rules(task=schema.task, pool=pool, schema=schema, guideline=guideline, roster=roster)
    results = BatchResults(snapshot, rules, snapshot.results, now)
    layout = lay_out(snapshot, schema.task, pool)
    of_pool = PoolResults(snapshot, rules, layout, results.index, results.store)
    results.make(parts=True)
    read = [(results.part(name), results.of(name)) for name in ("gold", *results.names)]
    gathered = joined(schema.task, (part for part, _ in read), of_pool.items, schema.fields, roster.annotators)
    found = [*layout.findings, *roster.findings, *of_pool.findings, *results.unsettled()]
    found += (one for _, result in read for one in results.told(result))
    findings = fold_findings(found)
    corpus = with_current(gathered, guideline, schema.migrations)
    results.store.save()
    return Loaded(
        corpus=corpus,
        gathered=gathered,
        findings=findings,
        report=report_of(corpus, findings, [result for _, result in read]),
    )
