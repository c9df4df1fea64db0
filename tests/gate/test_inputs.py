from assay.gate import judged_inputs
from gated import measured_project, write


def test_policy_reports_and_tables_are_judged_and_caches_are_not(tmp_path):
    project = measured_project(tmp_path)
    write(
        tmp_path,
        {
            "checks/check_x.py": "",
            "checks/words/known.txt": "",
            "checks/__pycache__/check_x.pyc": "",
            "checks/.draft.swp": "",
            "releases/support/1.0.0.json": "{}",
            "reports/triage/metrics.json": "{}",
        },
    )
    assert list(judged_inputs(project)) == [
        "build/triage/annotations.parquet",
        "build/triage/consensus.parquet",
        "build/triage/items.parquet",
        "checks/check_x.py",
        "checks/project.yaml",
        "checks/triage.yaml",
        "checks/words/known.txt",
        "releases/support.yaml",
        "reports/triage/agreement.json",
        "reports/triage/consensus.json",
        "reports/triage/quality.json",
        "reports/triage/schema.json",
        "schemas/triage.yaml",
    ]


def test_a_missing_report_is_an_input_that_differs(tmp_path):
    project = measured_project(tmp_path)
    before = judged_inputs(project)
    (tmp_path / "reports/triage/quality.json").unlink()
    after = judged_inputs(project)
    assert after["reports/triage/quality.json"] == ""
    assert before["reports/triage/quality.json"]
