"""Everything the agreement stage reports, from the tallies of each batch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from msgspec.structs import replace

from assay.agreement.ac1 import ac1
from assay.agreement.alpha import alpha
from assay.agreement.audit import audit
from assay.agreement.bootstrap import CONFIDENCE, SAMPLES, intervals
from assay.agreement.coefficient import DECIMALS, MEASURED, Estimator, Undefined
from assay.agreement.masi import members
from assay.agreement.percent import percent
from assay.model.agreement import COEFFICIENT_NAMES, AgreementReport, BreakdownRow, Coefficient, FieldAgreement
from assay.model.schema import Field, Scale
from assay.model.values import value_text
from assay.table.columns import Corpus, Mask
from assay.table.tally import Tally, add, dichotomy, tally

SEED = 20110101

Make: TypeAlias = Callable[[Tally], Estimator | Undefined]

_ALWAYS: Mapping[str, Make] = {"alpha": alpha, "ac1": ac1, "percent": percent}
_FURTHER: Mapping[Scale, Mapping[str, Make]] = {}

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
        entries[field.name] = _entry(whole, rng_seed)
        rows += _overall_rows(field, entries[field.name])
        rows += _rows(field, "value", dict(_by_value(whole)), rng_seed)
        rows += _rows(field, "batch", batches, rng_seed)
        unfinished = tally(corpus, field, pending)
        if len(unfinished.patterns):
            waiting[field.name] = _entry(unfinished, rng_seed)
    report = AgreementReport(fields=entries, open=waiting, confidence=CONFIDENCE, samples=SAMPLES, seed=rng_seed)
    return Measured(report=report, rows=tuple(rows))


def makers(scale: Scale) -> Mapping[str, Make]:
    """The coefficients of a scale that are estimated from a tally, by their names."""
    return {**_ALWAYS, **_FURTHER.get(scale, {})}


def coefficients(whole: Tally, rng: np.random.Generator | None) -> dict[str, Coefficient]:
    """Each coefficient of one tally, or why it is undefined; without a generator, without intervals."""
    made = {name: make(whole) for name, make in makers(whole.field.scale).items()}
    estimators = {name: estimator for name, estimator in made.items() if not isinstance(estimator, Undefined)}
    ranges = intervals(whole, tuple(estimators.values()), rng) if rng and estimators else (None,) * len(estimators)
    weights = whole.patterns.units[np.newaxis].astype(np.float64)
    points = {name: float(estimator(weights)[0]) for name, estimator in estimators.items()}
    found = {name: _coefficient(points[name], ends) for name, ends in zip(estimators, ranges, strict=True)}
    undefined = {name: reason for name, reason in made.items() if isinstance(reason, Undefined)}
    return {name: found.get(name) or Coefficient(value=None, reason=undefined[name].value) for name in made}


def _coefficient(value: float, ends: tuple[float, float] | None) -> Coefficient:
    if np.isnan(value):
        return Coefficient(value=None, reason=Undefined.NO_VARIATION.value)
    low, high = (_settled(end) for end in ends) if ends else (None, None)
    return Coefficient(value=_settled(value), low=low, high=high)


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


def _entry(whole: Tally, seed: int) -> FieldAgreement:
    found = coefficients(whole, np.random.default_rng(seed))
    headline = FieldAgreement(
        scale=whole.field.scale.value,
        units=whole.units,
        pairable=whole.pairable,
        annotators=len(whole.annotators),
        alpha=found["alpha"],
        ac1=found["ac1"],
        percent=found["percent"],
        audit=audit(whole, np.random.default_rng(seed)),
    )
    return replace(headline, **found)


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
