from bench.made_project import make_project
from pipelines import here


def test_a_made_project_has_no_findings(tmp_path):
    make_project(tmp_path / "made", 300, commit=False)
    ran = here(tmp_path / "made", "check", "--all")
    assert (ran.code, "no findings" in ran.said) == (0, True), ran.said


def test_a_made_project_with_faults_can_be_checked(tmp_path):
    make_project(tmp_path / "made", 600, faults=True, commit=False)
    ran = here(tmp_path / "made", "check", "--all")
    assert (ran.code, "label/unknown-item" in ran.said) == (1, True), ran.said
