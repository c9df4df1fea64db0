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
from assay.reviewer import result

_DROP = 0.05
_ACCURATE = 0.8
_ASKED = 5
_HASTE = 0.5
_TEXT = 240


def risk_of(
    verdict: result.ChangeVerdict,
    findings: Sequence[Finding],
    tasks: Sequence[result.TaskReview],
    guidelines: Sequence[result.GuidelineState],
) -> tuple[result.Risk, tuple[str, ...]]:
    """The highest risk of the change, and the reason for each risk, highest first."""
    found: list[tuple[result.Risk, str]] = []
    if verdict.outcome is result.ReviewOutcome.REFUSED:
        found.append((result.Risk.HIGH, "the policy refuses it"))
    if verdict.policy_change:
        found.append((result.Risk.HIGH, "it changes the policy that later changes are judged by"))
    if errors := sum(one.severity is Severity.ERROR for one in findings):
        found.append((result.Risk.HIGH, f"{count(errors, 'new error')}"))
    held = [state for state in guidelines if not state.approved]
    found += [(result.Risk.MEDIUM, f"the guideline of {one.task} {one.version} is held: {one.state}") for one in held]
    found += [reason for task in tasks for reason in _task_risks(task)]
    order = (result.Risk.HIGH, result.Risk.MEDIUM)
    reasons = tuple(f"{risk}: {text}" for wanted in order for risk, text in found if risk is wanted)
    return next((wanted for wanted in order if any(risk is wanted for risk, _ in found)), result.Risk.LOW), reasons


def _task_risks(task: result.TaskReview) -> Iterator[tuple[result.Risk, str]]:
    if task.gold:
        yield result.Risk.HIGH, f"{task.task}: answers that differ from gold: {len(task.gold):,}"
    if any(record.kind == "gold" for record in task.shown):
        yield result.Risk.HIGH, f"{task.task}: gold itself changes"
    if task.removed:
        yield result.Risk.MEDIUM, f"{task.task}: {count(task.removed, 'record')} removed"
    for move in task.moved:
        old, new = move.before.value, move.after.value
        if old is not None and new is not None and old - new > _DROP:
            yield (
                result.Risk.MEDIUM,
                f"{task.task}/{move.field}: alpha falls by {old - new:.3f} ({move.batches} batches)",
            )
    if task.disputes:
        yield result.Risk.MEDIUM, f"{task.task}: {count(len(task.disputes), 'new disagreement')}"
    for author in task.authors:
        if author.gold_asked >= _ASKED and author.gold_right < _ACCURATE * author.gold_asked:
            yield (
                result.Risk.MEDIUM,
                f"{author.who} answers {author.gold_right} of {author.gold_asked} gold cells correctly",
            )
        if author.seconds is not None and author.usual and author.seconds < _HASTE * author.usual:
            yield result.Risk.MEDIUM, f"{author.who} took {author.seconds:g} s per answer ({author.usual:g} s before)"


@dataclass(frozen=True)
class Answers:
    """The answers of a corpus by batch, item and annotator, for some items."""

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
        """By (batch, item) the row of each annotator whose vote counts."""
        table, found = self.corpus.annotations, dict[tuple[str, str], dict[str, int]]()
        for row in self.rows:
            if table.counts[row]:
                key = (self.corpus.batches[table.batch[row]].name, self.corpus.items.ids[table.item[row]])
                found.setdefault(key, {})[table.annotator.values[table.annotator.codes[row]]] = row
        return found

    def value(self, row: int, field: Field) -> Json:
        """An annotation's value of a field; None where it has none."""
        column = self.corpus.annotations.fields[field.name]
        return column.values[column.codes[row]] if column.codes[row] >= 0 else None

    def first(self, row: int, field: Field) -> Json:
        """Its value before a correction; None where it had none."""
        column = self.corpus.annotations.fields[field.name]
        return column.values[column.first[row]] if column.first[row] >= 0 else None

    def texts_by_annotator(self, key: tuple[str, str], field: Field) -> Mapping[str, str]:
        """Each annotator's value of a field of a (batch, item), as text."""
        values = {who: self.value(row, field) for who, row in self.votes.get(key, {}).items()}
        return {who: value_text(value, field) for who, value in sorted(values.items()) if value is not None}

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
    """The texts of an item's data, joined and shortened."""
    value = orjson.loads(data)
    texts = [part for part in value.values() if isinstance(part, str)] if isinstance(value, dict) else []
    return clip(" · ".join(texts) or data.decode(), _TEXT)


def new_disputes(task: str, before: Answers, after: Answers, fields: Iterable[Field]) -> Iterator[result.Dispute]:
    """Items on which counting votes of a batch differ now and did not before."""
    for field in fields:
        for key in sorted(after.votes):
            texts = after.texts_by_annotator(key, field)
            if len(set(texts.values())) > 1 >= len(set(before.texts_by_annotator(key, field).values())):
                batch, item = key
                yield result.Dispute(
                    task=task, batch=batch, item=item, field=field.name, text=after.text(item), answers=tuple(texts.items())
                )  # fmt: skip


def decided_by_one(before: Answers, after: Answers) -> tuple[str, ...]:
    """Items with exactly one counting vote in a batch that had none or several before."""
    alone = (item for (batch, item), votes in after.votes.items() if len(votes) == 1
             and len(before.votes.get((batch, item), {})) != 1)  # fmt: skip
    return tuple(sorted(set(alone)))


def gold_misses(task: str, after: Answers, rows: Collection[int], fields: Iterable[Field]) -> Iterator[result.GoldMiss]:
    """The changed votes that differ from gold."""
    named = tuple(fields)
    for row in rows:
        item, who = _whose(after, row)
        for field in named:
            gold, value = after.gold.get(item, {}).get(field.name), after.value(row, field)
            if gold is not None and value is not None and canonical_text(gold) != canonical_text(value):
                texts = (value_text(gold, field), value_text(value, field))
                yield result.GoldMiss(task=task, item=item, who=who, field=field.name, gold=texts[0], given=texts[1])


def authors(task: str, whole: Answers, rows: Collection[int], fields: Iterable[Field]) -> Iterator[result.Author]:
    """The annotators whose votes change: their accuracy on gold in the batches read, and their pace."""
    table, named = whole.corpus.annotations, tuple(fields)
    changed = np.zeros(len(table), dtype=np.bool_)
    changed[list(rows)] = True
    for code in sorted(set(table.annotator.codes[changed].tolist())):
        own = table.annotator.codes == code
        correct = [
            canonical_text(gold[field.name]) == canonical_text(value)
            for row in np.flatnonzero(own).tolist()
            if (gold := whole.gold.get(whole.corpus.items.ids[table.item[row]]))
            for field in named
            if field.name in gold and (value := whole.first(row, field)) is not None
        ]
        yield result.Author(
            task=task,
            who=table.annotator.values[code],
            votes=int((own & changed).sum()),
            gold_right=sum(correct),
            gold_asked=len(correct),
            seconds=_median(table.seconds[own & changed]),
            usual=_median(table.seconds[own & ~changed]),
        )


def peeked(before: Answers, after: Answers, rows: Collection[int]) -> tuple[str, ...]:
    """Items with a new answer while another annotator's answer in the same batch was already in the ancestry."""
    found: set[str] = set()
    for row in rows:
        item, who = _whose(after, row)
        there = before.votes.get((after.corpus.batches[after.corpus.annotations.batch[row]].name, item), {})
        if who not in there and there.keys() - {who}:
            found.add(item)
    return tuple(sorted(found))


def _whose(answers: Answers, row: int) -> tuple[str, str]:
    table = answers.corpus.annotations
    return answers.corpus.items.ids[table.item[row]], table.annotator.values[table.annotator.codes[row]]


def _median(seconds: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    known = seconds[~np.isnan(seconds)]
    return float(np.median(known)) if len(known) else None


def explain_agreement(project: Project, task: str, field: str) -> Explanation:
    """Explains one field's alpha on current votes; the costliest units come with their text. Writes nothing.

    Raises:
        UsageError: unknown task or field, or `assay schema TASK` has not run.
    """
    name = project.task(task).name
    schema = load_schema(project, name)
    chosen = schema.field(field)
    if chosen is None:
        known = ", ".join(known.name for known in schema.fields)
        raise UsageError(f"unknown field {field!r} of task {name}", fix=f"fields of {name}: {known}")
    if not (project.root / "build" / name / "annotations.parquet").is_file():
        fix = f"run `assay schema {name}`, or `dvc repro`"
        raise UsageError(f"the labels of {name} have not been read yet", fix=fix)
    corpus = read_corpus(project, name, schema.fields)
    found = explain_alpha(ratings(corpus, chosen, corpus.annotations.current))
    data = dict(zip(corpus.items.ids, corpus.items.data, strict=True))
    return replace(found, costliest=tuple(replace(unit, text=item_text(data[unit.item])) for unit in found.costliest))
