import pytest
from msgspec.structs import replace

from assay.errors import RefusedError, UsageError
from assay.gate.enforce import enforced, read_verdict
from assay.gate.evidence import judged_inputs
from assay.pipeline.stages import gate
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
    with pytest.raises(UsageError, match="unknown release 'nosuch'"):
        problems(project, "release", "nosuch")


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
