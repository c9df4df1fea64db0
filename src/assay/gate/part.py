"""The part of a verdict that concerns one release, and where two verdicts are at odds."""

from collections.abc import Iterator, Mapping

from assay.errors import RefusedError
from assay.model.release import ReleaseSpec
from assay.model.verdict import CheckResult, ReleaseVerdict, RuleResult, Verdict

VERDICT = "gate/verdict.json"


def part_of(verdict: Verdict, spec: ReleaseSpec) -> ReleaseVerdict:
    """What a verdict says of a release.

    Raises:
        RefusedError: it says nothing of it.
    """
    if spec.name not in verdict.release:
        raise RefusedError(f"{VERDICT} does not judge release {spec.name}", hint="run `dvc repro`, or `assay gate`")
    rules = [rule for rule in verdict.rules if not rule.task or rule.task in spec.tasks]
    own = {rule.id for rule in rules}
    waivers = [waiver for waiver in verdict.waivers if waiver.rule in own]
    return ReleaseVerdict(
        outcome=verdict.release[spec.name],
        rules=rules,
        checks=verdict.checks,
        waivers=waivers,
        valid_until=min((waiver.until for waiver in waivers), default=None),
    )


def odds(said: Verdict | ReleaseVerdict, anew: Verdict | ReleaseVerdict, *, by: str) -> Iterator[str]:
    """In a sentence each, how what `by` says is at odds with what was judged anew."""
    if said == anew:
        return
    rules = list(_differing({one.id: one for one in said.rules}, {one.id: one for one in anew.rules}))
    checks = list(_differing({one.id: one for one in said.checks}, {one.id: one for one in anew.checks}))
    waivers = [] if said.waivers == anew.waivers else ["other waivers than those that count"]
    yield from (f"{by} says {told}" for told in (*rules, *checks, *waivers))
    if not rules and not checks and not waivers:
        yield f"{by} is not what the rules come to on these reports; run `assay gate`"


def _differing(
    said: Mapping[str, RuleResult] | Mapping[str, CheckResult],
    anew: Mapping[str, RuleResult] | Mapping[str, CheckResult],
) -> Iterator[str]:
    for name in dict.fromkeys((*said, *anew)):
        old, new = said.get(name), anew.get(name)
        if old == new:
            continue
        if old is None or new is None:
            yield f"{name} is {_outcome(old)}; judged again it is {_outcome(new)}"
        elif old.outcome is new.outcome:
            yield f"of {name} other words or figures than judging again does: {new.message}"
        else:
            yield f"{name} is {old.outcome}; judged again it is {new.outcome}: {new.message}"


def _outcome(result: RuleResult | CheckResult | None) -> str:
    return "not judged" if result is None else str(result.outcome)
