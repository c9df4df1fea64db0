"""Which agreement a rule of `checks/<task>.yaml` is about.

`intent` is the field, `intent/billing` one of its values against the rest, `intent by batch` its slices. An attribute of spans
or boxes is named as a field is: `drugs.negated`, `drugs.negated/true`, `drugs.negated by batch`.
"""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from assay.errors import ConfigError
from assay.model.values import canonical_text
from assay.model.verdict import RuleSpec

OVERALL, VALUE, ANNOTATOR = "overall", "value", "annotator"
META = "meta."
BREAKDOWNS = (VALUE, "batch", ANNOTATOR, "pair", "version", "groups")
_BY = " by "


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A field, the breakdown of `agreement.parquet` that is asked for, and its key where that is one value's."""

    field: str
    breakdown: str = OVERALL
    key: str | None = None

    @property
    def sliced(self) -> bool:
        """Whether it speaks of every slice of a breakdown."""
        return self.breakdown != OVERALL and self.key is None


def subject_of(spec: RuleSpec, fields: Collection[str]) -> Subject:
    """What the rule is about: the field of exactly that name where there is one, else the longest field it starts with.

    Raises:
        ConfigError: the task has no such field, there is no such breakdown, or the bound does not fit it.
    """
    subject = _read(spec, fields)
    if "gap_at_most" in spec.parameters and not subject.sliced:
        raise misread(
            spec, "gap_at_most compares slices", f"write the rule for `{subject.field} by …`: {_listed(BREAKDOWNS)}"
        )
    if "at_least" in spec.parameters and subject.sliced and subject.breakdown == ANNOTATOR:
        raise misread(
            spec,
            "`by annotator` measures agreement without each annotator, which is no lower for leaving out a poor one",
            f"use `{subject.field} by pair` with at_least, or gap_at_most here",
        )
    return subject


def key_among(key: str, keys: Collection[str]) -> str:
    """The key of a value as the table has it: as it is written, or as JSON, as the members of sets stand there."""
    quoted = canonical_text(key)
    return quoted if key not in keys and quoted in keys else key


def misread(spec: RuleSpec, problem: str, hint: str) -> ConfigError:
    """The error of a rule that cannot be judged as it is written."""
    return ConfigError(f"{spec.source.path}:{spec.source.line} {spec.id}: {problem}", hint=hint)


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean 'alpha'? `, or nothing where no known word is like it."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {found[0]!r}? " if found else ""


def _read(spec: RuleSpec, fields: Collection[str]) -> Subject:
    text = spec.subject
    if text in fields:
        return Subject(field=text)
    for field in sorted(fields, key=len, reverse=True):
        if text.startswith(f"{field}/"):
            return Subject(field=field, breakdown=VALUE, key=text.removeprefix(f"{field}/"))
        if text.startswith(f"{field}{_BY}"):
            return Subject(field=field, breakdown=_breakdown(spec, text.removeprefix(f"{field}{_BY}")))
    name = text.partition(_BY)[0].partition("/")[0]
    raise misread(
        spec,
        f"task {spec.task} has no field {name!r}",
        f"{near(name, fields)}fields of {spec.task}: {', '.join(fields) or 'none'}",
    )


def _breakdown(spec: RuleSpec, word: str) -> str:
    if word in BREAKDOWNS or (word.startswith(META) and word != META):
        return word
    raise misread(spec, f"there is no breakdown {word!r}", f"{near(word, BREAKDOWNS)}write {_listed(BREAKDOWNS)}")


def _listed(words: Iterable[str]) -> str:
    return f"{', '.join(words)}, or {META}KEY"
