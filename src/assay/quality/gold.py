"""The votes against an expert's answers.

An answer is right when it is the same value as gold's, on every scale: a rating next to the expert's is still another
rating, and overlapping spans are other spans. Of a sequence each element is right or wrong, so that its accuracy is that of
tagging: the share of right tags of all. Where fields are pooled each weighs as much as it has answers, and so a sequence as
much as a choice. The credit of an answer says how near it is (`assay.quality.credit`). What counts is the current votes. The
votes on an item are no independent tests, for an item is easy or hard for all, so intervals are over items, of groups of
items over groups.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.agreement import DISPUTABLE, tags_of
from assay.consensus import Doubt, Reason, answers, choices, standard, tally_votes, winners
from assay.core import (
    Codes,
    Corpus,
    DecisionKind,
    Field,
    Floats,
    GoldField,
    GoldReport,
    Json,
    Mask,
    Scale,
    Share,
    canonical_text,
)
from assay.quality.credit import clustered, likeness, share

NEAR = 0.5
_UNANSWERED = -1
_TESTING = DISPUTABLE | {Scale.SPANS, Scale.BOXES}
"""Where right answers are the same or near each other, as free text and rankings seldom are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """One field's votes on items whose gold answers it, a row each.

    `own` is the annotator's answer before a correction, `final` the vote as it stands (-1: none), `gold` the expert's,
    codes into `values`; `counts` whether the annotator's votes count. `cluster` is what is no test of its own: the item,
    or the group that it is in.
    """

    field: Field
    values: tuple[Json, ...]
    item: Codes
    cluster: Codes
    annotator: Codes
    own: Codes
    final: Codes
    gold: Codes
    counts: Mask


def measure_gold(corpus: Corpus, fields: Sequence[Field]) -> GoldReport:
    """How often annotators, and the majority of their votes, answer as gold does.

    `accuracy` is over the counting (vote, field) pairs that gold answers, each the annotator's own answer, before a
    correction in review; `credit` is the mean of how near these answers are. `vote_accuracy` is over the (item, field)
    cells with counting votes as they stand: whether the value given most often is gold's, of k values that tie 1/k for
    gold's among them; on every scale, so that it says how far the votes alone can be trusted, whatever the consensus method
    makes of them. Of a sequence both are over its elements, as is what is told of it alone. `items` have a counting vote
    that gold answers. `annotators` are all who answered, also those whose votes do not count; their intervals take one's
    answers as independent of each other.
    """
    tests = _tests(corpus, fields, corpus.annotations.current)
    right = {name: _right(test) for name, test in tests.items()}
    near = {name: _near(test) for name, test in tests.items()}
    width = len(corpus.items) + len(corpus.items.group.values)
    pooled = _share(right.values(), width)
    majorities = {name: _majority(_by_element(test), width) for name, test in tests.items()}
    return GoldReport(
        items=len(set[int]().union(*(_items(test) for test in tests.values()))),
        accuracy=pooled.value,
        low=pooled.low,
        high=pooled.high,
        credit=_share(near.values(), width),
        vote_accuracy=_pooled(
            (majorities[name], len(np.unique(test.item[test.counts & (test.final >= 0)])))
            for name, test in tests.items()
        ),
        fields={
            name: GoldField(
                items=len(_items(test)),
                accuracy=_share([replace(right[name], weight=1.0)], width),
                credit=_share([near[name]], width),
                vote_accuracy=majorities[name],
            )
            for name, test in tests.items()
        },
        annotators=_annotators(corpus, tests.values()),
    )


def gold_by_annotator(corpus: Corpus, fields: Sequence[Field], rows: Mask) -> dict[str, Share]:
    """How often each annotator answers as gold does, over the (vote, field) pairs of `rows` that gold answers.

    Also those whose votes do not count; an annotator without such a pair is left out. Of a sequence it is the share of its
    elements, and counts as many as the annotator has sequences.
    """
    return _annotators(corpus, _tests(corpus, fields, rows).values())


def missed_gold(corpus: Corpus, fields: Sequence[Field]) -> Iterator[Doubt]:
    """Where gold may be wrong, or the item is hard for all: more than half of two or more votes are not near to it.

    Votes are the current ones that count, as they stand after review; near is what earns a credit of `NEAR` or more. Free
    text and rankings are left out: there most right answers differ from gold as well.
    """
    tested = [field for field in fields if field.scale in _TESTING]
    for test in _tests(corpus, tested, corpus.annotations.current).values():
        voting = test.counts & (test.final >= 0)
        item = test.item[voting]
        far = _credit(test, test.final[voting], test.gold[voting]) < NEAR
        votes, misses = (np.bincount(item[of], minlength=len(corpus.items)) for of in (slice(None), far))
        for code in np.flatnonzero((votes >= 2) & (misses * 2 > votes)).tolist():
            yield Doubt(item=corpus.items.ids[code], field=test.field.name, why=Reason.GOLD_MISSED)


def _tests(corpus: Corpus, fields: Sequence[Field], rows: Mask) -> dict[str, _Test]:
    experts = answers(corpus, DecisionKind.GOLD)
    return {field.name: _test(corpus, field, experts[field.name], rows) for field in fields if field.name in experts}


def _test(corpus: Corpus, field: Field, gold: Mapping[int, Json], among: Mask) -> _Test:
    rows = corpus.annotations
    column = rows.fields[field.name]
    options = choices(field, column)
    codes = {canonical_text(value): code for code, value in enumerate(options.values)}
    told = {item: standard(value, field) for item, value in gold.items()}
    new = {text: value for value in told.values() if (text := canonical_text(value)) not in codes}
    codes |= {text: len(codes) + place for place, text in enumerate(new)}
    known = np.full(len(corpus.items), _UNANSWERED, dtype=np.int32)
    known[list(told)] = [codes[canonical_text(value)] for value in told.values()]
    tested = among & (known[rows.item] != _UNANSWERED)
    item = rows.item[tested]
    group = corpus.items.group.codes[item]
    return _Test(
        field=field,
        values=(*options.values, *new.values()),
        item=item,
        cluster=np.where(group < 0, item, len(corpus.items) + group).astype(np.int32),
        annotator=rows.annotator.codes[tested],
        own=options.place[column.first[tested]],
        final=options.place[column.codes[tested]],
        gold=known[item],
        counts=rows.counts[tested],
    )


def _by_element(test: _Test) -> _Test:
    """The elements that gold's sequences have, a row each, as answers of their own; of other scales the answers."""
    if test.field.scale is not Scale.SEQUENCE:
        return test
    tags = tags_of(test.values, test.field)
    many = tags.lengths[test.gold]
    row = np.repeat(np.arange(len(many)), many)
    place = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    absent = len(tags.tags)

    def at(codes: Codes) -> Codes:
        of = codes[row]
        there = (of >= 0) & (place < tags.lengths[of])
        found = np.where(of < 0, _UNANSWERED, absent).astype(np.int32)
        found[there] = tags.tag[tags.first[of[there]] + place[there]]
        return found

    element = test.item[row].astype(np.int64) * int(many.max(initial=1)) + place
    return replace(
        test,
        values=(*tags.tags, None),
        item=np.unique(element, return_inverse=True)[1].astype(np.int32),
        cluster=test.cluster[row],
        annotator=test.annotator[row],
        own=at(test.own),
        final=at(test.final),
        gold=at(test.gold),
        counts=test.counts[row],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """The counting answers to one field, a row each: in which cluster, its mark from 0 to 1; what each weighs among others'."""

    cluster: Codes
    mark: Floats
    weight: float = 1.0


def _right(test: _Test) -> _Marked:
    """Whether each answer, or each element of one, is gold's; the elements weigh as many as the answers."""
    told = _by_element(test)
    answered = told.counts & (told.own >= 0)
    right = (told.own == told.gold)[answered].astype(np.float64)
    answers = int((test.counts & (test.own >= 0)).sum())
    return _Marked(cluster=told.cluster[answered], mark=right, weight=answers / max(len(right), 1))


def _near(test: _Test) -> _Marked:
    """How near each answer is to gold's."""
    answered = test.counts & (test.own >= 0)
    return _Marked(cluster=test.cluster[answered], mark=_credit(test, test.own[answered], test.gold[answered]))


def _credit(test: _Test, said: Codes, gold: Codes) -> Floats:
    """How near each of the answers is to gold's, given as codes into the values of the test."""
    pairs, which = np.unique(np.column_stack([said, gold]), axis=0, return_inverse=True)
    alike = likeness(test.field, test.values)
    near = np.array([alike(test.values[one], test.values[other]) for one, other in pairs.tolist()], dtype=np.float64)
    return near[which.ravel()]


def _share(marked: Iterable[_Marked], width: int) -> Share:
    """The share of one or more fields' answers, of `width` clusters."""
    hits, of = np.zeros((2, width))
    for one in marked:
        hits += np.bincount(one.cluster, weights=one.mark, minlength=width) * one.weight
        of += np.bincount(one.cluster, minlength=width) * one.weight
    return clustered(np.asarray(hits), np.asarray(of))


def _majority(test: _Test, width: int) -> Share:
    """Whether gold is the most frequent vote on an item, ties shared."""
    voting = test.counts & (test.final >= 0)
    ballots = tally_votes(test.item[voting], test.final[voting], test.values)
    first = np.unique(test.item[voting], return_index=True)[1]
    top = winners(ballots)
    right = top & (ballots.value == test.gold[voting][first][ballots.group])
    cluster = test.cluster[voting][first]
    hits = np.bincount(cluster, weights=ballots.total(right) / ballots.total(top), minlength=width)
    return clustered(np.asarray(hits, np.float64), np.bincount(cluster, minlength=width).astype(np.float64))


def _items(test: _Test) -> set[int]:
    return set(test.item[test.counts & (test.own >= 0)].tolist())


def _pooled(shares: Iterable[tuple[Share, int]]) -> float | None:
    """The mean of shares, each weighing so much."""
    known = [(one.value, weight) for one, weight in shares if one.value is not None]
    of = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / of if of else None


def _annotators(corpus: Corpus, tests: Iterable[_Test]) -> dict[str, Share]:
    names = corpus.annotations.annotator.values
    hits, of = np.zeros(len(names)), np.zeros(len(names), dtype=np.int64)

    def by_name(test: _Test, among: Mask) -> Floats:
        return np.bincount(test.annotator[among], minlength=len(names)).astype(np.float64)

    for test in tests:
        told = _by_element(test)
        answers, elements = by_name(test, test.own >= 0), by_name(told, told.own >= 0)
        answers[elements == 0] = 0
        hits += by_name(told, (told.own >= 0) & (told.own == told.gold)) * answers / np.maximum(elements, 1)
        of += answers.astype(np.int64)
    counted = zip(names, hits.tolist(), of.tolist(), strict=True)
    return {name: share(right, asked) for name, right, asked in counted if asked}
