"""The rules on labels and guidelines: `schema`, `coverage`, `gold`, `unresolved`, `support`, `guideline` and others."""

from assay.core import (
    ApprovedParameters,
    CoverageParameters,
    ExamplesParameters,
    GoldParameters,
    GoldReport,
    GuidelineParameters,
    Outcome,
    OutdatedParameters,
    RuleResult,
    RuleSpec,
    SchemaParameters,
    Share,
    SupportParameters,
    UnresolvedParameters,
)
from assay.gate import target

_MOST_WIDTHS = 30
_WHY = {
    "waiting": "wait for a person after a migration",
    "tie": "tie",
    "apart": "have votes too far apart",
    "skipped": "have no answer",
    "required": "lack a required field",
    "refused": "have a label that the schema refuses",
}


def judge_guideline(spec: RuleSpec[GuidelineParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Passes where the guideline has no error, and no more warnings than `warnings_at_most` where that is set.

    `insufficient` where the report has no guideline.
    """
    report, warnings = evidence.quality.guideline, spec.parameters.warnings_at_most
    if report is None:
        message = "the guideline was not checked; 0 errors are allowed; run the pipeline again"
        return target.judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=0)
    found = f"the guideline of {spec.task} has {target.format_count(report.errors, 'error')}"
    allowed = "none is allowed"
    if warnings is not None:
        found += f" and {target.format_count(report.warnings, 'warning')}"
        allowed = f"no error and at most {target.format_count(warnings, 'warning')} are allowed"
    passes = report.errors == 0 and (warnings is None or report.warnings <= warnings)
    outcome = Outcome.PASS if passes else Outcome.FAIL
    return target.judged(spec, outcome, f"{found}; {allowed}", value=report.errors, threshold=0)


def judge_examples(spec: RuleSpec[ExamplesParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares the errors of the examples with `errors_at_most` (default: none).

    `insufficient` for a guideline without an example.
    """
    report, limit = evidence.quality.examples, spec.parameters.errors_at_most
    allowed = f"at most {target.format_count(limit, 'error')} are allowed"
    if report is None or report.run == 0:
        message = f"0 examples of the guideline of {spec.task} were run: nothing to judge yet; {allowed}"
        return target.judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=limit)
    outcome = Outcome.PASS if report.errors <= limit else Outcome.FAIL
    message = (
        f"{target.format_count(report.run, 'example')} ran, {report.wrong:,} of them wrong, with {target.format_count(report.errors, 'error')} "
        f"in all; {allowed}"
    )
    return target.judged(spec, outcome, message, value=report.errors, threshold=limit)


def judge_approved(spec: RuleSpec[ApprovedParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Passes where no version is held, by the kind of approval set in `checks/project.yaml`.

    A signature always counts, a record of the forge's review only with `approval: forge`. `insufficient` where no current
    label cites a version, or the report has no approvals.
    """
    versions = evidence.quality.approved
    if not versions:
        message = f"0 guideline versions are cited by the labels of {spec.task}; every one cited must be approved"
        return target.judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=0)
    counted_as = {version: one.under(spec.parameters.way) for version, one in versions.items()}
    held = {version: one.reason or "held" for version, one in counted_as.items() if not one.approved}
    if held:
        said = "; ".join(f"{version}: {reason}" for version, reason in held.items())
        message = f"{target.format_count(len(held), 'guideline version')} of {len(versions)} not approved: {said}"
        return target.judged(spec, Outcome.FAIL, message, value=len(held), threshold=0)
    said = ", ".join(f"{version} by {' and '.join(one.by)} ({one.way})" for version, one in versions.items())
    message = f"{target.format_count(len(versions), 'guideline version')} cited, none held: {said}"
    return target.judged(spec, Outcome.PASS, message, value=0, threshold=0)


def judge_outdated(spec: RuleSpec[OutdatedParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares the share of outdated labels among the current ones with `at_most`; `insufficient` without a current label."""
    report, most = evidence.quality.outdated, spec.parameters.at_most
    if report is None or report.value is None:
        message = f"0 labels are current; the share of outdated ones must be at most {most:g}"
        return target.judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=most)
    by = f", by version {' and '.join(report.changes)}" if report.changes else ""
    failed = [
        f"{version} ({target.format_number(one.agreement, bound=one.bound)} of the relabelled items kept their label, at least {one.bound:g} is needed)"
        if one.agreement is not None
        else f"{version} (no relabelled item was answered)"
        for version, one in report.samples.items()
        if not one.kept
    ]
    by += f", the sample failed of version {' and '.join(failed)}" if failed else ""
    kept = sum(report.grandfathered.values())
    by += f", {kept:,} more are grandfathered" if kept else ""
    message = (
        f"{report.outdated:,} of {target.format_count(report.annotations, 'current label')} are outdated "
        f"({target.format_number(report.value, bound=most)}){by}; the share must be at most {most:g}"
    )
    outcome = Outcome.PASS if report.value <= most else Outcome.FAIL
    return target.judged(spec, outcome, message, value=report.value, threshold=most)


def judge_schema(spec: RuleSpec[SchemaParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares errors (default: none) and warnings (default: any number) with their bounds.

    `insufficient` for a task without a record.
    """
    report, errors, warnings = evidence.schema, spec.parameters.errors_at_most, spec.parameters.warnings_at_most
    found = f"{target.format_count(report.records, 'record')} with {target.format_count(report.errors, 'error')}"
    allowed = f"at most {target.format_count(errors, 'error')} are allowed"
    if warnings is not None:
        found += f" and {target.format_count(report.warnings, 'warning')}"
        allowed = (
            f"at most {target.format_count(errors, 'error')} and {target.format_count(warnings, 'warning')} are allowed"
        )
    if report.records == 0:
        outcome, found = Outcome.INSUFFICIENT, f"{found}: nothing to judge yet"
    elif report.errors <= errors and (warnings is None or report.warnings <= warnings):
        outcome = Outcome.PASS
    else:
        outcome = Outcome.FAIL
    return target.judged(spec, outcome, f"{spec.task} has {found}; {allowed}", value=report.errors, threshold=errors)


def judge_coverage(spec: RuleSpec[CoverageParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares the share of answered assignments with `of_assigned`.

    `insufficient` where nothing was assigned, as in a task with imported labels only.
    """
    report, least = evidence.quality.coverage, spec.parameters.of_assigned
    if report.value is None:
        message = (
            f"nothing was assigned in a closed batch; the share of answers must be at least {least:g}, "
            f"so assign items or leave the rule out of {spec.source.path}"
        )
        return target.judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=least)
    message = (
        f"{report.answered:,} of {target.format_count(report.assigned, 'assigned answer')} are given "
        f"({target.format_number(report.value, bound=least)}); the share must be at least {least:g}"
    )
    outcome = Outcome.PASS if report.value >= least else Outcome.FAIL
    return target.judged(spec, outcome, message, value=report.value, threshold=least)


def judge_gold(spec: RuleSpec[GoldParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares the pooled accuracy of the votes, or with `credit: true` their credit, with `accuracy_at_least`.

    `test: low`, which is the default: `pass` where the interval is above the bound, `fail` where it is below, else
    `insufficient`. `test: value`: the figure itself. `insufficient` also on fewer than `min_items` gold items, and where no
    vote meets a gold answer.
    """
    gold, stated = evidence.quality.gold, spec.parameters
    least = stated.accuracy_at_least
    found = Share(hits=0.0, of=0, value=gold.accuracy, low=gold.low, high=gold.high)
    if stated.credit:
        found = gold.credit or Share(hits=0.0, of=0, value=None)
    outcome, ends = Outcome.INSUFFICIENT, (found.low, found.high)
    if found.value is not None and gold.items >= stated.min_items:
        outcome = target.compare_with_bound(found.value, ends, least, test=stated.test)
    name, items = "credit" if stated.credit else "accuracy", target.format_count(gold.items, "item")
    if found.value is None:
        measured = f"{name} against gold is unknown on {items}: no vote meets a gold answer"
    else:
        measured = f"{name} against gold is {target.format_number(found.value, bound=least)}{target.format_interval(*ends, bound=least)} on {items}"
    asked = _asked_of_gold(stated, gold, found, outcome)
    return target.judged(spec, outcome, f"{measured}; {asked}", value=found.value, threshold=least, interval=ends)


def _asked_of_gold(stated: GoldParameters, gold: GoldReport, found: Share, outcome: Outcome) -> str:
    least, low = stated.accuracy_at_least, stated.test == "low"
    asked = f"{'the lower end' if low else 'it'} must be at least {least:g}"
    if gold.items < stated.min_items:
        return f"{asked}, and {target.format_count(stated.min_items, 'item')} are needed to decide"
    if found.value is not None and low and found.low is None:
        return f"{asked}, and there is no interval"
    if found.value is not None and outcome is Outcome.INSUFFICIENT:
        # So many times the items would decide: the width of the interval falls with the root of their number.
        reaches = found.value >= least
        away, width = abs(found.value - least), abs(found.value - ((found.low if reaches else found.high) or 0.0))
        decides = target.deciding(gold.items, "item", (width / away) ** 2 if width <= _MOST_WIDTHS * away else None)
        return f"{asked}, and the interval includes the bound: {decides}"
    return asked


def judge_support(spec: RuleSpec[SupportParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares the share of rows with at least `votes_at_least` current votes with `share_at_least`.

    Only rows in which votes decide a required field count, not those that experts decided; it passes where experts decided
    every row. `insufficient` without a row.
    """
    support = evidence.quality.support
    votes, least = spec.parameters.votes_at_least, spec.parameters.share_at_least
    if support is None:
        message = "the votes per row were not measured: 0 of 0 are known; run `dvc repro`, which measures them"
        return target.judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=least)
    enough = sum(count for number, count in support.voted.items() if int(number) >= votes)
    voted = sum(support.voted.values())
    asked = f"the share with at least {target.format_count(votes, 'vote')} must be at least {least:g}"
    one, none, lost = support.votes.get("1", 0), support.votes.get("0", 0), evidence.quality.lost
    told = f"; of all {target.format_count(support.rows, 'row')} {one:,} have 1 vote and {none:,} none"
    told += f"; {target.format_count(lost.items, 'item')} lost a vote to a later batch" if lost and lost.items else ""
    if not voted:
        message = f"votes decide none of {target.format_count(support.rows, 'row')}; {asked}{told}"
        outcome = Outcome.PASS if support.rows else Outcome.INSUFFICIENT
        return target.judged(spec, outcome, message, value=None, threshold=least)
    value = enough / voted
    message = (
        f"{enough:,} of {target.format_count(voted, 'row')} that votes decide have at least {target.format_count(votes, 'vote')} "
        f"({target.format_number(value, bound=least)}); {asked}{told}"
    )
    outcome = Outcome.PASS if value >= least else Outcome.FAIL
    return target.judged(spec, outcome, message, value=value, threshold=least)


def judge_unresolved(spec: RuleSpec[UnresolvedParameters], evidence: target.TaskEvidence) -> RuleResult:
    """Compares the share of undecided items with `at_most`; `insufficient` where no item is to be decided.

    Raises:
        ConfigError: `spread` names a field without numbers.
    """
    target.require_numbers(spec, {name: field.scale for name, field in evidence.agreement.measured.items()})
    report, most = evidence.quality.unresolved, spec.parameters.at_most
    if report.value is None:
        message = f"no item was assigned or decided yet; the share of unresolved items must be at most {most:g}"
        return target.judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=most)
    why = ", ".join(f"{count:,} {_WHY.get(reason, reason)}" for reason, count in report.reasons.items())
    message = (
        f"{report.unresolved:,} of {target.format_count(report.items, 'item')} are unresolved "
        f"({target.format_number(report.value, bound=most)}){f': {why}' if why else ''}; the share must be at most {most:g}"
    )
    outcome = Outcome.PASS if report.value <= most else Outcome.FAIL
    return target.judged(spec, outcome, message, value=report.value, threshold=most)
