"""Everything the agreement stage reports, and the audit of headline figures against another implementation.

Castro, S. (2017). Fast Krippendorff, the package `krippendorff`. It counts and sums by itself; for sets, which it lacks,
it gets our MASI distances, and for trees and sets of paths our path distances.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import replace

from assay import core
from assay.agreement.alpha import alpha
from assay.agreement.alpha_explanation import costliest
from assay.agreement.breakdowns import Facets, breakdowns, facets
from assay.agreement.chance_corrected import null_error
from assay.agreement.coefficient import DECIMALS, groups_in
from assay.agreement.disagreement import numbers
from assay.agreement.interval import CONFIDENCE, Estimate, estimates, round_off, undefined, units_needed
from assay.agreement.kappa import MIN_SHARED
from assay.agreement.orders import of_elements
from assay.agreement.pair_rows import pair_rows
from assay.agreement.part_alpha import of_attributes
from assay.agreement.registry import by_annotator, coefficient_makers
from assay.agreement.sets import Bits, PathSets, as_bits, as_paths, masi, path_distance
from assay.agreement.weights import categories
from assay.core import BreakdownRow, Field, FieldAgreement, Floats, Ints, LeftOut, Ratings, Scale, Tally, Undefined
from assay.errors import MissingExtraError
from assay.extras import load
from assay.guidelines import VersionAgreement

_Points = TypeVar("_Points", Bits, Ints)

_MEMORY = 256 * 2**20


def audit(tally: Tally, rng: np.random.Generator) -> core.Audit:
    """Both alphas of the same units, of sequences of the same elements: all, or a sample that keeps the package's 3 * N * V² * 8 bytes below 256 MiB."""
    if tally.field.scale is Scale.SEQUENCE:
        tally = of_elements(tally)
    estimator = alpha(tally)
    if isinstance(estimator, Undefined):
        return core.Audit(reason=estimator.value)
    try:
        krippendorff = load("krippendorff")
    except MissingExtraError:
        return core.Audit(reason=Undefined.NOT_INSTALLED.value)
    # The pattern of each unit to be audited, in canonical order.
    patterns = tally.patterns
    units = np.repeat(np.arange(len(patterns)), np.where(patterns.pairable, patterns.units, 0))
    affordable = _MEMORY // (3 * 8 * len(tally.values) ** 2)
    if len(units) > affordable:
        units = np.sort(rng.choice(units, affordable, replace=False))
    if len(units) < 2 < tally.units:
        return core.Audit(reason=Undefined.TOO_MANY_VALUES.value)
    ours = float(estimator(np.bincount(units, minlength=len(patterns))[np.newaxis].astype(np.float64))[0])
    if np.isnan(ours):
        return core.Audit(units=len(units), reason=Undefined.NO_VARIATION.value)
    theirs = krippendorff.alpha(
        value_counts=_counts(tally, units),
        value_domain=numbers(tally) if tally.field.scale.numeric else np.arange(len(tally.values)),
        level_of_measurement=_level(tally),
    )
    return core.Audit(units=len(units), max_abs_diff=round(abs(ours - float(theirs)), DECIMALS))


def _counts(tally: Tally, units: Ints) -> Floats:
    """Value counts of units, given by their patterns, as the package wants them, (N, V): it converts whole numbers."""
    patterns = tally.patterns
    chosen, position = np.unique(units, return_inverse=True)
    counts = np.zeros((len(chosen), len(tally.values)))
    inside = np.isin(patterns.rows, chosen)
    counts[np.searchsorted(chosen, patterns.rows[inside]), patterns.codes[inside]] = patterns.counts[inside]
    return counts[position]


def _level(tally: Tally) -> str | Any:
    """The package's name of the scale, or the distance of the values at `i1` and `i2`."""
    if tally.field.scale is Scale.SET and tally.field.paths:
        return _indexed(np.arange(len(tally.values)), PathSets.of(tally.values).distance)
    if tally.field.scale is Scale.SET:
        return _indexed(as_bits(tally.values), masi)
    if tally.field.scale is Scale.TREE:
        return _indexed(as_paths(tally.values), path_distance)
    return str(tally.field.scale)


def _indexed(points: _Points, distance: Callable[[_Points, _Points], Floats]) -> Callable[..., Floats]:
    def between(*_: Ints, i1: Ints, i2: Ints, **__: object) -> Floats:
        return distance(points[i1], points[i2])

    return between


SEED = 20110101


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCorpus:
    """The summary, and the rows of `agreement.parquet`: fields in the order given, then breakdown, then key."""

    report: core.AgreementReport
    rows: tuple[BreakdownRow, ...]


def measure_corpus(corpus: core.Corpus, fields: Sequence[Field], rng_seed: int = SEED) -> MeasuredCorpus:
    """Agreement on current votes, in all and by everything in `breakdowns`; and on those of open batches beside it.

    The audits draw from fresh generators of `rng_seed`.
    """
    current, pending = corpus.annotations.current, corpus.annotations.open
    entries: dict[str, FieldAgreement] = {}
    waiting: dict[str, FieldAgreement] = {}
    parts: list[BreakdownRow | LeftOut] = []
    known = facets(corpus)
    names = {field.name for field in fields}
    for field in fields:
        rated = core.ratings(corpus, field, current)
        attributes = dict(of_attributes(rated))
        summary, rows = _summary(rated, known, rng_seed)
        parts += rows
        summaries: dict[str, FieldAgreement] = {}
        for name, attribute in attributes.items():
            summaries[name], rows = _summary(attribute, known, rng_seed)
            parts += rows if attribute.field.name not in names else []
        entries[field.name] = replace(summary, attributes=summaries)
        unfinished = core.ratings(corpus, field, pending)
        if len(unfinished.whole.patterns):
            summaries = {
                name: _open(attribute, attributes.get(name, attribute), rng_seed)
                for name, attribute in of_attributes(unfinished)
            }
            waiting[field.name] = replace(_open(unfinished, rated, rng_seed), attributes=summaries)
    report = core.AgreementReport(
        fields=entries,
        open=waiting,
        confidence=CONFIDENCE,
        seed=rng_seed,
        left_out=tuple(part for part in parts if isinstance(part, LeftOut)),
    )
    return MeasuredCorpus(report=report, rows=tuple(part for part in parts if isinstance(part, BreakdownRow)))


def _summary(rated: Ratings, known: Facets, seed: int) -> tuple[FieldAgreement, list[BreakdownRow | LeftOut]]:
    """The summary of a field or attribute, and its rows in all and by every breakdown."""
    whole, found = rated.whole, measured(rated.whole, rated)
    number = (whole.units, groups_in(whole.patterns))
    rows: list[BreakdownRow | LeftOut] = [
        _row(whole.field, ("overall", ""), name, found[name], number)
        for name in core.COEFFICIENT_NAMES
        if name in found
    ]
    for breakdown in breakdowns(rated, known):
        if isinstance(breakdown, LeftOut):
            rows.append(breakdown)
            continue
        for key, part in breakdown.parts:
            # A part that is the whole has been measured already.
            makers = coefficient_makers(part.field)
            of_part = found if part is whole else estimates(part, makers, bounded=breakdown.drawn, errors=False)
            number = (part.units, groups_in(part.patterns))
            rows += (_row(whole.field, (breakdown.name, key), name, of_part[name], number) for name in makers)
    pairs = pair_rows(rated)
    rows += [pairs] if isinstance(pairs, LeftOut) else pairs
    return replace(entry(whole, found, seed), costliest=costliest(rated)), rows


def _open(rated: Ratings, current: Ratings, seed: int) -> FieldAgreement:
    """The summary of what is in open batches alone, with the values of the whole field."""
    whole = core.within(rated.whole, current.whole)
    return entry(whole, measured(whole, rated), seed)


def alpha_of(whole: Tally, *, bounded: bool = True) -> core.Coefficient:
    """The alpha of a tally alone; `bounded`: with its interval."""
    return estimates(whole, {"alpha": coefficient_makers(whole.field)["alpha"]}, bounded=bounded)["alpha"].coefficient


def measured(whole: Tally, rated: Ratings, min_shared: int = MIN_SHARED) -> dict[str, Estimate]:
    """All coefficients of ratings, whose tally is `whole`; where no unit has two values, all say why.

    The mean of kappas rests on pairs that share `min_shared` units.
    """
    found = {**estimates(whole, coefficient_makers(whole.field)), **by_annotator(whole, rated, min_shared)}
    if whole.units:
        return found
    reason = Undefined.ONE_ANNOTATOR if len(rated.annotators) == 1 else Undefined.NO_PAIRABLE_UNITS
    return dict.fromkeys(found, undefined(reason if len(rated) else Undefined.NO_VALUES))


def entry(whole: Tally, found: Mapping[str, Estimate], seed: int) -> FieldAgreement:
    """The report of one field with these coefficients; the audit draws its units by `seed`."""
    coefficients = {name: estimate.coefficient for name, estimate in found.items()}
    if (kappa := coefficients.get("fleiss")) and kappa.value is not None and (error := null_error(whole)) is not None:
        coefficients["fleiss"] = replace(kappa, se_null=round_off(error))
    headline = FieldAgreement(
        scale=whole.field.scale.value,
        units=whole.units,
        pairable=whole.pairable,
        annotators=len(whole.annotators),
        alpha=coefficients["alpha"],
        ac1=coefficients["ac1"],
        percent=coefficients["percent"],
        audit=audit(whole, np.random.default_rng(seed)),
        categories=categories(whole) if coefficients["ac1"].value is not None else None,
        units_needed=units_needed(coefficients["alpha"], whole.units),
        groups=groups_in(whole.patterns),
    )
    return replace(headline, **coefficients)


def _row(
    field: Field, key: tuple[str, str], name: str, estimate: Estimate, number: tuple[int, int | None]
) -> BreakdownRow:
    """`key` is the breakdown and its key, `number` that of units and of groups."""
    return BreakdownRow(
        field=field.name,
        breakdown=key[0],
        key=key[1],
        coefficient=name,
        value=estimate.coefficient.value,
        low=estimate.coefficient.low,
        high=estimate.coefficient.high,
        units=number[0],
        groups=number[1],
        **({} if estimate.ends is None else estimate.ends.stored()),
    )


def agreement_under(
    corpus: core.Corpus, fields: Sequence[Field], made_under: core.Column
) -> dict[str, dict[str, VersionAgreement]]:
    """Alpha by version and field, over the items whose current counting votes share one version.

    `made_under` has the version of each annotation. Without intervals; a version without such an item has no entry.
    """
    current = corpus.annotations.current & corpus.annotations.counts
    alone = current & core.single_version_items(corpus, made_under, current)[corpus.annotations.item]
    return {
        made_under.values[code]: {
            field.name: VersionAgreement(units=whole.units, alpha=alpha_of(whole, bounded=False))
            for field in fields
            for whole in (core.tally(corpus, field, alone & (made_under.codes == code)),)
        }
        for code in np.unique(made_under.codes[alone]).tolist()
    }
