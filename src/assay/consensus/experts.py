"""What experts decided, by field and item."""

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from assay.model.json import Json
from assay.table import Corpus, Decision, DecisionKind
from assay.table.columns import Mask

Answers: TypeAlias = Mapping[str, Mapping[int, Json]]


def answers(corpus: Corpus, kind: DecisionKind) -> Answers:
    """The experts' values by field name and item code, as they were written; a decision answers the fields its label has.

    Gold speaks always. An adjudication speaks for its round: it is heard where that is the item's current round, so
    that a re-label replaces it with the votes it decided, or where the item has none; then the newest goes first.
    """
    found: dict[str, dict[int, Json]] = defaultdict(dict)
    for item, decision in heard(corpus, kind):
        for name, value in decision.label.items():
            found[name][item] = value
    return found


def heard(corpus: Corpus, kind: DecisionKind) -> list[tuple[int, Decision]]:
    """The decisions that speak, as `answers` hears them, each with the code of its item; by item, the newest last."""
    wanted = [decision for decision in corpus.decisions if decision.kind is kind]
    code = {item: code for code, item in enumerate(corpus.items.ids)} if wanted else {}
    age = {batch.name: (batch.created, batch.name) for batch in corpus.batches}
    speaking = [(code[one.item], one) for one in wanted if one.item in code and _speaks(corpus, code[one.item], one)]
    return sorted(speaking, key=lambda entry: (entry[0], age.get(entry[1].batch, ("", "")), entry[1].who))


def _speaks(corpus: Corpus, item: int, decision: Decision) -> bool:
    current = int(corpus.items.round[item])
    return decision.kind is DecisionKind.GOLD or current < 0 or corpus.batches[current].name == decision.batch


def decided_items(corpus: Corpus) -> Mask:
    """The items that have a gold or an adjudication."""
    decided = {decision.item for decision in corpus.decisions}
    return np.fromiter((item in decided for item in corpus.items.ids), dtype=np.bool_, count=len(corpus.items))
