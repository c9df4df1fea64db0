"""Which coefficients a field has, by its scale."""

from collections.abc import Mapping
from functools import partial

from assay.agreement.ac import ac1, ac2
from assay.agreement.alpha import alpha, alpha_jaccard
from assay.agreement.box_alpha import alpha_boxes
from assay.agreement.box_iou import f1_half, mean_iou
from assay.agreement.brennan_prediger import brennan_prediger
from assay.agreement.coefficient import Make
from assay.agreement.fleiss import fleiss
from assay.agreement.percent import percent
from assay.agreement.rankings import kendall_w, tau_b
from assay.agreement.sequences import alpha_sequence, percent_sequence
from assay.agreement.span_alpha import alpha_any, alpha_spans
from assay.agreement.span_f1 import f1_overlap, f1_strict
from assay.agreement.specific import negative, positive
from assay.agreement.texts import chrf, edit_similarity
from assay.agreement.unitizing import alpha_u
from assay.agreement.weights import Weighting
from assay.model.schema import Field, Scale

_ALPHA: Mapping[Scale, Make] = {
    Scale.SEQUENCE: alpha_sequence,
    Scale.SPANS: alpha_spans,
    Scale.BOXES: alpha_boxes,
}
_PERCENT: Mapping[Scale, Make] = {Scale.SEQUENCE: percent_sequence}
_KAPPAS: Mapping[str, Make] = {"fleiss": fleiss, "brennan_prediger": brennan_prediger}
_WEIGHTED: Mapping[str, Make] = {
    "ac2": ac2,
    "ac2_linear": partial(ac2, kind=Weighting.LINEAR),
    "ac2_ordinal": partial(ac2, kind=Weighting.ORDINAL),
}
_FURTHER: Mapping[Scale, Mapping[str, Make]] = {
    Scale.NOMINAL: _KAPPAS,
    Scale.SET: {"alpha_jaccard": alpha_jaccard, **_KAPPAS},
    Scale.SEQUENCE: {},
    Scale.RANKING: {"tau_b": tau_b, "kendall_w": kendall_w},
    Scale.TREE: _KAPPAS,
    Scale.SPANS: {
        "alpha_token": alpha_spans,
        "alpha_any": alpha_any,
        "alpha_u": alpha_u,
        "f1_strict": f1_strict,
        "f1_overlap": f1_overlap,
    },
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
    binary = (
        field.scale is not Scale.SEQUENCE
        and field.values is not None
        and set(map(type, field.values)) == {bool}
        and len(field.values) == 2
    )
    always = {"alpha": _ALPHA.get(field.scale, alpha), "ac1": ac1, "percent": _PERCENT.get(field.scale, percent)}
    return {**always, **_FURTHER[field.scale], **(_YES_OR_NO if binary else {})}
