"""What is current: the latest answer of each annotator to an item, and the decisions in effect.

An annotator's latest answer is their label or skip in the newest closed counting batch in which they answered the item.
It is current until a newer closed batch takes it. A relabel batch does if it asked them again and got no answer. So does a
batch that has the item and follows a guideline version whose change, or an earlier one, makes a label outdated that was
made before it: a new version by itself takes nothing, nor does a change with the policy `grandfather`. A field that waits
after a migration has no value, but its label is still the annotator's latest answer. The field of a label or decision waits
until a newer closed batch that follows the migration's version, or a later one, has the item, and someone gave a current
label in that batch or a later one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay import guidelines
from assay.core import Codes, Corpus, Decision, DecisionKind, Ints, Mask, Purpose
from assay.labels.batches import age_key, ages, by_age, newest_batches
from assay.labels.times import after_leaving, created_of, made_at
from assay.project import Migration

_NEVER = np.iinfo(np.int32).max


def with_current(
    corpus: Corpus,
    guideline: guidelines.Guideline,
    migrations: Sequence[Migration] = (),
    since: guidelines.Since | None = None,
    counted: Collection[str] = (),
) -> Corpus:
    """The corpus with what is current: its items' batches, `current`, `open` and `taken` of its rows, what waits and which decisions are in effect.

    It depends on the corpus, the guideline and the migrations applied to its labels alone: to see the effect of closing or
    adding a batch, pass the corpus with that change. Where the corpus is a part of the whole task, `since` is as
    `affected_rows` takes it, and `counted` as `latest_answers` does.
    """
    rows, asked = corpus.annotations, corpus.assignments
    held = ((rows.batch, rows.item), (asked.batch, asked.item))
    items = replace(
        corpus.items,
        current_batch=newest_batches(corpus.batches, held, len(corpus.items), closed=True),
        open_batch=newest_batches(corpus.batches, held, len(corpus.items), closed=False),
    )
    known = replace(corpus, items=items)
    age = ages(corpus.batches, closed=True)
    last = latest_answers(known, age[rows.batch], counted)
    taken = _taken(known, guideline, migrations, age, last, since)
    marked = replace(
        known,
        annotations=replace(
            rows,
            current=last & (taken < 0),
            open=latest_answers(known, ages(corpus.batches, closed=False)[rows.batch], counted),
            taken=taken,
        ),
    )
    fields = dict(rows.fields)
    for name, column in rows.fields.items():
        if len((waits := column.waiting).rows):
            answered = np.full(len(waits.rows), -1, dtype=np.int32)
            for code in np.unique(waits.since.codes).tolist():
                of = waits.since.codes == code
                answered[of] = answered_since(marked, waits.since.values[code])[waits.rows[of]]
            fields[name] = replace(column, waiting=replace(waits, answered=answered))
    return replace(
        marked,
        annotations=replace(marked.annotations, fields=fields),
        decisions=tuple(_effective_decisions(marked, guideline, migrations, age)),
    )


def answered_since(corpus: Corpus, version: str) -> Codes:
    """By row the batch that ends the waiting since a version of the guideline; -1 where none does.

    It is the oldest newer closed counting batch that has the item and follows the version or a later one, if the item got a
    current label in it or a later one. `current` must be set.
    """
    rows, age = corpus.annotations, ages(corpus.batches, closed=True)
    takers = _answering(corpus, version, age)
    found = takers.next_after(rows.item.astype(np.int64), age[rows.batch])
    return by_age(age)[np.where(found == _NEVER, -1, found)]


def _answering(corpus: Corpus, version: str, age: Codes) -> "_Takers":
    """By item the batches that end the waiting since a version."""
    rows = corpus.annotations
    labelled = np.flatnonzero(rows.current & rows.counts)
    last = np.full(len(corpus.items), -1, dtype=np.int32)
    np.maximum.at(last, rows.item[labelled], age[rows.batch[labelled]])
    item, when = _held_under(corpus, version, age)
    ends = when <= last[item]
    return _takers(item[ends].astype(np.int64), when[ends], max(len(age), 1))


def latest_answers(corpus: Corpus, age: Codes, counted: Collection[str] = ()) -> Mask:
    """Of each annotator and item the row of the highest age, (N,); a row whose age is -1 is none.

    For an annotator whose labels count otherwise, a row that does not count is used only where there is no other: neither a
    label nor a skip made after leaving replaces an earlier answer. `counted` are annotators whose labels count in batches that
    the corpus does not have.
    """
    rows, items = corpus.annotations, len(corpus.items)
    inside = np.asarray(age >= 0, dtype=np.bool_)
    lowest, highest = np.full(items, _NEVER, dtype=np.int32), np.full(items, -1, dtype=np.int32)
    np.minimum.at(lowest, rows.item[inside], age[inside])
    np.maximum.at(highest, rows.item[inside], age[inside])
    several = np.flatnonzero(inside & (lowest < highest)[rows.item])
    key = _keys(rows.item, rows.annotator.codes, len(rows.annotator.values))[several]
    ever = np.bincount(rows.annotator.codes[rows.counts], minlength=len(rows.annotator.values)) > 0
    ever |= np.array([name in counted for name in rows.annotator.values], dtype=np.bool_)
    made = made_at(rows.at.astype("datetime64[us]").view(np.int64), created_of(corpus.batches, rows.batch))
    late = after_leaving(corpus.annotators, rows.annotator, made)
    effective = rows.counts | ((rows.skip.codes >= 0) & ~late) | ~ever[rows.annotator.codes]
    order = np.lexsort((age[several], effective[several], key))
    again = key[order[:-1]] == key[order[1:]]
    inside[several[order[:-1][again]]] = False
    return inside


@dataclass(frozen=True, slots=True, kw_only=True)
class _Takers:
    """Closed counting batches by the keys that they may take from, as sorted numbers of key and age."""

    many: int
    numbers: Ints

    def next_after(self, key: Ints, age: Codes) -> Codes:
        """The oldest taker of each key that is newer than `age`; `_NEVER` where there is none."""
        place = np.searchsorted(self.numbers, key * self.many + age, side="right")
        there = np.append(self.numbers, -1)[place]
        return np.where(there // self.many == key, there % self.many, _NEVER).astype(np.int32)


def _takers(key: Ints, age: Codes, many: int) -> _Takers:
    return _Takers(many=many, numbers=np.unique(key * many + age))


def _taken(
    corpus: Corpus,
    guideline: guidelines.Guideline,
    migrations: Sequence[Migration],
    age: Codes,
    last: Mask,
    since: guidelines.Since | None,
) -> Codes:
    """By row the batch that takes an annotator's latest answer; -1 where none does."""
    rows = corpus.annotations
    own = age[rows.batch]
    newest = age[corpus.items.current_batch][rows.item] if len(corpus.batches) else own
    at_stake = last & (own < newest)
    taker = np.full(len(rows), _NEVER, dtype=np.int32)
    if at_stake.any():
        some = np.flatnonzero(at_stake)
        taker[some] = _silent_in(corpus, age, some)
        changes = [change for change in _replacing(guideline) if _follows(corpus, change.version, age).any()]
        for touch in guidelines.affected_rows(corpus, changes, tuple(rows.fields), migrations, since):
            of = np.flatnonzero(at_stake & touch.rows)
            item, when = _held_under(corpus, touch.change.version, age)
            again = _takers(item.astype(np.int64), when, len(age)).next_after(rows.item[of].astype(np.int64), own[of])
            taker[of] = np.minimum(taker[of], again)
    return by_age(age)[np.where(taker == _NEVER, -1, taker)]


def _silent_in(corpus: Corpus, age: Codes, some: Ints) -> Codes:
    """The age of the oldest newer batch that asked for a label again and, for a latest answer, got none."""
    rows, asked = corpus.annotations, corpus.assignments
    many = max(len(rows.annotator.values), 1)
    relabels = np.array([batch.purpose is Purpose.RELABEL for batch in corpus.batches], dtype=np.bool_) & (age >= 0)
    place = {name: code for code, name in enumerate(rows.annotator.values)}
    recoded = np.array([*(place.get(name, -1) for name in asked.annotator.values), -1], dtype=np.int32)
    who = recoded[asked.annotator.codes]
    due = relabels[asked.batch] & (who >= 0)
    takers = _takers(_keys(asked.item[due], who[due], many), age[asked.batch[due]], len(age))
    return takers.next_after(_keys(rows.item[some], rows.annotator.codes[some], many), age[rows.batch[some]])


def _replacing(guideline: guidelines.Guideline) -> Iterator[guidelines.Change]:
    """The changes that do not keep every label as it is."""
    return (change for change in guidelines.ordered_changes(guideline) if change.policy != "grandfather")


def _follows(corpus: Corpus, version: str, age: Codes) -> Mask:
    """The closed counting batches that follow a version or a later one."""
    least = guidelines.version_of(version)
    later = [guidelines.version_of(batch.guideline) >= least for batch in corpus.batches]
    return np.array(later, dtype=np.bool_) & (age >= 0)


def _held_under(corpus: Corpus, version: str, age: Codes) -> tuple[Codes, Codes]:
    """The items of such batches, each with the age of the batch."""
    rows, asked = corpus.annotations, corpus.assignments
    follows = _follows(corpus, version, age)
    item, batch = np.concatenate([rows.item, asked.item]), np.concatenate([rows.batch, asked.batch])
    held = follows[batch]
    return item[held], age[batch[held]]


def first_following(corpus: Corpus, version: str, since: Codes) -> Codes:
    """By item the age of the oldest such batch that is newer than the item's age in `since`; -1: none is."""
    age = ages(corpus.batches, closed=True)
    item, when = _held_under(corpus, version, age)
    takers = _takers(item.astype(np.int64), when, max(len(age), 1))
    held = np.flatnonzero(since < len(age))
    found = np.full(len(since), _NEVER, dtype=np.int32)
    found[held] = takers.next_after(held.astype(np.int64), since[held])
    return np.where(found == _NEVER, np.int32(-1), found)


def _keys(item: Codes, annotator: Codes, many: int) -> Ints:
    return np.asarray(item.astype(np.int64) * max(many, 1) + annotator, dtype=np.int64)


def _effective_decisions(
    corpus: Corpus, guideline: guidelines.Guideline, migrations: Sequence[Migration], age: Codes
) -> Iterator[Decision]:
    """The decisions, each with the fields for which it stands.

    Gold speaks always. A decision of a closed counting batch stands, field by field, until a newer one says something of
    the field, or until a newer closed batch takes what it says there as outdated, as it takes a label. Other decisions are
    effective where no closed counting batch holds the item, the newest first. A field that waits after a migration was decided
    all the same, and waits, also where others answer it, as long as a vote does or until it is taken as outdated.
    """
    place = {batch.name: code for code, batch in enumerate(corpus.batches)}
    codes = {item: code for code, item in enumerate(corpus.items.ids)} if corpus.decisions else {}
    changes = _Outdating.all_of(corpus, guideline, migrations, age) if corpus.decisions else ()
    versions = {version for decision in corpus.decisions for version in decision.waiting.values()}
    ends = {version: _answering(corpus, version, age) for version in versions}
    stands: dict[int, tuple[str, ...]] = {}
    decided: dict[str, set[str]] = defaultdict(set)
    created = {batch.name: age_key(batch) for batch in corpus.batches}
    adjudications = [n for n, decision in enumerate(corpus.decisions) if decision.kind is DecisionKind.ADJUDICATION]

    def made(number: int) -> tuple[tuple[int, str], str]:
        decision = corpus.decisions[number]
        return created.get(decision.batch, (0, decision.batch)), decision.who

    def settled(decision: Decision, name: str, item: int, own: int) -> bool:
        """Whether a field of a decision of that age waits no longer."""
        if name not in decision.waiting or item < 0:
            return False
        key, known = np.array([item], dtype=np.int64), np.array([own], dtype=np.int32)
        return bool(ends[decision.waiting[name]].next_after(key, known)[0] < _NEVER)

    for number in sorted(adjudications, key=made, reverse=True):
        decision = corpus.decisions[number]
        item, own = codes.get(decision.item, -1), int(age[place[decision.batch]]) if decision.batch in place else -1
        if item >= 0 and (own >= 0 or corpus.items.current_batch[item] < 0):
            fields = [name for name in (*decision.label, *decision.waiting) if name not in decided[decision.item]]
            decided[decision.item].update(decision.label, decision.lost)
            stands[number] = tuple(
                name
                for name in fields
                if not settled(decision, name, item, own)
                and not any(each.takes(decision, name, item, own) for each in changes)
            )
    for number, decision in enumerate(corpus.decisions):
        if decision.kind is DecisionKind.GOLD:
            item = codes.get(decision.item, -1)
            waits = (name for name in decision.waiting if not settled(decision, name, item, -1))
            stands[number] = (*decision.label, *waits)
        yield replace(decision, stands=stands.get(number, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outdating:
    """A change, what it selects, and by item code the age of the newest closed batch that follows it (-1: none does)."""

    change: guidelines.Change
    selectors: tuple[guidelines.Selector, ...]
    newest: Codes

    @classmethod
    def all_of(
        cls, corpus: Corpus, guideline: guidelines.Guideline, migrations: Sequence[Migration], age: Codes
    ) -> "tuple[_Outdating, ...]":
        found: list[_Outdating] = []
        for change in _replacing(guideline):
            item, when = _held_under(corpus, change.version, age)
            newest = np.full(len(corpus.items), -1, dtype=np.int32)
            np.maximum.at(newest, item, when)
            selectors = guidelines.selectors_of(change, migrations)
            found += [cls(change=change, selectors=selectors, newest=newest)] if (newest >= 0).any() else []
        return tuple(found)

    def takes(self, decision: Decision, field: str, item: int, age: int) -> bool:
        """Whether a decision of that age is outdated in a field, and the item was labelled again since."""
        if (
            field not in (*decision.label, *decision.lost)
            or guidelines.version_of(decision.guideline) >= guidelines.version_of(self.change.version)
            or self.newest[item] <= age
        ):
            return False
        label = {field: decision.label[field]} if field in decision.label else {}
        return any(guidelines.selects(selector, label, (field,)) for selector in self.selectors)
