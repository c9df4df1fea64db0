"""The coefficients of a field that rest on who rated what."""

import dataclasses
from collections.abc import Iterator

from msgspec.structs import replace

from assay.agreement.coefficient import MEASURED, Undefined
from assay.agreement.cohen import MIN_SHARED, mean_kappa
from assay.agreement.conger import conger
from assay.agreement.estimate import Estimate, stated, undefined
from assay.agreement.icc import Icc, icc_table, mean_squares
from assay.agreement.interval import ends_of
from assay.agreement.kappa_ends import pairings
from assay.agreement.pairs import pairs
from assay.agreement.unseen import FramedRatings, framed_ratings
from assay.agreement.weights import Weighting, Weights, identity, weights
from assay.model.schema import Scale
from assay.table.columns import Codes
from assay.table.ratings import Ratings
from assay.table.tally import Tally

_MOST_CELLS = 2**24
"""Beyond so many pairs and values the mean of Cohen's kappa is left out."""
_NUMBERS = frozenset({Scale.INTERVAL, Scale.RATIO})


def by_annotator(whole: Tally, rated: Ratings, group: Codes, min_shared: int = MIN_SHARED) -> dict[str, Estimate]:
    """The coefficients; `group` (U,) is the group of each unit, -1: none. Kappas rest on pairs that share `min_shared` units."""
    if rated.field.scale not in MEASURED:
        return {}
    frame = framed_ratings(rated, group)
    if rated.field.scale in _NUMBERS:
        return dict(_intraclass(rated, frame))
    return {"conger": _conger(rated, frame, identity(whole)), **dict(_kappas(whole, rated, frame, min_shared))}


def _kappas(
    whole: Tally, rated: Ratings, frame: FramedRatings | None, min_shared: int
) -> Iterator[tuple[str, Estimate]]:
    every = pairs(rated)
    tables = every.sharing(min_shared) if every else None
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
            around = pairings(frame.rated, wanted, frame.units, min_shared) if frame else None
            found = stated(mean.value, ends_of(frame, around, share=False) if frame and around else None)
            yield name, dataclasses.replace(found, coefficient=replace(found.coefficient, pairs=mean.pairs))


def _conger(rated: Ratings, frame: FramedRatings | None, single: Weights) -> Estimate:
    around = conger(frame.rated, single) if frame else Undefined.NO_VARIATION
    if isinstance(around, Undefined) or not frame or isinstance(conger(rated, single), Undefined):
        return undefined(Undefined.NO_VARIATION)
    (value,) = around(frame.units[None])
    return stated(float(value), ends_of(frame, around, share=False), around.standard_error(frame.units))


def _intraclass(rated: Ratings, frame: FramedRatings | None) -> Iterator[tuple[str, Estimate]]:
    found = mean_squares(rated)
    if isinstance(found, Undefined):
        yield from ((name, undefined(found)) for name in ("icc", "icc_consistency"))
        return
    table = icc_table(frame.rated) if frame else None
    for name, value, consistency in (
        ("icc", found.agreement(), False),
        ("icc_consistency", found.consistency(), True),
    ):
        yield (
            name,
            stated(
                value, ends_of(frame, Icc(table, consistency), share=False) if frame and table is not None else None
            ),
        )
