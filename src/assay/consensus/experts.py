"""What experts decided, by field and item."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

import numpy as np

from assay.model.json import Json
from assay.table import Corpus, Decision, DecisionKind
from assay.table.columns import Mask

Answers: TypeAlias = Mapping[str, Mapping[int, Json]]


def answers(corpus: Corpus, kind: DecisionKind) -> Answers:
    """The experts' values by field name and item code, as they were written, of the fields for which they stand."""
    found: dict[str, dict[int, Json]] = defaultdict(dict)
    for item, decision in heard(corpus, kind):
        for name, value in decision.label.items():
            found[name][item] = value
    return found


def undecided_yet(corpus: Corpus, field: str) -> Mapping[int, bool]:
    """The items, by code, of which a decision stands and waits on a field after a migration, and whether it had answered it."""
    if not any(field in one.waiting for one in corpus.decisions):
        return {}
    found: dict[int, bool] = {}
    for item, one in chain.from_iterable(heard(corpus, kind) for kind in DecisionKind):
        if field in one.waiting and field in one.stands:
            found[item] = found.get(item, False) or field in one.lost
    return found


def heard(corpus: Corpus, kind: DecisionKind) -> list[tuple[int, Decision]]:
    """The decisions that stand, in part or whole, each with the code of its item and what it says as far as it stands.

    By item, then by batch; no two of them say something of the same field of an item.
    """
    wanted = [decision for decision in corpus.decisions if decision.kind is kind and decision.stands]
    code = {item: code for code, item in enumerate(corpus.items.ids)} if wanted else {}
    speaking = [(code[one.item], _as_it_stands(one)) for one in wanted if one.item in code]
    return sorted(speaking, key=lambda entry: (entry[0], entry[1].batch, entry[1].who))


def _as_it_stands(decision: Decision) -> Decision:
    if decision.label.keys() <= set(decision.stands):
        return decision
    return replace(decision, label={name: value for name, value in decision.label.items() if name in decision.stands})


def decided_items(corpus: Corpus) -> Mask:
    """The items that have a gold or an adjudication."""
    decided = {decision.item for decision in corpus.decisions}
    return np.fromiter((item in decided for item in corpus.items.ids), dtype=np.bool_, count=len(corpus.items))
