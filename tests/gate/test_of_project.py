"""What is wrong with a project rather than with a task: told by line, and never let through by a verdict."""

import pytest

from assay.core.verdict import Outcome
from assay.gate.enforce import judge_all
from assay.gate.findings import findings_of_project
from assay.project.config import find_project
from gated import measured_project
from projects import FILES, small_project, write_files

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIJ7PpFDDVtVdVFXD5gRSmgsW9kbXHq2kVQfmAbCHGSUb"
CHECKS = "consensus: {method: majority}\nrules: {}\n"
SOUND = {"checks/mood.yaml": CHECKS}


def told(root, files):
    project = small_project(root, {**SOUND, **files})
    return [(one.rule, one.at.path, one.at.line) for one in findings_of_project(project)]


def test_nothing_is_wrong_with_a_sound_project(tmp_path):
    sound = {
        "guidelines/README.md": "# Guidelines\n",
        "guidelines/houses.md": "A page that guidelines link to.\n",
        "guidelines/mood.md": FILES["guidelines/mood.md"] + "[houses](houses.md)\n",
        "guidelines/allowed_signers": f'# people\n\nada@x,ada namespaces="git,a b" ssh-ed25519 {KEY} comment\n',
        "checks/check_it.py": "def check_it(data): assert '\\d'\n",
        "dvc.yaml": "stages: {look: &a {cmd: x}, again: *a}\n",
    }
    assert told(tmp_path, sound) == []


@pytest.mark.parametrize(
    ("path", "text", "rule", "line"),
    [
        ("checks/check_it.py", "import x\ndef check_it(:\n", "project/configuration", 2),
        ("checks/check_it.py", "x = '\0'\n", "project/configuration", 1),
        ("checks/check_it.py", "x = " + "(" * 5000 + ")" * 5000, "project/configuration", 1),
        ("checks/check_it.py", "x = 1\n" * 60_000, "project/configuration", 0),
        ("dvc.yaml", "stages:\n  look: [\n", "project/configuration", 3),
        ("dvc.yaml", "- stages\n", "project/configuration", 1),
        ("guidelines/allowed_signers", f"# x\nada ssh-ed25519 {KEY[:-9]}!\n", "project/configuration", 2),
        ("guidelines/allowed_signers", f"ada ssh-rsa {KEY}\n", "project/configuration", 1),
        ("guidelines/allowed_signers", f"ada ssh-ed25519 {KEY}\r\n", "project/configuration", 1),
        ("guidelines/approvals/@trust/0123456789abcdef.yaml", "x: [\n", "guideline/approval", 2),
        ("schemas/old.yaml", "type: object\n", "project/orphan", 0),
        ("checks/old.yaml", CHECKS, "project/orphan", 0),
        ("releases/old.yaml", "version: 1.0.0\n", "project/orphan", 0),
        ("guidelines/old.md", "---\ntask: old\n---\n", "project/orphan", 0),
        ("checks/mood.yaml", "consensus: {method: majority}\nrules:\n  agreement:\n    tune: {at_least: 0.5}\n", "project/configuration", 4),
        ("checks/mood.yaml", "consensus: {method: majority}\nrules:\n  agreement:\n    tone/goood: {at_least: 0.5}\n", "project/configuration", 4),
        ("checks/mood.yaml", "consensus: {method: majority}\nrules:\n  agreement:\n    tone: {at_least: 0.5, min_units: 50.0}\n", "project/configuration", 4),
        ("guidelines/mood.md", FILES["guidelines/mood.md"] + "\n[gone](gone.md)\n", "guideline/link", 10),
        ("labels/song/r1/batch.yaml", "x\n", "label/unknown-task", 0),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_line(tmp_path, path, text, rule, line):
    at = {"labels/song/r1/batch.yaml": "labels/song"}.get(path, path)
    assert told(tmp_path, {path: text}) == [(rule, at, line)]


def test_folders_of_no_task_are_told_once_each(tmp_path):
    found = told(
        tmp_path,
        {"schemas/migrations/old/0001-x.yaml": "x\n", "guidelines/approvals/old/1.0.0.yaml": "x\n"},
    )
    assert found == [
        ("project/orphan", "guidelines/approvals/old", 0),
        ("project/orphan", "schemas/migrations/old", 0),
    ]


@pytest.mark.parametrize("path", ["schemas/.mood.yaml", "checks/.#mood.yaml", "releases/.set.yaml"])
def test_what_an_editor_hides_beside_a_file_is_no_orphan(tmp_path, path):
    assert told(tmp_path, {path: "x\n"}) == []


@pytest.mark.parametrize(
    ("files", "merge", "release"),
    [
        ({"schemas/old.yaml": "x\n"}, Outcome.WARN, Outcome.WARN),
        ({"labels/song/x.jsonl": "{}\n"}, Outcome.FAIL, Outcome.FAIL),
        ({"schemas/triage.yaml": "type: object\nproperties: [\n"}, Outcome.FAIL, Outcome.FAIL),
    ],
)
def test_a_verdict_is_no_better_than_the_project(tmp_path, files, merge, release):
    measured_project(tmp_path)
    assert judge_all(find_project(tmp_path), ()).merge is Outcome.PASS
    write_files(tmp_path, files)
    verdict = judge_all(find_project(tmp_path), ())
    assert (verdict.merge, verdict.release["support"]) == (merge, release)
    (rule,) = [rule for rule in verdict.rules if rule.id.endswith("project")]
    assert next(iter(files)).startswith(rule.message.partition(":")[0].partition(" ")[0])


def test_a_broken_task_holds_no_other_tasks_release_back(tmp_path):
    tasks = "format: 1\nid: 00000000-test\ntasks: {triage: {pool: p}, other: {pool: p}}\nreleases: [support]\n"
    measured_project(tmp_path, **{"checks/project.yaml": tasks, "checks/other.yaml": "consensus: {method: majority}\nrules: {}\n",
                                  "schemas/other.yaml": "type: [\n"})  # fmt: skip
    reports, other = tmp_path / "reports/triage", tmp_path / "reports/other"
    other.mkdir()
    for report in reports.glob("*.json"):
        (other / report.name).write_bytes(report.read_bytes())
    verdict = judge_all(find_project(tmp_path), ())
    assert (verdict.merge, verdict.release["support"]) == (Outcome.FAIL, Outcome.PASS)
    assert [rule.id for rule in verdict.rules if rule.outcome is Outcome.FAIL] == ["other/project"]
