"""`support`: how many of the rows that votes decide must rest on enough of them."""

from assay.gate.evidence import TaskEvidence
from assay.gate.rules.figures import counted, shown
from assay.gate.rules.result import bound, judged
from assay.model.quality import Lost, Support
from assay.model.verdict import Outcome, RuleResult, RuleSpec

_AGAIN = "run `dvc repro`, which measures it"


def judge(spec: RuleSpec, evidence: TaskEvidence) -> RuleResult:
    """Holds the share of rows with at least `votes_at_least` current votes against `share_at_least`.

    It is of the rows of which votes alone decide a required field: what an expert decided rests on the expert's word, and
    where experts decided every row there is nothing to hold. `insufficient` where there is no row.
    """
    support = evidence.quality.support
    votes, least = int(bound(spec, "votes_at_least")), bound(spec, "share_at_least")
    if support is None:
        message = f"on how many votes rows rest was not measured: 0 of 0 are known; {_AGAIN}"
        return judged(spec, Outcome.INSUFFICIENT, message, value=None, threshold=least)
    enough = sum(count for number, count in support.voted.items() if int(number) >= votes)
    voted = sum(support.voted.values())
    asked = f"the share with at least {counted(votes, 'vote')} must be at least {least:g}"
    told = _few(support, evidence.quality.lost)
    if not voted:
        message = f"votes decide none of {counted(support.rows, 'row')}; {asked}{told}"
        outcome = Outcome.PASS if support.rows else Outcome.INSUFFICIENT
        return judged(spec, outcome, message, value=None, threshold=least)
    value = enough / voted
    message = (
        f"{enough:,} of {counted(voted, 'row')} that votes decide have at least {counted(votes, 'vote')} "
        f"({shown(value, bound=least)}); {asked}{told}"
    )
    outcome = Outcome.PASS if value >= least else Outcome.FAIL
    return judged(spec, outcome, message, value=value, threshold=least)


def _few(support: Support, lost: Lost | None) -> str:
    """How many of all rows rest on one vote and on none, and how many items lost a vote."""
    one, none = support.votes.get("1", 0), support.votes.get("0", 0)
    taken = f"; {counted(lost.items, 'item')} lost a vote to a later batch" if lost and lost.items else ""
    return f"; of all {counted(support.rows, 'row')} {one:,} rest on 1 vote and {none:,} on none{taken}"
