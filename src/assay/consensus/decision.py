"""Compute consensus: one value an item and field, from votes, adjudications and gold."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import orjson

from assay import core
from assay.consensus import single_values
from assay.consensus.doubt_reasons import too_far_apart
from assay.consensus.elements import Fuse, boxes, spans
from assay.consensus.overlap import OverlapContext, overlap
from assay.consensus.result import Consensus, Ruling, Source
from assay.consensus.votes import Answers, Ballots, Counts, Rule, answers, decided_items, poll, undecided_yet
from assay.core import Corpus, DecisionKind, Field, JsonObject, Mask, Scale
from assay.errors import ConfigError

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
Rulings: TypeAlias = Mapping[int, Ruling]

NO_SPREAD: Mapping[str, float] = {}
NO_RULING = Ruling(value=None, confidence=0.0, votes=0, distribution="{}", source=Source.NONE)


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
    rulings: list[Rulings] = []
    waiting: list[Mask] = []
    for field in fields:
        names = {core.attribute_name(field.name, attribute.name): attribute.name for attribute in field.attributes}
        widths = {names[name]: most for name, most in spread.items() if name in names}
        rule = rule_of(method, field, OverlapContext(quote=partial(_quoted, corpus, field), spread=widths))
        decided = undecided_yet(corpus, field.name)
        by_votes = _by_votes(poll(corpus, field), field, rule, spread.get(field.name))
        rulings.append(_overruled(by_votes, field, experts, decided))
        # An item waits on the field where a current vote that counts does, or a decision.
        rows, waits = corpus.annotations, np.zeros(len(corpus.items), dtype=np.bool_)
        still = rows.fields[field.name].waiting.still
        waits[rows.item[still[(rows.counts & rows.current)[still]]]] = True
        waits[list(decided)] = True
        waiting.append(waits)
    items = np.flatnonzero((corpus.items.current_batch >= 0) | decided_items(corpus))
    return _as_columns(items, tuple(fields), rulings, waiting, method)


def _quoted(corpus: Corpus, field: Field, item: int, span: JsonObject) -> str | None:
    """The text of a span of an item; None if the field has no text source."""
    source = None if field.source is None else orjson.loads(corpus.items.data[item]).get(field.source)
    start, end = span["start"], span["end"]
    if isinstance(source, str) and isinstance(start, int) and isinstance(end, int):
        return source[start:end]
    return None


def _by_votes(ballots: Ballots, field: Field, rule: Rule, spread: float | None) -> Rulings:
    opinion = rule(ballots)
    far = too_far_apart(ballots, field, spread)
    single = ballots.votes == 1
    kinds = np.where(single, 2, ballots.cells == 1)
    kinds[far] = 4
    kinds[opinion.tied] = 3
    undecided = opinion.undecided or ("",) * len(far)
    columns = zip(
        (None if open_yet else value for value, open_yet in zip(opinion.value, far.tolist(), strict=True)),
        np.where(single, np.nan, opinion.confidence).tolist(),
        ballots.votes.tolist(),
        _distributions(ballots, field),
        map((Source.VOTED, Source.UNANIMOUS, Source.SINGLE, Source.TIE, Source.APART).__getitem__, kinds.tolist()),
        ("" if open_yet else text for text, open_yet in zip(undecided, far.tolist(), strict=True)),
        strict=True,
    )
    return dict(zip(ballots.items.tolist(), map(Ruling._make, columns), strict=True))


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
    rulings: Rulings, field: Field, experts: Mapping[DecisionKind, Answers], waiting: Mapping[int, bool]
) -> Rulings:
    found = dict(rulings)
    for item in (item for item, lost in waiting.items() if lost and item in rulings):
        found[item] = rulings[item]._replace(value=None, confidence=0.0, source=Source.NONE, undecided="")
    for kind, source in ((DecisionKind.ADJUDICATION, Source.ADJUDICATED), (DecisionKind.GOLD, Source.GOLD)):
        for item, stated in experts[kind].get(field.name, {}).items():
            value, ruling = core.canonical_value(stated, field.scale), rulings.get(item, NO_RULING)
            found[item] = ruling._replace(value=value, confidence=1.0, source=source, undecided="")
    return found


def _as_columns(
    items: Counts, fields: tuple[Field, ...], rulings: Sequence[Rulings], waiting: Sequence[Mask], method: str
) -> Consensus:
    cells = [ruling.get(item, NO_RULING) for item in items.tolist() for ruling in rulings]
    waits = np.array([of_field[items] for of_field in waiting], dtype=np.bool_).reshape(len(fields), len(items))
    silent = np.fromiter((cell.source is Source.NONE for cell in cells), dtype=np.bool_, count=len(cells))
    return Consensus(
        method=method,
        fields=fields,
        item=np.repeat(items, len(fields)).astype(np.int32),
        field=np.tile(np.arange(len(fields), dtype=np.int32), len(items)),
        value=tuple(cell.value for cell in cells),
        confidence=np.array([cell.confidence for cell in cells], dtype=np.float64),
        votes=np.array([cell.votes for cell in cells], dtype=np.int32),
        distribution=tuple(cell.distribution for cell in cells),
        source=tuple(cell.source for cell in cells),
        waiting=silent & waits.T.reshape(-1),
        undecided=tuple(cell.undecided for cell in cells),
    )
