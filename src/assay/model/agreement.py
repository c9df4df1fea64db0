"""Measured agreement, as `reports/<task>/agreement.json` holds it."""

from collections.abc import Container

from msgspec import Struct


class Coefficient(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coefficient with its 95% interval, or None with the reason why it is undefined.

    `se` is its standard error by Gwet's linearised variance, where that is derived.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    se: float | None = None
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

    Which of the further coefficients there are depends on the scale; docs/agreement.md says what each is.
    `categories` is the q that AC1 was computed with, `costliest` are the ten units without which alpha rises most,
    `units_needed` how many units would make the interval of alpha as wide as the key says.
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
    alpha_token: Coefficient | None = None
    f1_strict: Coefficient | None = None
    f1_overlap: Coefficient | None = None
    mean_iou: Coefficient | None = None
    f1_half: Coefficient | None = None
    edit_similarity: Coefficient | None = None
    chrf: Coefficient | None = None
    costliest: tuple[Cost, ...] = ()
    units_needed: dict[str, int] | None = None

    def coefficient(self, name: str) -> Coefficient | None:
        """The coefficient of that name; None where the field's scale has none."""
        found = getattr(self, name, None)
        return found if isinstance(found, Coefficient) else None


COEFFICIENT_NAMES = tuple(name for name, kind in FieldAgreement.__annotations__.items() if "Coefficient" in str(kind))
"""Every coefficient that a report may hold, in the order of the report."""


def pair_coefficient(names: Container[str]) -> str:
    """The coefficient that says best how two annotators agree, of those that their rows have."""
    return next((name for name in ("kappa", "f1_strict", "mean_iou", "edit_similarity") if name in names), "percent")


class BreakdownRow(Struct, frozen=True, kw_only=True):
    """One row of `agreement.parquet`: a coefficient of one part of a field.

    `breakdown` is `overall`, `value`, `batch`, `annotator` (without that one), `version`, `meta.KEY`, `groups` or
    `pair`; `key` says which one. `units` are those with two or more values.
    """

    field: str
    breakdown: str
    key: str
    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    units: int


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
    samples: int
    seed: int
    left_out: tuple[LeftOut, ...] = ()
    made_from: dict[str, str] = {}
    tables: dict[str, str] = {}
