"""A task's whole corpus, with every finding: put together from what is kept of its batches; what is new is read."""

from dataclasses import replace

from assay.core import Finding, fold_findings
from assay.git import WorkTree
from assay.guidelines import Guideline
from assay.labels.batch_files import Rules, context_of, named_in, pool_index, read_some, rules_of
from assay.labels.batch_results import BatchResults
from assay.labels.batches import read_batch
from assay.labels.corpus import Loaded, TaskFiles, lines_in, load_at_once, load_files, report_of
from assay.labels.corpus_parts import joined
from assay.labels.current import with_current
from assay.labels.engines import Engine, Processes
from assay.labels.paths import FileRole, Layout, lay_out, read_label_file
from assay.labels.pool_results import PoolResults
from assay.project import Project, TaskSchema, load_roster


def load_corpus(
    project: Project,
    schema: TaskSchema,
    guideline: Guideline,
    *,
    only: frozenset[str] | None = None,
    now: str | None = None,
    engine: Engine | None = None,
) -> Loaded:
    """The labels of a task; faults become findings and never stop the reading.

    `guideline` is the task's: labels may cite its versions, and its changes decide which votes are current. `only` names files
    by their path below the root: other files of votes, and all that git keeps out of the work tree, are not read, and
    findings in other files are left out. `now` is the current time (RFC 3339, UTC); None: no time is in the future.
    `engine` reads what is new of many batches; by default two processes do.

    Raises:
        LimitError: a file is larger than assay reads.
        UsageError: the project has no such task, a file may not be read, or the engine cannot do it.
    """
    if only is not None:
        returned = any(path.endswith(".returned.jsonl") for path in only)  # a newer batch may settle what was sent back
        load = load_at_once if returned or not only else _load_own
        return load(project, schema, guideline, only=only, now=now)
    results, of_pool, layout = reading_of(project, schema, guideline, now=now, engine=engine)
    results.make(parts=True)
    names, roster = ("gold", *results.names), results.rules.roster.annotators
    gathered = joined(schema.task, map(results.part, names), of_pool.items, schema.fields, roster)
    findings = label_findings(results, layout)
    corpus = with_current(gathered, guideline, schema.migrations)
    results.store.save()
    return Loaded(
        corpus=corpus,
        gathered=gathered,
        findings=findings,
        report=report_of(
            findings,
            list(map(results.of, names)),
            items=len(corpus.items),
            annotators=len(corpus.annotations.annotator.values),
            batches=len(corpus.batches),
        ),
    )


def reading_of(
    project: Project,
    schema: TaskSchema,
    guideline: Guideline,
    *,
    now: str | None = None,
    engine: Engine | None = None,
) -> tuple[BatchResults, PoolResults, Layout]:
    """The results of the batches of a task and of its pool, and where its files are; all as `load_corpus` takes it."""
    snapshot, roster, pool = project.snapshot, load_roster(project), project.task(schema.task).pool
    rules = Rules(task=schema.task, pool=pool, schema=schema, guideline=guideline, roster=roster)
    results = BatchResults(snapshot, rules, snapshot.results, now, engine or Processes())
    layout = lay_out(snapshot, schema.task, pool)
    return results, PoolResults(snapshot, pool, schema, layout, results.index), layout


def results_of_task(project: Project, task: str) -> BatchResults:
    """The results of the batches of a task, kept in the store of the project's snapshot.

    Raises:
        ConfigError: its schema, guideline or migrations are broken.
    """
    return BatchResults(project.snapshot, rules_of(project, task, load_roster(project)), project.snapshot.results)


def label_findings(results: BatchResults, layout: Layout) -> tuple[Finding, ...]:
    """What is wrong with the labels of a task, its pool and the roster, by place.

    Raises:
        LimitError, UsageError: a file is larger than assay reads, or may not be read.
    """
    rules = results.rules
    pool = PoolResults(results.snapshot, rules.pool, rules.schema, layout, results.index)
    found = [*layout.findings, *rules.roster.findings, *pool.findings, *results.unsettled()]
    found += (one for name in ("gold", *results.all) for one in results.told(results.of(name)))
    return fold_findings(found)


def _load_own(
    project: Project, schema: TaskSchema, guideline: Guideline, *, only: frozenset[str], now: str | None
) -> Loaded:
    """The same from the files that `only` names, with what else is in their batches but votes; of the pool, what they name."""
    snapshot, roster, pool = project.snapshot, load_roster(project), project.task(schema.task).pool
    rules = Rules(task=schema.task, pool=pool, schema=schema, guideline=guideline, roster=roster)
    hidden = snapshot.kept_out if isinstance(snapshot, WorkTree) else frozenset()
    layout = lay_out(snapshot, schema.task, pool)
    places = {(file.role is FileRole.GOLD, file.batch) for file in layout.files if file.path in only}
    files = [
        file for file in layout.files if (file.role is FileRole.GOLD, file.batch) in places and file.path not in hidden
    ]
    lines = read_some(snapshot, (file for file in files if file.role is not FileRole.ANNOTATIONS or file.path in only))
    index = pool_index(snapshot, pool)
    shown = {path: content for path, content in index.contents.items() if path not in hidden}
    items = replace(index, contents=shown).items(named_in(lines), schema)
    several = TaskFiles(
        layout=replace(layout, files=tuple(files), batches=tuple(sorted({file.batch for file in files if file.batch}))),
        read=lambda file: lines.get(file) or lines_in(file, read_label_file(snapshot, file)),
        batch=lambda file: read_batch(snapshot, file, guideline.versions, roster),
        findings=layout.findings,
    )
    loaded = load_files(several, context_of(snapshot, rules, items, now), guideline, only=only)
    snapshot.results.save()
    return loaded
