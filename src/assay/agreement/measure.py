"""Everything the agreement stage reports, from the tallies of each batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from assay.agreement.audit import audit
from assay.agreement.bootstrap import CONFIDENCE, SAMPLES, intervals
from assay.agreement.coefficient import DECIMALS, MEASURED, Estimator, Linearised, Undefined
from assay.agreement.kinds import by_annotator, makers
from assay.agreement.masi import members
from assay.agreement.weights import categories
from assay.model.agreement import COEFFICIENT_NAMES, AgreementReport, BreakdownRow, Coefficient, FieldAgreement
from assay.model.schema import Field, Scale
from assay.model.values import value_text
from assay.table.columns import Corpus, Floats, Mask
from assay.table.ratings import Ratings, ratings
from assay.table.tally import Tally, add, dichotomy, tally

SEED = 20110101

_MOST_VALUES = 100
_MOST_INTERVALS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The summary, and the rows of `agreement.parquet`: fields in the order given, then breakdown, then key."""

    report: AgreementReport
    rows: tuple[BreakdownRow, ...]


def measure(corpus: Corpus, fields: Sequence[Field], rng_seed: int = SEED) -> Measured:
    """Agreement on current rounds, in all, by value and by batch; and on open rounds beside it.

    Every coefficient draws from a fresh generator of `rng_seed`, so no figure depends on what else is measured.
    Breakdowns into more than 50 keys have no intervals, and into more than 100 values are left out. A value's row is
    about that value against the rest; in a set field, about a member being in the set or not.
    """
    current, pending = corpus.in_current_round(), corpus.in_open_round()
    entries: dict[str, FieldAgreement] = {}
    waiting: dict[str, FieldAgreement] = {}
    rows: list[BreakdownRow] = []
    for field in fields:
        batches = _by_batch(corpus, field, current)
        whole = add(*batches.values()) if batches else tally(corpus, field, current)
        entries[field.name] = entry(whole, ratings(corpus, field, current), rng_seed)
        rows += _overall_rows(field, entries[field.name])
        rows += _rows(field, "value", dict(_by_value(whole)), rng_seed)
        rows += _rows(field, "batch", batches, rng_seed)
        unfinished = tally(corpus, field, pending)
        if len(unfinished.patterns):
            waiting[field.name] = entry(unfinished, ratings(corpus, field, pending), rng_seed)
    report = AgreementReport(fields=entries, open=waiting, confidence=CONFIDENCE, samples=SAMPLES, seed=rng_seed)
    return Measured(report=report, rows=tuple(rows))


def coefficients(whole: Tally, rng: np.random.Generator | None) -> dict[str, Coefficient]:
    """Each coefficient of one tally, or why it is undefined; without a generator, without intervals."""
    made = {name: make(whole) for name, make in makers(whole.field).items()}
    estimators = {name: estimator for name, estimator in made.items() if not isinstance(estimator, Undefined)}
    ranges = intervals(whole, tuple(estimators.values()), rng) if rng and estimators else (None,) * len(estimators)
    units = whole.patterns.units.astype(np.float64)
    found = {
        name: _coefficient(float(estimator(units[np.newaxis])[0]), ends, _standard_error(estimator, units))
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


def _by_batch(corpus: Corpus, field: Field, rows: Mask) -> dict[str, Tally]:
    present = np.unique(corpus.annotations.batch[rows])
    return {
        corpus.batches[batch].name: tally(corpus, field, rows & (corpus.annotations.batch == batch))
        for batch in present
    }


def _by_value(whole: Tally) -> Iterator[tuple[str, Tally]]:
    """Each value against the rest; of a set field, each member: in the set or not."""
    if whole.field.scale not in MEASURED:
        return
    if whole.field.scale is Scale.SET:
        sets = [members(value) for value in whole.values]
        keys, groups = sorted(frozenset().union(*sets)), sets
    else:
        keys = [value_text(value, whole.field) for value in whole.values]
        groups = [frozenset({key}) for key in keys]
    if len(keys) <= _MOST_VALUES:
        for key in keys:
            yield key, dichotomy(whole, np.array([key in group for group in groups]))


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


def _rows(field: Field, breakdown: str, tallies: Mapping[str, Tally], seed: int) -> Iterator[BreakdownRow]:
    for key, part in tallies.items():
        rng = np.random.default_rng(seed) if len(tallies) <= _MOST_INTERVALS else None
        for name, coefficient in coefficients(part, rng).items():
            yield _row(field, (breakdown, key), name, coefficient, part.units)


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
