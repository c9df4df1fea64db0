from dataclasses import replace

import pytest
from msgspec.structs import asdict
from msgspec.structs import replace as changed

from assay.core.findings import Finding, Location, Severity
from assay.core.people import Annotator, Role
from assay.core.verdict import At, CheckResult, Outcome, TaskPolicy, UsedWaiver, Waiver
from assay.errors import RefusedError
from assay.gate.decide import (
    FROM_BEST,
    decide_verdict,
    judge_project,
    release_part,
    verdict_differences,
    with_faults,
)
from assay.gate.waivers import Waivers
from assay.project.policy import ReleaseSpec
from gated import alpha, evidence, rule

SCHEMA = rule("schema", at=At.MERGE, errors_at_most=0)
AGREEMENT = rule("agreement", "intent", coefficient="alpha", at_least=0.667, test="low", min_units=50)
SUPPORT = ReleaseSpec(name="support", version="1.0.0", tasks=("triage",), license="CC0-1.0", splits=(("train", 1.0),))
NOOR = Annotator(id="noor", role=Role.LEAD)
LOW = evidence(intent=alpha(0.5, 0.4, 0.6))
FEW = evidence(units=3)


def verdict(*rules, measured=None, waivers=(), checks=(), releases=(SUPPORT,)):
    policy = TaskPolicy(task="triage", consensus="majority", rules=rules)
    held = Waivers(given=tuple(waivers), people={"noor": NOOR}, waivable=frozenset())
    return decide_verdict([policy], {"triage": measured or evidence()}, held, checks, releases, {"a": "1"})


def waiver(rule_id="triage/agreement/intent", until="2027-01-31"):
    at = Location(path="checks/waivers.yaml", line=3)
    return Waiver(rule=rule_id, reason="a new team", approver="noor", until=until, source=at)


def check(outcome):
    return CheckResult(id="checks/check_x.py::check_y", outcome=outcome, message="m")


def test_everything_passes_when_every_bound_holds():
    decided = verdict(SCHEMA, AGREEMENT)
    assert (decided.merge, decided.release, decided.valid_until) == (Outcome.PASS, {"support": Outcome.PASS}, None)
    assert [result.id for result in decided.rules] == ["triage/schema", "triage/agreement/intent"]
    assert decided.inputs == {"a": "1"}


def test_a_release_rule_does_not_hold_back_a_merge():
    decided = verdict(SCHEMA, AGREEMENT, measured=LOW)
    assert (decided.merge, decided.release["support"]) == (Outcome.PASS, Outcome.FAIL)


def test_a_merge_rule_holds_back_merge_and_release():
    decided = verdict(SCHEMA, AGREEMENT, measured=evidence(errors=1))
    assert (decided.merge, decided.release["support"]) == (Outcome.FAIL, Outcome.FAIL)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_check_counts_for_merge_and_release(outcome):
    decided = verdict(SCHEMA, checks=[check(outcome)])
    assert (decided.merge, decided.release["support"]) == (outcome, outcome)


@pytest.mark.parametrize(
    ("severity", "waived", "measured", "outcome"),
    [
        ("error", False, None, Outcome.PASS),
        ("error", True, None, Outcome.PASS),
        ("error", False, LOW, Outcome.FAIL),
        ("error", True, LOW, Outcome.WAIVED),
        ("error", False, FEW, Outcome.INSUFFICIENT),
        ("error", True, FEW, Outcome.WAIVED),
        ("warn", False, None, Outcome.PASS),
        ("warn", False, LOW, Outcome.WARN),
        ("warn", False, FEW, Outcome.WARN),
        ("warn", True, LOW, Outcome.WARN),
    ],
)
def test_severity_and_waivers_ease_only_what_does_not_pass(severity, waived, measured, outcome):
    eased = rule("agreement", "intent", severity=severity, **asdict(AGREEMENT.parameters))
    decided = verdict(eased, measured=measured, waivers=[waiver()] if waived else [])
    assert decided.rules[0].outcome is outcome
    assert decided.release["support"] is outcome
    assert decided.valid_until == ("2027-01-31" if outcome is Outcome.WAIVED else None)


def test_a_verdict_names_the_waivers_that_it_needed_and_no_others():
    given = [waiver(), waiver("triage/gold")]
    gold = rule("gold", accuracy_at_least=0.5, min_items=1)
    (used,) = verdict(AGREEMENT, gold, measured=LOW, waivers=given).waivers
    assert used == UsedWaiver(rule="triage/agreement/intent", reason="a new team", approver="noor", until="2027-01-31")
    assert verdict(AGREEMENT, gold, waivers=given).waivers == []


def test_a_waived_rule_keeps_its_numbers_and_says_who_waived_it_and_why():
    message = verdict(AGREEMENT, measured=LOW, waivers=[waiver()]).rules[0].message
    assert "alpha of intent is 0.50" in message
    assert message.endswith("(waived until 2027-01-31 by noor: a new team)")


def test_the_verdict_is_valid_until_the_first_used_waiver_ends():
    used = [
        waiver(until="2027-03-01"),
        waiver("triage/gold", until="2027-02-01"),
        waiver("triage/coverage", "2026-12-01"),
    ]
    gold = rule("gold", accuracy_at_least=0.99, min_items=1)
    coverage = rule("coverage", of_assigned=0.1)
    assert verdict(coverage, AGREEMENT, gold, measured=LOW, waivers=used).valid_until == "2027-02-01"


def test_a_release_is_valid_until_the_first_of_its_own_waivers_ends():
    used = [waiver("triage/schema", "2027-03-01"), waiver(until="2027-02-01"), waiver("other/schema", "2026-12-01")]
    rules = {"triage": (SCHEMA, AGREEMENT), "other": (replace(SCHEMA, task="other"),)}
    policies = [TaskPolicy(task=task, consensus="majority", rules=own) for task, own in rules.items()]
    held = Waivers(given=tuple(used), people={"noor": NOOR}, waivable=frozenset({"schema"}))
    measured = dict.fromkeys(rules, evidence(errors=1, intent=alpha(0.5, 0.4, 0.6)))
    whole = decide_verdict(policies, measured, held, [], [SUPPORT], {})
    part = release_part(whole, SUPPORT)
    assert (whole.valid_until, part.valid_until, len(part.waivers)) == ("2026-12-01", "2027-02-01", 2)


def test_of_two_waivers_of_a_rule_the_longer_counts():
    waivers = [waiver(until="2027-03-01"), waiver(until="2027-01-01")]
    for given in (waivers, waivers[::-1]):
        assert verdict(AGREEMENT, measured=LOW, waivers=given).valid_until == "2027-03-01"


def test_without_tasks_nothing_passes():
    decided = decide_verdict([], {}, Waivers(), [check(Outcome.PASS)], [], {})
    assert decided.merge is Outcome.INSUFFICIENT


def test_a_task_without_rules_passes_no_release():
    bare = TaskPolicy(task="bare", consensus="majority", rules=())
    full = TaskPolicy(task="triage", consensus="majority", rules=(SCHEMA,))
    both = ReleaseSpec(
        name="both", version="1.0.0", tasks=("triage", "bare"), license="CC0-1.0", splits=(("all", 1.0),)
    )
    decided = decide_verdict(
        [full, bare], {"triage": evidence(), "bare": evidence()}, Waivers(), [], [both, SUPPORT], {}
    )
    assert decided.release == {"both": Outcome.INSUFFICIENT, "support": Outcome.PASS}


def test_the_worst_of_two_outcomes_decides_whatever_their_order():
    results = [check(outcome) for outcome in FROM_BEST]
    assert set(FROM_BEST) == set(Outcome)
    for worst in range(1, len(results) + 1):
        for checks in (results[:worst], results[:worst][::-1]):
            assert verdict(SCHEMA, checks=checks).merge is FROM_BEST[worst - 1]


def fault(task="", severity=Severity.ERROR, path="checks/x.yaml", line=3):
    return Finding(
        rule="project/x",
        severity=severity,
        message=f"{path} is odd",
        fix="",
        at=Location(path=path, line=line),
        task=task,
    )


def test_the_faults_of_a_project_are_one_rule_a_task_and_name_the_first_error():
    warning = fault(severity=Severity.WARNING, path="a", line=0)
    found = judge_project([
        fault("song", Severity.WARNING, "b"), warning, fault("mood", path="c"), fault(path="d"), fault(path="e"),
        warning,
    ])  # fmt: skip
    assert [(one.id, one.task, one.outcome, one.value, one.message) for one in found] == [
        ("project", "", Outcome.FAIL, 2, "d:3: d is odd; and 3 more findings; no error is allowed"),
        ("mood/project", "mood", Outcome.FAIL, 1, "c:3: c is odd; no error is allowed"),
        ("song/project", "song", Outcome.WARN, 0, "b:3: b is odd; no error is allowed"),
    ]
    assert {(one.at, one.low, one.high, one.threshold) for one in found} == {(At.MERGE, None, None, 0)}
    [two] = judge_project([warning, warning])
    assert (two.outcome, two.message) == (Outcome.WARN, "a: a is odd; and 1 more finding; no error is allowed")
    assert judge_project([]) == []


OTHER = ReleaseSpec(name="other", version="1.0.0", tasks=("other",), license="CC0-1.0", splits=(("all", 1.0),))


@pytest.mark.parametrize(
    ("faults", "merge", "support", "other"),
    [
        ([], Outcome.PASS, Outcome.PASS, Outcome.PASS),
        ([fault()], Outcome.FAIL, Outcome.FAIL, Outcome.FAIL),
        ([fault(severity=Severity.WARNING)], Outcome.WARN, Outcome.WARN, Outcome.WARN),
        ([fault("triage")], Outcome.FAIL, Outcome.FAIL, Outcome.PASS),
        ([fault("other", Severity.WARNING)], Outcome.WARN, Outcome.PASS, Outcome.WARN),
        ([fault("nosuch")], Outcome.FAIL, Outcome.PASS, Outcome.PASS),
    ],
)
def test_a_fault_makes_worse_the_merge_and_the_releases_that_it_concerns(faults, merge, support, other):
    policies = [
        TaskPolicy(task=task, consensus="majority", rules=(replace(SCHEMA, task=task),)) for task in ("triage", "other")
    ]
    measured = dict.fromkeys(("triage", "other"), evidence())
    sound = decide_verdict(policies, measured, Waivers(), [], [SUPPORT, OTHER], {})
    whole = with_faults(sound, faults, [SUPPORT, OTHER])
    assert (whole.merge, whole.release) == (merge, {"support": support, "other": other})
    assert whole.rules == [*sound.rules, *judge_project(faults)]
    part = release_part(whole, SUPPORT)
    assert [one.task for one in part.rules] == ["triage", *(one.task for one in faults if one.task in {"", "triage"})]
    assert part.outcome is support


def test_no_fault_makes_a_verdict_better():
    poor = verdict(SCHEMA, measured=evidence(errors=1))
    assert with_faults(poor, [fault(severity=Severity.WARNING)], [SUPPORT]).merge is Outcome.FAIL


def test_a_verdict_does_not_speak_of_a_release_that_it_does_not_judge():
    with pytest.raises(RefusedError, match=r"gate/verdict\.json does not judge release other"):
        release_part(verdict(SCHEMA), OTHER)


def test_a_rule_of_a_task_without_evidence_is_not_judged_and_may_still_be_waived():
    policies = [
        TaskPolicy(task=task, consensus="majority", rules=(replace(AGREEMENT, task=task),))
        for task in ("triage", "other")
    ]
    held = Waivers(given=(waiver("other/agreement/intent"),), people={"noor": NOOR}, waivable=frozenset())
    decided = decide_verdict(policies, {"triage": evidence()}, held, [], [SUPPORT, OTHER], {})
    assert [one.id for one in decided.rules] == ["triage/agreement/intent"]
    assert decided.release == {"support": Outcome.PASS, "other": Outcome.INSUFFICIENT}


def test_how_a_verdict_differs_from_judging_again_is_said_rule_by_rule():
    gold = rule("gold", accuracy_at_least=0.5, min_items=1)
    passed, held = check(Outcome.PASS), check(Outcome.FAIL)
    stated = verdict(SCHEMA, AGREEMENT, checks=[passed, replace_check(held, "checks/old")])
    again = verdict(
        SCHEMA, gold, measured=evidence(errors=1, records=7), checks=[held, replace_check(passed, "checks/new")]
    )
    assert [*verdict_differences(stated, again, by="it")] == [
        "it says triage/schema is pass; judged again it is fail: " + again.rules[0].message,
        "it says triage/agreement/intent is pass; judged again it is not judged",
        "it says triage/gold is not judged; judged again it is pass",
        "it says checks/check_x.py::check_y is pass; judged again it is fail: m",
        "it says checks/old is fail; judged again it is not judged",
        "it says checks/new is not judged; judged again it is pass",
    ]
    assert [*verdict_differences(stated, stated, by="it")] == []


def replace_check(one, id_):
    return changed(one, id=id_)


def test_a_verdict_with_other_figures_waivers_or_inputs_is_another_one():
    stated = verdict(SCHEMA, AGREEMENT, measured=LOW, waivers=[waiver()])
    longer = verdict(SCHEMA, AGREEMENT, measured=LOW, waivers=[waiver(until="2028-01-31")])
    other = verdict(SCHEMA, measured=evidence(records=7))
    assert [*verdict_differences(changed(stated, rules=longer.rules), longer, by="it")] == [
        "it says other waivers than those that count"
    ]
    assert [*verdict_differences(verdict(SCHEMA), other, by="it")] == [
        "it says triage/schema with another message or figures; judged again: " + other.rules[0].message
    ]
    for part in ({"merge": Outcome.WARN}, {"inputs": {}}, {"valid_until": "2026-01-01"}):
        assert [*verdict_differences(changed(stated, **part), stated, by="it")] == [
            "it is not the verdict on these reports; run `assay gate`"
        ]
