"""The votes against an expert's answers.

An answer is right when it is the same value as gold's, on every scale: a rating next to the expert's is still another
rating, and overlapping spans are other spans. Its credit says how near it is (`assay.quality.credit`). What counts is the
current votes. The votes on an item are no independent tests, for an item is easy or hard for all, so intervals are over
items, of groups of items over groups.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.consensus.experts import answers
from assay.consensus.plurality import winners
from assay.consensus.votes import choices, standard, tally
from assay.model.json import Json
from assay.model.quality import GoldField, GoldReport, Share
from assay.model.schema import Field
from assay.model.values import canonical_text
from assay.quality.credit import likeness
from assay.quality.wilson import clustered, share
from assay.table import Corpus, DecisionKind
from assay.table.columns import Codes, Floats, Mask

_UNANSWERED = -1


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


def measure(corpus: Corpus, fields: Sequence[Field]) -> GoldReport:
    """How often annotators, and the majority of their votes, answer as gold does.

    `accuracy` is over the counting (vote, field) pairs that gold answers, each the annotator's own answer, before a
    correction in review; `credit` is the mean of how near these answers are. `vote_accuracy` is over the (item, field)
    cells with counting votes as they stand: whether
    the value given most often is gold's, of k values that tie 1/k for gold's among them; on every scale, so that it says
    how far the votes alone can be trusted, whatever the consensus method makes of them. `items` have a counting vote
    that gold answers. `annotators` are all who answered, also those whose votes do not count; their intervals take one's
    answers as independent of each other.
    """
    tests = _tests(corpus, fields, corpus.annotations.current)
    marked = {name: _marked(test) for name, test in tests.items()}
    width = len(corpus.items) + len(corpus.items.group.values)
    pooled = _share(marked.values(), width, "right")
    majorities = {name: _majority(test, width) for name, test in tests.items()}
    return GoldReport(
        items=len(set[int]().union(*(_items(test) for test in tests.values()))),
        accuracy=pooled.value,
        low=pooled.low,
        high=pooled.high,
        credit=_share(marked.values(), width, "credit"),
        vote_accuracy=_ratio(majorities.values()),
        fields={
            name: GoldField(
                items=len(_items(test)),
                accuracy=_share([marked[name]], width, "right"),
                credit=_share([marked[name]], width, "credit"),
                vote_accuracy=majorities[name],
            )
            for name, test in tests.items()
        },
        annotators=_annotators(corpus, tests.values()),
    )


def by_annotator(corpus: Corpus, fields: Sequence[Field], rows: Mask) -> dict[str, Share]:
    """How often each annotator answers as gold does, over the (vote, field) pairs of `rows` that gold answers.

    Also those whose votes do not count; an annotator without such a pair is left out.
    """
    return _annotators(corpus, _tests(corpus, fields, rows).values())


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """The counting answers to one field, a row each: in which cluster, whether right, and how near to gold."""

    cluster: Codes
    right: Floats
    credit: Floats


def _marked(test: _Test) -> _Marked:
    answered = test.counts & (test.own >= 0)
    own, gold = test.own[answered], test.gold[answered]
    pairs, which = np.unique(np.column_stack([own, gold]), axis=0, return_inverse=True)
    alike = likeness(test.field, test.values)
    near = np.array([alike(test.values[one], test.values[other]) for one, other in pairs.tolist()], dtype=np.float64)
    return _Marked(cluster=test.cluster[answered], right=(own == gold).astype(np.float64), credit=near[which.ravel()])


def _share(marked: Iterable[_Marked], width: int, what: Literal["right", "credit"]) -> Share:
    """The share of one or more fields' answers, of `width` clusters."""
    hits, of = np.zeros((2, width))
    for one in marked:
        hits += np.bincount(one.cluster, weights=one.right if what == "right" else one.credit, minlength=width)
        of += np.bincount(one.cluster, minlength=width)
    return clustered(np.asarray(hits), np.asarray(of))


def _majority(test: _Test, width: int) -> Share:
    """Whether gold is the most frequent vote on an item, ties shared."""
    voting = test.counts & (test.final >= 0)
    ballots = tally(test.item[voting], test.final[voting], test.values)
    first = np.unique(test.item[voting], return_index=True)[1]
    top = winners(ballots)
    right = top & (ballots.value == test.gold[voting][first][ballots.group])
    cluster = test.cluster[voting][first]
    hits = np.bincount(cluster, weights=ballots.total(right) / ballots.total(top), minlength=width)
    return clustered(np.asarray(hits, np.float64), np.bincount(cluster, minlength=width).astype(np.float64))


def _items(test: _Test) -> set[int]:
    return set(test.item[test.counts & (test.own >= 0)].tolist())


def _ratio(shares: Collection[Share]) -> float | None:
    of = sum(one.of for one in shares)
    return sum(one.hits for one in shares) / of if of else None


def _annotators(corpus: Corpus, tests: Iterable[_Test]) -> dict[str, Share]:
    names = corpus.annotations.annotator.values
    hits, of = np.zeros((2, len(names)), dtype=np.int64)
    for test in tests:
        answered = test.own >= 0
        of += np.bincount(test.annotator[answered], minlength=len(names))
        hits += np.bincount(test.annotator[answered & (test.own == test.gold)], minlength=len(names))
    counted = zip(names, hits.tolist(), of.tolist(), strict=True)
    return {name: share(right, asked) for name, right, asked in counted if asked}
