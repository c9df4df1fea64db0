"""Answers that contradict examples and experts, and what is wrong with the guideline."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import orjson

from assay import core
from assay.consensus import effective_decisions
from assay.core import Corpus, Fault, Field, Finding, Json, JsonObject, Location, Scale, Where
from assay.errors import ConfigError
from assay.guidelines import Example, GuidelineSource, body_in, examples_of, lint_guideline
from assay.labels import label_faults
from assay.project import TaskSchema, Validator

_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAnswer:
    """An answer to a content, by an example or an expert: the label, the data that it is about, and its place.

    `refused`: the label is one that the content must not have. `name` is how messages about other answers call it.
    """

    content: str
    data: JsonObject
    label: JsonObject
    name: str
    rule: str
    at: Location
    where: Where
    refused: bool = False

    @property
    def fix(self) -> str:
        """What to do about an answer that contradicts this one."""
        return f"decide which answer is right and fix the other, {self.at.path}:{self.at.line}"

    def values(self, fields: Iterable[Field]) -> Mapping[str, str]:
        """The value of each field that the label states, as a text that compares."""
        stated = [field for field in fields if not core.is_missing(self.label.get(field.name))]
        found = ((field, spans_in_content(self.label[field.name], field, self.data)) for field in stated)
        return {field.name: core.canonical_text(core.canonical_value(value, field.scale)) for field, value in found}


def example_answers(examples: Iterable[Example]) -> Iterator[ContentAnswer]:
    """The answers of examples, in their order."""
    for example in examples:
        for label, key in ((example.label, "label"), (example.refused, "not")):
            if label is not None:
                yield ContentAnswer(
                    content=core.content_key(example.data),
                    data=example.data,
                    label=label,
                    name=f"the example on line {example.line}",
                    rule="example/contradiction",
                    at=example.at(f"/{key}"),
                    where=Where(task=example.task),
                    refused=key == "not",
                )


def expert_answers(corpus: Corpus) -> Iterator[ContentAnswer]:
    """The answers of experts: gold first, then the effective adjudications; each by item."""
    kinds = (core.DecisionKind.GOLD, core.DecisionKind.ADJUDICATION)
    for item, decision in chain.from_iterable(effective_decisions(corpus, kind) for kind in kinds):
        data = orjson.loads(corpus.items.data[item])
        yield ContentAnswer(
            content=core.content_key(data),
            data=data,
            label=decision.label,
            name=f"{_ARTICLE[decision.kind]} of item {decision.item!r} by {decision.who}",
            rule="example/experts",
            at=Location(path=decision.path, line=decision.line, pointer="/label"),
            where=Where(task=corpus.task, batch=decision.batch, item=decision.item, annotator=decision.who),
        )


_ARTICLE = {core.DecisionKind.GOLD: "the gold answer", core.DecisionKind.ADJUDICATION: "the adjudication"}


def contradictions(answers: Iterable[ContentAnswer], fields: Sequence[Field]) -> Iterator[Finding]:
    """A finding for each value that differs from an earlier answer to the same content, and for each refused label given.

    An answer says nothing of a field that it omits; items that show nothing have no content to share.
    """
    same: dict[str, list[ContentAnswer]] = defaultdict(list)
    for answer in answers:
        if answer.content:
            same[answer.content].append(answer)
    for group in same.values():
        if len(group) > 1:
            answered = [(answer, answer.values(fields)) for answer in group]
            accepted = [(answer, values) for answer, values in answered if not answer.refused]
            yield from _differing(accepted)
            for refusal, refused in answered:
                givers = (answer for answer, values in accepted if refused.items() <= values.items())
                if refusal.refused and (giver := next(givers, None)) is not None:
                    message = f"this refused label is the one that {giver.name} gives to the same content"
                    yield core.finding(refusal.rule, refusal.at, message, fix=giver.fix, where=refusal.where)


def _differing(answers: Iterable[tuple[ContentAnswer, Mapping[str, str]]]) -> Iterator[Finding]:
    first: dict[str, tuple[ContentAnswer, str]] = {}
    for answer, values in answers:
        for field, value in values.items():
            earlier, other = first.setdefault(field, (answer, value))
            if other != value:
                here, there = core.clip(value, _SHOWN), core.clip(other, _SHOWN)
                message = f"{field} is {here} here, and {earlier.name} has {there} for the same content"
                yield core.finding(answer.rule, answer.at, message, fix=earlier.fix, where=answer.where)


def spans_in_content(value: Json, field: Field, data: JsonObject) -> Json:
    """Spans by their places in the content that `data` show, so that white space between characters does not move them."""
    source = data.get(field.source) if field.source is not None else None
    if field.scale is not Scale.SPANS or not isinstance(source, str) or not isinstance(value, list):
        return value
    spans: list[Json] = []
    for span in value:
        if isinstance(span, dict):
            places = {key: place for key in ("start", "end") if isinstance(place := span.get(key), int)}
            spans.append({**span, **{key: core.place_in_content(source, place) for key, place in places.items()}})
        else:
            spans.append(span)
    return spans


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesRun:
    """How the examples of a guideline ran: the counts, and every error that was found, by place."""

    report: core.ExamplesReport
    findings: tuple[Finding, ...]


def run_examples(parts: Sequence[Example | Finding], schema: TaskSchema, corpus: Corpus) -> ExamplesRun:
    """Runs the result of `examples_of`.

    An example is wrong where its data or label is not valid, a span is not within its source, or an earlier example,
    gold or an effective adjudication gives the same content another label (or the refused one). Further errors: a block
    that cannot be read, and experts who contradict each other on the same content.
    """
    examples = [part for part in parts if isinstance(part, Example)]
    unread = [part for part in parts if isinstance(part, Finding) and part.severity is core.Severity.ERROR]
    rest = {key: value for key, value in schema.label.schema.items() if key != "required"}
    loose = replace(schema, label=Validator(rest, schema.label.also))  # a refused label may leave fields out
    faults: dict[int, list[Finding]] = {}
    for example in examples:
        found = [_finding(example, "", fault) for fault in schema.item_faults(example.data)]
        for key, label, rules in (("label", example.label, schema), ("not", example.refused, loose)):
            if label is not None:
                found += (_finding(example, f"/{key}", fault) for fault in label_faults(rules, label, example.data))
        faults[example.line] = found
    valid = (example for example in examples if not faults[example.line])
    contradicted = list(contradictions((*expert_answers(corpus), *example_answers(valid)), schema.fields))
    starts = [example.line for example in examples]
    lines = (found.at.line for found in contradicted if found.rule == "example/contradiction")
    wrong = {starts[bisect_right(starts, line) - 1] for line in lines}
    wrong |= {line for line, found in faults.items() if found}
    invalid = (fault for found in faults.values() for fault in found)
    errors = sorted({*unread, *contradicted, *invalid}, key=lambda found: found.sort_key)
    report = core.ExamplesReport(run=len(examples), wrong=len(wrong), errors=len(errors))
    return ExamplesRun(report=report, findings=tuple(errors))


def _finding(example: Example, pointer: str, fault: Fault) -> Finding:
    at = example.at(f"{pointer}{fault.pointer}")
    message = f"{at.pointer.removeprefix('/') or 'the item'}: {fault.message}"
    return core.finding("example/schema", at, message, fix=fault.fix, where=Where(task=example.task))


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineEvidence:
    """The findings of a guideline and its examples, counted and by place."""

    guideline: core.GuidelineReport
    examples: core.ExamplesReport
    findings: tuple[Finding, ...]


def guideline_evidence(
    source: GuidelineSource,
    schema: TaskSchema,
    corpus: Corpus,
    people: Container[str],
    approvals: Sequence[Finding] = (),
) -> GuidelineEvidence:
    """Lints a guideline and runs its examples; reads only its arguments, so links to other files are not checked.

    `people` are the ids of the roster, `approvals` are the faults of its approval records.

    Raises:
        LimitError: the page is longer than assay reads.
    """
    linted = (*lint_guideline(source, schema, people), *approvals)
    ran = run_examples(readable_examples(source), schema, corpus)
    findings = sorted({*linted, *ran.findings}, key=lambda found: found.sort_key)
    severities = Counter(found.severity for found in linted)
    report = core.GuidelineReport(
        errors=severities[core.Severity.ERROR],
        warnings=severities[core.Severity.WARNING],
        findings=dict(sorted(Counter(found.rule for found in linted).items())),
    )
    return GuidelineEvidence(guideline=report, examples=ran.report, findings=tuple(findings))


def readable_examples(source: GuidelineSource) -> tuple[Example | Finding, ...]:
    """The examples of a guideline; none where it is not text, which its lint reports."""
    try:
        return examples_of(body_in(source))
    except ConfigError:
        return ()
