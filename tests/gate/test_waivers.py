"""Which waivers count, in the gate and in what is said of a project."""

from dataclasses import replace

import pytest

from assay.core.findings import Location
from assay.core.people import Annotator, Kind, Role, Status
from assay.core.verdict import Outcome, Waiver
from assay.errors import ConfigError
from assay.gate.waivers import Waivers, granted, waiver_faults, waiver_findings
from assay.pipeline.gate_stages import gate
from assay.project.config import find_project
from gated import alpha, evidence, measured_project, remeasure, rule, write, write_reports

SPECS = [rule("agreement", "intent"), rule("schema"), rule("approved"), rule("gold", accuracy_at_least=0.8)]
PEOPLE = {
    "noor": Annotator(id="noor", role=Role.LEAD),
    "rei": Annotator(id="rei", role=Role.REVIEWER),
    "ada": Annotator(id="ada"),
    "bot": Annotator(id="bot", kind=Kind.MODEL, role=Role.LEAD),
    "eva": Annotator(id="eva", role=Role.LEAD, status=Status.PAUSED),
    "max": Annotator(id="max", role=Role.REVIEWER, status=Status.EXCLUDED),
}
GOOD = Waiver(
    rule="triage/agreement/intent",
    reason="a new team",
    approver="noor",
    until="2027-01-31",
    source=Location(path="checks/waivers.yaml", line=3),
)
MISSTATED = {
    "of a kind": ({"rule": "triage/agreement"}, "unknown rule 'triage/agreement'"),
    "of another task": ({"rule": "other/schema"}, "unknown rule 'other/schema'"),
    "of faults in labels": ({"rule": "triage/schema"}, "'triage/schema' may not be waived"),
    "of approvals": ({"rule": "triage/approved"}, "'triage/approved' may not be waived"),
    "until no day": ({"until": "2027-02-30"}, "'2027-02-30' is not a date"),
}
UNAPPROVED = {
    "nobody": "nobody is not in the roster",
    "ada": "ada is an annotator, and only a reviewer or a lead can approve",
    "bot": "bot is a model, and only a person can approve",
    "eva": "eva is paused in the roster, not active",
    "max": "max is excluded in the roster, not active",
}


def held(*given, waivable=()):
    return Waivers(given=given, people=PEOPLE, waivable=frozenset(waivable))


@pytest.mark.parametrize("approver", ["noor", "rei"])
def test_an_active_reviewer_or_lead_waives(approver):
    waivers = held(replace(GOOD, approver=approver))
    assert [*granted(waivers, SPECS).waivers] == [GOOD.rule]
    assert [*waiver_faults(waivers, SPECS)] == []


@pytest.mark.parametrize(("change", "said"), MISSTATED.values(), ids=MISSTATED)
def test_a_waiver_that_says_what_it_may_not_is_refused_with_its_place(change, said):
    waivers = held(GOOD, replace(GOOD, **change))
    with pytest.raises(ConfigError, match=f"checks/waivers.yaml:3 {said}"):
        granted(waivers, SPECS)
    (found,) = waiver_faults(waivers, SPECS)
    assert (found.rule, found.at, found.message) == ("project/waiver", GOOD.source, said)


@pytest.mark.parametrize("kind", ["schema", "approved"])
def test_what_is_not_waived_is_waived_where_the_project_says_so(kind):
    waivers = held(replace(GOOD, rule=f"triage/{kind}"), waivable=[kind])
    assert [*granted(waivers, SPECS).waivers] == [f"triage/{kind}"]


@pytest.mark.parametrize(("approver", "said"), UNAPPROVED.items())
def test_a_waiver_whose_approver_does_not_count_waives_nothing(approver, said):
    waivers = held(replace(GOOD, approver=approver))
    allowed = granted(waivers, SPECS)
    assert (allowed.waivers, allowed.denied) == ({}, {GOOD.rule: said})
    (found,) = waiver_faults(waivers, SPECS)
    assert said in found.message


def test_beside_one_that_counts_another_is_not_missed():
    allowed = granted(held(GOOD, replace(GOOD, approver="ada", until="2029-01-01")), SPECS)
    assert (allowed.waivers, allowed.denied) == ({GOOD.rule: GOOD}, {})


def waived(tmp_path, line, project="", **more):
    root = tmp_path / "project"
    text = f"format: 1\nid: 00000000-test\ntasks: {{triage: {{pool: p}}}}\nreleases: [support]\n{project}"
    measured_project(root)
    write(root, {"checks/project.yaml": text, "checks/waivers.yaml": line, **more})
    return find_project(root)


LINE = "- {{rule: triage/{}, reason: new, approver: {}, until: 2027-01-31}}\n"


def test_the_gate_holds_the_approver_against_the_roster_that_is_here(tmp_path):
    project = waived(tmp_path, LINE.format("agreement/intent", "ada"))
    write(project.root, {"labels/annotators/ada.yaml": "kind: person\n"})
    write_reports(project.root, evidence(intent=alpha(0.5, 0.4, 0.6)))
    judged = gate(project)
    assert (judged.release["support"], judged.waivers, judged.valid_until) == (Outcome.FAIL, [], None)
    assert judged.rules[1].message.endswith(
        "(its waiver does not count: ada is an annotator, and only a reviewer or a lead can approve)"
    )
    write(project.root, {"labels/annotators/ada.yaml": "role: reviewer\n"})
    remeasure(project.root)
    judged = gate(project)
    assert (judged.release["support"], judged.valid_until) == (Outcome.WAIVED, "2027-01-31")


def test_the_gate_leaves_no_verdict_where_a_waiver_is_of_what_may_not_be_waived(tmp_path):
    project = waived(tmp_path, LINE.format("schema", "noor"))
    with pytest.raises(ConfigError, match="'triage/schema' may not be waived") as caught:
        gate(project)
    assert "waivable: [schema]" in caught.value.fix
    assert not (project.root / "gate/verdict.json").exists()


def test_faults_in_labels_are_waived_where_the_project_lets_them(tmp_path):
    lead = {"labels/annotators/noor.yaml": "role: lead\n"}
    project = waived(tmp_path, LINE.format("schema", "noor"), project="waivable: [schema]\n", **lead)
    write_reports(project.root, evidence(errors=2))
    assert gate(project).merge is Outcome.WAIVED


def test_what_may_be_waived_is_a_kind_that_otherwise_may_not(tmp_path):
    with pytest.raises(ConfigError, match="'schemas' is not one of schema, approved") as caught:
        waived(tmp_path, "[]\n", project="waivable: [schemas]\n")
    assert "did you mean 'schema'?" in caught.value.fix


def test_what_is_wrong_with_waivers_is_found_line_by_line_also_where_a_task_cannot_be_read(tmp_path):
    lines = LINE.format("agreement/intent", "noor") + LINE.format("nosuch", "noor")
    project = waived(tmp_path, lines, **{"labels/annotators/noor.yaml": "role: lead\n"})
    (found,) = waiver_findings(project)
    assert (found.at.line, found.message) == (2, "unknown rule 'triage/nosuch'")
    write(project.root, {"checks/triage.yaml": "rules: ["})
    assert waiver_findings(project) == ()
