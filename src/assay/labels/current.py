"""What is current: of each annotator the last word on an item, and the decisions that stand.

An annotator's last word is what they said, by a label or a skip, in the newest closed counting batch in which they
said anything of the item. It is current until a newer closed batch takes it. One does where it labels again, asked
them and got no answer; and where it holds the item and follows a version of the guideline whose change, or an earlier
one, makes a label outdated that was made before: so a new version by itself takes nothing. What a change keeps
(`grandfather`), it does not take. A field that waits after a migration has no value, and the label is its annotator's
last word all the same. It waits, and so does a decision's, until a newer closed batch that follows the migration's
version, or a later one, holds the item, and somebody gave a label in that batch or a later one that is current: who
has it then said what they had to say.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core import Codes, Column, Corpus, Decision, DecisionKind, FieldColumn, Ints, Mask, Purpose
from assay.guidelines import (
    Change,
    Guideline,
    Selector,
    Since,
    ordered_changes,
    selectors_of,
    touched,
    touches,
    version_of,
)
from assay.labels.batches import ages, by_age, newest_rounds
from assay.labels.times import after_leaving, created_of, day_or_moment, made_at
from assay.project import Migration

_NEVER = np.iinfo(np.int32).max


def with_current(
    corpus: Corpus, guideline: Guideline, migrations: Sequence[Migration] = (), since: Since | None = None
) -> Corpus:
    """The corpus with what is current: its items' batches, `current`, `open` and `taken` of its rows, what waits and what decisions stand for.

    It rests on the corpus, the guideline and the migrations that its labels were carried through: what it would be with a
    batch closed, or one batch more, is found by handing over the corpus with just that changed. `since` is as `touched` takes it.
    """
    rows, asked = corpus.annotations, corpus.assignments
    held = ((rows.batch, rows.item), (asked.batch, asked.item))
    items = replace(
        corpus.items,
        round=newest_rounds(corpus.batches, held, len(corpus.items), closed=True),
        open_round=newest_rounds(corpus.batches, held, len(corpus.items), closed=False),
    )
    known = replace(corpus, items=items)
    age = ages(corpus.batches, closed=True)
    last = last_words(known, age[rows.batch])
    taken = _taken(known, guideline, migrations, age, last, since)
    marked = replace(
        known,
        annotations=replace(
            rows,
            current=last & (taken < 0),
            open=last_words(known, ages(corpus.batches, closed=False)[rows.batch]),
            taken=taken,
        ),
    )
    fields = {name: _answered(marked, column) for name, column in rows.fields.items()}
    return replace(
        marked,
        annotations=replace(marked.annotations, fields=fields),
        decisions=tuple(_standing(marked, guideline, migrations, age)),
    )


def _answered(corpus: Corpus, column: FieldColumn) -> FieldColumn:
    waits = column.waiting
    if not len(waits.rows):
        return column
    answered = np.full(len(waits.rows), -1, dtype=np.int32)
    for code in np.unique(waits.since.codes).tolist():
        of = waits.since.codes == code
        answered[of] = answered_since(corpus, waits.since.values[code])[waits.rows[of]]
    return replace(column, waiting=replace(waits, answered=answered))


def answered_since(corpus: Corpus, version: str) -> Codes:
    """By row the batch by which what waits since a version of the guideline does so no longer; -1 where there is none.

    It is the oldest newer closed counting batch that holds the item and follows the version or a later one, if somebody
    gave a label of the item in it or a later one that is current. `current` is known.
    """
    rows, age = corpus.annotations, ages(corpus.batches, closed=True)
    takers = _answering(corpus, version, age)
    found = takers.next_after(rows.item.astype(np.int64), age[rows.batch])
    return by_age(age)[np.where(found == _NEVER, -1, found)]


def _answering(corpus: Corpus, version: str, age: Codes) -> "_Takers":
    """By item the batches that end the waiting since a version."""
    rows = corpus.annotations
    said = np.flatnonzero(rows.current & rows.counts)
    last = np.full(len(corpus.items), -1, dtype=np.int32)
    np.maximum.at(last, rows.item[said], age[rows.batch[said]])
    item, when = _held_under(corpus, version, age)
    ends = when <= last[item]
    return _takers(item[ends].astype(np.int64), when[ends], max(len(age), 1))


def last_words(corpus: Corpus, age: Codes) -> Mask:
    """Of each annotator and item the row of the highest age, (N,); a row whose age is -1 is none.

    What does not count, of somebody whose labels count otherwise, is the last word only where there is no other: neither
    a label nor a skip of somebody who had left replaces what they said before.
    """
    rows, items = corpus.annotations, len(corpus.items)
    inside = np.asarray(age >= 0, dtype=np.bool_)
    lowest, highest = np.full(items, _NEVER, dtype=np.int32), np.full(items, -1, dtype=np.int32)
    np.minimum.at(lowest, rows.item[inside], age[inside])
    np.maximum.at(highest, rows.item[inside], age[inside])
    several = np.flatnonzero(inside & (lowest < highest)[rows.item])
    key = _keys(rows.item, rows.annotator.codes, len(rows.annotator.values))[several]
    ever = np.bincount(rows.annotator.codes[rows.counts], minlength=len(rows.annotator.values)) > 0
    heard = rows.counts | ((rows.skip.codes >= 0) & ~_late(corpus)) | ~ever[rows.annotator.codes]
    order = np.lexsort((age[several], heard[several], key))
    again = key[order[:-1]] == key[order[1:]]
    inside[several[order[:-1][again]]] = False
    return inside


def _late(corpus: Corpus) -> Mask:
    """The rows made after their annotator left or paused."""
    rows = corpus.annotations
    made = made_at(rows.at.astype("datetime64[us]").view(np.int64), created_of(corpus.batches, rows.batch))
    return after_leaving(corpus.annotators, rows.annotator, made)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Takers:
    """Closed counting batches that may take something, by age: each with what it takes from, as sorted numbers."""

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
    guideline: Guideline,
    migrations: Sequence[Migration],
    age: Codes,
    last: Mask,
    since: Since | None,
) -> Codes:
    """By row the batch that takes an annotator's last word; -1 where none does."""
    rows = corpus.annotations
    own = age[rows.batch]
    newest = age[corpus.items.round][rows.item] if len(corpus.batches) else own
    at_stake = last & (own < newest)
    taker = np.full(len(rows), _NEVER, dtype=np.int32)
    if at_stake.any():
        some = np.flatnonzero(at_stake)
        taker[some] = _silent_in(corpus, age, some)
        changes = [change for change in _replacing(guideline) if _follows(corpus, change.version, age).any()]
        for touch in touched(corpus, changes, tuple(rows.fields), migrations, since):
            of = np.flatnonzero(at_stake & touch.rows)
            item, when = _held_under(corpus, touch.change.version, age)
            again = _takers(item.astype(np.int64), when, len(age)).next_after(rows.item[of].astype(np.int64), own[of])
            taker[of] = np.minimum(taker[of], again)
    return by_age(age)[np.where(taker == _NEVER, -1, taker)]


def _silent_in(corpus: Corpus, age: Codes, some: Ints) -> Codes:
    """The age of the oldest newer batch that asked for a label again; of a last word, so that it got none."""
    rows, asked = corpus.annotations, corpus.assignments
    many = max(len(rows.annotator.values), 1)
    relabels = np.array([batch.purpose is Purpose.RELABEL for batch in corpus.batches], dtype=np.bool_) & (age >= 0)
    who = _recoded(asked.annotator, rows.annotator)
    due = relabels[asked.batch] & (who >= 0)
    takers = _takers(_keys(asked.item[due], who[due], many), age[asked.batch[due]], len(age))
    return takers.next_after(_keys(rows.item[some], rows.annotator.codes[some], many), age[rows.batch[some]])


def _replacing(guideline: Guideline) -> Iterator[Change]:
    """The changes that do not keep every label as it is."""
    return (change for change in ordered_changes(guideline) if change.policy != "grandfather")


def _follows(corpus: Corpus, version: str, age: Codes) -> Mask:
    """The closed counting batches that follow a version or a later one."""
    least = version_of(version)
    later = [version_of(batch.guideline) >= least for batch in corpus.batches]
    return np.array(later, dtype=np.bool_) & (age >= 0)


def _held_under(corpus: Corpus, version: str, age: Codes) -> tuple[Codes, Codes]:
    """The items that such batches hold, each with the age of the batch."""
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


def _newest_following(corpus: Corpus, version: str, age: Codes) -> Codes:
    """By item the age of the newest such batch that holds it; -1: none does."""
    item, when = _held_under(corpus, version, age)
    newest = np.full(len(corpus.items), -1, dtype=np.int32)
    np.maximum.at(newest, item, when)
    return newest


def _keys(item: Codes, annotator: Codes, many: int) -> Ints:
    """Item and annotator as one number."""
    return np.asarray(item.astype(np.int64) * max(many, 1) + annotator, dtype=np.int64)


def _recoded(column: Column, as_in: Column) -> Codes:
    """The codes of a column in the vocabulary of another one; -1 where that has no such text."""
    place = {text: code for code, text in enumerate(as_in.values)}
    return np.array([*(place.get(text, -1) for text in column.values), -1], dtype=np.int32)[column.codes]


def _standing(corpus: Corpus, guideline: Guideline, migrations: Sequence[Migration], age: Codes) -> Iterator[Decision]:
    """The decisions, each with the fields for which it stands.

    Gold speaks always. A decision of a closed counting batch stands, field by field, until a newer one says something of
    the field, or until a newer closed batch takes what it says there as outdated, as it takes a label. Other decisions are
    heard where no closed counting batch holds the item, the newest first. A field that waits after a migration was decided
    all the same, and waits, also where others answer it, as long as a vote does or until it is taken as outdated.
    """
    place = {batch.name: code for code, batch in enumerate(corpus.batches)}
    codes = {item: code for code, item in enumerate(corpus.items.ids)} if corpus.decisions else {}
    changes = _Outdating.all_of(corpus, guideline, migrations, age) if corpus.decisions else ()
    ending = _Ending.of(corpus, age)
    stands: dict[int, tuple[str, ...]] = {}
    said: dict[str, set[str]] = defaultdict(set)
    for number in _newest_first(corpus, place):
        one = corpus.decisions[number]
        item, own = codes.get(one.item, -1), int(age[place[one.batch]]) if one.batch in place else -1
        if item >= 0 and (own >= 0 or corpus.items.round[item] < 0):
            fields = [name for name in (*one.label, *one.waiting) if name not in said[one.item]]
            said[one.item].update(one.label, one.lost)
            stands[number] = tuple(
                name
                for name in fields
                if not ending.settles(one, name, item, own)
                and (own < 0 or not any(each.takes(one, name, item, own) for each in changes))
            )
    for number, one in enumerate(corpus.decisions):
        if one.kind is DecisionKind.GOLD:
            item = codes.get(one.item, -1)
            waits = (name for name in one.waiting if not ending.settles(one, name, item, -1))
            stands[number] = (*one.label, *waits)
        yield replace(one, stands=stands.get(number, ()))


def _newest_first(corpus: Corpus, place: Mapping[str, int]) -> list[int]:
    """The places of the adjudications: by their batch, then by who decided."""

    def made(number: int) -> tuple[int, str, str]:
        one = corpus.decisions[number]
        created = corpus.batches[place[one.batch]].created if one.batch in place else ""
        return day_or_moment(created) or 0, one.batch, one.who

    adjudications = (n for n, one in enumerate(corpus.decisions) if one.kind is DecisionKind.ADJUDICATION)
    return sorted(adjudications, key=made, reverse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """By the version that a decision waits since: the batches that end the waiting of each item."""

    ends: "Mapping[str, _Takers]"

    @classmethod
    def of(cls, corpus: Corpus, age: Codes) -> "_Ending":
        """Of all versions that a decision waits since."""
        versions = {version for one in corpus.decisions for version in one.waiting.values()}
        return cls(ends={version: _answering(corpus, version, age) for version in versions})

    def settles(self, decision: Decision, field: str, item: int, age: int) -> bool:
        """Whether a field of a decision of that age waits no longer."""
        if field not in decision.waiting or item < 0:
            return False
        ends = self.ends[decision.waiting[field]]
        return bool(ends.next_after(np.array([item], dtype=np.int64), np.array([age], dtype=np.int32))[0] < _NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outdating:
    """A change, what it selects, and by item code the age of the newest closed batch that follows it (-1: none does)."""

    change: Change
    selectors: tuple[Selector, ...]
    newest: Codes

    @classmethod
    def all_of(
        cls, corpus: Corpus, guideline: Guideline, migrations: Sequence[Migration], age: Codes
    ) -> "tuple[_Outdating, ...]":
        """Those of a guideline that take anything."""
        found: list[_Outdating] = []
        for change in _replacing(guideline):
            newest = _newest_following(corpus, change.version, age)
            selectors = selectors_of(change, migrations)
            found += [cls(change=change, selectors=selectors, newest=newest)] if (newest >= 0).any() else []
        return tuple(found)

    def takes(self, decision: Decision, field: str, item: int, age: int) -> bool:
        """Whether what a decision of that age says of a field is outdated, and the item was labelled again since."""
        if (
            field not in (*decision.label, *decision.lost)
            or version_of(decision.guideline) >= version_of(self.change.version)
            or self.newest[item] <= age
        ):
            return False
        label = {field: decision.label[field]} if field in decision.label else {}
        return any(touches(selector, label, (field,)) for selector in self.selectors)
