"""The consensus methods, each a rule per field."""

from collections.abc import Mapping

from assay.consensus.borda import borda
from assay.consensus.boxes import boxes
from assay.consensus.median import lower_median, lower_median_of_numbers, median
from assay.consensus.opinion import Rule
from assay.consensus.plurality import plurality
from assay.consensus.spans import spans
from assay.errors import ConfigError
from assay.model.schema import Field, Scale

MAJORITY: Mapping[Scale, Rule] = {
    Scale.NOMINAL: plurality,
    Scale.ORDINAL: lower_median,
    Scale.INTERVAL: median,
    Scale.RATIO: median,
    Scale.SET: plurality,
    Scale.RANKING: borda,
    Scale.TREE: plurality,
    Scale.SPANS: spans,
    Scale.BOXES: boxes,
    Scale.TEXT: plurality,
}

METHODS: Mapping[str, Mapping[Scale, Rule]] = {"majority": MAJORITY}


def rule_of(method: str, field: Field) -> Rule:
    """The rule of a field, by its scale; what it makes of numbers is a value of the field.

    Raises:
        ConfigError: there is no such method; the hint names those there are.
    """
    if method not in METHODS:
        raise ConfigError(
            f"there is no consensus method {method!r}", hint=f"write `consensus: {{method: {' | '.join(METHODS)}}}`"
        )
    rule = METHODS[method][field.scale]
    return lower_median_of_numbers if rule is median and field.stepped else rule
