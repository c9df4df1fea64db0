"""`gold`: how often votes must agree with the expert's answers."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, interval, shown
from assay.gate.rules.result import bound, judged
from assay.model.quality import GoldReport
from assay.model.verdict import Outcome, RuleResult, RuleSpec


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the pooled accuracy of the votes against `accuracy_at_least`.

    `insufficient` on fewer than `min_items` gold items, or where no vote meets a gold answer.
    """
    gold, least = evidence.quality.gold, bound(spec, "accuracy_at_least")
    return judged(
        spec,
        _outcome(spec, gold, least),
        f"{_measured(gold, least)}; {_asked(spec, gold, least)}",
        value=gold.accuracy,
        threshold=least,
        interval=(gold.low, gold.high),
    )


def _outcome(spec: RuleSpec, gold: GoldReport, least: float) -> Outcome:
    if gold.accuracy is None or gold.items < bound(spec, "min_items"):
        return Outcome.INSUFFICIENT
    return Outcome.PASS if gold.accuracy >= least else Outcome.FAIL


def _measured(gold: GoldReport, least: float) -> str:
    items = counted(gold.items, "item")
    if gold.accuracy is None:
        return f"accuracy against gold is unknown on {items}: no vote meets a gold answer"
    ends = interval(gold.low, gold.high, bound=least)
    return f"accuracy against gold is {shown(gold.accuracy, bound=least)}{ends} on {items}"


def _asked(spec: RuleSpec, gold: GoldReport, least: float) -> str:
    asked = f"it must be at least {least:g}"
    if gold.items < bound(spec, "min_items"):
        return f"{asked}, and {counted(int(bound(spec, 'min_items')), 'item')} are needed to say so"
    return asked
