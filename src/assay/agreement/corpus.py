"""Everything the agreement stage reports, from the tallies of each batch; and agreement under each version of a guideline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from assay.agreement.attributes import of_attributes
from assay.agreement.audit import audit
from assay.agreement.breakdowns import Breakdown, Facets, breakdowns, facets
from assay.agreement.chance_corrected import null_error
from assay.agreement.coefficient import Undefined, groups_in
from assay.agreement.explain import costliest
from assay.agreement.interval import CONFIDENCE, Estimate, estimates, settled, undefined, units_needed
from assay.agreement.kappa import MIN_SHARED
from assay.agreement.pair_rows import pair_rows
from assay.agreement.registry import by_annotator, makers
from assay.agreement.weights import categories
from assay.model.agreement import COEFFICIENT_NAMES, AgreementReport, BreakdownRow, Coefficient, FieldAgreement, LeftOut
from assay.model.guideline_log import VersionAgreement
from assay.model.schema import Field
from assay.table import Column
from assay.table.columns import Corpus, Mask
from assay.table.made_under import undivided
from assay.table.ratings import Ratings, ratings
from assay.table.tally import Tally, tally, within

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
    parts: list[BreakdownRow | LeftOut] = []
    known = facets(corpus)
    names = {field.name for field in fields}
    for field in fields:
        given = ratings(corpus, field, current)
        attributes = dict(of_attributes(given))
        told, own = _told(given, known, rng_seed)
        parts += own
        said: dict[str, FieldAgreement] = {}
        for name, one in attributes.items():
            said[name], own = _told(one, known, rng_seed)
            parts += own if one.field.name not in names else []
        entries[field.name] = replace(told, attributes=said)
        unfinished = ratings(corpus, field, pending)
        if len(unfinished.whole.patterns):
            said = {name: _open(one, attributes.get(name, one), rng_seed) for name, one in of_attributes(unfinished)}
            waiting[field.name] = replace(_open(unfinished, given, rng_seed), attributes=said)
    report = AgreementReport(
        fields=entries,
        open=waiting,
        confidence=CONFIDENCE,
        seed=rng_seed,
        left_out=tuple(part for part in parts if isinstance(part, LeftOut)),
    )
    return Measured(report=report, rows=tuple(part for part in parts if isinstance(part, BreakdownRow)))


def _told(given: Ratings, known: Facets, seed: int) -> tuple[FieldAgreement, list[BreakdownRow | LeftOut]]:
    """The summary of a field or attribute, and its rows in all and by every breakdown."""
    found = measured(given.whole, given)
    number = (given.whole.units, groups_in(given.whole.patterns))
    rows: list[BreakdownRow | LeftOut] = [
        _row(given.whole.field, ("overall", ""), name, found[name], number)
        for name in COEFFICIENT_NAMES
        if name in found
    ]
    for part in (*breakdowns(given, known), pair_rows(given)):
        if isinstance(part, LeftOut):
            rows.append(part)
        else:
            rows += _rows(given.whole, found, part) if isinstance(part, Breakdown) else part
    return replace(entry(given.whole, found, seed), costliest=costliest(given)), rows


def _open(given: Ratings, current: Ratings, seed: int) -> FieldAgreement:
    """The summary of what is in open batches alone, with the values of the whole field."""
    whole = within(given.whole, current.whole)
    return entry(whole, measured(whole, given), seed)


def alpha_of(whole: Tally, *, bounded: bool = True) -> Coefficient:
    """The alpha of a tally alone; `bounded`: with its interval."""
    return estimates(whole, {"alpha": makers(whole.field)["alpha"]}, bounded=bounded)["alpha"].coefficient


def measured(whole: Tally, rated: Ratings, min_shared: int = MIN_SHARED) -> dict[str, Estimate]:
    """All coefficients of ratings, whose tally is `whole`; where no unit has two values, all say why.

    The mean of kappas rests on pairs that share `min_shared` units.
    """
    found = {**estimates(whole, makers(whole.field)), **by_annotator(whole, rated, min_shared)}
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
        groups=groups_in(whole.patterns),
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
        number = (part.units, groups_in(part.patterns))
        for name in makers(part.field):
            yield _row(whole.field, (broken.name, key), name, found[name], number)


def _row(field: Field, key: tuple[str, str], name: str, one: Estimate, number: tuple[int, int | None]) -> BreakdownRow:
    """`key` is the breakdown and its key, `number` that of units and of groups."""
    ends = one.ends
    return BreakdownRow(
        field=field.name,
        breakdown=key[0],
        key=key[1],
        coefficient=name,
        value=one.coefficient.value,
        low=one.coefficient.low,
        high=one.coefficient.high,
        units=number[0],
        groups=number[1],
        **({} if ends is None else ends.stored()),
    )


def agreement_under(
    corpus: Corpus, fields: Sequence[Field], made_under: Column
) -> dict[str, dict[str, VersionAgreement]]:
    """Alpha by version and field, over the items whose current counting votes share one version.

    `made_under` has the version of each annotation. Without intervals; a version without such an item has no entry.
    """
    current = corpus.annotations.current & corpus.annotations.counts
    alone = current & undivided(corpus, made_under, current)[corpus.annotations.item]
    return {
        made_under.values[code]: {
            field.name: _alpha(corpus, field, alone & (made_under.codes == code)) for field in fields
        }
        for code in np.unique(made_under.codes[alone]).tolist()
    }


def _alpha(corpus: Corpus, field: Field, rows: Mask) -> VersionAgreement:
    whole = tally(corpus, field, rows)
    return VersionAgreement(units=whole.units, alpha=alpha_of(whole, bounded=False))
