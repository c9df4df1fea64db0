"""What the guideline of a task adds to what is wrong with a project: its own errors, and examples that contradict."""

from collections.abc import Iterator

from assay.guidelines.front_matter import read_guideline
from assay.guidelines.lint import lint_findings
from assay.model.finding import Finding, Severity
from assay.project import Project
from assay.quality.examples import run_examples
from assay.quality.guideline import readable_examples
from assay.schemas import load_schema
from assay.table import Corpus


def lint_errors(project: Project, task: str) -> Iterator[Finding]:
    """The errors of the guideline; what is merely thin in it is left to `assay guideline lint`.

    Raises:
        LimitError: the guideline is longer than assay reads.
    """
    yield from (one for one in lint_findings(project, task) if one.severity is Severity.ERROR)


def example_findings(project: Project, task: str, corpus: Corpus) -> Iterator[Finding]:
    """What is wrong with the examples, by themselves and against gold and decisions of the same content.

    Raises:
        LimitError: the guideline is longer than assay reads.
    """
    examples = readable_examples(read_guideline(project, task))
    yield from run_examples(examples, load_schema(project, task), corpus).findings
