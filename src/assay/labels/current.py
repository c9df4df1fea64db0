"""What is current: of each annotator the last word on an item, and the decisions that stand.

An annotator's last word is what they said, by a label or a skip, in the newest closed counting batch in which they said
anything of the item. It is current until a newer closed batch takes it. One does where it labels again, asked them and
got no answer; and where it holds the item and follows a version of the guideline whose change, or an earlier one, makes
a label outdated that was made before: so a new version by itself takes nothing. What a change keeps (`grandfather`), it
does not take. A field that waits after a migration has no value, and the label is its annotator's last word all the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from assay.guidelines.front_matter import Change, Guideline
from assay.guidelines.selectors import selectors_of, touches
from assay.guidelines.touched import touched
from assay.guidelines.versions import Since, ordered_changes, version_of
from assay.labels.leaving import after_leaving, created_of, made_at
from assay.labels.rounds import ages, by_age, newest_rounds
from assay.labels.times import day_or_moment
from assay.model.project import Purpose
from assay.table import Column, Corpus, Decision, DecisionKind, FieldColumn
from assay.table.columns import Codes, Ints, Mask

_NEVER = np.iinfo(np.int32).max


def with_current(corpus: Corpus, guideline: Guideline, since: Since | None = None) -> Corpus:
    """The corpus with what is current: its items' batches, `current`, `open` and `taken` of its rows, what decisions stand for.

    It rests on the corpus and the guideline alone: what it would be with a batch closed, or one batch more, is found by
    handing over the corpus with just that changed. `since` is as `touched` takes it.
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
    taken = _taken(known, guideline, age, last, since)
    current = last & (taken < 0)
    return replace(
        known,
        annotations=replace(
            rows,
            current=current,
            open=last_words(known, ages(corpus.batches, closed=False)[rows.batch]),
            taken=taken,
            fields={name: _still_waiting(known, column, age, current) for name, column in rows.fields.items()},
        ),
        decisions=tuple(_standing(known, guideline, age)),
    )


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


def _taken(corpus: Corpus, guideline: Guideline, age: Codes, last: Mask, since: Since | None) -> Codes:
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
        for touch in touched(corpus, changes, tuple(rows.fields), since):
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


def _still_waiting(corpus: Corpus, column: FieldColumn, age: Codes, current: Mask) -> FieldColumn:
    """The column with what still waits: not a label whose item a newer closed batch asked under the new version, with an answer.

    What that answer leaves out of the field it was free to leave out; the label keeps its other fields.
    """
    if not column.since:
        return column
    rows = corpus.annotations
    waits = np.ones(len(column.waiting), dtype=np.bool_)
    for version in set(column.since):
        answers = np.flatnonzero(rows.counts & current & _follows(corpus, version, age)[rows.batch])
        newest = np.full(len(corpus.items), -1, dtype=np.int32)
        np.maximum.at(newest, rows.item[answers], age[rows.batch[answers]])
        of = np.array([one == version for one in column.since], dtype=np.bool_)
        waits &= ~(of & (newest[rows.item] > age[rows.batch])[column.waiting])
    kept = np.flatnonzero(waits).tolist()
    return replace(column, waiting=column.waiting[waits], since=tuple(column.since[one] for one in kept))


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


def _standing(corpus: Corpus, guideline: Guideline, age: Codes) -> Iterator[Decision]:
    """The decisions, each with the fields for which it stands.

    Gold speaks always. A decision of a closed counting batch stands, field by field, until a newer one says something of
    the field, or until a newer closed batch takes what it says there as outdated, as it takes a label. Other decisions are
    heard where no closed counting batch holds the item, the newest first. A field that waits after a migration was decided
    all the same, and waits, also where others answer it, until a closed batch that follows the new version asks for the item.
    """
    place = {batch.name: code for code, batch in enumerate(corpus.batches)}
    codes = {item: code for code, item in enumerate(corpus.items.ids)} if corpus.decisions else {}
    changes = _Outdating.all_of(corpus, guideline, age) if corpus.decisions else ()
    asked = _AskedSince.of(corpus, age)
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
                if not asked.settles(one, name, item, own)
                and (own < 0 or not any(each.takes(one, name, item, own) for each in changes))
            )
    for number, one in enumerate(corpus.decisions):
        if one.kind is DecisionKind.GOLD:
            item = codes.get(one.item, -1)
            waits = (name for name in one.waiting if not asked.settles(one, name, item, -1))
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
class _AskedSince:
    """By a version that decisions wait since and item code the age of the newest closed batch that follows it (-1: none does)."""

    newest: Mapping[str, Codes]

    @classmethod
    def of(cls, corpus: Corpus, age: Codes) -> "_AskedSince":
        """Of all versions that a decision waits since."""
        versions = {version for one in corpus.decisions for version in one.waiting.values()}
        return cls(newest={version: _newest_following(corpus, version, age) for version in versions})

    def settles(self, decision: Decision, field: str, item: int, age: int) -> bool:
        """Whether a field of a decision of that age waits no longer: the item was asked again under the new version."""
        return field in decision.waiting and item >= 0 and bool(self.newest[decision.waiting[field]][item] > age)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outdating:
    """A change, and by item code the age of the newest closed batch that follows it (-1: none does)."""

    change: Change
    newest: Codes

    @classmethod
    def all_of(cls, corpus: Corpus, guideline: Guideline, age: Codes) -> "tuple[_Outdating, ...]":
        """Those of a guideline that take anything."""
        found: list[_Outdating] = []
        for change in _replacing(guideline):
            newest = _newest_following(corpus, change.version, age)
            found += [cls(change=change, newest=newest)] if (newest >= 0).any() else []
        return tuple(found)

    def takes(self, decision: Decision, field: str, item: int, age: int) -> bool:
        """Whether what a decision of that age says of a field is outdated, and the item was labelled again since."""
        if (
            field not in decision.label
            or version_of(decision.guideline) >= version_of(self.change.version)
            or self.newest[item] <= age
        ):
            return False
        return any(touches(selector, {field: decision.label[field]}) for selector in selectors_of(self.change))
