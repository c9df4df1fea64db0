"""The examples of a guideline, run against gold and the decisions in effect; what did not change is run once."""

from assay.guidelines import read_guideline
from assay.labels import BatchGroup, BatchResults, FileRole, Layout, listed
from assay.project import Project, load_schema
from assay.quality import ExamplesRun, readable_examples, run_examples


def example_run(project: Project, results: BatchResults, layout: Layout) -> ExamplesRun:
    """How the examples of a task ran; `layout` has its files.

    Raises:
        LimitError: the guideline is longer than assay reads, or a file larger.
        UsageError: a file may not be read.
    """
    task = results.rules.task
    batches = {file.batch for file in layout.of(FileRole.ADJUDICATIONS)}
    # A newer batch replaces a decision.
    decided = results.sharing(batches) if batches else ()
    return BatchGroup(results, decided, gold=True).value(
        f"examples:{task}",
        ExamplesRun,
        lambda corpus: run_examples(
            readable_examples(read_guideline(project, task)), load_schema(project, task), corpus
        ),
        lambda: listed(project.snapshot, f"guidelines/{task}.md", f"schemas/{task}.yaml"),
    )
