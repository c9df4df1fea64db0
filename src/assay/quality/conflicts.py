"""Answers to the same content: of the guideline's examples and of experts, made comparable and held together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import orjson

from assay.consensus.votes import effective_decisions
from assay.guidelines.examples import Example
from assay.model.catalogue import Where, finding
from assay.model.content import content_key, place_in_content
from assay.model.finding import Finding, Location
from assay.model.json import Json, JsonObject
from assay.model.names import clip
from assay.model.schema import Field, Scale
from assay.model.values import canonical_text, canonical_value, is_missing
from assay.table import Corpus, DecisionKind

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
                yield finding(answer.rule, answer.at, message, hint=_hint(earlier), where=answer.where)


def _given_all_the_same(
    refusal: ContentAnswer, refused: Values, given: Iterable[tuple[ContentAnswer, Values]]
) -> Iterator[Finding]:
    for answer, values in given:
        if refused.items() <= values.items():
            message = f"the label refused here is the one that {answer.told} gives to the same content"
            yield finding(refusal.rule, refusal.at, message, hint=_hint(answer), where=refusal.where)
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
