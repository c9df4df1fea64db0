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


RULES = "consensus: {{method: majority}}\nrules:\n  {}\n"
AGREE = 'agreement: {{"{}": {{at_least: 0.5}}}}'
SPREAD = "unresolved: {{at_most: 0.1, spread: {{{}}}}}"
SHAPE = (
    FILES["schemas/mood.yaml"]
    .replace(
        "end: {type: integer}}",
        "end: {type: integer}, label: {enum: [p, q]}, kind: {enum: [who, where]}, size: {type: number}}",
    )
    .replace("  share:", "  known: {type: boolean}\n  share:")
)


@pytest.mark.parametrize(
    ("rule", "said", "fix"),
    [
        (AGREE.format("tone/good"), "", ""),
        (AGREE.format("tone by batch"), "", ""),
        (AGREE.format("tone by meta.lang"), "", ""),
        (AGREE.format("topics/a"), "", ""),
        (AGREE.format("names.kind/who"), "", ""),
        (AGREE.format("score/3"), "", ""),
        (AGREE.format("share/anything"), "", ""),
        (AGREE.format("known/true"), "", ""),
        (AGREE.format("known/True"), "known has no value 'True'", "did you mean 'true'? values: false, true"),
        (AGREE.format("names/q"), "", ""),
        (AGREE.format("names/z"), "names has no value 'z'", "values: p, q"),
        (AGREE.format("tone/goood"), "tone has no value 'goood'", "did you mean 'good'? values: bad, good"),
        (AGREE.format("topics/d"), "topics has no value 'd'", "values: a, b, c"),
        (AGREE.format("names.kind/why"), "names.kind has no value 'why'", "values: where, who"),
        (AGREE.format("score/6"), "score has no value '6'", "values: 0, 1, 2, 3, 4, 5"),
        (AGREE.format("tune"), "task mood has no field 'tune'", "did you mean 'tone'? fields of mood: tone, "),
        (AGREE.format("tone by lang"), "unknown breakdown 'lang'",
         "write value, batch, annotator, pair, version, groups, or meta.KEY"),
        (SPREAD.format("share: 2"), "", ""),
        (SPREAD.format("names.size: 2"), "", ""),
        (SPREAD.format("tone: 2"), "tone has no numbers (its scale is nominal)",
         "`spread` is for interval and ratio fields"),
        (SPREAD.format("shares: 2"), "task mood has no field 'shares'", "did you mean 'share'? fields of mood: "),
    ],
)  # fmt: skip
def test_a_rule_of_a_field_or_value_that_is_not_there_is_told_with_what_is(tmp_path, rule, said, fix):
    checks = RULES.format(rule)
    project = small_project(tmp_path, {"schemas/mood.yaml": SHAPE, "checks/mood.yaml": checks})
    found = [(one.at.path, one.at.line, one.message, one.fix) for one in findings_of_project(project)]
    assert [one[:2] for one in found] == [("checks/mood.yaml", 3)] * bool(said)
    for _, _, message, remedy in found:
        assert message.endswith(f": {said}")
        assert remedy.startswith(fix)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"schemas/song.yaml": "x\n", "checks/song.yaml": "x\n", "guidelines/song.md": "---\n"},
         [("checks/song.yaml", "task", "tasks"), ("guidelines/song.md", "task", "tasks"),
          ("schemas/song.yaml", "task", "tasks")]),
        ({"releases/mood.yaml": "x\n"}, [("releases/mood.yaml", "release", "releases")]),
        ({"schemas/project.yaml": "x\n"}, [("schemas/project.yaml", "task", "tasks")]),
        ({"checks/waivers.yaml": "[]\n"}, []),
        ({"guidelines/song.txt": "---\n", "schemas/song.json": "x", "guidelines/song.md": "no front matter ---\n"}, []),
        ({"guidelines/approvals/judges/x.yaml": "x\n", "guidelines/approvals/@trust/x.md": "x\n",
          "guidelines/approvals/song.yaml": "x\n", "guidelines/approvals/.song/x.yaml": "x\n"}, []),
        ({"schemas/migrations/mood/README.md": "x\n", "schemas/migrations/song.md": "x\n"}, []),
        ({"schemas/migrations/judges/x.yaml": "x\n"}, [("schemas/migrations/judges", "task", "tasks")]),
        ({"guidelines/song.md/page.md": "---\n"}, []),
    ],
)  # fmt: skip
def test_what_is_named_like_a_task_or_release_that_is_not_there_is_told(tmp_path, files, found):
    project = small_project(tmp_path, {**SOUND, **files})
    told = [one for one in findings_of_project(project) if one.rule == "project/orphan"]
    assert [(one.at.path, one.message, one.fix) for one in told] == [
        (
            path,
            f"the project has no {noun} {name!r}, so nothing reads this",
            f"add {name} to `{where}` in checks/project.yaml, or delete the file",
        )
        for path, noun, where in found
        for name in [path.rpartition("/")[2].partition(".")[0]]
    ]


@pytest.mark.parametrize(
    ("path", "text", "said", "fix"),
    [
        ("checks/check_it.py", "x = 1\nx = (\n", "not Python: '(' was never closed", "correct the line"),
        ("checks/check_it.py", "x = '\0'\n", "not Python", "correct"),
        ("guidelines/allowed_signers", "ada ssh-rsa x\n", "", "write it as `assay guideline keygen` prints it"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_why_and_what_to_do(tmp_path, path, text, said, fix):
    (one,) = findings_of_project(small_project(tmp_path, {**SOUND, path: text}))
    assert said in one.message
    assert one.fix.startswith(fix)


def test_what_is_no_check_is_not_read_and_a_task_that_cannot_be_used_hides_no_other(tmp_path):
    two = "format: 1\nid: test-project\ntasks: {mood: {pool: texts}, song: {pool: texts}}\n"
    files = {
        "checks/helper.py": "def (\n", "checks/check_it.py.orig": "def (\n", "checks/deeper/check_it.py": "def (\n",
        "checks/project.yaml": two, "schemas/mood.yaml": "type: [\n",
        "schemas/song.yaml": FILES["schemas/mood.yaml"],
        "guidelines/song.md": FILES["guidelines/mood.md"].replace("mood", "song"),
        "checks/song.yaml": "consensus: {method: majority}\nrules:\n  agreement: {tune: {at_least: 0.5}}\n",
        "guidelines/approvals/@trust/0123456789abcdef.txt": "x: [\n",
    }  # fmt: skip
    found = told(tmp_path, files)
    assert ("project/configuration", "checks/song.yaml", 3) in found
    assert {path for _, path, _ in found} == {"checks/song.yaml", "schemas/mood.yaml"}
    assert found == sorted(found, key=lambda one: one[1:])


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
    unusable = [one.message for one in verdict.rules if one.message.startswith("nothing of triage could be measured: ")]
    assert len(unusable) == (3 if "schemas/triage.yaml" in files else 0)
    assert all("schemas/triage.yaml:" in one and one.isprintable() for one in unusable)
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
