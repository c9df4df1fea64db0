"""`assay guideline lint` and `assay guideline test`."""

import shutil
import subprocess

import pytest

from guideline_pages import BODY, FILES, FRONT, PAGE
from pipelines import FOLDERS, REPOSITORY
from projects import write_files


@pytest.fixture
def root(tmp_path):
    write_files(tmp_path, FILES)
    return tmp_path


@pytest.fixture
def reference(tmp_path):
    """The label, guideline and policy files of the reference project."""
    for name in FOLDERS:
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    return tmp_path


def edit(root, name, old, new):
    path = root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path.read_text()[: path.read_text().index(new)].count("\n") + 1


@pytest.mark.usefixtures("root")
def test_a_sound_guideline_is_said_to_be_so(assay):
    said = assay("guideline", "lint")
    assert (said.code, said.out, said.err) == (0, "no findings\n", "looked at the guideline of mood\n")
    assert (assay("guideline", "test").code, assay("guideline", "test").out) == (0, "mood: 2 examples ran, 0 wrong\n")


def test_a_fault_is_printed_with_its_line_and_remedy_and_is_exit_1(assay, root):
    write_files(root, {"guidelines/mood.md": FRONT + BODY.replace("(#bad)", "(#no)")})
    said = assay("guideline", "lint", "mood")
    assert said.code == 1
    assert said.out.startswith(
        "guidelines/mood.md:15\n  error: this page has no heading #no  [guideline/link]\n  fix: "
    )
    (found,) = assay("guideline", "lint", "--format", "json").json
    assert (found["rule"], found["line"], found["task"]) == ("guideline/link", 15, "mood")


def test_a_warning_is_no_reason_for_exit_1(assay, root):
    write_files(root, {"guidelines/mood.md": PAGE.replace("why: Hate.\n", "")})
    said = assay("guideline", "lint")
    assert (said.code, "[example/why]" in said.out) == (0, True)


@pytest.mark.parametrize(
    "content", [b"no front matter\n", b"---\ntask: [\n---\n", b"---\ntask: mood\n---\n\xff\n", None]
)
def test_a_guideline_that_cannot_be_read_is_a_finding_too(assay, root, content):
    (root / "guidelines/mood.md").unlink() if content is None else write_files(root, {"guidelines/mood.md": content})
    said = assay("guideline", "lint")
    assert said.code == 1
    assert "[guideline/front-matter]" in said.out


def test_a_task_that_is_none_and_a_page_that_is_too_long_cannot_be_served(assay, root):
    assert assay("guideline", "lint", "food").code == 2
    assert assay("guideline", "test", "food").code == 2
    write_files(root, {"guidelines/mood.md": PAGE + "# a\n" * 20_000})
    for command in ("lint", "test"):
        said = assay("guideline", command)
        assert (said.code, "assay reads pages of up to 10,000" in said.err) == (2, True)


@pytest.mark.usefixtures("reference")
def test_all_examples_of_the_reference_project_run_and_its_guidelines_are_sound(assay):
    said = assay("guideline", "test")
    assert (said.code, said.out) == (0, "triage: 15 examples ran, 0 wrong\npreference: 7 examples ran, 0 wrong\n")
    assert assay("guideline", "lint").out == "no findings\n"


def test_a_wrong_label_and_a_contradiction_of_gold_are_findings_with_their_lines(assay, reference):
    line = edit(reference, "guidelines/triage.md", "label: {intent: how-to,", "label: {intent: howto,")
    said = assay("guideline", "test", "triage")
    assert said.code == 1
    assert f"guidelines/triage.md:{line} /label/intent\n  error: label/intent: 'howto' is not" in said.out
    assert "[example/schema]" in said.out
    assert said.out.endswith("triage: 15 examples ran, 1 wrong\n")
    text = "The lamp on the Tern  Router blinks twice every night at three. All is well otherwise, what is it doing?"
    write_files(
        reference,
        {
            "labels/items/triage/2026-12.jsonl": f'{{"id":"zz-1","data":{{"text":"{text}"}}}}\n',
            "labels/triage/gold/chen.jsonl": '{"item":"zz-1","label":{"intent":"problem","topics":["network"],"urgency":1}}\n',
        },
    )
    edit(reference, "guidelines/triage.md", "label: {intent: howto,", "label: {intent: how-to,")
    (found,) = assay("guideline", "test", "triage", "--format", "json").json["findings"]
    assert (found["rule"], found["path"]) == ("example/contradiction", "guidelines/triage.md")
    page = (reference / "guidelines/triage.md").read_text().split("\n")
    assert "The lamp on the Tern Router" in page[found["line"] - 2]
    assert "of item 'zz-1' by chen" in found["message"]


def test_a_missing_version_and_an_edit_without_one_are_findings_with_their_lines(assay, reference):
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *arguments], cwd=reference, check=True, capture_output=True)
    assert assay("guideline", "lint").code == 0
    edit(reference, "guidelines/triage.md", "Read the whole message", "Read all of the message")
    said = assay("guideline", "lint", "triage")
    assert (said.code, said.out) == (1, assay("guideline", "lint", "triage", "--base", "HEAD").out)
    assert "guidelines/triage.md:3 /version\n  error: " in said.out
    assert "[guideline/version-not-bumped]" in said.out
    line = edit(reference, "guidelines/triage.md", "version: 1.1.0\nowners", "version: 1.2.0\nowners")
    said = assay("guideline", "lint", "triage")
    assert f"guidelines/triage.md:{line} /version\n  error: version 1.2.0 has no entry" in said.out
