"""The claims of a change, compared with the base: forged first answers, and decisions that are not due."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assay import labels
from assay.core import Batch, Corpus, Finding, Location, Where, conflicting_items, finding, same_value
from assay.git import TreeSnapshot


@dataclass(frozen=True)
class BatchVotes:
    """The votes of some batches, looked up by batch and item."""

    corpus: Corpus

    def disputed(self, batch: str, item: str) -> bool:
        """Whether two counting votes differ in any field."""
        names, code = self._batches.get(batch, -1), self._items.get(item, -1)
        key = names * len(self._items) + code if min(names, code) >= 0 else -1
        table, rows = self.corpus.annotations, np.arange(*np.searchsorted(self._keys, [key, key + 1]))
        counting = rows[table.counts[rows]]
        return any(len(set(field.codes[counting].tolist())) > 1 for field in table.fields.values())

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        """Batch and item of each row as one number; rows are sorted by it."""
        table = self.corpus.annotations
        return np.asarray(table.batch.astype(np.int64) * len(self._items) + table.item, dtype=np.int64)

    @cached_property
    def _batches(self) -> Mapping[str, int]:
        return {batch.name: code for code, batch in enumerate(self.corpus.batches)}

    @cached_property
    def _items(self) -> Mapping[str, int]:
        return {item: code for code, item in enumerate(self.corpus.items.ids)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The votes after a change, and what else the two states say of the changed records.

    `current` is by item the name of its current batch after it, `disputed` are items whose current votes differ between
    batches, `voted` the (annotator, item) of adjudicators who have a label of their own in any batch, `returned` the
    (batch, annotator, item) that were sent back in the base.
    """

    votes: BatchVotes
    current: Mapping[str, str]
    disputed: frozenset[str] = frozenset()
    voted: frozenset[tuple[str, str]] = frozenset()
    returned: frozenset[tuple[str, str, str]] = frozenset()


def sides_of(
    rules: labels.Rules, before: TreeSnapshot, after: TreeSnapshot, files: Sequence[labels.FileChange], corpus: Corpus
) -> Sides:
    """What the claims of a change are compared with; `corpus` are the batches that it touches, after it."""
    votes = BatchVotes(corpus)
    deciders = {file.file.who for file in files if file.file.role is labels.FileRole.ADJUDICATIONS}
    voted = (
        (file.who, record.item)
        for tree in (before, after)
        for path in (tree.under(f"labels/{rules.task}") if deciders else ())
        if (file := labels.label_file(path)) is not None
        if file.role is labels.FileRole.ANNOTATIONS and file.who in deciders and tree.has(path)
        for record in labels.read_lines(tree.read(path), labels.ANNOTATION).records
        if bytes(record.label)
    )
    returned = (
        (batch, record.annotator, record.item)
        for batch, folder in {(file.file.batch, file.file.path.rpartition("/")[0]) for file in files if _is_own(file)}
        for path in before.under(folder)
        if path.endswith(".returned.jsonl") and before.has(path)
        for record in labels.read_lines(before.read(path), labels.RETURNED).records
    )
    return Sides(
        votes=votes,
        current=current(rules, after, files),
        disputed=_disputed(rules, after, files, votes),
        voted=frozenset(voted),
        returned=frozenset(returned),
    )


def current(rules: labels.Rules, after: TreeSnapshot, files: Sequence[labels.FileChange]) -> Mapping[str, str]:
    """The current batch of each item that the change decides on: the newest closed counting batch with the item."""
    decided = [file for file in files if file.file.role is labels.FileRole.ADJUDICATIONS]
    items = {change.key[0] for file in decided for change in file.records if change.after is not None}
    if not items:
        return {}
    stated = labels.stated_batches(after, rules)
    since = min(_age(stated.get(file.file.batch)) for file in decided)
    counting = [name for name, batch in stated.items() if _age(batch) >= since and batch.closed and batch.counts]
    names = [name for name in counting if _names_one(rules, after, name, items)]
    corpus = labels.load_batch_labels(after, rules, names, gold=False).corpus
    of_item = zip(corpus.items.ids, corpus.items.current_batch.tolist(), strict=True)
    return {item: corpus.batches[code].name for item, code in of_item if item in items and code >= 0}


def _disputed(
    rules: labels.Rules, after: TreeSnapshot, files: Sequence[labels.FileChange], now: BatchVotes
) -> frozenset[str]:
    """Of the items decided on whose votes agree in the batch of the decision, those whose current votes differ."""
    deciding = (file for file in files if file.file.role is labels.FileRole.ADJUDICATIONS)
    decided = ((file.file.batch, change) for file in deciding for change in file.records)
    items = {change.key[0] for batch, change in decided if change.after and not now.disputed(batch, change.key[0])}
    if not items:
        return frozenset()
    closed = [name for name, batch in labels.stated_batches(after, rules).items() if batch.closed and batch.counts]
    names = [name for name in closed if _names_one(rules, after, name, items)]
    corpus = labels.load_batch_labels(after, rules, names, gold=False).corpus
    rows = corpus.annotations
    return frozenset(items.intersection(conflicting_items(corpus, rows.counts & rows.current, rows.fields)))


def claim_findings(sides: Sides, files: Iterable[labels.FileChange]) -> Iterator[Finding]:
    """The findings on the claims of changed records; findings on a record alone come from its reader."""
    for file in files:
        who = file.file.who
        for change in file.records:
            item, label = change.key[0], f"{change.key[0][:80]!r}"
            at = Location(path=file.file.path, line=change.after.number if change.after else 0)
            where = Where(task=file.file.task, batch=file.file.batch, item=item, annotator=who)
            if _is_own(file):
                if forged := _forged(change):
                    at_first = replace(at, pointer="/first" if change.after else "")
                    yield finding("label/first-forged", at_first, f"{who}'s record {forged}", where=where)
                if _leaves_out(sides, file, change):
                    message = f"{who} changes the answer to item {label}, which was sent back, and keeps no `first`"
                    yield finding("label/first-left-out", at, message, where=where)
            elif file.file.role is labels.FileRole.RETURNED and change.key[-1] == who and change.after:
                yield finding("label/own-return", at, f"{who} sends item {label} back to themselves", where=where)
            elif file.file.role is labels.FileRole.ADJUDICATIONS and change.after:
                for rule, message in _not_due(sides, file, item):
                    yield finding(rule, at, message, where=where)


def _is_own(file: labels.FileChange) -> bool:
    return file.file.role is labels.FileRole.ANNOTATIONS and not file.file.sourced


def _leaves_out(sides: Sides, file: labels.FileChange, change: labels.RecordChange) -> bool:
    """Whether an answer that was sent back changed, and no `first` keeps the old one."""
    if change.before is None or change.after is None:
        return False
    before, after = change.before.value, change.after.value
    sent = (file.file.batch, file.file.who, change.key[0]) in sides.returned
    stated = "label" in before and "first" not in before and "first" not in after
    return sent and stated and ("label" not in after or not same_value(before["label"], after["label"]))


def _forged(change: labels.RecordChange) -> str:
    """Why the first answer is not that of the base (its `first`, else its `label`); empty where it is."""
    before = change.before.value if change.before else {}
    after = change.after.value if change.after else {}
    if "first" in before:
        kept = "first" in after and same_value(before["first"], after["first"])
        return "" if kept else "does not keep the `first` of the base"
    if "first" not in after or ("label" in before and same_value(before["label"], after["first"])):
        return ""
    if change.before is None:
        return "has a `first`, and the base has no record of the item"
    return "has a `first` that is not the `label` of the base"


def _not_due(sides: Sides, file: labels.FileChange, item: str) -> Iterator[tuple[str, str]]:
    batch, who, label = file.file.batch, file.file.who, f"{item[:80]!r}"
    if (who, item) in sides.voted:
        yield "adjudication/own-vote", f"{who} decides on item {label} and has their own vote on it"
    if not sides.votes.disputed(batch, item) and item not in sides.disputed:
        agree = f"no two counting votes on item {label} differ in {batch}, and no two current ones"
        yield "adjudication/votes-agree", agree
    if (now := sides.current.get(item, "")) != batch:
        found = f"its current batch is {now}" if now else "no closed counting batch has the item"
        yield "adjudication/not-current", f"the decision on item {label} is in {batch}; {found}"


def _names_one(rules: labels.Rules, after: TreeSnapshot, name: str, items: Collection[str]) -> bool:
    """Whether a batch names one of the items anywhere: only such batches are read whole."""
    texts = after.read_all(after.under(f"labels/{rules.task}/{name}")).values()
    return any(b"\\" in text or any(item.encode() in text for item in items) for text in texts)


def _age(batch: Batch | None) -> int:
    return (labels.day_or_moment(batch.created) or 0) if batch else 0
