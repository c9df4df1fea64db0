"""The votes against an expert's answers.

An answer is right when it is the same value as gold's, on every scale: a rating next to the expert's is still another
rating, and overlapping spans are other spans. What counts is the current votes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.consensus.experts import answers
from assay.consensus.plurality import winners
from assay.consensus.votes import choices, standard, tally
from assay.model.json import Json
from assay.model.quality import GoldField, GoldReport, Share
from assay.model.schema import Field
from assay.model.values import canonical_text
from assay.quality.wilson import share
from assay.table import Corpus, DecisionKind
from assay.table.columns import Codes, Mask

UNANSWERED, UNHEARD_OF = -1, -2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """One field's votes on items whose gold answers it, a row each.

    `own` is the annotator's answer before a correction, `final` the vote as it stands (-1: none), `gold` the expert's
    (-2: a value nobody gave), codes into `values`; `counts` whether the annotator's votes count.
    """

    values: tuple[Json, ...]
    item: Codes
    annotator: Codes
    own: Codes
    final: Codes
    gold: Codes
    counts: Mask


def measure(corpus: Corpus, fields: Sequence[Field]) -> GoldReport:
    """How often annotators, and the majority of their votes, answer as gold does.

    `accuracy` is over the counting (vote, field) pairs that gold answers, each the annotator's own answer, before a
    correction in review. `vote_accuracy` is over the (item, field) cells with counting votes as they stand: whether
    the value given most often is gold's, of k values that tie 1/k for gold's among them; on every scale, so that it says
    how far the votes alone can be trusted, whatever the consensus method makes of them. `items` have a counting vote
    that gold answers. `annotators` are all who answered, also those whose votes do not count. The Wilson intervals
    take votes as independent of each other.
    """
    tests = _tests(corpus, fields, corpus.annotations.current)
    measured = {name: _of_field(test) for name, test in tests.items()}
    pooled = _pool(field.accuracy for field in measured.values())
    return GoldReport(
        items=len(set[int]().union(*(_items(test) for test in tests.values()))),
        accuracy=pooled.value,
        low=pooled.low,
        high=pooled.high,
        vote_accuracy=_pool(field.vote_accuracy for field in measured.values()).value,
        fields=measured,
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
    known = np.full(len(corpus.items), UNANSWERED, dtype=np.int32)
    known[list(gold)] = [codes.get(canonical_text(standard(value, field)), UNHEARD_OF) for value in gold.values()]
    tested = among & (known[rows.item] != UNANSWERED)
    return _Test(
        values=options.values,
        item=rows.item[tested],
        annotator=rows.annotator.codes[tested],
        own=options.place[column.first[tested]],
        final=options.place[column.codes[tested]],
        gold=known[rows.item[tested]],
        counts=rows.counts[tested],
    )


def _of_field(test: _Test) -> GoldField:
    answered = test.counts & (test.own >= 0)
    return GoldField(
        items=len(_items(test)),
        accuracy=share(int((answered & (test.own == test.gold)).sum()), int(answered.sum())),
        vote_accuracy=_majority(test),
    )


def _majority(test: _Test) -> Share:
    """Whether gold is the most frequent vote on an item, ties shared."""
    voting = test.counts & (test.final >= 0)
    ballots = tally(test.item[voting], test.final[voting], test.values)
    gold = test.gold[voting][np.unique(test.item[voting], return_index=True)[1]]
    top = winners(ballots)
    right = top & (ballots.value == gold[ballots.group])
    return share(float((ballots.total(right) / ballots.total(top)).sum()), len(ballots.items))


def _items(test: _Test) -> set[int]:
    return set(test.item[test.counts & (test.own >= 0)].tolist())


def _pool(shares: Iterable[Share]) -> Share:
    pooled = tuple(shares)
    return share(sum(one.hits for one in pooled), sum(one.of for one in pooled))


def _annotators(corpus: Corpus, tests: Iterable[_Test]) -> dict[str, Share]:
    names = corpus.annotations.annotator.values
    hits, of = np.zeros((2, len(names)), dtype=np.int64)
    for test in tests:
        answered = test.own >= 0
        of += np.bincount(test.annotator[answered], minlength=len(names))
        hits += np.bincount(test.annotator[answered & (test.own == test.gold)], minlength=len(names))
    counted = zip(names, hits.tolist(), of.tolist(), strict=True)
    return {name: share(right, asked) for name, right, asked in counted if asked}
