"""What new versions of a guideline concern, among the labels there are: which annotations, and what is to be redone."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.consensus.experts import heard
from assay.guidelines.front_matter import Change
from assay.guidelines.versions import affects, version_of
from assay.model.impact import EditedVersion, LookAgain, Part, Redo
from assay.model.schema import Field
from assay.quality.outdated import batch_column, concerning, counted, either, value_spread
from assay.quality.sample import judge_sample
from assay.quality.touched import Touched, carried_since, touched
from assay.table import Column, Corpus, Decision, DecisionKind
from assay.table.columns import Mask
from assay.table.made_under import made_under


@dataclass(frozen=True, slots=True, kw_only=True)
class Blast:
    """The reach of some changes over a corpus.

    `touches` say which annotations each affects, of any round; `current` are the counting ones of the current rounds,
    `affected` those of them that any change affects, `due` those whose items are to be labelled again.
    """

    corpus: Corpus
    fields: tuple[Field, ...]
    touches: tuple[Touched, ...]
    current: Mask
    affected: Mask
    due: Mask

    @property
    def versions(self) -> tuple[EditedVersion, ...]:
        """The changes, with how many current annotations each affects."""
        return tuple(
            EditedVersion(
                version=touch.change.version,
                affects=touch.change.affects,
                policy=touch.change.policy,
                annotations=int((touch.rows & self.current).sum()),
            )
            for touch in self.touches
        )

    @property
    def annotations(self) -> Part:
        """The annotations affected, of the current ones."""
        return part(int(self.affected.sum()), int(self.current.sum()))

    @property
    def items(self) -> int:
        """How many items the annotations affected are of."""
        return len(np.unique(self.corpus.annotations.item[self.affected]))

    @property
    def values(self) -> dict[str, dict[str, Part]]:
        """The annotations affected by field and value carried, for the fields that the changes speak of."""
        stale = [touch.rows & self.current for touch in self.touches]
        found = {
            field.name: _parts(
                value_spread(self.corpus, field, concerning(field.name, self.touches, stale)),
                value_spread(self.corpus, field, self.current),
            )
            for field in self.fields
        }
        return {name: spread for name, spread in found.items() if spread}

    @property
    def annotators(self) -> dict[str, Part]:
        """The annotations affected by annotator."""
        return self._by(self.corpus.annotations.annotator)

    @property
    def batches(self) -> dict[str, Part]:
        """The annotations affected by batch."""
        return self._by(batch_column(self.corpus))

    @property
    def redo(self) -> Redo:
        """What is to be labelled again: all counting answers to the items that are due, for a new round replaces the old."""
        rows = self.corpus.annotations
        timed = rows.seconds[rows.counts & np.isfinite(rows.seconds)]
        median = float(np.median(timed)) if len(timed) else None
        number = int(self.due.sum())
        return Redo(
            items=len(np.unique(rows.item[self.due])),
            annotations=number,
            seconds=median,
            timed=len(timed),
            hours=None if median is None else number * median / 3600,
        )

    @property
    def plan(self) -> Mapping[str, tuple[str, ...]]:
        """Who answered each item that is to be labelled again."""
        rows = self.corpus.annotations
        asked: dict[str, list[str]] = defaultdict(list)
        for row in np.flatnonzero(self.due).tolist():
            asked[self.corpus.items.ids[rows.item[row]]].append(rows.annotator.values[rows.annotator.codes[row]])
        return {item: tuple(sorted(asked[item])) for item in sorted(asked)}

    def reached(self) -> Mapping[str, frozenset[str]]:
        """By item, the versions under which it has counting annotations of closed rounds that a change affects."""
        rows, made = self.corpus.annotations, made_under(self.corpus)
        closed = np.array([batch.closed and batch.counts for batch in self.corpus.batches], dtype=np.bool_)[rows.batch]
        found: dict[str, set[str]] = defaultdict(set)
        for row in np.flatnonzero(
            either([touch.rows for touch in self.touches], closed) & closed & rows.counts
        ).tolist():
            found[self.corpus.items.ids[rows.item[row]]].add(made.values[made.codes[row]])
        return {item: frozenset(versions) for item, versions in found.items()}

    def _by(self, column: Column) -> dict[str, Part]:
        return _parts(counted(column, self.affected), counted(column, self.current))


def blast(corpus: Corpus, changes: Sequence[Change], fields: Sequence[Field], names: Collection[str]) -> Blast:
    """The reach of changes; `names` are the fields that a label may have after them.

    Due are the items that a change under `relabel` affects, and of those under `sample` the drawn ones, or all where the
    sample says that old and new labels agree too little.
    """
    touches = touched(corpus, changes, names)
    rows = corpus.annotations
    current = rows.counts & corpus.in_current_round()
    due = np.zeros(len(corpus.items), dtype=np.bool_)
    for touch in touches:
        concerned = np.bincount(rows.item[touch.rows & current], minlength=len(corpus.items)) > 0
        if touch.change.policy == "sample" and (sample := judge_sample(corpus, touch)).report.kept:
            concerned &= sample.drawn
        due |= concerned & (touch.change.policy != "grandfather")
    return Blast(
        corpus=corpus,
        fields=tuple(fields),
        touches=touches,
        current=current,
        affected=current & either([touch.rows for touch in touches], current),
        due=current & due[rows.item],
    )


def look_again(
    corpus: Corpus, changes: Sequence[Change], names: Collection[str], kind: DecisionKind
) -> tuple[LookAgain, ...]:
    """The experts' answers of a kind that are heard and that the changes affect."""
    since = carried_since(corpus, made_under(corpus), names)
    return tuple(
        LookAgain(item=decision.item, who=decision.who, batch=decision.batch)
        for _, decision in heard(corpus, kind)
        if any(affects(change, decision.label, since) for change in _after(decision, changes))
    )


def part(annotations: int, of: int) -> Part:
    """A part of a whole."""
    return Part(annotations=annotations, of=of, share=annotations / of if of else None)


def _parts(some: Mapping[str, int], whole: Mapping[str, int]) -> dict[str, Part]:
    return {text: part(number, whole[text]) for text, number in some.items()}


def _after(decision: Decision, changes: Sequence[Change]) -> Iterator[Change]:
    for change in changes:
        if not decision.guideline or version_of(decision.guideline) < version_of(change.version):
            yield change
