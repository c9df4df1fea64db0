"""The evidence on a task's guideline: its own faults, and its examples, each run against the schema and every other answer to the same content."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from assay.errors import ConfigError
from assay.guidelines.body import body_in
from assay.guidelines.examples import Example, examples_of
from assay.guidelines.front_matter import Source
from assay.guidelines.lint import lint
from assay.labels.record_check import label_faults
from assay.model.catalogue import Where, finding
from assay.model.finding import Fault, Finding, Severity
from assay.model.quality import ExamplesReport, GuidelineReport
from assay.quality.conflicts import contradictions, example_answers, expert_answers
from assay.schemas import TaskSchema
from assay.schemas.validator import Validator
from assay.table import Corpus


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesRun:
    """How the examples of a guideline ran: the counts, and every error that was found, by place."""

    report: ExamplesReport
    findings: tuple[Finding, ...]


def run_examples(parts: Sequence[Example | Finding], schema: TaskSchema, corpus: Corpus) -> ExamplesRun:
    """Runs what `examples_of` gave.

    An example is wrong where its data or label is not valid, a span marks nothing of its source, or an earlier example,
    gold or an adjudication that is heard gives the same content another label (or the refused one). An error beside
    these: a block that cannot be read, and experts who contradict each other on the same content.
    """
    examples = [part for part in parts if isinstance(part, Example)]
    unread = [part for part in parts if isinstance(part, Finding) and part.severity is Severity.ERROR]
    rest = {key: value for key, value in schema.label.schema.items() if key != "required"}
    loose = replace(schema, label=Validator(rest, schema.label.also))  # a refused label may leave fields out
    faults = {example.line: tuple(_invalid(example, schema, loose)) for example in examples}
    valid = (example for example in examples if not faults[example.line])
    said = (*expert_answers(corpus), *example_answers(valid))
    contradicted = list(contradictions(said, schema.fields))
    starts = [example.line for example in examples]
    lines = (found.at.line for found in contradicted if found.rule == "example/contradiction")
    wrong = {starts[bisect_right(starts, line) - 1] for line in lines}
    wrong |= {line for line, found in faults.items() if found}
    invalid = (one for found in faults.values() for one in found)
    errors = sorted({*unread, *contradicted, *invalid}, key=lambda found: found.sort_key)
    report = ExamplesReport(run=len(examples), wrong=len(wrong), errors=len(errors))
    return ExamplesRun(report=report, findings=tuple(errors))


def _invalid(example: Example, schema: TaskSchema, loose: TaskSchema) -> Iterator[Finding]:
    yield from (_finding(example, "", fault) for fault in schema.item_faults(example.data))
    for key, label, rules in (("label", example.label, schema), ("not", example.refused, loose)):
        for fault in () if label is None else label_faults(rules, label, example.data):
            yield _finding(example, f"/{key}", fault)


def _finding(example: Example, pointer: str, fault: Fault) -> Finding:
    at = example.at(f"{pointer}{fault.pointer}")
    message = f"{at.pointer.removeprefix('/') or 'the item'}: {fault.message}"
    return finding("example/schema", at, message, hint=fault.hint, where=Where(task=example.task))


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineEvidence:
    """What was found in a guideline and by its examples, counted and by place."""

    guideline: GuidelineReport
    examples: ExamplesReport
    findings: tuple[Finding, ...]


def guideline_evidence(
    source: Source, schema: TaskSchema, corpus: Corpus, people: Container[str], approvals: Sequence[Finding] = ()
) -> GuidelineEvidence:
    """Lints a guideline and runs its examples; rests on nothing but its arguments, so links to other files are not judged.

    `people` are the ids of the roster, `approvals` is what is wrong with the records of its approvals.

    Raises:
        LimitError: the page is longer than assay reads.
    """
    linted = (*lint(source, schema, people), *approvals)
    ran = run_examples(readable_examples(source), schema, corpus)
    findings = sorted({*linted, *ran.findings}, key=lambda found: found.sort_key)
    severities = Counter(found.severity for found in linted)
    report = GuidelineReport(
        errors=severities[Severity.ERROR],
        warnings=severities[Severity.WARNING],
        findings=dict(sorted(Counter(found.rule for found in linted).items())),
    )
    return GuidelineEvidence(guideline=report, examples=ran.report, findings=tuple(findings))


def readable_examples(source: Source) -> tuple[Example | Finding, ...]:
    """The examples of a guideline; none where it is not text, which is its lint's to say."""
    try:
        return examples_of(body_in(source))
    except ConfigError:
        return ()
