"""What is wrong with what a task declares: its guideline, the examples in it, and the rules of its checks."""

from collections.abc import Iterator

from assay.errors import ConfigError
from assay.gate.rules.subject import subject_of
from assay.guidelines.front_matter import read_guideline
from assay.guidelines.lint import lint_findings
from assay.model.finding import Finding, Severity
from assay.project import Project, load_policy
from assay.quality.examples import run_examples
from assay.quality.guideline import readable_examples
from assay.review.configuration import configuration_findings
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


def policy_findings(project: Project, task: str) -> Iterator[Finding]:
    """The agreement rules whose field, value or breakdown the task does not have; none where the checks cannot be used.

    Raises:
        ConfigError: the schema cannot be used.
    """
    fields = tuple(field.name for field in load_schema(project, task).fields)
    try:
        rules = load_policy(project, task).rules
    except ConfigError:
        return
    for spec in rules:
        if spec.kind == "agreement":
            try:
                subject_of(spec, fields)
            except ConfigError as error:
                yield from configuration_findings([error])
