"""The consensus methods, each a rule per scale."""

from collections.abc import Mapping

from assay.consensus.boxes import boxes
from assay.consensus.median import lower_median, median
from assay.consensus.opinion import Rule
from assay.consensus.plurality import plurality
from assay.consensus.spans import spans
from assay.errors import ConfigError
from assay.model.schema import Scale

MAJORITY: Mapping[Scale, Rule] = {
    Scale.NOMINAL: plurality,
    Scale.ORDINAL: lower_median,
    Scale.INTERVAL: median,
    Scale.RATIO: median,
    Scale.SET: plurality,
    Scale.TREE: plurality,
    Scale.SPANS: spans,
    Scale.BOXES: boxes,
    Scale.TEXT: plurality,
}

METHODS: Mapping[str, Mapping[Scale, Rule]] = {"majority": MAJORITY}


def rules_of(method: str) -> Mapping[Scale, Rule]:
    """The rule of each scale.

    Raises:
        ConfigError: there is no such method; the hint names those there are.
    """
    if method not in METHODS:
        raise ConfigError(
            f"there is no consensus method {method!r}", hint=f"write `consensus: {{method: {' | '.join(METHODS)}}}`"
        )
    return METHODS[method]
