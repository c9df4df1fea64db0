"""Which existing annotations new versions of a guideline affect, and what must be labelled again."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay import guidelines
from assay.consensus import effective_decisions
from assay.core import Column, Corpus, DecisionKind, Field, Mask, guideline_versions
from assay.project import Migration
from assay.quality import outdated


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The reach of some changes, and of some migrations, over a corpus.

    `touches` are the annotations that each change affects, of any batch; `waiting`, by field, those that wait for an
    annotator after the migrations, and `since`, by version, those that wait since a migration of that version. `current`
    are the current counting ones; of these `affected` are those that a change or a migration affects, `stale` those that
    are not kept, `outdated` those that a change makes outdated given its sample, `due` those whose items must be labelled
    again. `newer` are, by item, further annotators with a current answer that this corpus does not hold.
    """

    corpus: Corpus
    fields: tuple[Field, ...]
    touches: tuple[guidelines.AffectedRows, ...]
    waiting: Mapping[str, Mask]
    since: Mapping[str, Mask]
    current: Mask
    affected: Mask
    stale: Mask
    outdated: Mask
    due: Mask
    newer: Mapping[str, frozenset[str]]

    @property
    def versions(self) -> tuple[guidelines.EditedVersion, ...]:
        """The changes, with how many current annotations each affects."""
        return tuple(
            guidelines.EditedVersion(
                version=touch.change.version,
                affects=touch.change.affects,
                policy=touch.change.policy,
                annotations=int((touch.rows & self.current).sum()),
            )
            for touch in self.touches
        )

    @property
    def annotations(self) -> guidelines.AffectedShare:
        """The annotations affected, of the current ones."""
        return part(int(self.affected.sum()), int(self.current.sum()))

    @property
    def items(self) -> int:
        """The number of items of the annotations affected."""
        return len(np.unique(self.corpus.annotations.item[self.affected]))

    @property
    def values(self) -> dict[str, dict[str, guidelines.AffectedShare]]:
        """The annotations affected by field and value, for the fields that the changes affect."""
        found = {
            field.name: _parts(
                outdated.value_spread(self.corpus, field, self._concerned(field.name)),
                outdated.value_spread(self.corpus, field, self.current),
            )
            for field in self.fields
        }
        return {name: spread for name, spread in found.items() if spread}

    @property
    def annotators(self) -> dict[str, guidelines.AffectedShare]:
        """The annotations affected by annotator."""
        return self._by(self.corpus.annotations.annotator)

    @property
    def batches(self) -> dict[str, guidelines.AffectedShare]:
        """The annotations affected by batch."""
        return self._by(outdated.batch_column(self.corpus))

    @property
    def redo(self) -> guidelines.Redo:
        """What must be labelled again: all current answers to the items that are due."""
        return self.redo_of(self.plan)

    def redo_of(self, plan: Mapping[str, tuple[str, ...]]) -> guidelines.Redo:
        """The work of a plan: which annotators answer which items."""
        rows = self.corpus.annotations
        timed = rows.seconds[rows.counts & np.isfinite(rows.seconds)]
        median = float(np.median(timed)) if len(timed) else None
        number = sum(map(len, plan.values()))
        return guidelines.Redo(
            items=len(plan),
            annotations=number,
            seconds=median,
            timed=len(timed),
            hours=None if median is None else number * median / 3600,
        )

    @property
    def plan(self) -> Mapping[str, tuple[str, ...]]:
        """The annotators with a current answer to each item that must be labelled again."""
        return self._answered(self.due)

    @property
    def needed(self) -> Mapping[str, str]:
        """By item with a current answer that is outdated or waits, the version that a new answer has to follow."""
        outdating = [touch for touch in self.touches if touch.change.policy != "grandfather"]
        causes = [*((touch.change.version, touch.rows) for touch in outdating), *self.since.items()]
        return {
            item: version
            for version, rows in sorted(causes, key=lambda cause: guidelines.version_of(cause[0]))
            for item in people_by_item(self.corpus, rows & self.current)
        }

    @property
    def answered(self) -> Mapping[str, tuple[str, ...]]:
        """The annotators with a current answer to each item that has any."""
        return self._answered(self.current)

    @property
    def outgrown(self) -> Mapping[str, frozenset[str]]:
        """By item, the annotators whose current answer is outdated or waits."""
        return people_by_item(self.corpus, self.stale)

    @property
    def waits(self) -> Mask:
        """The current annotations that wait for an annotator."""
        return np.asarray(self.current & outdated.either(self.waiting.values(), self.current), dtype=np.bool_)

    def _answered(self, rows: Mask) -> Mapping[str, tuple[str, ...]]:
        found = people_by_item(self.corpus, rows)
        return {item: tuple(sorted(people | self.newer.get(item, frozenset()))) for item, people in found.items()}

    def reached(self) -> Mapping[str, frozenset[str]]:
        """By item, the versions of its counting annotations of closed batches that the changes and migrations affect."""
        masks = [*(touch.rows for touch in self.touches), *self.waiting.values()]
        return versions_by_item(self.corpus, outdated.either(masks, self.current))

    def _concerned(self, field: str) -> Mask:
        """The current annotations that the changes and migrations affect in a field."""
        stale = [touch.rows & self.current for touch in self.touches]
        waiting = self.current & self.waiting.get(field, np.zeros_like(self.current))
        touched = outdated.concerning(field, self.touches, stale)
        return touched | waiting if len(touched) else waiting

    def _by(self, column: Column) -> dict[str, guidelines.AffectedShare]:
        return _parts(outdated.count_by_value(column, self.affected), outdated.count_by_value(column, self.current))


def impact_of(  # noqa: PLR0913 - an edit and the labels it is compared with
    corpus: Corpus,
    changes: Sequence[guidelines.Change],
    fields: Sequence[Field],
    names: Collection[str],
    *,
    current: Mask,
    waiting: Mapping[str, Mask],
    since: Mapping[str, Mask],
    newer: Mapping[str, frozenset[str]],
    migrations: Sequence[Migration] = (),
) -> Impact:
    """The reach of changes and of what waits, by field and by version; `names` are the fields that a label may have after them.

    `migrations` are those that the labels of the corpus were migrated through.

    Due are the items of which a current answer waits for an annotator; those that a change under `relabel` affects; and of
    those under `sample` the drawn ones, or all where old and new labels of the sample agree too little.
    """
    touches = guidelines.affected_rows(corpus, changes, names, migrations)
    rows = corpus.annotations
    waits = current & outdated.either(waiting.values(), current)
    replacing = [touch for touch in touches if touch.change.policy != "grandfather"]
    _, outdating = outdated.made_outdated(corpus, replacing)
    gone = current & outdated.either(outdating, current)
    due = np.bincount(rows.item[waits | gone], minlength=len(corpus.items)) > 0
    return Impact(
        corpus=corpus,
        fields=tuple(fields),
        touches=touches,
        waiting=waiting,
        since=since,
        current=current,
        affected=waits | (current & outdated.either([touch.rows for touch in touches], current)),
        stale=waits | (current & outdated.either([touch.rows for touch in replacing], current)),
        outdated=gone,
        due=current & due[rows.item],
        newer=newer,
    )


def people_by_item(corpus: Corpus, rows: Mask) -> Mapping[str, frozenset[str]]:
    """The annotators of some rows, by item in canonical order."""
    table = corpus.annotations
    found: dict[str, set[str]] = defaultdict(set)
    for row in np.flatnonzero(rows).tolist():
        found[corpus.items.ids[table.item[row]]].add(table.annotator.values[table.annotator.codes[row]])
    return {item: frozenset(found[item]) for item in sorted(found)}


def versions_by_item(corpus: Corpus, rows: Mask) -> Mapping[str, frozenset[str]]:
    """By item, the versions under which the counting ones of some rows were made, of closed counting batches."""
    table, made = corpus.annotations, guideline_versions(corpus)
    closed = np.array([batch.closed and batch.counts for batch in corpus.batches], dtype=np.bool_)[table.batch]
    found: dict[str, set[str]] = defaultdict(set)
    for row in np.flatnonzero(rows & closed & table.counts).tolist():
        found[corpus.items.ids[table.item[row]]].add(made.values[made.codes[row]])
    return {item: frozenset(versions) for item, versions in found.items()}


def look_again(
    corpus: Corpus,
    changes: Sequence[guidelines.Change],
    names: Collection[str],
    kind: DecisionKind,
    waiting: Collection[tuple[str, int]] = (),
    migrations: Sequence[Migration] = (),
) -> tuple[guidelines.AffectedExpert, ...]:
    """The effective expert answers of a kind that the changes affect, or whose path and line is among `waiting`."""
    since = guidelines.present_since(corpus, guideline_versions(corpus), names, migrations)
    return tuple(
        guidelines.AffectedExpert(item=decision.item, who=decision.who, batch=decision.batch)
        for _, decision in effective_decisions(corpus, kind)
        if (decision.path, decision.line) in waiting
        or any(
            guidelines.affects(change, decision.label, since, migrations)
            for change in changes
            if not decision.guideline
            or guidelines.version_of(decision.guideline) < guidelines.version_of(change.version)
        )
    )


def part(annotations: int, of: int) -> guidelines.AffectedShare:
    """A part of a whole."""
    return guidelines.AffectedShare(annotations=annotations, of=of, share=annotations / of if of else None)


def _parts(some: Mapping[str, int], whole: Mapping[str, int]) -> dict[str, guidelines.AffectedShare]:
    return {text: part(number, whole[text]) for text, number in some.items()}
