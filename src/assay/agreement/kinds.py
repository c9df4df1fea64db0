"""Which coefficients a field has, by its scale."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

import numpy as np

from assay.agreement.ac import ac1, ac2
from assay.agreement.alpha import alpha, alpha_jaccard
from assay.agreement.box_alpha import alpha_boxes
from assay.agreement.box_iou import f1_half, mean_iou
from assay.agreement.brennan_prediger import brennan_prediger
from assay.agreement.coefficient import DECIMALS, MEASURED, Estimator, Undefined
from assay.agreement.cohen import mean_kappa
from assay.agreement.conger import conger
from assay.agreement.fleiss import fleiss
from assay.agreement.icc import mean_squares
from assay.agreement.pairs import pairs
from assay.agreement.percent import percent
from assay.agreement.span_f1 import f1_overlap, f1_strict
from assay.agreement.specific import negative, positive
from assay.agreement.texts import chrf, edit_similarity
from assay.agreement.tokens import alpha_token
from assay.agreement.unitizing import alpha_u
from assay.agreement.weights import Weighting, identity, weights
from assay.model.agreement import Coefficient
from assay.model.schema import Field, Scale
from assay.table.ratings import Ratings
from assay.table.tally import Tally

Make: TypeAlias = Callable[[Tally], Estimator | Undefined]

_ALPHA: Mapping[Scale, Make] = {Scale.SPANS: alpha_u, Scale.BOXES: alpha_boxes}
_KAPPAS: Mapping[str, Make] = {"fleiss": fleiss, "brennan_prediger": brennan_prediger}
_WEIGHTED: Mapping[str, Make] = {
    "ac2": ac2,
    "ac2_linear": partial(ac2, kind=Weighting.LINEAR),
    "ac2_ordinal": partial(ac2, kind=Weighting.ORDINAL),
}
_FURTHER: Mapping[Scale, Mapping[str, Make]] = {
    Scale.NOMINAL: _KAPPAS,
    Scale.SET: {"alpha_jaccard": alpha_jaccard, **_KAPPAS},
    Scale.TREE: _KAPPAS,
    Scale.SPANS: {"alpha_token": alpha_token, "f1_strict": f1_strict, "f1_overlap": f1_overlap},
    Scale.BOXES: {"mean_iou": mean_iou, "f1_half": f1_half},
    Scale.TEXT: {"edit_similarity": edit_similarity, "chrf": chrf},
    Scale.ORDINAL: {**_WEIGHTED, **_KAPPAS},
    Scale.INTERVAL: _WEIGHTED,
    Scale.RATIO: _WEIGHTED,
}
_YES_OR_NO: Mapping[str, Make] = {"positive": positive, "negative": negative}
_MOST_CELLS = 2**24
"""Beyond so many pairs and values the mean of Cohen's kappa is left out."""
_NUMBERS = frozenset({Scale.INTERVAL, Scale.RATIO})


def makers(field: Field) -> Mapping[str, Make]:
    """The coefficients of a field that are estimated from a tally, by their names."""
    binary = field.values is not None and set(map(type, field.values)) == {bool} and len(field.values) == 2
    always = {"alpha": _ALPHA.get(field.scale, alpha), "ac1": ac1, "percent": percent}
    return {**always, **_FURTHER[field.scale], **(_YES_OR_NO if binary else {})}


def by_annotator(whole: Tally, rated: Ratings) -> dict[str, Coefficient]:
    """The coefficients of a field that rest on who rated what."""
    if rated.field.scale not in MEASURED:
        return {}
    return {
        **(dict(_chance_corrected(whole, rated)) if rated.field.scale not in _NUMBERS else {}),
        **(dict(_intraclass(rated)) if rated.field.scale in _NUMBERS else {}),
    }


def _chance_corrected(whole: Tally, rated: Ratings) -> Iterator[tuple[str, Coefficient]]:
    single = identity(whole)
    found = conger(rated, single)
    yield "conger", _stated(found.value if found else None, found.se if found else None)
    tables = pairs(rated)
    kinds = {"kappa": Weighting.IDENTITY}
    if rated.field.scale is Scale.ORDINAL:
        kinds |= {"kappa_linear": Weighting.LINEAR, "kappa_quadratic": Weighting.QUADRATIC}
    for name, kind in kinds.items():
        wanted = weights(whole, kind)
        if wanted is None:
            yield name, Coefficient(value=None, reason=Undefined.TOO_MANY_VALUES.value)
        elif tables is None or len(tables) * tables.values > _MOST_CELLS:
            yield name, Coefficient(value=None, reason=Undefined.TOO_MANY_PAIRS.value)
        else:
            yield name, _stated(mean_kappa(tables, wanted))


def _intraclass(rated: Ratings) -> Iterator[tuple[str, Coefficient]]:
    found = mean_squares(rated)
    if isinstance(found, Undefined):
        yield from ((name, Coefficient(value=None, reason=found.value)) for name in ("icc", "icc_consistency"))
    else:
        yield "icc", _stated(found.agreement())
        yield "icc_consistency", _stated(found.consistency())


def _stated(value: float | None, error: float | None = None) -> Coefficient:
    if value is None or np.isnan(value):
        return Coefficient(value=None, reason=Undefined.NO_VARIATION.value)
    shown = None if error is None or np.isnan(error) else round(error, DECIMALS)
    return Coefficient(value=round(value, DECIMALS) + 0.0, se=shown)
