"""What `assay check` says of a guideline: its own faults where it changed, its examples where they or experts did."""

from collections.abc import Iterator

from assay.guidelines.front_matter import read_guideline
from assay.guidelines.lint import lint_findings
from assay.model.finding import Finding, Severity
from assay.project import Project
from assay.quality.examples import run_examples
from assay.quality.guideline import readable_examples
from assay.schemas import TaskSchema
from assay.table import Corpus

_TWO_SIDED = frozenset({"example/contradiction", "example/experts"})


def guideline_findings(
    project: Project, schema: TaskSchema, corpus: Corpus, changed: frozenset[str] | None
) -> Iterator[Finding]:
    """What is wrong with the guideline of a task, given the files that changed.

    Where None is given everything is looked at, and what is merely missing in a draft or thin (a warning) is left to
    `assay guideline lint`.

    Raises:
        LimitError: the guideline is longer than assay reads.
    """
    rewritten = changed is None or not changed.isdisjoint(_pages(schema.task))
    if rewritten:
        found = lint_findings(project, schema.task)
        yield from (one for one in found if changed is not None or one.severity is Severity.ERROR)
    if rewritten or any(_answered(path, schema.task) for path in changed or ()):
        yield from run_examples(readable_examples(read_guideline(project, schema.task)), schema, corpus).findings


def answers_for_example(finding: Finding, changed: frozenset[str]) -> bool:
    """Whether a finding that an example or expert answer has against another one is answered for by what changed."""
    return finding.rule in _TWO_SIDED and any(_answered(path, finding.task) for path in changed)


def _pages(task: str) -> frozenset[str]:
    return frozenset({f"guidelines/{task}.md", f"schemas/{task}.yaml"})


def _answered(path: str, task: str) -> bool:
    """Whether a file holds experts' answers of a task, or what they answer."""
    own = f"labels/{task}/"
    return path.startswith((f"{own}gold/", "labels/items/")) or (
        path.startswith(own) and path.endswith(".adjudicated.jsonl")
    )
