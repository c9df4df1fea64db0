"""Run a guideline's examples: each against the schema, and against every other answer to the same content."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assay.guidelines.examples import Example
from assay.labels.one import label_faults
from assay.model.catalogue import Where, finding
from assay.model.finding import Finding, Severity
from assay.model.quality import ExamplesReport
from assay.quality.answers import contradictions, example_answers, expert_answers
from assay.schemas import SchemaFault, TaskSchema
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
    loose = _loose(schema)
    faults = {example.line: tuple(_invalid(example, schema, loose)) for example in examples}
    valid = (example for example in examples if not faults[example.line])
    said = (*expert_answers(corpus), *example_answers(valid))
    contradicted = list(contradictions(said, schema.fields))
    wrong = {line for line, found in faults.items() if found} | _blocks(examples, contradicted)
    errors = sorted({*unread, *contradicted, *(one for found in faults.values() for one in found)}, key=_by_place)
    report = ExamplesReport(run=len(examples), wrong=len(wrong), errors=len(errors))
    return ExamplesRun(report=report, findings=tuple(errors))


def _loose(schema: TaskSchema) -> TaskSchema:
    """The schema of a refused label, which may leave fields out."""
    rest = {key: value for key, value in schema.label.schema.items() if key != "required"}
    return replace(schema, label=Validator(rest, schema.label.also))


def _invalid(example: Example, schema: TaskSchema, loose: TaskSchema) -> Iterator[Finding]:
    yield from (_finding(example, "", fault) for fault in schema.item_faults(example.data))
    for key, label, rules in (("label", example.label, schema), ("not", example.refused, loose)):
        for fault in () if label is None else label_faults(rules, label, example.data):
            yield _finding(example, f"/{key}", fault)


def _finding(example: Example, pointer: str, fault: SchemaFault) -> Finding:
    at = example.at(f"{pointer}{fault.pointer}")
    message = f"{at.pointer.removeprefix('/') or 'the item'}: {fault.message}"
    return finding("example/schema", at, message, hint=fault.hint, where=Where(task=example.task))


def _blocks(examples: Sequence[Example], contradicted: Iterable[Finding]) -> set[int]:
    """The examples that contradictions stand in, by line."""
    starts = [example.line for example in examples]
    lines = (found.at.line for found in contradicted if found.rule == "example/contradiction")
    return {starts[bisect_right(starts, line) - 1] for line in lines}


def _by_place(found: Finding) -> tuple[object, ...]:
    return found.sort_key
