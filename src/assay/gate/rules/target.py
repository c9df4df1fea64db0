"""What a rule of `checks/<task>.yaml` is about, and the evidence that it is held against.

`intent` is the field, `intent/billing` one of its values against the rest, `intent by batch` its slices. An attribute of spans
or boxes is named as a field is: `drugs.negated`, `drugs.negated/true`, `drugs.negated by batch`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from assay.errors import ConfigError
from assay.model.agreement import AgreementReport, BreakdownRow
from assay.model.gate_rules import AgreementParameters
from assay.model.names import did_you_mean
from assay.model.quality import ConsensusReport, QualityReport, SchemaReport
from assay.model.values import canonical_text
from assay.model.verdict import RuleSpec

OVERALL, VALUE, ANNOTATOR = "overall", "value", "annotator"
META = "meta."
BREAKDOWNS = (VALUE, "batch", ANNOTATOR, "pair", "version", "groups")
_BY = " by "


class SliceRows(Struct, frozen=True, kw_only=True):
    """One breakdown of one field: the coefficients measured by it, and the rows of alpha and of the one asked for."""

    coefficients: tuple[str, ...] = ()
    rows: tuple[BreakdownRow, ...] = ()


class TaskEvidence(Struct, frozen=True, kw_only=True):
    """The reports of a task's measuring stages, and the slices that its rules ask for, by the rule's subject.

    `unusable` says why nothing of the task could be measured; empty where it could.
    """

    schema: SchemaReport
    agreement: AgreementReport
    consensus: ConsensusReport
    quality: QualityReport
    slices: dict[str, SliceRows] = {}
    unusable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A field, the breakdown of `agreement.parquet` that is asked for, and its key where that is one value's."""

    field: str
    breakdown: str = OVERALL
    key: str | None = None

    @property
    def sliced(self) -> bool:
        """Whether it speaks of every slice of a breakdown."""
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
            "`by annotator` measures agreement without each annotator, which is no lower for leaving out a poor one",
            f"use `{target.field} by pair` with at_least, or gap_at_most here",
        )
    return target


def key_among(key: str, keys: Collection[str]) -> str:
    """The key of a value as the table has it: as it is written, or as JSON, as the members of sets stand there."""
    quoted = canonical_text(key)
    return quoted if key not in keys and quoted in keys else key


def misread(spec: RuleSpec[Any], problem: str, hint: str) -> ConfigError:
    """The error of a rule that cannot be judged as it is written."""
    return ConfigError(f"{spec.source.path}:{spec.source.line} {spec.id}: {problem}", hint=hint)


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
            hint = f"{suggestion(word, BREAKDOWNS)}write {_listed(BREAKDOWNS)}"
            raise misread(spec, f"there is no breakdown {word!r}", hint)
    name = text.partition(_BY)[0].partition("/")[0]
    raise misread(
        spec,
        f"task {spec.task} has no field {name!r}",
        f"{suggestion(name, fields)}fields of {spec.task}: {', '.join(fields) or 'none'}",
    )


def _listed(words: Iterable[str]) -> str:
    return f"{', '.join(words)}, or {META}KEY"
