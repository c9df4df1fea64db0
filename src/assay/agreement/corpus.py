"""Everything the agreement stage reports, from the tallies of each batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from assay.agreement.audit import audit
from assay.agreement.bootstrap import CONFIDENCE, SAMPLES, intervals
from assay.agreement.breakdowns import Breakdown, breakdowns, facets
from assay.agreement.coefficient import DECIMALS, Estimator, Linearised, Undefined
from assay.agreement.influence import costliest
from assay.agreement.kinds import Make, by_annotator, makers
from assay.agreement.pair_rows import pair_rows
from assay.agreement.precision import units_needed
from assay.agreement.weights import categories
from assay.model.agreement import COEFFICIENT_NAMES, AgreementReport, BreakdownRow, Coefficient, FieldAgreement, LeftOut
from assay.model.schema import Field
from assay.table.columns import Corpus, Floats
from assay.table.counted import counted
from assay.table.ratings import Ratings
from assay.table.tally import Tally

SEED = 20110101


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The summary, and the rows of `agreement.parquet`: fields in the order given, then breakdown, then key."""

    report: AgreementReport
    rows: tuple[BreakdownRow, ...]


def measure_corpus(corpus: Corpus, fields: Sequence[Field], rng_seed: int = SEED) -> Measured:
    """Agreement on current votes, in all and by everything in `breakdowns`; and on those of open batches beside it.

    Every coefficient draws from a fresh generator of `rng_seed`, so no figure depends on what else is measured.
    """
    current, pending = corpus.annotations.current, corpus.annotations.open
    entries: dict[str, FieldAgreement] = {}
    waiting: dict[str, FieldAgreement] = {}
    rows: list[BreakdownRow] = []
    left_out: list[LeftOut] = []
    known = facets(corpus)
    for field in fields:
        given = counted(corpus, field, current)
        entries[field.name] = replace(entry(given.whole, given.rated, rng_seed), costliest=costliest(given))
        rows += _overall_rows(field, entries[field.name])
        for found in (*breakdowns(given, known), pair_rows(given)):
            if isinstance(found, LeftOut):
                left_out.append(found)
            else:
                rows += (
                    _rows(given.whole, entries[field.name], found, rng_seed) if isinstance(found, Breakdown) else found
                )
        unfinished = counted(corpus, field, pending)
        if len(unfinished.whole.patterns):
            waiting[field.name] = entry(unfinished.whole, unfinished.rated, rng_seed)
    report = AgreementReport(
        fields=entries,
        open=waiting,
        confidence=CONFIDENCE,
        samples=SAMPLES,
        seed=rng_seed,
        left_out=tuple(left_out),
    )
    return Measured(report=report, rows=tuple(rows))


def coefficients(whole: Tally, rng: np.random.Generator | None, *, errors: bool = True) -> dict[str, Coefficient]:
    """Each coefficient of one tally, or why it is undefined; without a generator, without intervals.

    `errors`: with standard errors.
    """
    return _estimated(whole, makers(whole.field), rng, errors=errors)


def alpha_of(whole: Tally, rng: np.random.Generator | None) -> Coefficient:
    """The same alpha alone."""
    return _estimated(whole, {"alpha": makers(whole.field)["alpha"]}, rng, errors=True)["alpha"]


def _estimated(
    whole: Tally, wanted: Mapping[str, Make], rng: np.random.Generator | None, *, errors: bool
) -> dict[str, Coefficient]:
    made = {name: make(whole) for name, make in wanted.items()}
    estimators = {name: estimator for name, estimator in made.items() if not isinstance(estimator, Undefined)}
    ranges = intervals(whole, tuple(estimators.values()), rng) if rng and estimators else (None,) * len(estimators)
    units = whole.patterns.units.astype(np.float64)
    found = {
        name: _coefficient(
            float(estimator(units[np.newaxis])[0]), ends, _standard_error(estimator, units) if errors else float("nan")
        )
        for (name, estimator), ends in zip(estimators.items(), ranges, strict=True)
    }
    undefined = {name: reason for name, reason in made.items() if isinstance(reason, Undefined)}
    return {name: found.get(name) or Coefficient(value=None, reason=undefined[name].value) for name in made}


def _standard_error(estimator: Estimator, units: Floats) -> float:
    return estimator.standard_error(units) if isinstance(estimator, Linearised) else float("nan")


def _coefficient(value: float, ends: tuple[float, float] | None, error: float) -> Coefficient:
    if np.isnan(value):
        return Coefficient(value=None, reason=Undefined.NO_VARIATION.value)
    low, high = (_settled(end) for end in ends) if ends else (None, None)
    return Coefficient(value=_settled(value), low=low, high=high, se=None if np.isnan(error) else _settled(error))


def _settled(number: float) -> float:
    return round(number, DECIMALS) + 0.0


def entry(whole: Tally, rated: Ratings, seed: int) -> FieldAgreement:
    """All that is said of one field: the coefficients of its scale, those that rest on who rated what, the audit."""
    found = {**coefficients(whole, np.random.default_rng(seed)), **by_annotator(whole, rated)}
    if not whole.units:
        found = {name: Coefficient(value=None, reason=_absence(rated).value) for name in found}
    headline = FieldAgreement(
        scale=whole.field.scale.value,
        units=whole.units,
        pairable=whole.pairable,
        annotators=len(whole.annotators),
        alpha=found["alpha"],
        ac1=found["ac1"],
        percent=found["percent"],
        audit=audit(whole, np.random.default_rng(seed)),
        categories=categories(whole) if found["ac1"].value is not None else None,
        units_needed=units_needed(found["alpha"], whole.units),
    )
    return replace(headline, **found)


def _absence(rated: Ratings) -> Undefined:
    """Why no unit has two values."""
    if not len(rated):
        return Undefined.NO_VALUES
    return Undefined.ONE_ANNOTATOR if len(rated.annotators) == 1 else Undefined.NO_PAIRABLE_UNITS


def _overall_rows(field: Field, entry: FieldAgreement) -> Iterator[BreakdownRow]:
    for name in COEFFICIENT_NAMES:
        if (found := entry.coefficient(name)) is not None:
            yield _row(field, ("overall", ""), name, found, entry.units)


def _rows(whole: Tally, told: FieldAgreement, broken: Breakdown, seed: int) -> Iterator[BreakdownRow]:
    """The rows of a breakdown; a part that is the whole has been measured already."""
    for key, part in broken.parts:
        rng = np.random.default_rng(seed) if broken.drawn else None
        known = part is whole and broken.drawn
        found = {} if known else coefficients(part, rng, errors=False)
        for name in makers(part.field):
            one = told.coefficient(name) if known else found[name]
            if one is not None:
                yield _row(whole.field, (broken.name, key), name, one, part.units)


def _row(field: Field, key: tuple[str, str], name: str, coefficient: Coefficient, units: int) -> BreakdownRow:
    return BreakdownRow(
        field=field.name,
        breakdown=key[0],
        key=key[1],
        coefficient=name,
        value=coefficient.value,
        low=coefficient.low,
        high=coefficient.high,
        units=units,
    )
