"""Compute consensus: one value an item and field, from votes, adjudications and gold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise
from typing import Any, TypeVar

import numpy as np
import orjson
from numpy.typing import NDArray

from assay import core
from assay.consensus import single_values
from assay.consensus.doubt_reasons import too_far_apart
from assay.consensus.elements import Fuse, boxes, spans
from assay.consensus.overlap import OverlapContext, overlap
from assay.consensus.result import Coded, Consensus, Source
from assay.consensus.votes import Ballots, Rule, answers, decided_items, poll, undecided_yet
from assay.core import Codes, Corpus, DecisionKind, Field, Floats, Ints, Json, JsonObject, Mask, Scale
from assay.errors import ConfigError

_T = TypeVar("_T")
_N = TypeVar("_N", bound=np.generic)

MAJORITY: Mapping[Scale, Rule] = {
    Scale.NOMINAL: single_values.plurality,
    Scale.ORDINAL: single_values.lower_median,
    Scale.INTERVAL: single_values.median,
    Scale.RATIO: single_values.median,
    Scale.SET: single_values.plurality,
    Scale.SEQUENCE: single_values.sequences,
    Scale.RANKING: single_values.borda,
    Scale.TREE: single_values.plurality,
    Scale.TEXT: single_values.plurality,
}

FUSED: Mapping[Scale, Fuse] = {Scale.SPANS: spans, Scale.BOXES: boxes}
"""The scales that are voted on element by element."""

METHODS: Mapping[str, Mapping[Scale, Rule]] = {"majority": MAJORITY}

NO_CONTEXT = OverlapContext()
NO_SPREAD: Mapping[str, float] = {}
SOURCES = tuple(Source)
_CODE = {source: code for code, source in enumerate(SOURCES)}


def rule_of(method: str, field: Field, context: OverlapContext = NO_CONTEXT) -> Rule:
    """The rule of a field, by its scale and order; its result for numbers is a value of the field.

    `context` is for spans and boxes.

    Raises:
        ConfigError: the method is unknown; `fix` lists the known ones.
    """
    if method not in METHODS:
        raise ConfigError(
            f"unknown consensus method {method!r}", fix=f"write `consensus: {{method: {' | '.join(METHODS)}}}`"
        )
    if field.scale in FUSED:
        return partial(overlap, fuse=FUSED[field.scale], of=field, rule_for=partial(rule_of, method), context=context)
    rule = METHODS[method][field.scale] if field.ordered else single_values.median_of_any_order
    return single_values.lower_median_of_numbers if rule is single_values.median and field.stepped else rule


def compute_consensus(
    corpus: Corpus, fields: Sequence[Field], method: str = "majority", spread: Mapping[str, float] = NO_SPREAD
) -> Consensus:
    """The consensus on each item with a current batch, a gold or an adjudication, field by field.

    Gold is used before an adjudication, an adjudication before votes; where one waits after a migration, nothing replaces
    it. Votes are the current ones that count, after review. `majority` decides by scale: nominal, set, tree and text by
    plurality, ordinal by the lower median, interval and ratio by the median (the lower one where a field has only whole or
    listed numbers), rankings by Borda count, sequences element by element, spans and boxes by overlap voting, each attribute
    of an element by its own scale. Votes that are too far apart (`assay.consensus.doubt_reasons`) give no value; `spread` is
    how far apart numbers may be, by field, and by attribute as `FIELD.ATTRIBUTE`.

    Raises:
        ConfigError: the method is unknown.
    """
    experts = {kind: answers(corpus, kind) for kind in DecisionKind}
    items = np.flatnonzero((corpus.items.current_batch >= 0) | decided_items(corpus))
    rulings: list[Rulings] = []
    waiting: list[Mask] = []
    for field in fields:
        names = {core.attribute_name(field.name, attribute.name): attribute.name for attribute in field.attributes}
        widths = {names[name]: most for name, most in spread.items() if name in names}
        rule = rule_of(method, field, OverlapContext(quote=partial(_quoted, corpus, field), spread=widths))
        decided = undecided_yet(corpus, field.name)
        by_votes = _voted(corpus, items, field, rule, spread.get(field.name))
        stated = {kind: answered.get(field.name, {}) for kind, answered in experts.items()}
        rulings.append(_overruled(by_votes, items, field, stated, [item for item, lost in decided.items() if lost]))
        # An item waits on the field where a current vote that counts does, or a decision.
        rows, waits = corpus.annotations, np.zeros(len(corpus.items), dtype=np.bool_)
        still = rows.fields[field.name].waiting.still
        waits[rows.item[still[(rows.counts & rows.current)[still]]]] = True
        waits[list(decided)] = True
        waiting.append(waits[items])
    return _as_columns(items, tuple(fields), rulings, waiting, method)


def _quoted(corpus: Corpus, field: Field, item: int, span: JsonObject) -> str | None:
    """The text of a span of an item; None if the field has no text source."""
    source = None if field.source is None else orjson.loads(corpus.items.data[item]).get(field.source)
    start, end = span["start"], span["end"]
    if isinstance(source, str) and isinstance(start, int) and isinstance(end, int):
        return source[start:end]
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulings:
    """The decisions on a field, as the columns of `Consensus`; code 0 is no value, a distribution of no votes, none undecided."""

    value: Coded[Json]
    confidence: Floats
    votes: Codes
    distribution: Coded[str]
    source: Codes
    undecided: Coded[str]

    def at(self, rows: Ints) -> "Rulings":
        """The decisions of some rows."""
        return Rulings(
            value=replace(self.value, codes=self.value.codes[rows]),
            confidence=self.confidence[rows],
            votes=self.votes[rows],
            distribution=replace(self.distribution, codes=self.distribution.codes[rows]),
            source=self.source[rows],
            undecided=replace(self.undecided, codes=self.undecided.codes[rows]),
        )


class _Values:
    """Distinct values with a code each, by their canonical text; the first, of code 0, is None."""

    def __init__(self, known: Iterable[Json] = ()) -> None:
        self._codes: dict[str, int] = {}
        self.values: list[Json] = []
        for value in (None, *known):
            self.code(value)

    def code(self, value: Json) -> int:
        code = self._codes.setdefault(core.canonical_text(value), len(self.values))
        if code == len(self.values):
            self.values.append(value)
        return code


def _voted(corpus: Corpus, items: Ints, field: Field, rule: Rule, spread: float | None) -> Rulings:
    """What the votes on each of the items come to."""
    ballots, row = poll(corpus, field), np.zeros(len(corpus.items), dtype=np.int64)
    # The quote of a span is the item's own, and what is voted on element by element is seldom the same twice.
    distinct, which = (ballots, np.arange(len(ballots.items))) if field.scale in FUSED else ballots.united()
    row[ballots.items] = which + 1
    return _by_votes(distinct, field, rule, spread).at(row[items])


def _by_votes(ballots: Ballots, field: Field, rule: Rule, spread: float | None) -> Rulings:
    """What the votes come to, after a first row for an item without votes."""
    opinion = rule(ballots)
    far = too_far_apart(ballots, field, spread)
    single = ballots.votes == 1
    source = np.where(ballots.cells == 1, _CODE[Source.UNANIMOUS], _CODE[Source.VOTED])
    source[single] = _CODE[Source.SINGLE]
    source[far] = _CODE[Source.APART]
    source[opinion.tied] = _CODE[Source.TIE]
    known = _Values()
    value = np.array([0, *map(known.code, opinion.value)], dtype=np.int32)
    texts = opinion.undecided or ("",) * len(far)
    undecided = np.where([False, *map(bool, texts)], np.arange(len(texts) + 1), 0).astype(np.int32)
    value[1:][far], undecided[1:][far] = 0, 0
    return Rulings(
        value=Coded(values=tuple(known.values), codes=value),
        confidence=np.append(0.0, np.where(single, np.nan, opinion.confidence)),
        votes=np.append(0, ballots.votes).astype(np.int32),
        distribution=Coded(
            values=("{}", *_distributions(ballots, field)), codes=np.arange(len(far) + 1, dtype=np.int32)
        ),
        source=np.append(_CODE[Source.NONE], source).astype(np.int32),
        undecided=Coded(values=("", *texts), codes=undecided),
    )


def _distributions(ballots: Ballots, field: Field) -> Iterable[str]:
    """Canonical JSON of each item's counts, written value by value: a value's text is quoted once, not once an item."""
    texts = [core.value_text(value, field) for value in ballots.values]
    keys = [orjson.dumps(text).decode() for text in texts]
    rank = np.empty(len(texts), dtype=np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    order = np.lexsort((rank[ballots.value], ballots.group))
    cells = zip(ballots.value[order].tolist(), ballots.count[order].tolist(), strict=True)
    entries = [f"{keys[value]}:{count}" for value, count in cells]
    bounds = [*ballots.starts.tolist(), len(entries)]
    return ("{" + ",".join(entries[low:high]) + "}" for low, high in pairwise(bounds))


def _overruled(
    rulings: Rulings, items: Ints, field: Field, experts: Mapping[DecisionKind, Mapping[int, Json]], lost: Sequence[int]
) -> Rulings:
    """The decisions with those of experts; `lost` are the items with an expert's value that a migration removed."""
    known = _Values(rulings.value.values)
    value, undecided = rulings.value.codes.copy(), rulings.undecided.codes.copy()
    confidence, source = rulings.confidence.copy(), rulings.source.copy()

    def rule(of: Sequence[int], codes: Sequence[int] | int, sure: float, why: Source) -> None:
        rows = np.searchsorted(items, of)
        value[rows], confidence[rows], source[rows], undecided[rows] = codes, sure, _CODE[why], 0

    rule(lost, 0, 0.0, Source.NONE)
    for kind, why in ((DecisionKind.ADJUDICATION, Source.ADJUDICATED), (DecisionKind.GOLD, Source.GOLD)):
        given = [known.code(core.canonical_value(stated, field.scale)) for stated in experts[kind].values()]
        rule([*experts[kind]], given, 1.0, why)
    return replace(
        rulings,
        value=Coded(values=tuple(known.values), codes=value),
        confidence=confidence,
        source=source,
        undecided=replace(rulings.undecided, codes=undecided),
    )


def _as_columns(
    items: Ints, fields: tuple[Field, ...], rulings: Sequence[Rulings], waiting: Sequence[Mask], method: str
) -> Consensus:
    source = _by_item([of_field.source for of_field in rulings], np.int32)
    return Consensus(
        method=method,
        fields=fields,
        item=np.repeat(items, len(fields)).astype(np.int32),
        field=np.tile(np.arange(len(fields), dtype=np.int32), len(items)),
        value=_united([of_field.value for of_field in rulings], None),
        confidence=_by_item([of_field.confidence for of_field in rulings], np.float64),
        votes=_by_item([of_field.votes for of_field in rulings], np.int32),
        distribution=_united([of_field.distribution for of_field in rulings], "{}"),
        source=Coded(values=SOURCES, codes=source),
        waiting=_by_item(waiting, np.bool_) & (source == _CODE[Source.NONE]),
        undecided=_united([of_field.undecided for of_field in rulings], ""),
    )


def _by_item(columns: Sequence[NDArray[Any]], kind: type[_N]) -> NDArray[_N]:
    """The columns of the fields as one, by item."""
    return np.array(columns, dtype=kind).T.reshape(-1)


def _united(columns: Sequence[Coded[_T]], first: _T) -> Coded[_T]:
    """The columns of the fields as one, by item; code 0 is `first` in all of them."""
    starts = np.cumsum([0, *(len(column.values) - 1 for column in columns)]).tolist()
    codes = [
        np.where(column.codes > 0, column.codes + start, 0) for column, start in zip(columns, starts, strict=False)
    ]
    values = (first, *chain.from_iterable(column.values[1:] for column in columns))
    return Coded(values=values, codes=_by_item(codes, np.int32))
