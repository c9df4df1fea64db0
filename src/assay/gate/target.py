"""What a rule is about: a field, value or breakdown of the evidence; and how results are worded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isnan
from typing import Any

from msgspec import Struct

from assay.core import (
    AgreementParameters,
    AgreementReport,
    BreakdownRow,
    ConsensusReport,
    FieldAgreement,
    Outcome,
    QualityReport,
    RuleResult,
    RuleSpec,
    Scale,
    SchemaReport,
    Undefined,
    UnresolvedParameters,
    canonical_text,
    clip,
    did_you_mean,
)
from assay.errors import ConfigError

OVERALL, VALUE, ANNOTATOR = "overall", "value", "annotator"
META = "meta."
BREAKDOWNS = (VALUE, "batch", ANNOTATOR, "pair", "version", "groups")
_BY = " by "
DIGITS = 12
FEWEST_UNITS = 3
"""The least `min_units` of a rule: one or two units have no spread to sample from."""
REASONS = {reason.value: reason.sentence for reason in Undefined}
_NAMED = 5
_WIDTH = 40


class SliceRows(Struct, frozen=True, kw_only=True):
    """One breakdown of one field: its coefficients, and the rows of alpha and of the coefficient of the rule."""

    coefficients: tuple[str, ...] = ()
    rows: tuple[BreakdownRow, ...] = ()


class TaskEvidence(Struct, frozen=True, kw_only=True):
    """The reports of a task's measuring stages, and the slices that its rules need, by the rule's subject.

    `unusable` is the reason why nothing of the task could be measured; empty where it could.
    """

    schema: SchemaReport
    agreement: AgreementReport
    consensus: ConsensusReport
    quality: QualityReport
    slices: dict[str, SliceRows] = {}
    unusable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A field, the breakdown of `agreement.parquet` of the rule, and its key if that is a value."""

    field: str
    breakdown: str = OVERALL
    key: str | None = None

    @property
    def sliced(self) -> bool:
        """Whether it is about every slice of a breakdown."""
        return self.breakdown != OVERALL and self.key is None


def target_of(spec: RuleSpec[AgreementParameters], fields: Collection[str]) -> Target:
    """What the rule is about: the field of exactly that name where there is one, else the longest field it starts with.

    Raises:
        ConfigError: the task has no such field, there is no such breakdown, or the bound does not fit it.
    """
    target = _read(spec, fields)
    if spec.parameters.gap_at_most is not None and not target.sliced:
        raise misread(
            spec, "gap_at_most compares slices", f"write the rule for `{target.field} by …`: {_listed(BREAKDOWNS)}"
        )
    if spec.parameters.at_least is not None and target.sliced and target.breakdown == ANNOTATOR:
        raise misread(
            spec,
            "`by annotator` measures agreement without each annotator, which does not fall without a poor one",
            f"use `{target.field} by pair` with at_least, or gap_at_most here",
        )
    return target


def key_among(key: str, keys: Collection[str]) -> str:
    """The key of a value in the table: as written, or as JSON, which members of sets are."""
    quoted = canonical_text(key)
    return quoted if key not in keys and quoted in keys else key


def misread(spec: RuleSpec[Any], problem: str, fix: str) -> ConfigError:
    """The error of a rule that cannot be judged as it is written."""
    return ConfigError(f"{spec.source.path}:{spec.source.line} {spec.id}: {problem}", fix=fix)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean 'alpha'? `, or nothing where no known word is like it."""
    meant = did_you_mean(word, known)
    return f"{meant} " if meant else ""


def _read(spec: RuleSpec[Any], fields: Collection[str]) -> Target:
    text = spec.subject
    if text in fields:
        return Target(field=text)
    for field in sorted(fields, key=len, reverse=True):
        if text.startswith(f"{field}/"):
            return Target(field=field, breakdown=VALUE, key=text.removeprefix(f"{field}/"))
        if text.startswith(f"{field}{_BY}"):
            word = text.removeprefix(f"{field}{_BY}")
            if word in BREAKDOWNS or (word.startswith(META) and word != META):
                return Target(field=field, breakdown=word)
            fix = f"{suggestion(word, BREAKDOWNS)}write {_listed(BREAKDOWNS)}"
            raise misread(spec, f"unknown breakdown {word!r}", fix)
    name = text.partition(_BY)[0].partition("/")[0]
    raise misread(
        spec,
        f"task {spec.task} has no field {name!r}",
        f"{suggestion(name, fields)}fields of {spec.task}: {', '.join(fields) or 'none'}",
    )


def _listed(words: Iterable[str]) -> str:
    return f"{', '.join(words)}, or {META}KEY"


NO_VARIATION, NO_PAIRABLE_UNITS = Undefined.NO_VARIATION.value, Undefined.NO_PAIRABLE_UNITS.value


def judged(
    spec: RuleSpec[Any],
    outcome: Outcome,
    message: str,
    *,
    value: float | None,
    threshold: float,
    interval: tuple[float | None, float | None] = (None, None),
) -> RuleResult:
    """The result of `spec`: what was measured, its bound, and the outcome."""
    low, high = interval
    return RuleResult(
        id=spec.id,
        task=spec.task,
        at=spec.at,
        outcome=outcome,
        value=value,
        low=low,
        high=high,
        threshold=threshold,
        message=message,
    )


def compare_with_bound(
    value: float, interval: tuple[float | None, float | None], least: float, *, test: str
) -> Outcome:
    """The outcome of a figure that must be at least `least`, by its interval or (`test: value`) by itself.

    By the interval: `pass` where it is above, `fail` where below, else, or without one, `insufficient`.
    """
    if test == "value":
        return Outcome.PASS if value >= least else Outcome.FAIL
    low, high = interval
    if low is None or high is None or low < least <= high:
        return Outcome.INSUFFICIENT
    return Outcome.PASS if low >= least else Outcome.FAIL


def format_number(number: float, *, bound: float) -> str:
    """The number with two digits, or with as many as show on which side of the bound it is."""
    side = _side(number, bound)
    texts = (f"{number:z.{digits}f}" for digits in range(2, DIGITS))
    return next((text for text in texts if _side(float(text), bound) == side), repr(number))


def format_count(number: int, noun: str) -> str:
    """A count with its noun: `1 unit`, `72 units`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def basis(units: int, groups: int | None) -> str:
    """What a figure rests on: `72 units`, or `12 groups (72 units)` where the units are in groups."""
    counted = format_count(units, "unit")
    return counted if groups is None else f"{format_count(groups, 'group')} ({counted})"


def format_interval(low: float | None, high: float | None, *, bound: float) -> str:
    """` (95% interval 0.75 to 0.90)`, or nothing where there is no interval."""
    if low is None or high is None:
        return ""
    return f" (95% interval {format_number(low, bound=bound)} to {format_number(high, bound=bound)})"


def deciding(number: int, noun: str, times: float | None, *, where: str = "") -> str:
    """About how many units would decide: `number` times `times`, None where no number would; `where` they would be."""
    if times is None:
        return f"too close to the bound for more {noun}s{where} to decide"
    many = ceil(number * times)
    digits = 10 ** max(len(str(many)) - 2, 0)
    return f"about {ceil(many / digits) * digits:,} {noun}s like these{where} would decide"


def _side(number: float, bound: float) -> int:
    return (number > bound) - (number < bound)


def defined(number: float | None) -> bool:
    """Whether there is a number."""
    return number is not None and not isnan(number)


def bounded(row: BreakdownRow) -> bool:
    """Whether there is an interval."""
    return defined(row.low) and defined(row.high)


def flat(field: FieldAgreement) -> bool:
    """Whether all values of the field are the same, so that no coefficient is defined."""
    return field.alpha.reason == NO_VARIATION


def format_slice(row: BreakdownRow) -> str:
    """A slice's name, which is untrusted: quoted, clipped, control characters escaped."""
    key = repr(clip(row.key, _WIDTH))
    return f"without {key}" if row.breakdown == ANNOTATOR else key


def format_measured(row: BreakdownRow, *, bound: float) -> str:
    """`'de' 0.55 (95% interval 0.41 to 0.66)`."""
    ends = format_interval(row.low, row.high, bound=bound) if bounded(row) else " (no interval)"
    value = "no value" if row.value is None else format_number(row.value, bound=bound)
    return f"{format_slice(row)} {value}{ends}"


def format_list(noun: str, how: str, names: Sequence[str], *, known: int = 1) -> str:
    """`3 slices are thin: 'a', 'b', 'c'`: the first names, and how many more; none where no more than `known`."""
    head = f"{format_count(len(names), noun)} {'is' if len(names) == 1 else 'are'} {how}"
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return head if len(names) <= known else f"{head}: {', '.join(names[:_NAMED])}{more}"


def require_numbers(spec: RuleSpec[UnresolvedParameters], scales: Mapping[str, str]) -> None:
    """Refuses a `spread` of an unknown field or attribute, or of one without numbers.

    Raises:
        ConfigError: there is one.
    """
    for name in spec.parameters.spread:
        if name not in scales:
            known = f"{suggestion(name, scales)}fields of {spec.task}: {', '.join(scales) or 'none'}"
            raise misread(spec, f"task {spec.task} has no field {name!r}", known)
        if not Scale(scales[name]).numeric:
            raise misread(
                spec,
                f"{name} has no numbers (its scale is {scales[name]})",
                "`spread` is for interval and ratio fields; omit it for other scales",
            )
