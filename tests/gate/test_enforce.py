import pytest
from msgspec.structs import replace

from assay.core.catalogue import rule_page
from assay.core.findings import Severity
from assay.core.verdict import At, CheckResult, Outcome, RuleResult, Verdict
from assay.errors import RefusedError, UsageError
from assay.gate.enforce import (
    blocking,
    enforced,
    expired,
    objections,
    read_verdict,
    require_release,
    verdict_findings,
    verdict_text,
)
from assay.gate.evidence import Stale, changes, format_stale, judged_inputs
from assay.pipeline.gate_stages import gate
from assay.project.config import find_project
from gated import alpha, evidence, measured_project, write, write_reports, write_tables

TODAY = "2026-11-22"
LOW = evidence(intent=alpha(0.5, 0.4, 0.6))


@pytest.fixture
def project(tmp_path):
    return measured_project(tmp_path)


def problems(project, what, name="", today=TODAY):
    return enforced(project, read_verdict(project), what=what, name=name, today=today)


def test_a_passing_verdict_lets_merge_and_release_happen(project):
    gate(project)
    assert problems(project, "merge") == problems(project, "release") == problems(project, "release", "support") == ()


def test_only_what_a_rule_holds_back_is_held_back(project):
    write_reports(project.root, LOW)
    gate(project)
    assert problems(project, "merge") == ()
    (problem,) = problems(project, "release")
    assert problem.startswith("triage/agreement/intent (fail): alpha of intent is 0.50")


def test_a_merge_is_held_back_by_its_rules_and_by_checks(project):
    write_reports(project.root, evidence(errors=2))
    write(project.root, {"checks/check_x.py": "def check_y():\n    assert False, 'no'\n"})
    gate(project)
    assert [problem.partition(":")[0] for problem in problems(project, "merge")] == [
        "triage/schema (fail)",
        "checks/check_x.py",
    ]


@pytest.mark.parametrize("what", ["merge", "release"])
def test_a_verdict_on_other_inputs_allows_nothing(project, what):
    gate(project)
    write_tables(project.root, ["i0"])
    (problem,) = problems(project, what)
    assert problem.startswith("changed since the verdict: build/triage/annotations.parquet")


def test_what_holds_back_and_what_changed_since_are_both_told(project):
    write_reports(project.root, evidence(errors=2))
    gate(project)
    write_tables(project.root, ["i0"])
    rule, changed = problems(project, "merge")
    assert rule.startswith("triage/schema (fail): ")
    assert changed.startswith("changed since the verdict: build/triage/annotations.parquet")


def test_a_verdict_on_labels_that_were_edited_since_allows_nothing(project):
    gate(project)
    write(project.root, {"labels/triage/b1/ada.jsonl": "{}\n"})
    assert problems(project, "merge") == ("changed since the verdict: labels/triage/b1",)


def test_evidence_of_other_labels_gives_no_verdict_and_an_older_one_goes(project):
    gate(project)
    write(project.root, {"labels/triage/b1/ada.jsonl": "{}\n"})
    with pytest.raises(UsageError) as caught:
        gate(project)
    assert caught.value.message == "changed since reports/triage/schema.json was measured: labels/triage/b1"
    assert "`dvc repro`" in caught.value.fix
    assert not (project.root / "gate/verdict.json").exists()


def test_a_verdict_that_pins_what_is_here_does_not_make_the_evidence_of_it(project):
    verdict = gate(project)
    write(project.root, {"labels/triage/b1/ada.jsonl": "{}\n"})
    inputs = judged_inputs(project)
    (problem,) = enforced(project, replace(verdict, inputs=inputs), what="merge", today=TODAY)
    assert problem == "changed since reports/triage/schema.json was measured: labels/triage/b1"


def test_a_check_that_passed_is_run_again_before_anything_is_allowed(project):
    source = "from pathlib import Path\n\ndef check_x():\n    assert not Path('{}').exists()\n"
    write(project.root, {"checks/check_x.py": source.format(project.root / "told")})
    gate(project)
    assert problems(project, "merge") == ()
    write(project.root, {"told": ""})
    (problem,) = problems(project, "merge")
    assert problem.startswith("gate/verdict.json says checks/check_x.py::check_x is pass; judged again it is fail")


def test_a_verdict_ends_with_the_waiver_it_rests_on(project):
    write_reports(project.root, LOW)
    waiver = "- {rule: triage/agreement/intent, reason: new team, approver: noor, until: 2026-11-22}\n"
    write(project.root, {"checks/waivers.yaml": waiver})
    gate(project)
    assert problems(project, "release") == ()
    assert "valid until 2026-11-22" in problems(project, "release", today="2026-11-23")[0]


def test_a_project_without_rules_or_releases_is_allowed_nothing(tmp_path):
    write(tmp_path, {"checks/project.yaml": "format: 1\nid: 00000000-test\ntasks: {}\nreleases: []\n"})
    project = find_project(tmp_path)
    gate(project)
    assert problems(project, "merge") == ("a merge is insufficient: there are no rules to pass",)
    assert problems(project, "release") == ("the project has no release",)


def test_an_unknown_release_is_a_usage_error(project):
    gate(project)
    with pytest.raises(UsageError, match="unknown release 'nosuch'") as caught:
        problems(project, "release", "nosuch")
    assert caught.value.fix == "releases: support; `assay release add nosuch` creates it"
    with pytest.raises(UsageError) as caught:
        require_release(replace_releases(project), "support")
    assert caught.value.fix == "releases: none yet; `assay release add support` creates it"


def replace_releases(project):
    """The project without a release."""
    path = project.root / "checks/project.yaml"
    path.write_text(path.read_text().replace("[support]", "[]"))
    return find_project(project.root)


def result(outcome, id_="t/schema", task="t", at=At.MERGE):
    return RuleResult(id=id_, task=task, at=at, outcome=outcome, value=1, low=None, high=None, threshold=0, message="m")


def test_each_reason_is_told_once_however_many_releases_it_holds_back(tmp_path):
    """Of a release those of its own tasks and of no task; of all releases each; of a merge the rules at merge."""
    project = measured_project(
        tmp_path,
        **{
            "checks/project.yaml": "format: 1\nid: 00000000-test\ntasks: {triage: {pool: p}, other: {pool: p}}\n"
            "releases: [support, twin, rest]\n",
            "releases/twin.yaml": "version: 1.0.0\ntasks: [triage]\nlicense: CC0-1.0\nsplits: {all: 1}\n",
            "releases/rest.yaml": "version: 1.0.0\ntasks: [other]\nlicense: CC0-1.0\nsplits: {all: 1}\n",
        },
    )
    rules = [
        result(Outcome.FAIL, "triage/schema", "triage", At.RELEASE),
        result(Outcome.INSUFFICIENT, "other/gold", "other", At.MERGE),
        result(Outcome.FAIL, "project", ""),
        result(Outcome.WARN, "triage/coverage", "triage"),
        result(Outcome.PASS, "other/schema", "other"),
    ]
    held = CheckResult(id="checks/check_x.py", outcome=Outcome.FAIL, message="no")
    verdict = replace(
        gate_verdict(), rules=rules, checks=[held], merge=Outcome.FAIL, valid_until="2026-11-21",
        release={"support": Outcome.FAIL, "twin": Outcome.FAIL, "rest": Outcome.WARN},
    )  # fmt: skip
    own, other, whole = "triage/schema (fail): m", "other/gold (insufficient): m", "project (fail): m"
    check = "checks/check_x.py (fail): no"
    ended = "gate/verdict.json was valid until 2026-11-21: a waiver it rests on has expired"
    told = {
        (what, name): objections(project, verdict, what=what, name=name, today=TODAY)
        for what, name in (("merge", ""), ("release", ""), ("release", "twin"), ("release", "rest"))
    }
    assert told == {
        ("merge", ""): (other, whole, check, ended),
        ("release", ""): (own, whole, check, ended),
        ("release", "twin"): (own, whole, check, ended),
        ("release", "rest"): (ended,),
    }
    fresh = replace(verdict, release={"support": Outcome.PASS, "twin": Outcome.PASS}, valid_until=TODAY)
    assert objections(project, fresh, what="release", today=TODAY) == ("gate/verdict.json does not judge release rest",)
    assert objections(project, fresh, what="release", name="twin", today=TODAY) == ()


def gate_verdict():
    """A verdict on nothing."""
    return Verdict(merge=Outcome.PASS, release={}, rules=[], checks=[], waivers=[], inputs={}, valid_until=None)


def test_what_does_not_block_is_no_reason_and_without_any_the_lack_of_rules_is():
    some = [result(Outcome.WARN), result(Outcome.WAIVED), result(Outcome.PASS)]
    assert [*blocking("x", Outcome.WAIVED, [result(Outcome.FAIL)], [])] == []
    assert [*blocking("x", Outcome.FAIL, some, [])] == ["x is fail: there are no rules to pass"]
    assert [*blocking("x", Outcome.INSUFFICIENT, [*some, result(Outcome.INSUFFICIENT, "t/gold")], [])] == [
        "t/gold (insufficient): m"
    ]


@pytest.mark.parametrize(
    ("until", "held"), [(None, False), (TODAY, False), ("2026-11-21", True), ("2027-01-01", False)]
)
def test_what_rests_on_a_waiver_holds_up_to_its_last_day(until, held):
    said = f"it was valid until {until}: a waiver it rests on has expired"
    assert [*expired(until, TODAY, by="it")] == [said] * held


def test_a_verdict_is_told_by_what_did_not_pass_and_until_when():
    rules = [result(outcome, f"t/{outcome}") for outcome in Outcome]
    checks = [
        CheckResult(id="checks/check_x.py::check_\x1b", outcome=outcome, message="a\nb")
        for outcome in (Outcome.PASS, Outcome.WARN)
    ]
    whole = replace(gate_verdict(), rules=rules, checks=checks, release={"r": Outcome.WARN}, valid_until="2027-01-31")
    lines = [f"{outcome:<12} t/{outcome}: m" for outcome in Outcome if outcome is not Outcome.PASS]
    head, *rest, last = verdict_text(whole).splitlines()
    assert head == "merge: pass · release r: warn  (5 rules, 2 checks; waivers hold until 2027-01-31)"
    assert rest == lines
    assert last.startswith("warn         checks/check_x.py::check_")
    assert last.isprintable()
    assert verdict_text(gate_verdict()) == "merge: pass  (0 rules, 0 checks)"


def test_what_did_not_pass_is_a_finding_at_the_file_that_asks_for_it():
    rules = [
        result(Outcome.FAIL, "t/agreement/tone"), result(Outcome.PASS, "t/gold"), result(Outcome.WAIVED, "t/coverage"),
        result(Outcome.INSUFFICIENT, "project", ""),
    ]  # fmt: skip
    checks = [CheckResult(id="checks/check_x.py::check_y", outcome=Outcome.WARN, message="skipped")]
    found = [*verdict_findings(replace(gate_verdict(), rules=rules, checks=checks))]
    assert [(one.rule, one.severity, one.message, one.at.path, one.task) for one in found] == [
        ("t/agreement/tone", Severity.ERROR, "fail: m", "checks/t.yaml", "t"),
        ("t/coverage", Severity.WARNING, "waived: m", "checks/t.yaml", "t"),
        ("project", Severity.ERROR, "insufficient: m", "checks/project.yaml", ""),
        ("gate/checks", Severity.WARNING, "warn: skipped", "checks/check_x.py", ""),
    ]
    assert [one.fix for one in found] == [rule_page(one.rule).fix for one in found]
    (other,) = verdict_findings(replace(gate_verdict(), rules=[result(Outcome.FAIL, "nothing/here")]))
    assert other.fix == ""


@pytest.mark.parametrize(
    ("number", "said"), [(1, "p0"), (5, "p0, p1, p2, p3, p4"), (7, "p0, p1, p2, p3, p4 and 2 more")]
)
def test_of_what_changed_the_first_five_are_named_and_the_others_counted(number, said):
    names = [f"p{at}" for at in reversed(range(number))]
    assert [*changes(dict.fromkeys(names, "1"), {}, since="it")] == [f"changed since it: {said}"]
    assert [*changes({}, dict.fromkeys(names, "1"), since="it")] == [f"changed since it: {said}"]
    stale = [Stale("b", "x"), *(Stale("a", name) for name in names)]
    assert format_stale(stale) == (f"changed since a was measured: {said}", "changed since b was measured: x")


def test_only_what_differs_has_changed():
    assert [*changes({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"}, since="it")] == [
        "changed since it: b, c, d"
    ]
    assert [*changes({"a": "1"}, {"a": "1"}, since="it")] == []


@pytest.mark.parametrize("text", [None, "", "{}", "[1"])
def test_without_a_readable_verdict_nothing_is_allowed(project, text):
    if text is not None:
        write(project.root, {"gate/verdict.json": text})
    with pytest.raises(RefusedError, match="no verdict: "):
        read_verdict(project)


def test_a_verdict_that_was_edited_by_hand_allows_nothing(tmp_path):
    project = measured_project(tmp_path)
    write_reports(tmp_path, evidence(intent=alpha(0.5, 0.4, 0.6)))
    gate(project)
    path = tmp_path / "gate" / "verdict.json"
    path.write_text(path.read_text().replace('"fail"', '"pass"'))

    (problem,) = enforced(project, read_verdict(project), what="release", name="support", today="2026-01-01")

    assert problem.startswith("gate/verdict.json says triage/agreement/intent is pass; judged again it is fail: ")
