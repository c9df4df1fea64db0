"""What is wrong with what I changed?"""

import shutil
import subprocess

import pytest

from assay.annotator.change_check import check, is_caused_by, parts_of
from assay.core.catalogue import Location, Where, finding
from assay.errors import UsageError
from assay.project.config import find_project
from projects import EXPLAINED, FILES, small_project

POLICY = {"checks/mood.yaml": "consensus: {method: majority}\nrules:\n  schema: {errors_at_most: 0}\n", **EXPLAINED}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A sound project, committed on `main`, with a branch `mine` checked out."""
    for key in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{key}_NAME", "A")
        monkeypatch.setenv(f"GIT_{key}_EMAIL", "a@example.org")
    found = small_project(tmp_path, POLICY)
    run(tmp_path, "init", "-q", "-b", "main")
    run(tmp_path, "add", "-A")
    run(tmp_path, "commit", "-q", "-m", "one")
    run(tmp_path, "checkout", "-q", "-b", "mine")
    return found


def run(root, *arguments):
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def break_line(root, name, number):
    path = root / name
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = b"{broken\n"
    path.write_bytes(b"".join(lines))


def test_nothing_changed_is_nothing_looked_at(project):
    checked = check(project)
    assert (checked.findings, checked.tasks, checked.changed) == ((), (), frozenset())


def test_i_answer_for_my_file_and_not_for_yours(project):
    mine, yours = (f"labels/mood/r1/{who}.jsonl" for who in ("ada", "ben"))
    break_line(project.root, yours, 1)
    run(project.root, "commit", "-q", "-a", "-m", "yours")
    run(project.root, "branch", "-f", "main", "HEAD")
    break_line(project.root, mine, 2)

    checked = check(project)

    assert [(finding.at.path, finding.at.line) for finding in checked.findings] == [(mine, 2)]
    assert checked.elsewhere == 1
    assert checked.errors == 1
    assert len(check(project, everything=True).findings) == 2


def test_what_i_committed_on_my_branch_is_still_mine(project):
    mine = "labels/mood/r1/ada.jsonl"
    break_line(project.root, mine, 1)
    run(project.root, "commit", "-q", "-a", "-m", "mine")
    assert check(project).errors == 1
    assert check(project, base="HEAD").errors == 0


def test_a_folder_that_no_task_reads_is_found(project):
    name = next(iter(project.tasks))
    shutil.copytree(project.root / "labels" / name, project.root / "labels" / f"{name}s")
    (finding,) = check(project).findings
    assert (finding.rule, finding.at.path) == ("label/unknown-task", f"labels/{name}s")


def test_outside_a_repository_everything_is_looked_at(tmp_path):
    project = find_project(small_project(tmp_path, POLICY).root)
    assert check(project).changed is None


def test_gold_that_contradicts_older_gold_is_answered_for_by_whoever_added_it(project):
    added = project.root / "labels/mood/gold/ada.jsonl"
    added.rename(added.with_name("ben.jsonl"))
    run(project.root, "add", "-A")
    run(project.root, "commit", "-q", "-m", "gold is ben's")
    run(project.root, "branch", "-f", "main", "HEAD")
    added.write_text('{"item":"i1","label":{"tone":"bad"}}\n')

    (found,) = check(project).findings

    assert (found.rule, found.at.path) == ("gold/contradiction", "labels/mood/gold/ben.jsonl")


def test_an_older_contradiction_is_not_laid_on_votes(project):
    (project.root / "labels/mood/gold/ben.jsonl").write_text('{"item":"i1","label":{"tone":"bad"}}\n')
    run(project.root, "add", "-A")
    run(project.root, "commit", "-q", "-m", "two golds")
    run(project.root, "branch", "-f", "main", "HEAD")
    break_line(project.root, "labels/mood/r1/ada.jsonl", 1)
    assert [found.rule for found in check(project).findings] == ["label/not-json"]


def test_an_edited_guideline_is_held_against_the_base(project):
    path = project.root / "guidelines/mood.md"
    path.write_text(path.read_text().replace("## tone", "Read it.\n\n## tone"))
    found = [(one.rule, one.at.path, one.at.line) for one in check(project).findings if "version" in one.rule]

    assert found == [("guideline/version-not-bumped", "guidelines/mood.md", 3)]


def test_a_schema_that_changes_under_the_same_version_is_found_at_the_guideline(project):
    path = project.root / "schemas/mood.yaml"
    path.write_text(path.read_text().replace("[good, bad]", "[good, bad, mixed]"))
    found = [(one.rule, one.at.path, one.at.line) for one in check(project).findings if "version" in one.rule]

    assert found == [("guideline/version-not-bumped", "guidelines/mood.md", 3)]


def test_a_committed_edit_with_its_version_is_right(project):
    path = project.root / "guidelines/mood.md"
    entry = "  - {version: 0.3.0, date: 2026-03-01, summary: third, affects: [tone]}\n---\nRead it."
    text = (
        path.read_text()
        .replace("version: 0.2.0\no", "version: 0.3.0\no")
        .replace("---\n## tone", f"{entry}\n\n## tone")
    )
    path.write_text(text)
    run(project.root, "commit", "-q", "-a", "-m", "two")

    assert not [one for one in check(project).findings if "version" in one.rule]


def test_answers_in_a_closed_batch_are_not_edited_and_decisions_are_made_later(project):
    (project.root / "labels/mood/r1/batch.yaml").write_text(FILES["labels/mood/r1/batch.yaml"])
    run(project.root, "commit", "-q", "-a", "-m", "closed")
    run(project.root, "branch", "-f", "main", "HEAD")
    mine, decided = project.root / "labels/mood/r1/ada.jsonl", project.root / "labels/mood/r1/ada.adjudicated.jsonl"
    decided.write_text(decided.read_text().replace("edge-case", "other"))
    assert check(project).findings == ()
    mine.write_text(mine.read_text().replace("unreadable", "blurred"))
    (project.root / "labels/mood/r1/batch.yaml").write_text(EXPLAINED["labels/mood/r1/batch.yaml"])
    (found,) = check(project).findings
    assert (found.rule, found.at.path) == ("batch/closed", "labels/mood/r1/ada.jsonl")
    assert check(project, everything=True).findings == (found,)


def test_the_whole_corpus_is_compared_with_the_base_where_there_is_one(project):
    break_line(project.root, "labels/mood/r1/ada.jsonl", 1)
    assert check(project, everything=True).compared
    run(project.root, "branch", "-m", "main", "theirs")
    unknown = check(project, everything=True)
    assert not unknown.compared
    assert unknown.errors
    with pytest.raises(UsageError, match="unknown revision"):
        check(project, everything=True, base="nowhere")


def test_a_project_that_is_new_in_a_repository_is_compared_with_nothing(project):
    run(project.root, "checkout", "-q", "--orphan", "before")
    run(project.root, "commit", "-q", "--allow-empty", "-m", "all")
    run(project.root, "rm", "-q", "-r", "--cached", ".")
    run(project.root, "commit", "-q", "--allow-empty", "-m", "no project yet")
    run(project.root, "branch", "-f", "main", "HEAD")
    run(project.root, "checkout", "-q", "-b", "begun")
    run(project.root, "add", "-A")
    run(project.root, "commit", "-q", "-m", "a project")
    assert check(project).findings == ()
    assert check(project, everything=True).compared


def test_whoever_empties_assignments_answers_for_the_corrections_that_then_have_no_ground(project):
    folder = project.root / "labels/mood/r1"
    (folder / "ben.jsonl").write_text(
        '{"item":"i3","label":{"tone":"good"},"guideline":"0.2.0","first":{"tone":"bad"}}\n'
    )
    run(project.root, "add", "-A")
    run(project.root, "commit", "-q", "-m", "corrected")
    run(project.root, "branch", "-f", "main", "HEAD")
    (folder / "assignments.jsonl").write_text("")
    assert "label/first-not-returned" in {one.rule for one in check(project).findings}


def test_of_a_task_whose_schema_is_broken_that_is_said_and_every_other_task_is_judged(project):
    tasks = "tasks: {mood: {pool: texts}, calm: {pool: texts}}"
    for name in ("schemas/{}.yaml", "checks/{}.yaml"):
        text = (project.root / name.format("mood")).read_text()
        (project.root / name.format("calm")).write_text(text)
    page = (project.root / "guidelines/mood.md").read_text().replace("task: mood", "task: calm")
    (project.root / "guidelines/calm.md").write_text(page)
    (project.root / "checks/project.yaml").write_text(f"format: 1\nid: test-project\n{tasks}\n")
    run(project.root, "add", "-A")
    run(project.root, "commit", "-q", "-m", "two tasks")
    project = find_project(project.root)
    run(project.root, "branch", "-f", "main", "HEAD")
    (project.root / "schemas/calm.yaml").write_text("type: object\nproperties: {tone: {$ref: '#/properties/tone'}}\n")
    break_line(project.root, "labels/mood/r1/ada.jsonl", 1)
    told = {("project/configuration", "schemas/calm.yaml", 2), ("label/not-json", "labels/mood/r1/ada.jsonl", 1)}
    for everything in (False, True):
        checked = check(project, everything=everything)
        assert {(one.rule, one.at.path, one.at.line) for one in checked.findings} == told
        assert checked.unusable
    run(project.root, "commit", "-q", "-a", "-m", "theirs")
    run(project.root, "branch", "-f", "main", "HEAD")
    (project.root / "labels/mood/r3/ada.jsonl").write_text('{"item":"i9","label":{"tone":"good"}}\n')
    assert [one.rule for one in check(project).findings] == ["label/unknown-item"]
    (project.root / "labels/calm/gold").mkdir(parents=True)
    (project.root / "labels/calm/gold/ada.jsonl").write_text('{"item":"i1","label":{"tone":"good"}}\n')
    assert [one.rule for one in check(project).findings] == ["label/unknown-item", "project/configuration"]


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("labels/mood/r1/ada.jsonl", ""),
        ("checks/mood.yaml", ""),
        ("guidelines/calm.md", ""),
        ("schemas/calm.yaml", ""),
        ("schemas/migrations/calm/0001-x.yaml", ""),
        ("guidelines/approvals/calm/0.2.0.yaml", ""),
        ("labels/calm/gold/ada.jsonl", ""),
        ("labels/calm/r1/ada.adjudicated.jsonl", ""),
        ("labels/mood/r1/ada.returned.jsonl", ""),
        ("labels/mood/gold/ada.jsonl", "examples"),
        ("labels/mood/r1/ada.adjudicated.jsonl", "examples"),
        ("labels/items/texts/one.jsonl", "schema examples"),
        ("guidelines/approvals/mood/0.2.0.yaml", "approvals"),
        ("guidelines/allowed_signers", "approvals"),
        ("labels/annotators/ada.yaml", "guideline approvals"),
        ("labels/sources/crowd.jsonl", "guideline approvals"),
        ("guidelines/mood.md", "schema guideline approvals examples"),
        ("schemas/mood.yaml", "schema guideline approvals examples"),
        ("schemas/migrations/mood/0001-x.yaml", "schema guideline approvals examples"),
        ("checks/project.yaml", "schema guideline approvals examples"),
    ],
)
def test_of_a_task_the_parts_are_judged_that_a_change_can_make_wrong(path, parts):
    assert parts_of("mood", frozenset({path, "README.md"})) == {"labels", *parts.split()}
    assert parts_of("mood", frozenset()) == {"labels"}


BEN, PAGE, BATCH = "labels/mood/r1/ben.jsonl", "guidelines/mood.md", "labels/mood/r1/batch.yaml"
DECIDED, RETURNED, PLAN = (
    f"labels/mood/r1/{name}" for name in ("ada.adjudicated.jsonl", "ada.returned.jsonl", "assignments.jsonl")
)
EVERYBODYS = ("labels/annotators/x.yaml", "labels/sources/x.jsonl", "labels/items/texts/x.jsonl")
TASKS = ("checks/project.yaml", "checks/mood.yaml", PAGE, "schemas/mood.yaml", "schemas/migrations/mood/0001-x.yaml")
ANSWERED = ("labels/mood/gold/x.jsonl", "labels/mood/r2/x.adjudicated.jsonl", "labels/items/texts/x.jsonl")
APPROVED = ("guidelines/approvals/mood/0.2.0.sig", "guidelines/allowed_signers")
EDITED = (PAGE, "schemas/mood.yaml", "schemas/migrations/mood/0001-x.yaml", "checks/project.yaml")
PEOPLE = EVERYBODYS[:2]
EVERYTHING = {
    BEN, "labels/mood/r1/ada.jsonl", "labels/mood/r2/ada.jsonl", BATCH, "labels/mood/r2/batch.yaml", DECIDED, RETURNED,
    PLAN, "labels/mood/r2/ada.returned.jsonl", "labels/mood/r2/assignments.jsonl", "labels/calm/gold/x.jsonl",
    *EVERYBODYS, *TASKS, *ANSWERED, *APPROVED, "README.md", "guidelines/calm.md", "checks/calm.yaml",
    "guidelines/approvals/calm/0.2.0.sig", "guidelines/media/x.png",
}  # fmt: skip
VOTES = ("labels/mood/r1/ada.jsonl",)


@pytest.mark.parametrize(
    ("rule", "at", "causes"),
    [
        ("label/schema", BEN, (*EVERYBODYS, *TASKS)),
        ("label/not-assigned", BEN, (*EVERYBODYS, *TASKS, PLAN)),
        ("batch/import-with-assignments", BEN, (*EVERYBODYS, *TASKS, PLAN)),
        ("label/first-not-returned", BEN, (*EVERYBODYS, *TASKS, PLAN, RETURNED)),
        ("label/before-batch", BEN, (*EVERYBODYS, *TASKS, BATCH)),
        ("label/after-leaving", BEN, (*EVERYBODYS, *TASKS, BATCH)),
        ("label/other-guideline", BEN, (*EVERYBODYS, *TASKS, BATCH)),
        ("adjudication/contradiction", DECIDED, (*EVERYBODYS, *TASKS)),
        ("label/two-votes", BEN, (*EVERYBODYS, *TASKS, *VOTES, DECIDED, RETURNED, PLAN)),
        ("label/unknown-suggestion", BEN, (*EVERYBODYS, *TASKS, *VOTES, DECIDED, RETURNED, PLAN)),
        ("gold/contradiction", "labels/mood/gold/ada.jsonl", (*EVERYBODYS, *TASKS, "labels/mood/gold/x.jsonl")),
        ("guideline/no-heading", PAGE, EDITED),
        ("guideline/link", PAGE, (*EDITED, "guidelines/media/x.png")),
        ("guideline/owner", PAGE, (*EDITED, *PEOPLE)),
        ("guideline/approval", PAGE, (*EDITED, *PEOPLE, *APPROVED)),
        ("example/form", PAGE, EDITED),
        ("example/contradiction", PAGE, (*EDITED, *ANSWERED, DECIDED)),
        ("example/experts", PAGE, (*EDITED, *ANSWERED, DECIDED)),
        ("schema/keyword", "schemas/mood.yaml", EDITED),
        ("project/configuration", "checks/mood.yaml", TASKS),
        (
            "project/waiver",
            "checks/mood.yaml",
            ("checks/project.yaml", "checks/mood.yaml", "checks/calm.yaml", *PEOPLE),
        ),
        ("label/unknown-task", "labels/moood", TASKS),
    ],
)
def test_a_finding_is_of_a_change_to_its_own_file_and_to_whatever_it_rests_on(rule, at, causes):
    found = finding(rule, Location(path=at, line=1), "x.png is not there", where=Where(task="mood"))
    caused = {path for path in EVERYTHING if is_caused_by(found, frozenset({path}), stuck=frozenset())}
    assert caused == {*causes, *({at} & EVERYTHING)}
    assert is_caused_by(found, frozenset({at}), stuck=frozenset())
    assert is_caused_by(found, frozenset({f"{at}/x"}), stuck=frozenset())
    stuck = is_caused_by(found, frozenset({BEN}) - {at}, stuck=frozenset({"mood"}))
    assert stuck is (rule == "project/configuration")
    assert not is_caused_by(found, frozenset({"README.md"}), stuck=frozenset({"calm"}))


def test_a_finding_of_no_task_is_of_a_change_to_the_project_file():
    found = finding("project/orphan", Location(path="odd", line=0), "x")
    assert {path for path in EVERYTHING if is_caused_by(found, frozenset({path}), stuck=frozenset())} == {
        "checks/project.yaml"
    }
