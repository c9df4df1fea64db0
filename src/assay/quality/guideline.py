"""The evidence on a task's guideline: its own faults, and how its examples ran."""

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from assay.errors import ConfigError
from assay.guidelines.body import body_in
from assay.guidelines.examples import Example, examples_of
from assay.guidelines.front_matter import Source
from assay.guidelines.lint import lint
from assay.model.finding import Finding, Severity
from assay.model.quality import ExamplesReport, GuidelineReport
from assay.quality.examples import run_examples
from assay.schemas import TaskSchema
from assay.table import Corpus


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineEvidence:
    """What was found in a guideline and by its examples, counted and by place."""

    guideline: GuidelineReport
    examples: ExamplesReport
    findings: tuple[Finding, ...]


def guideline_evidence(
    source: Source, schema: TaskSchema, corpus: Corpus, people: Container[str], approvals: Sequence[Finding] = ()
) -> GuidelineEvidence:
    """Lints a guideline and runs its examples; rests on nothing but its arguments, so links to other files are not judged.

    `people` are the ids of the roster, `approvals` is what is wrong with the records of its approvals.

    Raises:
        LimitError: the page is longer than assay reads.
    """
    linted = (*lint(source, schema, people), *approvals)
    ran = run_examples(readable_examples(source), schema, corpus)
    findings = sorted({*linted, *ran.findings}, key=lambda found: found.sort_key)
    return GuidelineEvidence(guideline=_report(linted), examples=ran.report, findings=tuple(findings))


def readable_examples(source: Source) -> tuple[Example | Finding, ...]:
    """The examples of a guideline; none where it is not text, which is its lint's to say."""
    try:
        return examples_of(body_in(source))
    except ConfigError:
        return ()


def _report(linted: Sequence[Finding]) -> GuidelineReport:
    severities = Counter(found.severity for found in linted)
    return GuidelineReport(
        errors=severities[Severity.ERROR],
        warnings=severities[Severity.WARNING],
        findings=dict(sorted(Counter(found.rule for found in linted).items())),
    )
