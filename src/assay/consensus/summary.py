"""`consensus.json`: how the items were decided."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from assay.consensus.queue import QueueRow
from assay.consensus.result import Consensus, Source
from assay.model.json import Json
from assay.model.quality import ConsensusReport, FieldConsensus
from assay.model.schema import Field, Scale
from assay.model.values import ordered_values, value_text

COUNTABLE = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.SET, Scale.TREE})


def summary(consensus: Consensus, fields: Sequence[Field], queue: Sequence[QueueRow]) -> ConsensusReport:
    """Counts by field: all sources, and the decided values of scales whose values recur (not numbers, spans or text)."""
    return ConsensusReport(
        method=consensus.method,
        items=len(np.unique(consensus.item)),
        fields={field.name: _of_field(consensus, field) for field in fields},
        queue=len({row.item for row in queue}),
    )


def _of_field(consensus: Consensus, field: Field) -> FieldConsensus:
    cells = np.flatnonzero(consensus.field == consensus.fields.index(field)).tolist()
    sources = Counter(consensus.source[cell] for cell in cells)
    decided = (consensus.value[cell] for cell in cells if consensus.source[cell].decided)
    return FieldConsensus(
        items=len(cells),
        sources={source.value: sources[source] for source in Source},
        values=_spread(decided, field) if field.scale in COUNTABLE else {},
    )


def _spread(values: Iterable[Json], field: Field) -> dict[str, int]:
    """How often each value was decided, in canonical order."""
    given = tuple(values)
    counts = Counter(value_text(value, field) for value in given)
    return {text: counts[text] for text in (value_text(value, field) for value in ordered_values(given, field))}
