"""Everything the agreement stage reports, from the tallies of each batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from assay.agreement.audit import audit
from assay.agreement.breakdowns import Breakdown, breakdowns, facets
from assay.agreement.by_annotator import by_annotator
from assay.agreement.coefficient import Undefined
from assay.agreement.cohen import MIN_SHARED
from assay.agreement.estimate import Estimate, estimates, settled, undefined
from assay.agreement.fleiss import null_error
from assay.agreement.influence import costliest
from assay.agreement.interval import CONFIDENCE
from assay.agreement.kinds import makers
from assay.agreement.pair_rows import pair_rows
from assay.agreement.precision import units_needed
from assay.agreement.weights import categories
from assay.model.agreement import COEFFICIENT_NAMES, AgreementReport, BreakdownRow, Coefficient, FieldAgreement, LeftOut
from assay.model.schema import Field
from assay.table.columns import Codes, Corpus
from assay.table.counted import counted
from assay.table.ratings import Ratings
from assay.table.tally import Tally, within

SEED = 20110101


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The summary, and the rows of `agreement.parquet`: fields in the order given, then breakdown, then key."""

    report: AgreementReport
    rows: tuple[BreakdownRow, ...]


def measure_corpus(corpus: Corpus, fields: Sequence[Field], rng_seed: int = SEED) -> Measured:
    """Agreement on current votes, in all and by everything in `breakdowns`; and on those of open batches beside it.

    The audits draw from fresh generators of `rng_seed`.
    """
    current, pending = corpus.annotations.current, corpus.annotations.open
    entries: dict[str, FieldAgreement] = {}
    waiting: dict[str, FieldAgreement] = {}
    rows: list[BreakdownRow] = []
    left_out: list[LeftOut] = []
    known = facets(corpus)
    for field in fields:
        given = counted(corpus, field, current)
        found = measured(given.whole, given.rated, given.groups.codes)
        entries[field.name] = replace(entry(given.whole, found, rng_seed), costliest=costliest(given))
        rows += (
            _row(field, ("overall", ""), name, found[name], given.whole.units)
            for name in COEFFICIENT_NAMES
            if name in found
        )
        for part in (*breakdowns(given, known), pair_rows(given)):
            if isinstance(part, LeftOut):
                left_out.append(part)
            else:
                rows += _rows(given.whole, found, part) if isinstance(part, Breakdown) else part
        unfinished = counted(corpus, field, pending)
        if len(unfinished.whole.patterns):
            open_whole = within(unfinished.whole, given.whole)
            found = measured(open_whole, unfinished.rated, unfinished.groups.codes)
            waiting[field.name] = entry(open_whole, found, rng_seed)
    report = AgreementReport(
        fields=entries,
        open=waiting,
        confidence=CONFIDENCE,
        seed=rng_seed,
        left_out=tuple(left_out),
    )
    return Measured(report=report, rows=tuple(rows))


def alpha_of(whole: Tally, *, bounded: bool = True) -> Coefficient:
    """The alpha of a tally alone; `bounded`: with its interval."""
    return estimates(whole, {"alpha": makers(whole.field)["alpha"]}, bounded=bounded)["alpha"].coefficient


def measured(whole: Tally, rated: Ratings, group: Codes, min_shared: int = MIN_SHARED) -> dict[str, Estimate]:
    """All coefficients of a field, `group` being that of each unit (-1: none); where no unit has two values, all say why.

    The mean of kappas rests on pairs that share `min_shared` units.
    """
    found = {**estimates(whole, makers(whole.field)), **by_annotator(whole, rated, group, min_shared)}
    return found if whole.units else dict.fromkeys(found, undefined(_absence(rated)))


def entry(whole: Tally, found: Mapping[str, Estimate], seed: int) -> FieldAgreement:
    """All that is said of one field of which these coefficients were measured; the audit draws its units by `seed`."""
    told = {name: one.coefficient for name, one in found.items()}
    if (kappa := told.get("fleiss")) and kappa.value is not None and (error := null_error(whole)) is not None:
        told["fleiss"] = replace(kappa, se_null=settled(error))
    headline = FieldAgreement(
        scale=whole.field.scale.value,
        units=whole.units,
        pairable=whole.pairable,
        annotators=len(whole.annotators),
        alpha=told["alpha"],
        ac1=told["ac1"],
        percent=told["percent"],
        audit=audit(whole, np.random.default_rng(seed)),
        categories=categories(whole) if told["ac1"].value is not None else None,
        units_needed=units_needed(told["alpha"], whole.units),
    )
    return replace(headline, **told)


def _absence(rated: Ratings) -> Undefined:
    """Why no unit has two values."""
    if not len(rated):
        return Undefined.NO_VALUES
    return Undefined.ONE_ANNOTATOR if len(rated.annotators) == 1 else Undefined.NO_PAIRABLE_UNITS


def _rows(whole: Tally, told: Mapping[str, Estimate], broken: Breakdown) -> Iterator[BreakdownRow]:
    """The rows of a breakdown; a part that is the whole has been measured already."""
    for key, part in broken.parts:
        found = told if part is whole else estimates(part, makers(part.field), bounded=broken.drawn, errors=False)
        for name in makers(part.field):
            yield _row(whole.field, (broken.name, key), name, found[name], part.units)


def _row(field: Field, key: tuple[str, str], name: str, one: Estimate, units: int) -> BreakdownRow:
    ends = one.ends
    return BreakdownRow(
        field=field.name,
        breakdown=key[0],
        key=key[1],
        coefficient=name,
        value=one.coefficient.value,
        low=one.coefficient.low,
        high=one.coefficient.high,
        units=units,
        **({} if ends is None else ends.stored()),
    )
