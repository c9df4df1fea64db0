"""How much is left undecided."""

import numpy as np

from assay.consensus import Consensus, Source
from assay.model.quality import Unresolved


def measure(consensus: Consensus) -> Unresolved:
    """The (item, field) cells whose votes tie and nobody decided, of those with a vote or a decision."""
    cells = sum(source is not Source.NONE for source in consensus.source)
    tied = np.array([source is Source.TIE for source in consensus.source], dtype=np.bool_)
    by_field = np.bincount(consensus.field[tied], minlength=len(consensus.fields)).tolist()
    return Unresolved(
        cells=cells,
        unresolved=sum(by_field),
        value=sum(by_field) / cells if cells else None,
        fields={field.name: count for field, count in zip(consensus.fields, by_field, strict=True)},
    )
