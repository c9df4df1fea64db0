"""Measured agreement, as `reports/<task>/agreement.json` holds it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from msgspec import Struct

from assay.core.values import attribute_name


class Undefined(StrEnum):
    """Why a coefficient has no value: the reason as stored in reports, in a table's cell, and in a sentence."""

    short: str
    sentence: str

    def __new__(cls, reason: str, short: str, sentence: str) -> Self:
        """A reason with its two wordings."""
        member = str.__new__(cls, reason)
        member._value_, member.short, member.sentence = reason, short, sentence
        return member

    NO_VARIATION = "no-variation", "all the same", "all values are the same"
    NO_PAIRABLE_UNITS = "no-pairable-units", "no item with two votes", "no item has two counting votes"
    SCALE_NOT_MEASURED = "scale-not-measured", "not measured", "agreement on this scale is not measured"
    NON_NUMERIC_VALUE = "non-numeric-value", "not a number", "a value is not a number"
    NEGATIVE_RATIO_VALUE = (
        "negative-ratio-value", "below zero", "a value is below zero, where a ratio scale starts",
    )  # fmt: skip
    TOO_MANY_VALUES = "too-many-values", "too many values", "there are too many distinct values"
    TOO_MANY_PAIRS = "too-many-pairs", "too many pairs", "there are too many pairs of annotators to compare"
    FEW_SHARED_UNITS = "few-shared-units", "few shared", "no two annotators share enough units"
    NO_VALUES = "no-values", "no answers", "no value of it counts"
    ONE_ANNOTATOR = "one-annotator", "one annotator", "only one annotator gave it a value"
    NOT_CROSSED = "not-crossed", "not fully crossed", "not every annotator rated every item"
    NO_SOURCE = "no-source", "no source", "the length of the texts that the spans mark is unknown"
    NO_ORDER = (
        "no-order", "no order",
        "the order of its values is unknown: write x-order under the field in the schema, the lowest first",
    )  # fmt: skip
    MISSING_RANKS = "missing-ranks", "ranks missing", "a ranking omits options that another of the same item has"
    NOT_INSTALLED = (
        "not-installed", "not installed",
        "the package that computes it is not installed: pip install 'assay-labels[similarity,pipeline]'",
    )  # fmt: skip
    NOT_GIVEN = "not-given", "not given", "it is not among the measured values"


UNDEFINED = {reason.value: reason for reason in Undefined}
"""The reasons by name, as stored in reports; a report of a newer assay may contain others."""


class Coefficient(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coefficient with its 95% interval, or None with the reason why it is undefined.

    `se` is its standard error by Gwet's linearised variance, where derived; `se_null` the one under the hypothesis that all
    agreement is by chance, used for tests only; `pairs` the number of annotator pairs that a mean over pairs averages.
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
    """A unit that lowers alpha: without it alpha is higher by `influence`; its values with their counts."""

    item: str
    influence: float
    values: dict[str, int]


class FieldAgreement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Agreement on one field: units with two or more counting values, their pairable values, and their annotators.

    The scale decides which further coefficients exist; docs/agreement.md defines each. `alpha_token` is another name of
    the `alpha` of a spans field. `categories` is the q of AC1, `costliest` the ten units without which alpha rises most,
    `units_needed` the number of units for an interval of alpha as wide as the key; `groups` the number of groups of the
    units, which intervals then count. `attributes` are those of spans and boxes, on elements that two annotators marked.
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
        """The coefficient of that name; None if the field's scale does not have it."""
        found = getattr(self, name, None)
        return found if isinstance(found, Coefficient) else None


COEFFICIENT_NAMES = tuple(name for name, kind in FieldAgreement.__annotations__.items() if "Coefficient" in str(kind))
"""Every coefficient of a report, in its order."""

SHARES = frozenset({
    "percent", "positive", "negative", "f1_strict", "f1_overlap", "mean_iou", "f1_half", "edit_similarity", "chrf", "kendall_w",
})  # fmt: skip
"""The coefficients that are a share of 0 to 1; the others run up to 1 from -1, or from below it."""

ENDS = ("low_at", "low_se", "high_at", "high_se", "freedom")
"""The columns of `agreement.parquet` that give an interval at any confidence level."""


class BreakdownRow(Struct, frozen=True, kw_only=True):
    """One row of `agreement.parquet`: a coefficient of one part of a field.

    `breakdown` is `overall`, `value`, `batch`, `annotator` (without that one), `version`, `meta.KEY`, `groups` or
    `pair`; `key` says which one. `units` are those with two or more values, `groups` the groups they are in; null where
    they have none, and of pairs. The last five say where the ends of the interval come from: places and standard errors on the scale of atanh, and the
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
    """The coefficient that describes the agreement of two annotators on a scale best, among those in their rows.

    Beyond nominal values it is alpha with the distance of the scale: kappa treats 4 and 5 like 1 and 5; for spans only if
    the length of the texts is known.
    """
    known = {row.coefficient for row in rows if scale != "spans" or row.value is not None}
    own = "alpha" if scale == "spans" and "alpha" in known else _OF_PAIRS.get(scale, "alpha")
    return own if own in known else "percent"


class LeftOut(Struct, frozen=True, kw_only=True):
    """A breakdown that was omitted, because it has more keys than the limit."""

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
        """Every field, followed by its attributes as `FIELD.ATTRIBUTE`; a field of exactly that name takes precedence."""
        found: dict[str, FieldAgreement] = {}
        for name, field in self.fields.items():
            named = {attribute_name(name, key): attribute for key, attribute in field.attributes.items()}
            found |= {name: field} | {key: one for key, one in named.items() if key not in self.fields}
        return found
