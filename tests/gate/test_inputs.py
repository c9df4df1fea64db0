from assay.gate.evidence import judged_inputs
from gated import RULES, measured_project, write

TABLES = [
    *("agreement.parquet", "annotations.parquet", "annotators.parquet", "assignments.parquet", "batches.parquet"),
    *("consensus.parquet", "decisions.parquet", "duplicates.parquet", "findings.jsonl", "guideline.jsonl"),
    *("items.parquet", "outdated.parquet", "queue.parquet"),
]


def test_policy_reports_and_tables_are_judged_and_caches_are_not(tmp_path):
    project = measured_project(tmp_path)
    write(
        tmp_path,
        {
            "checks/check_x.py": "",
            "checks/words/known.txt": "",
            "checks/__pycache__/check_x.pyc": "",
            "checks/.draft.swp": "",
            "checks/.hidden/known.txt": "",
            "checks/old.pyc": "",
            "releases/notes.txt": "",
            "releases/support/1.0.0.json": "{}",
            "reports/triage/metrics.json": "{}",
            "labels/triage/README.md": "",
            "labels/triage/b1/ada.jsonl": "",
            "labels/triage/gold/ada.jsonl": "",
        },
    )
    assert list(judged_inputs(project)) == [
        *(f"build/triage/{name}" for name in TABLES),
        "checks/check_x.py",
        "checks/project.yaml",
        "checks/project.yaml:id",
        "checks/triage.yaml",
        "checks/triage.yaml:consensus",
        "checks/triage.yaml:duplicates",
        "checks/words/known.txt",
        "guidelines/allowed_signers",
        "guidelines/approvals/triage",
        "guidelines/triage.md",
        "labels/annotators",
        "labels/items/p",
        "labels/sources",
        "labels/triage/b1",
        "labels/triage/gold",
        "releases/support.yaml",
        "reports/triage/agreement.json",
        "reports/triage/consensus.json",
        "reports/triage/quality.json",
        "reports/triage/schema.json",
        "schemas/migrations/triage",
        "schemas/triage.yaml",
    ]


def test_of_the_tasks_that_are_named_all_is_judged_and_of_others_their_policy(tmp_path):
    tasks = "format: 1\nid: 00000000-test\ntasks: {triage: {pool: p}, other: {pool: q}}\nreleases: [support]\n"
    project = measured_project(tmp_path, **{"checks/project.yaml": tasks, "checks/other.yaml": RULES})
    whole, one, none = judged_inputs(project), judged_inputs(project, ["triage"]), judged_inputs(project, [])
    assert "reports/other/schema.json" in whole
    assert [name for name in one if "other" in name or name.endswith("/q")] == ["checks/other.yaml"]
    assert "labels/items/p" in one
    assert [*none] == ["checks/other.yaml", "checks/project.yaml", "checks/triage.yaml", "releases/support.yaml"]
    assert one.items() <= whole.items()


def test_a_missing_report_is_an_input_that_differs(tmp_path):
    project = measured_project(tmp_path)
    before = judged_inputs(project)
    (tmp_path / "reports/triage/quality.json").unlink()
    after = judged_inputs(project)
    assert after["reports/triage/quality.json"] == ""
    assert before["reports/triage/quality.json"]


def test_a_colon_in_the_name_of_a_file_is_no_part_of_another(tmp_path):
    project = measured_project(tmp_path)
    write(tmp_path, {"checks/check_x:1.py": "", "checks/words: old": ""})
    inputs = judged_inputs(project)
    assert inputs["checks/check_x:1.py"] == inputs["checks/words: old"] != ""
