"""Votes compared with gold, the answers of experts.

An answer is right when it is the same value as gold's, on every scale: a rating next to the expert's is wrong, and so are
overlapping spans. Of a sequence each element is right or wrong, so its accuracy is that of tagging. Where fields are
pooled each weighs as many as it has answers: a sequence as much as a choice. The credit of an answer is how near it is
(`assay.quality.credit`). Only current votes count. An item is easy or hard for all annotators, so the votes on it are not
independent, and intervals are over items; where items have groups, over groups.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay import core
from assay.agreement import DISPUTABLE, runs, tags_of
from assay.consensus import Doubt, Reason, answers, choices, standard, tally_votes, winners
from assay.core import Codes, Corpus, DecisionKind, Field, Floats, GoldField, GoldReport, Ints, Json, Mask, Scale, Share
from assay.quality.credit import Marks, clustered, likeness, share

NEAR = 0.5
_UNANSWERED = -1
_TESTING = DISPUTABLE | {Scale.SPANS, Scale.BOXES}
"""Scales on which right answers are the same or near each other, as free text and rankings seldom are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """One field's votes on items whose gold answers it, a row each.

    `own` is the annotator's answer before a correction, `final` the vote after it (-1: none), `gold` the expert's,
    codes into `values`; `counts` whether the annotator's votes count. `cluster` is what is not an independent test: the
    item, or the group that it is in.
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

    @classmethod
    def of(cls, corpus: Corpus, field: Field, gold: Mapping[int, Json], among: Mask) -> "_Test":
        rows = corpus.annotations
        column = rows.fields[field.name]
        options = choices(field, column)
        codes = {core.canonical_text(value): code for code, value in enumerate(options.values)}
        experts = {item: standard(value, field) for item, value in gold.items()}
        new = {text: value for value in experts.values() if (text := core.canonical_text(value)) not in codes}
        codes |= {text: len(codes) + place for place, text in enumerate(new)}
        known = np.full(len(corpus.items), _UNANSWERED, dtype=np.int32)
        known[list(experts)] = [codes[core.canonical_text(value)] for value in experts.values()]
        tested = among & (known[rows.item] != _UNANSWERED)
        item = rows.item[tested]
        group = corpus.items.group.codes[item]
        return cls(
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

    @property
    def counted(self) -> Mask:
        return self.counts & (self.own >= 0)

    @property
    def voting(self) -> Mask:
        return self.counts & (self.final >= 0)

    def by_element(self) -> "_Test":
        """The elements of gold's sequences, a row each, as answers of their own; on other scales the answers."""
        if self.field.scale is not Scale.SEQUENCE:
            return self
        tags = tags_of(self.values, self.field)
        many = tags.lengths[self.gold]
        row, place = runs(many)
        absent = len(tags.tags)

        def at(codes: Codes) -> Codes:
            of = codes[row]
            there = (of >= 0) & (place < tags.lengths[of])
            found = np.where(of < 0, _UNANSWERED, absent).astype(np.int32)
            found[there] = tags.tag[tags.first[of[there]] + place[there]]
            return found

        element = self.item[row].astype(np.int64) * int(many.max(initial=1)) + place
        return replace(
            self,
            values=(*tags.tags, None),
            item=np.unique(element, return_inverse=True)[1].astype(np.int32),
            cluster=self.cluster[row],
            annotator=self.annotator[row],
            own=at(self.own),
            final=at(self.final),
            gold=at(self.gold),
            counts=self.counts[row],
        )

    def credit(self, answers: Codes, gold: Codes) -> Floats:
        """How near each of the answers is to gold's, both as codes into `values`."""
        width = len(self.values)
        pairs, which = np.unique(answers.astype(np.int64) * width + gold, return_inverse=True)
        alike = likeness(self.field, self.values)
        both = (divmod(pair, width) for pair in pairs.tolist())
        near = np.array([alike(self.values[one], self.values[other]) for one, other in both], dtype=np.float64)
        return near[which]

    def right(self) -> "_Marked":
        """Whether each answer, or each element of one, is gold's; the elements weigh as many as the answers."""
        elements = self.by_element()
        counted = elements.counted
        right = (elements.own == elements.gold)[counted].astype(np.float64)
        return _Marked(
            cluster=elements.cluster[counted], mark=right, weight=int(self.counted.sum()) / max(len(right), 1)
        )

    def near(self) -> "_Marked":
        counted = self.counted
        return _Marked(cluster=self.cluster[counted], mark=self.credit(self.own[counted], self.gold[counted]))

    def majority(self, width: int) -> Share:
        """Whether gold is the most frequent vote on an item, ties shared."""
        voting = self.voting
        ballots = tally_votes(self.item[voting], self.final[voting], self.values)
        first = np.unique(self.item[voting], return_index=True)[1]
        top = winners(ballots)
        right = top & (ballots.value == self.gold[voting][first][ballots.group])
        cluster = self.cluster[voting][first]
        # Of k values that tie for the most votes gold's counts 1 / k.
        hits = np.bincount(cluster, weights=ballots.total(right) / ballots.total(top), minlength=width)
        return clustered(np.asarray(hits, np.float64), np.bincount(cluster, minlength=width).astype(np.float64))


def measure_gold(corpus: Corpus, fields: Sequence[Field]) -> GoldReport:
    """How often annotators, and the majority of their votes, answer as gold does.

    `accuracy` is over the counting (vote, field) pairs that gold answers, each the annotator's own answer, before a
    correction in review; `credit` is the mean of how near these answers are. `vote_accuracy` is over the (item, field)
    cells with counting votes: whether the value given most often is gold's, of k values that tie 1/k for
    gold's among them; on every scale, whatever the consensus method. Of a sequence both are over its elements. `items`
    have a counting vote that gold answers. `annotators` are all who answered, also those whose votes do not count; their
    intervals take the answers of an annotator as independent of each other.
    """
    tests = _tests(corpus, fields, corpus.annotations.current)
    right = {name: test.right() for name, test in tests.items()}
    near = {name: test.near() for name, test in tests.items()}
    items = {name: set(test.item[test.counted].tolist()) for name, test in tests.items()}
    width = len(corpus.items) + len(corpus.items.group.values)
    pooled = _share(right.values(), width)
    majorities = {name: test.by_element().majority(width) for name, test in tests.items()}
    # Over (item, field) cells: each field weighs as many as it has items with a vote.
    voted = {name: len(np.unique(test.item[test.voting])) for name, test in tests.items()}
    known = [(share.value, voted[name]) for name, share in majorities.items() if share.value is not None]
    cells = sum(weight for _, weight in known)
    return GoldReport(
        items=len(set[int]().union(*items.values())),
        accuracy=pooled.value,
        low=pooled.low,
        high=pooled.high,
        credit=_share(near.values(), width),
        vote_accuracy=sum(value * weight for value, weight in known) / cells if cells else None,
        fields={
            name: GoldField(
                items=len(items[name]),
                accuracy=_share([replace(right[name], weight=1.0)], width),
                credit=_share([near[name]], width),
                vote_accuracy=majorities[name],
            )
            for name in tests
        },
        annotators=_annotators(corpus, tests.values()),
    )


def gold_marks(corpus: Corpus, fields: Sequence[Field], rows: Mask) -> dict[str, dict[str, Marks]]:
    """How often each annotator answers as gold does, by field, over the (vote, field) pairs of `rows` that gold answers.

    Also those whose votes do not count; an annotator without such a pair is left out.
    """
    return _marks(corpus, _tests(corpus, fields, rows).values())


def share_of(marks: Collection[Marks]) -> Share:
    """How often an annotator answers as gold does, over all fields."""
    told = [one for one in marks if one.of]
    return share(sum(one.hits for one in told), sum(one.of for one in told))


def missed_gold(corpus: Corpus, fields: Sequence[Field]) -> Iterator[Doubt]:
    """Where gold may be wrong, or the item is hard for all: more than half of two or more votes are not near to it.

    Votes are the current ones that count, after review; near is what earns a credit of `NEAR` or more. Free
    text and rankings are left out: there most right answers differ from gold as well.
    """
    tested = [field for field in fields if field.scale in _TESTING]
    for test in _tests(corpus, tested, corpus.annotations.current).values():
        voting = test.voting
        item = test.item[voting]
        far = test.credit(test.final[voting], test.gold[voting]) < NEAR
        votes, misses = (np.bincount(item[of], minlength=len(corpus.items)) for of in (slice(None), far))
        for code in np.flatnonzero((votes >= 2) & (misses * 2 > votes)).tolist():
            yield Doubt(item=corpus.items.ids[code], field=test.field.name, why=Reason.GOLD_MISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """The counting answers to one field, a row each: its cluster and its mark from 0 to 1; and the weight of each."""

    cluster: Codes
    mark: Floats
    weight: float = 1.0


def _share(marked: Iterable[_Marked], width: int) -> Share:
    """The share of one or more fields' answers, of `width` clusters."""
    hits, of = np.zeros((2, width))
    for answers_of in marked:
        hits += np.bincount(answers_of.cluster, weights=answers_of.mark, minlength=width) * answers_of.weight
        of += np.bincount(answers_of.cluster, minlength=width) * answers_of.weight
    return clustered(np.asarray(hits), np.asarray(of))


def _tests(corpus: Corpus, fields: Sequence[Field], rows: Mask) -> dict[str, _Test]:
    experts = answers(corpus, DecisionKind.GOLD)
    known = [field for field in fields if field.name in experts]
    return {field.name: _Test.of(corpus, field, experts[field.name], rows) for field in known}


def _annotators(corpus: Corpus, tests: Iterable[_Test]) -> dict[str, Share]:
    shares = ((name, share_of(marks.values())) for name, marks in _marks(corpus, tests).items())
    return {name: found for name, found in shares if found.of}


def _marks(corpus: Corpus, tests: Iterable[_Test]) -> dict[str, dict[str, Marks]]:
    names = corpus.annotations.annotator.values
    found: dict[str, dict[str, Marks]] = {name: {} for name in names}

    def by_name(test: _Test, among: Mask) -> Ints:
        return np.bincount(test.annotator[among], minlength=len(names))

    for test in tests:
        each = test.by_element()
        right, parts = by_name(each, (each.own >= 0) & (each.own == each.gold)), by_name(each, each.own >= 0)
        counted = np.column_stack([right, parts, by_name(test, test.own >= 0)])
        for code in np.flatnonzero(counted[:, 2]).tolist():
            found[names[code]][test.field.name] = Marks(*counted[code].tolist())
    return {name: marks for name, marks in found.items() if marks}
