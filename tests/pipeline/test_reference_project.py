"""The reference project from label files to a release, through a real DVC."""

import json

from pipelines import here, repro, run


def verdict(folder):
    return json.loads((folder / "gate/verdict.json").read_text())


def outcome(folder, rule):
    return next(result["outcome"] for result in verdict(folder)["rules"] if result["id"] == rule)


def test_everything_passes_and_the_releases_are_what_their_manifests_say(released):
    assert verdict(released)["merge"] == "pass"
    assert set(verdict(released)["release"].values()) == {"pass"}
    for name in ("support", "answers"):
        assert here(released, "release", "verify", name).code == 0
    summary = here(released, "report")
    assert summary.code == 0
    assert "digests match" in summary.said


def test_agreement_rests_on_sixty_units_and_more_in_both_tasks(released):
    for task, fields in (("triage", ("intent", "urgency", "topics")), ("preference", ("better", "quality"))):
        report = json.loads((released / "reports" / task / "agreement.json").read_text())
        for field in fields:
            assert report["fields"][field]["units"] >= 60
            assert report["fields"][field]["audit"]["max_abs_diff"] < 1e-9


def test_a_second_run_reruns_no_stage(released):
    assert repro(released).stages == []


def test_a_broken_line_fails_the_verdict_and_the_release_and_leaves_the_other_task_alone(project):
    path = project / "labels/triage/2026-09-round-1/ada.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[6] = lines[6].replace(b'"intent":"', b'"intent":"x')
    path.write_bytes(b"".join(lines))

    ran = repro(project)

    assert ran.code != 0
    assert not any("preference" in stage for stage in ran.stages)
    assert outcome(project, "triage/schema") == "fail"
    assert not (project / "release/support").exists()
    assert (project / "release/answers").exists()
    (finding,) = map(json.loads, (project / "build/triage/findings.jsonl").read_text().splitlines())
    assert (finding["rule"], finding["line"]) == ("label/schema", 7)
    report = json.loads((project / "reports/triage/schema.json").read_text())
    assert (report["records"], report["valid"]) == (297, 296)


def test_a_raised_threshold_reruns_the_gate_and_takes_the_release_away(project):
    policy = project / "checks/triage.yaml"
    policy.write_text(policy.read_text().replace("at_least: 0.667", "at_least: 0.99"))
    ran = repro(project)
    assert ran.code != 0
    assert set(ran.stages) <= {"policy@triage", "gate", "release@support", "release@answers"}
    assert outcome(project, "triage/agreement/intent") == "fail"
    assert not (project / "release/support").exists()

    policy.write_text(policy.read_text().replace("at_least: 0.99", "at_least: 0.667"))
    assert repro(project).code == 0
    assert (project / "release/support").exists()


def test_a_failing_check_of_the_project_holds_every_release_back_also_when_dvc_remembers_the_verdict(project):
    check = project / "checks/check_more.py"
    for _ in range(2):
        check.write_text("def check_never():\n    assert False, 'never good enough'\n")
        ran = repro(project)
        assert ran.code != 0
        assert "never good enough" in ran.said
        assert not any((project / "release" / name).exists() for name in ("support", "answers"))

        check.unlink()
        assert repro(project).code == 0
        assert all((project / "release" / name).exists() for name in ("support", "answers"))


def test_a_report_that_was_altered_by_hand_gives_no_verdict_and_the_remedy_mends_it(project):
    report = project / "reports/triage/schema.json"
    report.write_text(report.read_text().replace('"errors": 0', '"errors": 9'))
    said = here(project, "gate")
    assert said.code == 2
    assert "changed since reports/triage/quality.json was measured: reports/triage/schema.json" in said.said
    assert "fix: run `dvc repro`" in said.said
    assert not (project / "gate/verdict.json").exists()
    assert repro(project).code == 0
    assert here(project, "release", "verify", "support").code == 0


def test_a_release_is_recorded_with_its_commit_and_another_task_does_not_move_it(project):
    assert here(project, "release", "record", "support").code == 0
    record = project / "releases/support/1.0.0.json"
    assert json.loads(record.read_text())["commit"] == run(project, "git", "rev-parse", "HEAD").said.strip()
    manifest = (project / "release/support/manifest.json").read_bytes()
    assert here(project, "task", "add", "tone").code == 0
    guideline = project / "guidelines/preference.md"
    guideline.write_text(guideline.read_text() + "\nOne more word.\n")
    assert "release@support" in repro(project).stages
    assert (project / "release/support/manifest.json").read_bytes() == manifest
    assert "already recorded" in here(project, "release", "record", "support").said


def test_the_gate_enforces_what_it_found(project):
    assert here(project, "gate", "--enforce", "merge").code == 0
    assert here(project, "gate", "--enforce", "release:support").code == 0
    policy = project / "checks/triage.yaml"
    policy.write_text(policy.read_text().replace("0.667", "0.5"))
    stale = here(project, "gate", "--enforce", "release:support")
    assert stale.code == 1
    assert "checks/triage.yaml" in stale.said
