"""What is wrong with what a task declares: its schema, its guideline with examples and approvals, its rules."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from assay.errors import ConfigError
from assay.gate.rules.subject import VALUE, misread, near, subject_of
from assay.gate.rules.unresolved import require_numbers
from assay.guidelines.configuration import Broken, configuration_findings
from assay.guidelines.front_matter import read_guideline
from assay.guidelines.lint import lint_findings
from assay.guidelines.records import record_findings
from assay.guidelines.revisions import load_revision
from assay.guidelines.selectors import parts
from assay.model.finding import Finding
from assay.model.schema import Field, with_attributes
from assay.model.verdict import RuleSpec
from assay.project import Project, load_policy
from assay.quality.examples import run_examples
from assay.quality.guideline import readable_examples
from assay.schemas import load_schema
from assay.schemas.keywords import keyword_findings, stated_schema
from assay.table import Corpus


def schema_findings(project: Project, task: str, items: Iterable[bytes]) -> Iterator[Finding]:
    """What is wrong with the keywords of the schema; `items` are the `data` of the items.

    Raises:
        ConfigError: the schema cannot be read.
    """
    yield from keyword_findings(stated_schema(project, task), items)


def guideline_findings(project: Project, task: str) -> Iterator[Finding]:
    """What is wrong with the guideline, errors and warnings, but for what its examples say.

    Raises:
        LimitError: the guideline is longer than assay reads.
    """
    yield from lint_findings(project, task)


def approval_findings(project: Project, task: str) -> Iterator[Finding]:
    """What is wrong with the records of approvals.

    Raises:
        SignatureError: a record is signed, and ssh-keygen is absent.
    """
    yield from record_findings(project, task)


def example_findings(project: Project, task: str, corpus: Corpus) -> Iterator[Finding]:
    """What is wrong with the examples, by themselves and against gold and decisions of the same content.

    Raises:
        LimitError: the guideline is longer than assay reads.
    """
    examples = readable_examples(read_guideline(project, task))
    yield from run_examples(examples, load_schema(project, task), corpus).findings


def policy_findings(project: Project, task: str) -> Iterator[Finding]:
    """The rules whose field, value or breakdown the task does not have; none where the checks cannot be used.

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
                _hold(spec, measured, revision.declared)
            elif spec.kind == "unresolved":
                require_numbers(spec, {name: field.scale for name, field in measured.items()})
        except ConfigError as error:
            yield from configuration_findings([Broken(task=task, error=error)])


def _hold(spec: RuleSpec, measured: Mapping[str, Field], declared: Callable[[str], frozenset[str] | None]) -> None:
    subject = subject_of(spec, measured)
    listed = measured[subject.field].values
    values = declared(subject.field) if listed is None else frozenset(text for one in listed for text in parts(one))
    if subject.breakdown == VALUE and subject.key is not None and values is not None and subject.key not in values:
        raise misread(
            spec,
            f"{subject.field} has no value {subject.key!r}",
            f"{near(subject.key, values)}values: {', '.join(sorted(values)[:20])}",
        )
