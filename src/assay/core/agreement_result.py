"""Measured agreement, as `reports/<task>/agreement.json` holds it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from msgspec import Struct

from assay.core.values import attribute_name


class Undefined(StrEnum):
    """Why a coefficient has no value: the reason as reports hold it, in a table's cell, and in a sentence."""

    short: str
    said: str

    def __new__(cls, reason: str, short: str, said: str) -> Self:
        """A reason with its two wordings."""
        one = str.__new__(cls, reason)
        one._value_ = reason
        one.short, one.said = short, said
        return one

    NO_VARIATION = "no-variation", "all the same", "every value given is the same"
    NO_PAIRABLE_UNITS = "no-pairable-units", "no item with two votes", "no item has two counting values"
    SCALE_NOT_MEASURED = "scale-not-measured", "not measured", "agreement on this scale is not measured"
    NON_NUMERIC_VALUE = "non-numeric-value", "no number", "a value is no number"
    NEGATIVE_RATIO_VALUE = (
        "negative-ratio-value", "below zero", "a value is below the zero at which a ratio scale starts",
    )  # fmt: skip
    TOO_MANY_VALUES = "too-many-values", "too many values", "there are too many distinct values"
    TOO_MANY_PAIRS = "too-many-pairs", "too many pairs", "there are too many pairs of annotators to compare each"
    FEW_SHARED_UNITS = "few-shared-units", "few shared", "no two annotators share enough units"
    NO_VALUES = "no-values", "no answers", "nobody gave it a value that counts"
    ONE_ANNOTATOR = "one-annotator", "one annotator", "one annotator alone gave it a value"
    NOT_CROSSED = "not-crossed", "not fully crossed", "not every annotator rated every item"
    NO_SOURCE = "no-source", "no source", "it is not known how long the texts are that the spans mark"
    NO_ORDER = (
        "no-order", "no order",
        "nothing says in which order its values stand: write x-order under the field in the schema, the lowest first",
    )  # fmt: skip
    MISSING_RANKS = "missing-ranks", "ranks missing", "a ranking leaves out options that another of the same item has"
    NOT_INSTALLED = (
        "not-installed", "not installed",
        "the package that measures it is not installed: pip install 'assay-labels[similarity,pipeline]'",
    )  # fmt: skip
    NOT_GIVEN = "not-given", "not given", "it is not among the values that were measured"


UNDEFINED = {one.value: one for one in Undefined}
"""The reasons by their name, as reports hold it; a newer assay's report may hold others."""


class Coefficient(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coefficient with its 95% interval, or None with the reason why it is undefined.

    `se` is its standard error by Gwet's linearised variance, where that is derived; `se_null` that under the hypothesis
    that all agreement is by chance, which tests it and makes no interval; `pairs` how many pairs of annotators a mean over
    pairs rests on.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    se: float | None = None
    se_null: float | None = None
    pairs: int | None = None
    reason: str | None = None


class Audit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The headline alpha against the independent `krippendorff` package on `units` units."""

    units: int = 0
    max_abs_diff: float | None = None
    reason: str | None = None


class Cost(Struct, frozen=True, kw_only=True):
    """A unit that costs alpha: without it alpha is higher by `influence`; the values it was given, how often each."""

    item: str
    influence: float
    values: dict[str, int]


class FieldAgreement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Agreement on one field: units with two or more counting values, their pairable values, who gave them.

    Which of the further coefficients there are depends on the scale; docs/agreement.md says what each is. `alpha_token`
    is another name of a spans field's `alpha`.
    `categories` is the q that AC1 was computed with, `costliest` are the ten units without which alpha rises most,
    `units_needed` how many units would make the interval of alpha as wide as the key says; `groups` in how many groups
    the units are, which the intervals then count. `attributes` are those of spans and boxes, measured on the elements that
    annotators both marked: such a one is a unit.
    """

    scale: str
    units: int
    pairable: int
    annotators: int
    alpha: Coefficient
    ac1: Coefficient
    percent: Coefficient
    audit: Audit
    categories: float | None = None
    ac2: Coefficient | None = None
    ac2_linear: Coefficient | None = None
    ac2_ordinal: Coefficient | None = None
    fleiss: Coefficient | None = None
    brennan_prediger: Coefficient | None = None
    conger: Coefficient | None = None
    kappa: Coefficient | None = None
    kappa_linear: Coefficient | None = None
    kappa_quadratic: Coefficient | None = None
    positive: Coefficient | None = None
    negative: Coefficient | None = None
    icc: Coefficient | None = None
    icc_consistency: Coefficient | None = None
    alpha_jaccard: Coefficient | None = None
    tau_b: Coefficient | None = None
    kendall_w: Coefficient | None = None
    alpha_token: Coefficient | None = None
    alpha_any: Coefficient | None = None
    alpha_u: Coefficient | None = None
    f1_strict: Coefficient | None = None
    f1_overlap: Coefficient | None = None
    mean_iou: Coefficient | None = None
    f1_half: Coefficient | None = None
    edit_similarity: Coefficient | None = None
    chrf: Coefficient | None = None
    costliest: tuple[Cost, ...] = ()
    units_needed: dict[str, int] | None = None
    groups: int | None = None
    attributes: "dict[str, FieldAgreement]" = {}

    def coefficient(self, name: str) -> Coefficient | None:
        """The coefficient of that name; None where the field's scale has none."""
        found = getattr(self, name, None)
        return found if isinstance(found, Coefficient) else None


COEFFICIENT_NAMES = tuple(name for name, kind in FieldAgreement.__annotations__.items() if "Coefficient" in str(kind))
"""Every coefficient that a report may hold, in the order of the report."""


SHARES = frozenset({
    "percent", "positive", "negative", "f1_strict", "f1_overlap", "mean_iou", "f1_half", "edit_similarity", "chrf", "kendall_w",
})  # fmt: skip
"""Those that are a share of 0 to 1; the others run up to 1 from -1, or from below it."""

ENDS = ("low_at", "low_se", "high_at", "high_se", "freedom")
"""The columns of `agreement.parquet` from which an interval can be had at any level."""


class BreakdownRow(Struct, frozen=True, kw_only=True):
    """One row of `agreement.parquet`: a coefficient of one part of a field.

    `breakdown` is `overall`, `value`, `batch`, `annotator` (without that one), `version`, `meta.KEY`, `groups` or
    `pair`; `key` says which one. `units` are those with two or more values, `groups`
    the groups they are in; null where they have none, and of pairs.
    The last five say where the ends of the interval come from: places and standard errors on the scale of atanh, and the
    degrees of freedom of Student's t; null where there is no interval.
    """

    field: str
    breakdown: str
    key: str
    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    units: int
    groups: int | None = None
    low_at: float | None = None
    low_se: float | None = None
    high_at: float | None = None
    high_se: float | None = None
    freedom: float | None = None


_OF_PAIRS = {
    "nominal": "kappa", "ranking": "tau_b", "spans": "f1_strict", "boxes": "mean_iou", "text": "edit_similarity",
}  # fmt: skip


def pair_coefficient(scale: str, rows: Iterable[BreakdownRow]) -> str:
    """The coefficient that says best how two annotators agree on a scale, of those that their rows have.

    Beyond nominal values it is alpha with the distance of the scale, for to kappa 4 and 5 are as different as 1 and 5;
    of spans where the texts have a known length.
    """
    known = {row.coefficient for row in rows if scale != "spans" or row.value is not None}
    own = "alpha" if scale == "spans" and "alpha" in known else _OF_PAIRS.get(scale, "alpha")
    return own if own in known else "percent"


class LeftOut(Struct, frozen=True, kw_only=True):
    """A breakdown that was not made, because it has more keys than the limit."""

    field: str
    breakdown: str
    keys: int
    limit: int


class AgreementReport(Struct, frozen=True, kw_only=True):
    """`agreement.json`. `open` holds the same, measured on open batches alone; `made_from` and `tables` as in every report."""

    fields: dict[str, FieldAgreement]
    open: dict[str, FieldAgreement]
    confidence: float
    seed: int
    left_out: tuple[LeftOut, ...] = ()
    made_from: dict[str, str] = {}
    tables: dict[str, str] = {}

    @property
    def measured(self) -> dict[str, FieldAgreement]:
        """Every field, and behind it its attributes as `FIELD.ATTRIBUTE`; a field of exactly that name goes before one."""
        found: dict[str, FieldAgreement] = {}
        for name, field in self.fields.items():
            found[name] = field
            of_field = ((attribute_name(name, key), one) for key, one in field.attributes.items())
            found |= {key: one for key, one in of_field if key not in self.fields}
        return found
