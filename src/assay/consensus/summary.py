"""`consensus.json`: how the items were decided."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from assay.consensus.result import Consensus, Source
from assay.model.elements import EXTENTS, kind_of
from assay.model.json import Json
from assay.model.quality import ConsensusReport, FieldConsensus
from assay.model.schema import Field, Scale
from assay.model.values import canonical_value, is_missing, ordered_values, value_text

COUNTABLE = frozenset({Scale.NOMINAL, Scale.ORDINAL, Scale.SET, Scale.TREE})


def summary(consensus: Consensus, fields: Sequence[Field]) -> ConsensusReport:
    """Counts by field: all sources, and the decided values of scales whose values recur (not numbers or text); see `FieldConsensus`."""
    return ConsensusReport(
        method=consensus.method,
        items=len(np.unique(consensus.item)),
        fields={field.name: _of_field(consensus, field) for field in fields},
    )


def _of_field(consensus: Consensus, field: Field) -> FieldConsensus:
    cells = np.flatnonzero(consensus.field == consensus.fields.index(field)).tolist()
    sources = Counter(consensus.source[cell] for cell in cells)
    decided = tuple(consensus.value[cell] for cell in cells if consensus.source[cell].decided)
    elements = tuple(one for value in decided if isinstance(value, list) for one in value)
    return FieldConsensus(
        items=len(cells),
        sources={source.value: sources[source] for source in Source},
        values=_spread(decided, field) if field.scale in COUNTABLE else {},
        elements=_elements(elements, field),
        attributes=_said(elements, field) if field.scale in EXTENTS else {},
    )


def _elements(elements: Sequence[Json], field: Field) -> dict[str, int]:
    """How often each tag, or each kind of spans or boxes, was decided."""
    if field.scale is Scale.SEQUENCE:
        return _spread(elements, replace(field, textual=all(isinstance(tag, str) for tag in elements)))
    kinds = Counter(kind_of(one) for one in elements if isinstance(one, dict)) if field.scale in EXTENTS else {}
    return {kind: kinds[kind] for kind in sorted(kinds)}


def _said(elements: Sequence[Json], field: Field) -> dict[str, dict[str, int]]:
    """By attribute how often each of its values was decided, where it has values that recur and an element has one."""
    said = {
        one.name: _spread(
            [element[one.name] for element in elements if isinstance(element, dict) and one.name in element], one
        )
        for one in field.attributes
        if one.scale in COUNTABLE
    }
    return {name: values for name, values in said.items() if values}


def _spread(values: Iterable[Json], field: Field) -> dict[str, int]:
    """How often each value was decided, in canonical order."""
    given = tuple(canonical_value(value, field.scale) for value in values if not is_missing(value))
    counts = Counter(value_text(value, field) for value in given)
    return {text: counts[text] for text in (value_text(value, field) for value in ordered_values(given, field))}
