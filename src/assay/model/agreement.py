"""Measured agreement, as `reports/<task>/agreement.json` holds it."""

from msgspec import Struct


class Coefficient(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coefficient with its 95% interval, or None with the reason why it is undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


class Audit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The headline alpha against the independent `krippendorff` package on `units` units."""

    units: int = 0
    max_abs_diff: float | None = None
    reason: str | None = None


class FieldAgreement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Agreement on one field: units with two or more counting values, their pairable values, who gave them."""

    scale: str
    units: int
    pairable: int
    annotators: int
    alpha: Coefficient
    ac1: Coefficient
    percent: Coefficient
    audit: Audit


class BreakdownRow(Struct, frozen=True, kw_only=True):
    """One row of `agreement.parquet`; `breakdown` is `overall`, `value` or `batch`, `key` which one."""

    field: str
    breakdown: str
    key: str
    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    units: int


class AgreementReport(Struct, frozen=True, kw_only=True):
    """`agreement.json`. `open` holds the same, measured on open batches alone."""

    fields: dict[str, FieldAgreement]
    open: dict[str, FieldAgreement]
    confidence: float
    samples: int
    seed: int
