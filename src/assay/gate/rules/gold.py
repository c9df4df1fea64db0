"""`gold`: how often votes must agree with the expert's answers."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, deciding, interval, shown
from assay.gate.rules.result import bound, held, judged
from assay.model.quality import GoldReport, Share
from assay.model.verdict import Outcome, RuleResult, RuleSpec

_MOST_WIDTHS = 30
_NOTHING = Share(hits=0.0, of=0, value=None)


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the pooled accuracy of the votes, or with `credit: true` their credit, against `accuracy_at_least`.

    `test: low`, which is the default: `pass` where the interval lies above the bound, `fail` where it lies below, else
    `insufficient`. `test: value`: the figure itself. `insufficient` also on fewer than `min_items` gold items, and where no
    vote meets a gold answer.
    """
    gold, least = evidence.quality.gold, bound(spec, "accuracy_at_least")
    found = _figure(spec, gold)
    return judged(
        spec,
        _outcome(spec, gold, least),
        f"{_measured(spec, gold, least)}; {_asked(spec, gold, least)}",
        value=found.value,
        threshold=least,
        interval=(found.low, found.high),
    )


def _figure(spec: RuleSpec, gold: GoldReport) -> Share:
    if spec.parameters.get("credit"):
        return gold.credit or _NOTHING
    return Share(hits=0.0, of=0, value=gold.accuracy, low=gold.low, high=gold.high)


def _outcome(spec: RuleSpec, gold: GoldReport, least: float) -> Outcome:
    found = _figure(spec, gold)
    if found.value is None or gold.items < bound(spec, "min_items"):
        return Outcome.INSUFFICIENT
    return held(found.value, (found.low, found.high), least, test=spec.parameters.get("test"))


def _measured(spec: RuleSpec, gold: GoldReport, least: float) -> str:
    name, items, found = (
        "credit" if spec.parameters.get("credit") else "accuracy",
        counted(gold.items, "item"),
        _figure(spec, gold),
    )
    if found.value is None:
        return f"{name} against gold is unknown on {items}: no vote meets a gold answer"
    ends = interval(found.low, found.high, bound=least)
    return f"{name} against gold is {shown(found.value, bound=least)}{ends} on {items}"


def _asked(spec: RuleSpec, gold: GoldReport, least: float) -> str:
    found, low = _figure(spec, gold), spec.parameters.get("test") != "value"
    asked = f"{'the lower end' if low else 'it'} must be at least {least:g}"
    if gold.items < bound(spec, "min_items"):
        return f"{asked}, and {counted(int(bound(spec, 'min_items')), 'item')} are needed to say so"
    if found.value is not None and low and found.low is None:
        return f"{asked}, and there is no interval"
    if found.value is not None and _outcome(spec, gold, least) is Outcome.INSUFFICIENT:
        decides = deciding(gold.items, "item", _times(found, least))
        return f"{asked}, and the votes show neither that they reach it nor that they are below: {decides}"
    return asked


def _times(found: Share, least: float) -> float | None:
    """How many times the items would decide: the width of the interval falls with the root of their number."""
    value, low, high = (end or 0.0 for end in (found.value, found.low, found.high))
    away, width = abs(value - least), (value - low) if value >= least else (high - value)
    return (width / away) ** 2 if width <= _MOST_WIDTHS * away else None
