"""The coefficients of a field, by its scale: those of a tally, and those that need to know who rated what."""

import dataclasses
from collections.abc import Iterator, Mapping
from functools import partial

from msgspec.structs import replace

from assay.agreement.alpha import alpha, alpha_jaccard
from assay.agreement.boxes import alpha_boxes, f1_half, mean_iou
from assay.agreement.chance_corrected import ac1, ac2, brennan_prediger, fleiss, percent
from assay.agreement.coefficient import MEASURED, Make
from assay.agreement.icc import Icc, icc_table, mean_squares
from assay.agreement.interval import Estimate, ends_of, estimate_of, undefined
from assay.agreement.kappa import MIN_SHARED, conger, has_conger, mean_kappa, pairings
from assay.agreement.orders import alpha_sequence, kendall_w, percent_sequence, tau_b
from assay.agreement.pairwise import chrf, edit_similarity, pairs, specific
from assay.agreement.spans import alpha_any, alpha_spans, alpha_u, f1_overlap, f1_strict
from assay.agreement.unseen import FramedRatings, framed_ratings
from assay.agreement.weights import Weighting, identity, weights
from assay.core import Field, Ratings, Scale, Tally, Undefined

_ALPHA: Mapping[Scale, Make] = {Scale.SEQUENCE: alpha_sequence, Scale.SPANS: alpha_spans, Scale.BOXES: alpha_boxes}
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
_YES_OR_NO: Mapping[str, Make] = {
    "positive": partial(specific, answer=True),
    "negative": partial(specific, answer=False),
}


def coefficient_makers(field: Field) -> Mapping[str, Make]:
    """The coefficients of a field that are estimated from a tally, by their names."""
    binary = (
        field.scale is not Scale.SEQUENCE
        and field.values is not None
        and set(map(type, field.values)) == {bool}
        and len(field.values) == 2
    )
    always = {"alpha": _ALPHA.get(field.scale, alpha), "ac1": ac1, "percent": _PERCENT.get(field.scale, percent)}
    return {**always, **_FURTHER[field.scale], **(_YES_OR_NO if binary else {})}


_MOST_CELLS = 2**24
"""Beyond so many pairs and values the mean of Cohen's kappa is left out."""


def by_annotator(whole: Tally, rated: Ratings, min_shared: int = MIN_SHARED) -> dict[str, Estimate]:
    """The coefficients of ratings, whose tally is `whole`; kappas rest on pairs that share `min_shared` units."""
    if rated.field.scale not in MEASURED:
        return {}
    frame = framed_ratings(rated)
    if rated.field.scale in {Scale.INTERVAL, Scale.RATIO}:
        names, found = ("icc", "icc_consistency"), mean_squares(rated)
        if isinstance(found, Undefined):
            return dict.fromkeys(names, undefined(found))
        table = icc_table(frame.rated) if frame else None
        icc = {}
        for name, value in zip(names, (found.agreement(), found.consistency()), strict=True):
            around = None if table is None else Icc(table, consistency=name == "icc_consistency")
            icc[name] = estimate_of(value, ends_of(frame, around, share=False) if frame and around else None)
        return icc
    single = identity(whole)
    known = (frame.patterns, frame.shown) if frame else None
    estimator = conger(frame.rated, single, known) if frame else Undefined.NO_VARIATION
    if not frame or isinstance(estimator, Undefined) or not has_conger(rated):
        of_all = undefined(Undefined.NO_VARIATION)
    else:
        (mean,) = estimator(frame.units[None])
        ends = ends_of(frame, estimator, share=False)
        of_all = estimate_of(float(mean), ends, estimator.standard_error(frame.units))
    return {"conger": of_all, **dict(_kappas(whole, rated, frame, min_shared))}


def _kappas(
    whole: Tally, rated: Ratings, frame: FramedRatings | None, min_shared: int
) -> Iterator[tuple[str, Estimate]]:
    every = pairs(rated)
    tables = every.sharing(min_shared) if every else None
    paired = pairings(frame.rated, identity(whole), frame.units, min_shared) if frame else None
    kinds = {"kappa": Weighting.IDENTITY}
    if rated.field.scale is Scale.ORDINAL:
        kinds |= {"kappa_linear": Weighting.LINEAR, "kappa_quadratic": Weighting.QUADRATIC}
    for name, kind in kinds.items():
        wanted = weights(whole, kind)
        if not (rated.field.ordered or kind is Weighting.IDENTITY):
            yield name, undefined(Undefined.NO_ORDER)
        elif wanted is None:
            yield name, undefined(Undefined.TOO_MANY_VALUES)
        elif tables is None or len(tables) * tables.values > _MOST_CELLS:
            yield name, undefined(Undefined.TOO_MANY_PAIRS)
        elif isinstance(mean := mean_kappa(tables, wanted, min_shared), Undefined):
            yield name, undefined(mean)
        else:
            around = dataclasses.replace(paired, weights=wanted) if paired else None
            found = estimate_of(mean[0], ends_of(frame, around, share=False) if frame and around else None)
            yield name, dataclasses.replace(found, coefficient=replace(found.coefficient, pairs=mean[1]))
