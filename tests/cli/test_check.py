"""`assay check`: results on standard output, talk on standard error."""

import os
import subprocess
import sys

import pytest

from pipelines import commit, run
from projects import EXPLAINED, FILES, write_files

BEN = "labels/mood/r1/ben.jsonl"
WRONG = FILES[BEN].replace('{"tone":"good"},"flags"', '{"tone":"goood"},"flags"')
FOUND = (
    f"{BEN}:3 /label/tone  (item i3)\n"
    "  error: tone: 'goood' is not one of: good, bad  [label/schema]\n"
    "  fix: did you mean 'good'?\n"
    "to answer these items again: assay annotate mood r1\n"
    "\n"
    "1 error, 0 warnings in 1 file\n"
)


@pytest.fixture
def mood(mood):
    """The project of that name, with a guideline that lacks nothing and a batch that may be edited."""
    write_files(mood, EXPLAINED)
    return mood


def repository(root):
    assert run(root, "git", "init", "-q", "-b", "main").code == 0
    commit(root, "labels")


@pytest.mark.usefixtures("mood")
def test_sound_labels_are_said_to_be_so(assay):
    said = assay("check", "--all")
    assert (said.code, said.out) == (0, "no findings\n")
    assert said.err == "checked the whole corpus: mood, 10 records\n"


def test_on_a_terminal_it_says_how_far_it_is(mood):
    reader, writer = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "assay", "check", "--all"], cwd=mood, stdout=subprocess.PIPE, stderr=writer, check=False
    )
    os.close(writer)
    with open(reader, "rb", buffering=0) as terminal:
        said = terminal.read(10_000)
    assert (done.returncode, done.stdout) == (0, b"no findings\n")
    assert said.split(b"\r")[:4] == [b"", b"batches: 1 of 3", b"batches: 2 of 3", b"batches: 3 of 3"]


def test_an_error_is_printed_with_its_line_and_remedy_and_ends_it_with_one(assay, mood):
    (mood / BEN).write_text(WRONG)
    said = assay("check", "--all")
    assert (said.code, said.out) == (1, FOUND)
    assert said.err == "checked the whole corpus: mood, 10 records\n"


def test_as_json_a_finding_is_an_object_and_nothing_else_is_printed(assay, mood):
    (mood / BEN).write_text(WRONG)
    said = assay("check", "--all", "--format", "json")
    assert (said.code, said.err) == (1, "")
    assert said.json == [
        {
            "rule": "label/schema",
            "severity": "error",
            "message": "tone: 'goood' is not one of: good, bad",
            "fix": "did you mean 'good'?",
            "path": BEN,
            "line": 3,
            "pointer": "/label/tone",
            "task": "mood",
            "batch": "r1",
            "item": "i3",
            "annotator": "ben",
        }
    ]


def test_a_warning_is_shown_and_does_not_fail(assay, mood):
    (mood / BEN).write_text(FILES[BEN].replace('{"item":"i1",', '{"item": "i1",'))
    said = assay("check", "--all")
    assert said.code == 0
    assert said.out.startswith(f"{BEN}:1\n  warning: ")
    assert "`assay submit` rewrites your own files" in said.out
    assert said.out.endswith("0 errors, 1 warning in 1 file\n")


def test_in_a_repository_only_my_own_findings_count(assay, mood):
    (mood / BEN).write_text(WRONG)
    repository(mood)
    ada = mood / "labels/mood/r1/ada.jsonl"
    ada.write_text(ada.read_text().replace("unreadable", "blurred"))
    said = assay("check")
    assert (said.code, said.out) == (0, "no findings\n")
    assert said.err == "checked 1 changed file: mood, 10 records; 1 finding elsewhere (--all shows them)\n"
    assert assay("check", "--all").out == FOUND


def test_the_base_says_since_when_a_change_is_mine(assay, mood):
    repository(mood)
    (mood / BEN).write_text(WRONG)
    commit(mood, "wrong")
    assert assay("check", "--base", "HEAD").out == "no findings\n"
    assert assay("check", "--base", "HEAD~1").out == FOUND
    lost = assay("check", "--base", "nosuch")
    assert (lost.code, lost.out) == (2, "")
    assert "nosuch" in lost.err


def test_nothing_changed_is_nothing_looked_at(assay, mood):
    repository(mood)
    said = assay("check")
    assert (said.code, said.out, said.err) == (0, "no findings\n", "checked 0 changed files: no task, 0 records\n")
    (mood / "guidelines/mood.md").write_text("")
    commit(mood, "broken before my work")
    code = (
        "import sys; from assay.cli.error_handler import run\n"
        "assert run(['check', '--base', 'HEAD']) == 0\n"
        "assert not [name for name in sys.modules if name.startswith(('assay.labels.', 'assay.guidelines.', 'numpy', 'rich'))]"
    )
    subprocess.run([sys.executable, "-c", code], cwd=mood, capture_output=True, check=True)


def test_every_broken_configuration_file_is_named_at_once(assay, mood):
    (mood / "checks/mood.yaml").write_text("consensus: {method: majorty}\nrules: {}\n")
    (mood / "checks/waivers.yaml").write_text("- {rule: mood/schema}\n")
    (mood / BEN).write_text(WRONG)
    said = assay("check", "--all")
    assert said.code == 2
    assert "checks/mood.yaml:1 /consensus/method\n  error: 'majorty' is not one of majority" in said.out
    assert "checks/waivers.yaml:1 " in said.out
    assert "did you mean 'majority'?" in said.out
    assert FOUND.partition("to answer")[0] in said.out


def test_characters_of_a_label_do_not_act_on_a_terminal(assay, mood):
    (mood / BEN).write_text(FILES[BEN].replace('"item":"i3"', '"item":"\\u202ei3"'))
    said = assay("check", "--all")
    assert said.code == 1
    assert "\u202e" not in said.out
    assert "(item \\u202ei3)" in said.out


def test_a_line_that_cannot_be_read_is_mended_in_the_file_and_not_on_the_page(assay, mood):
    (mood / BEN).write_text(f"{WRONG}{{cut\n")
    said = assay("check", "--all")
    assert "fix the line in an editor, or delete it" in said.out
    assert "to answer these items again" not in said.out


def test_findings_stand_file_by_file(assay, mood):
    (mood / BEN).write_text(WRONG)
    ada = mood / "labels/mood/r1/ada.jsonl"
    ada.write_text(ada.read_text().replace('"unreadable"', '""'))
    first, second, closing = assay("check", "--all").out.split("\n\n")
    assert (first.split(":")[0], second.split(":")[0]) == ("labels/mood/r1/ada.jsonl", BEN)
    assert closing == "2 errors, 0 warnings in 2 files\n"


def test_of_mine_only_my_own_files_are_told(assay, mood):
    (mood / BEN).write_text(WRONG)
    gold = mood / "labels/mood/gold/ada.jsonl"
    gold.write_text(gold.read_text().replace('"bad"', '"baad"'))
    said = assay("check", "--all", "--as", "ben")
    assert (said.out, said.err.rpartition("; ")[2]) == (
        FOUND,
        "1 finding elsewhere (without --mine and --as, --all shows them)\n",
    )
    assert "labels/mood/gold/ada.jsonl:2" in assay("check", "--all", "--mine", "--as", "ada").out


def test_who_i_am_must_be_known_for_mine(assay, mood):
    repository(mood)
    said = assay("check", "--mine")
    assert (said.code, said.out) == (2, "")
    assert "assay whoami --set" in said.err


@pytest.mark.parametrize(
    ("command", "code"),
    [(("check", "--all"), 1), (("guideline", "lint"), 0), (("guideline", "test"), 0), (("gate",), 0), (("report",), 1)],
)
@pytest.mark.parametrize("style", ["markdown", "github", "sarif"])
def test_findings_and_reports_are_printed_as_a_forge_takes_them(assay, mood, command, code, style):
    (mood / BEN).write_text(WRONG)
    for stage in ("schema", "agreement", "consensus", "quality"):
        assert assay(stage, "mood").code == 0
    assert assay("gate").code == 0
    said = assay(*command, "--format", style)
    assert said.code == code, said.err
    name = f"assay {' '.join(part for part in command if not part.startswith('--'))}"
    if style == "sarif":
        assert said.json["version"] == "2.1.0"
        assert bool(said.json["runs"][0]["results"]) is (command[0] != "guideline")
    else:
        assert said.out.startswith({"markdown": f"## {name}", "github": "::"}[style])


def test_a_verdict_that_holds_a_merge_back_is_a_finding(assay, mood):
    (mood / BEN).write_text(WRONG)
    for stage in ("schema", "agreement", "consensus", "quality"):
        assay(stage, "mood")
    assay("gate")
    said = assay("gate", "--enforce", "merge", "--format", "sarif")
    assert said.code == 1
    assert [one["ruleId"] for one in said.json["runs"][0]["results"]] == ["gate/refused"]
