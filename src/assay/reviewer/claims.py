"""What a change claims, held against what the base says: first answers that never were, and decisions out of turn."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assay.core import Batch, Corpus, Finding, Location, Where, differing, finding, same_value
from assay.git import TreeSnapshot
from assay.labels import (
    ANNOTATION,
    RETURNED,
    FileChange,
    FileRole,
    Record,
    RecordChange,
    day_or_moment,
    label_file,
    read_lines,
)
from assay.reviewer.batches import load_rounds, stated_batches
from assay.reviewer.policy import Rules


@dataclass(frozen=True)
class Votes:
    """The votes of some batches, looked up by batch and item."""

    corpus: Corpus

    def disputed(self, batch: str, item: str) -> bool:
        """Whether two counting votes differ in any field."""
        table, rows = self.corpus.annotations, self._rows(batch, item)
        counting = rows[table.counts[rows]]
        return any(len(set(field.codes[counting].tolist())) > 1 for field in table.fields.values())

    def _rows(self, batch: str, item: str) -> NDArray[np.int64]:
        names, code = self._batches.get(batch, -1), self._items.get(item, -1)
        key = names * len(self._items) + code if min(names, code) >= 0 else -1
        first, last = np.searchsorted(self._keys, [key, key + 1])
        return np.arange(first, last)

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        """Batch and item of each row as one number; rows stand in this order."""
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
    """The votes before and after a change, and what else the two states say of the changed records.

    `current` is by item the name of its current batch after it, `disputed` are items whose current votes differ between
    batches, `voted` are the (annotator, item) of deciders who have a
    label of their own in any batch, `returned` the (batch, annotator, item) that the base has sent back.
    """

    was: Votes
    now: Votes
    current: Mapping[str, str]
    disputed: frozenset[str] = frozenset()
    voted: frozenset[tuple[str, str]] = frozenset()
    returned: frozenset[tuple[str, str, str]] = frozenset()


def sides_of(
    rules: Rules, before: TreeSnapshot, after: TreeSnapshot, files: Sequence[FileChange], corpora: tuple[Corpus, Corpus]
) -> Sides:
    """What the claims of a change are held against; `corpora` are the batches that it touches, before and after."""
    return Sides(
        was=Votes(corpora[0]),
        now=Votes(corpora[1]),
        current=current(rules, after, files),
        disputed=_disputed(rules, after, files, Votes(corpora[1])),
        voted=frozenset(_voted(rules, (before, after), files)),
        returned=frozenset(_returned(before, files)),
    )


def _voted(rules: Rules, trees: Iterable[TreeSnapshot], files: Iterable[FileChange]) -> Iterator[tuple[str, str]]:
    deciders = {file.file.who for file in files if file.file.role is FileRole.ADJUDICATIONS}
    for tree in trees:
        for path in tree.under(f"labels/{rules.task}") if deciders else ():
            file = label_file(path)
            if file is not None and file.role is FileRole.ANNOTATIONS and file.who in deciders and tree.has(path):
                records = read_lines(tree.read(path), ANNOTATION).records
                yield from ((file.who, record.item) for record in records if bytes(record.label))


def _returned(before: TreeSnapshot, files: Iterable[FileChange]) -> Iterator[tuple[str, str, str]]:
    folders = {(file.file.batch, file.file.path.rpartition("/")[0]) for file in files if _is_own(file)}
    for batch, folder in sorted(folders):
        for path in before.under(folder):
            if path.endswith(".returned.jsonl") and before.has(path):
                records = read_lines(before.read(path), RETURNED).records
                yield from ((batch, record.annotator, record.item) for record in records)


def current(rules: Rules, after: TreeSnapshot, files: Sequence[FileChange]) -> Mapping[str, str]:
    """The current batch of each item that the change decides on: the newest closed counting one that holds it."""
    decided = [file for file in files if file.file.role is FileRole.ADJUDICATIONS]
    items = {change.key[0] for file in decided for change in file.records if change.after is not None}
    if not items:
        return {}
    stated = stated_batches(after, rules)
    since = min(_age(stated.get(file.file.batch)) for file in decided)
    names = [
        name
        for name, batch in stated.items()
        if _age(batch) >= since and batch.closed and batch.counts and _names_one(rules, after, name, items)
    ]
    corpus = load_rounds(after, rules, names, gold=False).corpus
    of_item = zip(corpus.items.ids, corpus.items.round.tolist(), strict=True)
    return {item: corpus.batches[code].name for item, code in of_item if item in items and code >= 0}


def _disputed(rules: Rules, after: TreeSnapshot, files: Sequence[FileChange], now: Votes) -> frozenset[str]:
    """Of the items decided on whose votes agree in the batch of the decision, those whose current votes differ."""
    decided = (
        (file.file.batch, change)
        for file in files
        if file.file.role is FileRole.ADJUDICATIONS
        for change in file.records
    )
    items = {change.key[0] for batch, change in decided if change.after and not now.disputed(batch, change.key[0])}
    closed = [name for name, batch in stated_batches(after, rules).items() if items and batch.closed and batch.counts]
    names = [name for name in closed if _names_one(rules, after, name, items)]
    corpus = load_rounds(after, rules, names, gold=False).corpus
    rows = corpus.annotations
    return frozenset(items.intersection(differing(corpus, rows.counts & rows.current, rows.fields)))


def claim_findings(sides: Sides, files: Iterable[FileChange]) -> Iterator[Finding]:
    """What is wrong with the claims of changed records; what is wrong with a record alone is told by its reader."""
    for file in files:
        if _is_own(file):
            yield from (_forged(file, change) for change in file.records if not _keeps_first(change))
            yield from (_left_out(file, change) for change in file.records if _leaves_out(sides, file, change))
        elif file.file.role is FileRole.RETURNED:
            yield from (
                _own_return(file, change) for change in file.records if change.key[-1] == file.file.who and change.after
            )
        elif file.file.role is FileRole.ADJUDICATIONS:
            for change in file.records:
                if change.after is not None:
                    yield from _out_of_turn(sides, file, change.key[0], change.after)


def _is_own(file: FileChange) -> bool:
    return file.file.role is FileRole.ANNOTATIONS and not file.file.sourced


def _leaves_out(sides: Sides, file: FileChange, change: RecordChange) -> bool:
    """Whether an answer that was sent back is another one now, and nothing keeps what it was."""
    if change.before is None or change.after is None:
        return False
    before, after = change.before.value, change.after.value
    sent = (file.file.batch, file.file.who, change.key[0]) in sides.returned
    stated = "label" in before and "first" not in before and "first" not in after
    return sent and stated and ("label" not in after or not same_value(before["label"], after["label"]))


def _left_out(file: FileChange, change: RecordChange) -> Finding:
    line = change.after.number if change.after else 0
    message = (
        f"{file.file.who} changes the answer to item {change.key[0][:80]!r}, which was sent back, and keeps no `first`"
    )
    at = Location(path=file.file.path, line=line)
    return finding("label/first-left-out", at, message, where=_where(file, change.key[0]))


def _own_return(file: FileChange, change: RecordChange) -> Finding:
    line = change.after.number if change.after else 0
    message = f"{file.file.who} sends item {change.key[0][:80]!r} back to themselves"
    return finding(
        "label/own-return", Location(path=file.file.path, line=line), message, where=_where(file, change.key[0])
    )


def _keeps_first(change: RecordChange) -> bool:
    """Whether the first answer is what the base says it was: its `first`, else its `label`."""
    before = change.before.value if change.before else {}
    after = change.after.value if change.after else {}
    if "first" in before:
        return "first" in after and same_value(before["first"], after["first"])
    return "first" not in after or ("label" in before and same_value(before["label"], after["first"]))


def _forged(file: FileChange, change: RecordChange) -> Finding:
    record = change.after
    if change.before is None:
        said = "keeps a `first`, and the base has no record of the item"
    elif "first" in change.before.value:
        said = "does not keep the `first` that the base has"
    else:
        said = "keeps a `first` that is not the `label` of the base"
    line = record.number if record else 0
    at = Location(path=file.file.path, line=line, pointer="/first" if record else "")
    return finding("label/first-forged", at, f"{file.file.who}'s record {said}", where=_where(file, change.key[0]))


def _out_of_turn(sides: Sides, file: FileChange, item: str, record: Record) -> Iterator[Finding]:
    batch, who = file.file.batch, file.file.who
    at, where = Location(path=file.file.path, line=record.number), _where(file, item)
    if (who, item) in sides.voted:
        message = f"{who} decides on item {item[:80]!r} and has a vote of their own on it"
        yield finding("adjudication/own-vote", at, message, where=where)
    if not sides.now.disputed(batch, item) and item not in sides.disputed:
        message = f"no two counting votes on item {item[:80]!r} differ in {batch}, and no two current ones"
        yield finding("adjudication/votes-agree", at, message, where=where)
    if (now := sides.current.get(item, "")) != batch:
        told = f"is {now}" if now else "is none: no closed batch that counts holds it"
        message = f"{batch} is decided in, and the current batch of item {item[:80]!r} {told}"
        yield finding("adjudication/not-current", at, message, where=where)


def _where(file: FileChange, item: str) -> Where:
    return Where(task=file.file.task, batch=file.file.batch, item=item, annotator=file.file.who)


def _names_one(rules: Rules, after: TreeSnapshot, name: str, items: Collection[str]) -> bool:
    """Whether a batch names one of the items anywhere: only such are read whole."""
    texts = after.read_all(after.under(f"labels/{rules.task}/{name}")).values()
    return any(b"\\" in text or any(item.encode() in text for item in items) for text in texts)


def _age(batch: Batch | None) -> int:
    return (day_or_moment(batch.created) or 0) if batch else 0
