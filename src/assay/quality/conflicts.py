"""Answers that contradict examples and experts, and what is wrong with the guideline."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

import orjson

from assay.consensus import effective_decisions
from assay.core import (
    Corpus,
    DecisionKind,
    ExamplesReport,
    Fault,
    Field,
    Finding,
    GuidelineReport,
    Json,
    JsonObject,
    Location,
    Scale,
    Severity,
    Where,
    canonical_text,
    canonical_value,
    clip,
    content_key,
    finding,
    is_missing,
    place_in_content,
)
from assay.errors import ConfigError
from assay.guidelines import Example, Source, body_in, examples_of, lint
from assay.labels import label_faults
from assay.project import TaskSchema, Validator

_SHOWN = 80

Values: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAnswer:
    """What somebody says of a content: the label, the data it is about, who says it, where.

    `refused` says that this is what the label must not be. `told` names the answer for a reader of another one.
    """

    content: str
    data: JsonObject
    label: JsonObject
    told: str
    rule: str
    at: Location
    where: Where
    refused: bool = False


def example_answers(examples: Iterable[Example]) -> Iterator[ContentAnswer]:
    """What examples say, in their order."""
    for example in examples:
        for label, key in ((example.label, "label"), (example.refused, "not")):
            if label is not None:
                yield ContentAnswer(
                    content=content_key(example.data),
                    data=example.data,
                    label=label,
                    told=f"the example on line {example.line}",
                    rule="example/contradiction",
                    at=example.at(f"/{key}"),
                    where=Where(task=example.task),
                    refused=key == "not",
                )


def expert_answers(corpus: Corpus) -> Iterator[ContentAnswer]:
    """What experts say: gold first, then the adjudications as far as they stand; each by item."""
    kinds = (DecisionKind.GOLD, DecisionKind.ADJUDICATION)
    for item, decision in chain.from_iterable(effective_decisions(corpus, kind) for kind in kinds):
        data = orjson.loads(corpus.items.data[item])
        yield ContentAnswer(
            content=content_key(data),
            data=data,
            label=decision.label,
            told=f"{_ARTICLE[decision.kind]} of item {decision.item!r} by {decision.who}",
            rule="example/experts",
            at=Location(path=decision.path, line=decision.line, pointer="/label"),
            where=Where(task=corpus.task, batch=decision.batch, item=decision.item, annotator=decision.who),
        )


_ARTICLE = {DecisionKind.GOLD: "the gold answer", DecisionKind.ADJUDICATION: "the adjudication"}


def contradictions(answers: Iterable[ContentAnswer], fields: Sequence[Field]) -> Iterator[Finding]:
    """A finding for each value that an earlier answer to the same content has otherwise, and for each refused label given.

    A field that an answer leaves out is no answer to it, and items that show nothing have no content to share.
    """
    same: dict[str, list[ContentAnswer]] = defaultdict(list)
    for answer in answers:
        if answer.content:
            same[answer.content].append(answer)
    for group in same.values():
        if len(group) > 1:
            told = [(answer, _values(answer, fields)) for answer in group]
            given = [(answer, values) for answer, values in told if not answer.refused]
            yield from _differing(given)
            for refusal, values in told:
                if refusal.refused:
                    yield from _given_all_the_same(refusal, values, given)


def _differing(given: Iterable[tuple[ContentAnswer, Values]]) -> Iterator[Finding]:
    first: dict[str, tuple[ContentAnswer, str]] = {}
    for answer, values in given:
        for field, value in values.items():
            earlier, said = first.setdefault(field, (answer, value))
            if said != value:
                message = f"{field} is {clip(value, _SHOWN)} here, and {earlier.told} says {clip(said, _SHOWN)} of the same content"
                yield finding(answer.rule, answer.at, message, fix=_hint(earlier), where=answer.where)


def _given_all_the_same(
    refusal: ContentAnswer, refused: Values, given: Iterable[tuple[ContentAnswer, Values]]
) -> Iterator[Finding]:
    for answer, values in given:
        if refused.items() <= values.items():
            message = f"the label refused here is the one that {answer.told} gives to the same content"
            yield finding(refusal.rule, refusal.at, message, fix=_hint(answer), where=refusal.where)
            return


def _hint(other: ContentAnswer) -> str:
    return f"decide which answer is right and mend the other; it stands in {other.at.path}:{other.at.line}"


def _values(answer: ContentAnswer, fields: Iterable[Field]) -> Values:
    """The value of each field that the label states, as a text that compares."""
    stated = ((field, answer.label[field.name]) for field in fields if field.name in answer.label)
    return {
        field.name: canonical_text(canonical_value(spans_in_content(value, field, answer.data), field.scale))
        for field, value in stated
        if not is_missing(value)
    }


def spans_in_content(value: Json, field: Field, data: JsonObject) -> Json:
    """Spans by their places in the content that `data` show, so that white space between signs does not move them."""
    source = data.get(field.source) if field.source is not None else None
    if field.scale is not Scale.SPANS or not isinstance(source, str) or not isinstance(value, list):
        return value
    return [_span(span, source) if isinstance(span, dict) else span for span in value]


def _span(span: JsonObject, source: str) -> Json:
    places = {key: place for key in ("start", "end") if isinstance(place := span.get(key), int)}
    return {**span, **{key: place_in_content(source, place) for key, place in places.items()}}


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
    return finding("example/schema", at, message, fix=fault.fix, where=Where(task=example.task))


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
