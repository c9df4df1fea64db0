"""The consensus methods, each a rule per field."""

from collections.abc import Mapping
from functools import partial

from assay.consensus.borda import borda
from assay.consensus.boxes import boxes
from assay.consensus.elements import Fuse
from assay.consensus.median import lower_median, lower_median_of_numbers, median, median_of_any_order
from assay.consensus.opinion import Rule
from assay.consensus.overlap import Context, overlap
from assay.consensus.plurality import plurality
from assay.consensus.sequences import sequences
from assay.consensus.spans import spans
from assay.errors import ConfigError
from assay.model.schema import Field, Scale

MAJORITY: Mapping[Scale, Rule] = {
    Scale.NOMINAL: plurality,
    Scale.ORDINAL: lower_median,
    Scale.INTERVAL: median,
    Scale.RATIO: median,
    Scale.SET: plurality,
    Scale.SEQUENCE: sequences,
    Scale.RANKING: borda,
    Scale.TREE: plurality,
    Scale.TEXT: plurality,
}

FUSED: Mapping[Scale, Fuse] = {Scale.SPANS: spans, Scale.BOXES: boxes}
"""The scales that are voted on element by element."""

METHODS: Mapping[str, Mapping[Scale, Rule]] = {"majority": MAJORITY}


NOTHING_KNOWN = Context()


def rule_of(method: str, field: Field, known: Context = NOTHING_KNOWN) -> Rule:
    """The rule of a field, by its scale and order; what it makes of numbers is a value of the field.

    `known` is for spans and boxes.

    Raises:
        ConfigError: there is no such method; the hint names those there are.
    """
    if method not in METHODS:
        raise ConfigError(
            f"there is no consensus method {method!r}", hint=f"write `consensus: {{method: {' | '.join(METHODS)}}}`"
        )
    if field.scale in FUSED:
        return partial(overlap, fuse=FUSED[field.scale], of=field, rule_for=partial(rule_of, method), known=known)
    rule = METHODS[method][field.scale] if field.ordered else median_of_any_order
    return lower_median_of_numbers if rule is median and field.stepped else rule
