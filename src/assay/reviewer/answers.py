"""What a change does to the answers of the items it touches, how closely to look, and how an alpha comes about."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import orjson
from msgspec.structs import replace

from assay.agreement import Explanation, explain_alpha
from assay.core import Corpus, DecisionKind, Field, Finding, Json, Severity, canonical_text, clip, ratings, value_text
from assay.errors import UsageError
from assay.labels import read_corpus
from assay.project import Project, load_schema
from assay.render import count
from assay.reviewer.result import Author, ChangeVerdict, Dispute, GoldMiss, GuidelineState, Outcome, Risk, TaskReview

_DROP = 0.05
_ACCURATE = 0.8
_ASKED = 5
_HASTE = 0.5

_Reason = tuple[Risk, str]


def risk_of(
    verdict: ChangeVerdict,
    findings: Sequence[Finding],
    tasks: Sequence[TaskReview],
    guidelines: Sequence[GuidelineState],
) -> tuple[Risk, tuple[str, ...]]:
    """The highest risk that anything gives, and all that gives one, worst first."""
    found = [*_whole(verdict, findings, guidelines), *(reason for task in tasks for reason in _task(task))]
    order = (Risk.HIGH, Risk.MEDIUM)
    reasons = tuple(f"{risk}: {text}" for wanted in order for risk, text in found if risk is wanted)
    return next((wanted for wanted in order if any(risk is wanted for risk, _ in found)), Risk.LOW), reasons


def _whole(
    verdict: ChangeVerdict, findings: Sequence[Finding], guidelines: Sequence[GuidelineState]
) -> Iterator[_Reason]:
    errors = sum(one.severity is Severity.ERROR for one in findings)
    if verdict.outcome is Outcome.REFUSED:
        yield Risk.HIGH, "the policy refuses it"
    if verdict.policy_change:
        yield Risk.HIGH, "it changes what others are judged by"
    if errors:
        yield Risk.HIGH, f"{count(errors, 'error')} that the base does not have"
    for state in guidelines:
        if not state.approved:
            yield Risk.MEDIUM, f"the guideline of {state.task} {state.version} is held: {state.state}"


def _task(task: TaskReview) -> Iterator[_Reason]:
    if task.gold:
        yield Risk.HIGH, f"{task.task}: answers against gold: {len(task.gold):,}"
    if any(one.kind == "gold" for one in task.shown):
        yield Risk.HIGH, f"{task.task}: gold itself changes"
    if task.removed:
        yield Risk.MEDIUM, f"{task.task}: {count(task.removed, 'record')} taken away"
    for move in task.moved:
        old, new = move.before.value, move.after.value
        if old is not None and new is not None and old - new > _DROP:
            yield Risk.MEDIUM, f"{task.task}/{move.field}: alpha falls by {old - new:.3f} ({move.rounds} rounds)"
    if task.disputes:
        yield Risk.MEDIUM, f"{task.task}: {count(len(task.disputes), 'new disagreement')}"
    for author in task.authors:
        if author.gold_asked >= _ASKED and author.gold_right < _ACCURATE * author.gold_asked:
            yield Risk.MEDIUM, f"{author.who} answers {author.gold_right} of {author.gold_asked} gold cells rightly"
        if author.seconds is not None and author.usual and author.seconds < _HASTE * author.usual:
            yield Risk.MEDIUM, f"{author.who} took {author.seconds:g} s an answer, and {author.usual:g} s before"


_TEXT = 240


@dataclass(frozen=True)
class Answers:
    """The answers of a corpus by round, item and annotator, for a few items alone."""

    corpus: Corpus
    items: frozenset[str]

    @cached_property
    def rows(self) -> tuple[int, ...]:
        """The rows of the items."""
        position = {item: code for code, item in enumerate(self.corpus.items.ids)}
        codes = [position[item] for item in self.items if item in position]
        return tuple(np.flatnonzero(np.isin(self.corpus.annotations.item, codes)).tolist())

    @cached_property
    def votes(self) -> Mapping[tuple[str, str], Mapping[str, int]]:
        """By (round, item) the row of each annotator whose vote counts."""
        table, found = self.corpus.annotations, dict[tuple[str, str], dict[str, int]]()
        for row in self.rows:
            if table.counts[row]:
                key = (self.corpus.batches[table.batch[row]].name, self.corpus.items.ids[table.item[row]])
                found.setdefault(key, {})[table.annotator.values[table.annotator.codes[row]]] = row
        return found

    def value(self, row: int, field: Field) -> Json:
        """What an annotation says of a field; None where it says nothing."""
        column = self.corpus.annotations.fields[field.name]
        return column.values[column.codes[row]] if column.codes[row] >= 0 else None

    def first(self, row: int, field: Field) -> Json:
        """What it said before a correction."""
        column = self.corpus.annotations.fields[field.name]
        return column.values[column.first[row]] if column.first[row] >= 0 else None

    def said(self, key: tuple[str, str], field: Field) -> Mapping[str, str]:
        """Who says what of a field of an item in a round."""
        given = {who: self.value(row, field) for who, row in self.votes.get(key, {}).items()}
        return {who: value_text(value, field) for who, value in sorted(given.items()) if value is not None}

    def text(self, item: str) -> str:
        """The item as an annotator sees it, shortened."""
        return self._texts.get(item, "")

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        held = zip(self.corpus.items.ids, self.corpus.items.data, strict=True)
        return {item: item_text(data) for item, data in held if item in self.items}

    @cached_property
    def gold(self) -> Mapping[str, Mapping[str, Json]]:
        """Gold by item."""
        return {one.item: one.label for one in self.corpus.decisions if one.kind is DecisionKind.GOLD}


def item_text(data: bytes) -> str:
    """The texts of an item's data, one after the other, shortened."""
    value = orjson.loads(data)
    texts = [part for part in value.values() if isinstance(part, str)] if isinstance(value, dict) else []
    return clip(" · ".join(texts) or data.decode(), _TEXT)


def new_disputes(task: str, before: Answers, after: Answers, fields: Iterable[Field]) -> Iterator[Dispute]:
    """Items on which counting votes of a round differ now and did not before."""
    for field in fields:
        for key in sorted(after.votes):
            said = after.said(key, field)
            if len(set(said.values())) > 1 >= len(set(before.said(key, field).values())):
                batch, item = key
                yield Dispute(
                    task=task, batch=batch, item=item, field=field.name, text=after.text(item), answers=tuple(said.items())
                )  # fmt: skip


def decided_by_one(before: Answers, after: Answers) -> tuple[str, ...]:
    """Items with exactly one counting vote in a round, who had none or several before."""
    alone = (item for (batch, item), votes in after.votes.items() if len(votes) == 1
             and len(before.votes.get((batch, item), {})) != 1)  # fmt: skip
    return tuple(sorted(set(alone)))


def gold_misses(task: str, after: Answers, rows: Collection[int], fields: Iterable[Field]) -> Iterator[GoldMiss]:
    """The changed votes that say something else than gold."""
    named = tuple(fields)
    for row in rows:
        item, who = _whose(after, row)
        for field in named:
            gold, given = after.gold.get(item, {}).get(field.name), after.value(row, field)
            if gold is not None and given is not None and canonical_text(gold) != canonical_text(given):
                texts = (value_text(gold, field), value_text(given, field))
                yield GoldMiss(task=task, item=item, who=who, field=field.name, gold=texts[0], given=texts[1])


def authors(task: str, whole: Answers, rows: Collection[int], fields: Iterable[Field]) -> Iterator[Author]:
    """Those whose votes change: how they answer gold in the rounds read, and how fast."""
    table, named = whole.corpus.annotations, tuple(fields)
    changed = np.zeros(len(table), dtype=np.bool_)
    changed[list(rows)] = True
    for code in sorted(set(table.annotator.codes[changed].tolist())):
        mine = table.annotator.codes == code
        asked = [right for row in np.flatnonzero(mine).tolist() for right in _tested(whole, row, named)]
        yield Author(
            task=task,
            who=table.annotator.values[code],
            votes=int((mine & changed).sum()),
            gold_right=sum(asked),
            gold_asked=len(asked),
            seconds=_median(table.seconds[mine & changed]),
            usual=_median(table.seconds[mine & ~changed]),
        )


def peeked(before: Answers, after: Answers, rows: Collection[int]) -> tuple[str, ...]:
    """Items that somebody answers anew while a peer's answer of the same round was in the ancestry already."""
    found: set[str] = set()
    for row in rows:
        item, who = _whose(after, row)
        batch = after.corpus.batches[after.corpus.annotations.batch[row]].name
        there = before.votes.get((batch, item), {})
        if who not in there and there.keys() - {who}:
            found.add(item)
    return tuple(sorted(found))


def _tested(whole: Answers, row: int, fields: Iterable[Field]) -> Iterator[bool]:
    gold = whole.gold.get(whole.corpus.items.ids[whole.corpus.annotations.item[row]], {})
    for field in fields if gold else ():
        given = whole.first(row, field)
        if field.name in gold and given is not None:
            yield canonical_text(gold[field.name]) == canonical_text(given)


def _whose(answers: Answers, row: int) -> tuple[str, str]:
    table = answers.corpus.annotations
    return answers.corpus.items.ids[table.item[row]], table.annotator.values[table.annotator.codes[row]]


def _median(seconds: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    stated = seconds[~np.isnan(seconds)]
    return float(np.median(stated)) if len(stated) else None


def explain_agreement(project: Project, task: str, field: str) -> Explanation:
    """The explanation of one field's alpha on current votes, its costliest units with their text; writes nothing.

    Raises:
        UsageError: there is no such task or field, or `assay schema TASK` has not run.
    """
    name = project.task(task).name
    schema = load_schema(project, name)
    chosen = schema.field(field)
    if chosen is None:
        known = ", ".join(one.name for one in schema.fields)
        raise UsageError(f"task {name} has no field {field!r}", fix=f"fields of {name}: {known}")
    if not (project.root / "build" / name / "annotations.parquet").is_file():
        raise UsageError(
            f"the labels of {name} have not been read yet", fix=f"run `assay schema {name}`, or `dvc repro`"
        )
    corpus = read_corpus(project, name, schema.fields)
    found = explain_alpha(ratings(corpus, chosen, corpus.annotations.current))
    data = dict(zip(corpus.items.ids, corpus.items.data, strict=True))
    return replace(found, costliest=tuple(replace(one, text=item_text(data[one.item])) for one in found.costliest))
