"""What changed between two states of a project, in real git."""

import json

import pytest

from assay.annotator.diff import diff_labels
from assay.errors import UsageError
from assay.labels.diff import ChangeKind
from clones import commit, git, repository
from projects import FILES, small_project, write_files

ADA, BEN = "labels/mood/r1/ada.jsonl", "labels/mood/r1/ben.jsonl"
TURNED = FILES[BEN].replace('"tone":"bad"}', '"tone":"good"}', 1)
SPACED = FILES[ADA].replace('{"item":"i1",', '{ "item": "i1",')


def found(diff):
    return {file.file.path: [(one.kind, one.key) for one in file.records] for file in diff.files}


def test_nothing_changed_is_nothing_found(tmp_path):
    project = repository(tmp_path)
    diff = diff_labels(project, "HEAD", None, ())
    assert (diff.files, diff.others) == ((), ())


def test_the_work_tree_is_compared_with_new_files_and_files_that_are_gone(tmp_path):
    project = repository(tmp_path)
    write_files(tmp_path, {BEN: TURNED, "labels/mood/r1/cyd.jsonl": '{"item":"i3","label":{"tone":"good"}}\n'})
    (tmp_path / "labels/mood/r1/bot.jsonl").unlink()
    diff = diff_labels(project, "HEAD", None, ())
    assert found(diff) == {
        BEN: [(ChangeKind.CHANGED, ("i1",))],
        "labels/mood/r1/bot.jsonl": [(ChangeKind.REMOVED, ("i1",))],
        "labels/mood/r1/cyd.jsonl": [(ChangeKind.ADDED, ("i3",))],
    }
    assert diff.text(diff.files[0].file, "i1") == "naïve 😀 day"
    assert diff.text(diff.files[0].file, "i9") == ""


def test_two_revisions_are_compared_without_the_work_tree(tmp_path):
    project = repository(tmp_path)
    first = git(tmp_path, "rev-parse", "HEAD")
    commit(tmp_path, "turned", {BEN: TURNED})
    write_files(tmp_path, {ADA: ""})
    assert found(diff_labels(project, first, "HEAD", ())) == {BEN: [(ChangeKind.CHANGED, ("i1",))]}
    assert found(diff_labels(project, "HEAD", first, ())) == {BEN: [(ChangeKind.CHANGED, ("i1",))]}


def test_a_file_that_was_only_written_in_another_way_is_called_just_that(tmp_path):
    project = repository(tmp_path)
    write_files(tmp_path, {ADA: SPACED})
    (file,) = diff_labels(project, "HEAD", None, ()).files
    assert (file.formatting, file.records) == (True, ())


def test_files_of_labels_that_hold_no_records_are_named(tmp_path):
    project = repository(tmp_path)
    write_files(tmp_path, {"labels/annotators/ada.yaml": "role: reviewer\n", "guidelines/mood.md": "x\n"})
    diff = diff_labels(project, "HEAD", None, ())
    assert (diff.files, diff.others) == ((), ("labels/annotators/ada.yaml",))


def test_only_the_tasks_asked_for_are_compared(tmp_path):
    tasks = "format: 1\nid: test-project\ntasks: {mood: {pool: texts}, other: {pool: texts}}\n"
    project = repository(tmp_path, {"checks/project.yaml": tasks})
    vote = '{"item":"i1","label":{"tone":"good"}}\n'
    write_files(
        tmp_path, {BEN: TURNED, "labels/other/r1/ada.jsonl": vote, "labels/annotators/ada.yaml": "role: lead\n\n"}
    )
    assert list(found(diff_labels(project, "HEAD", None, ("other",)))) == ["labels/other/r1/ada.jsonl"]
    assert diff_labels(project, "HEAD", None, ("other",)).others == ()


def test_a_project_in_a_folder_of_a_repository_finds_its_own_files(tmp_path):
    project = small_project(tmp_path / "a folder")
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.email", "ada@example.org")
    git(tmp_path, "config", "user.name", "ada")
    commit(tmp_path, "the project")
    write_files(project.root, {BEN: TURNED})
    write_files(tmp_path, {ADA: "not ours\n"})
    assert found(diff_labels(project, "HEAD", None, ())) == {BEN: [(ChangeKind.CHANGED, ("i1",))]}


@pytest.mark.parametrize(
    ("since", "until", "tasks", "why"),
    [
        ("nowhere", None, (), "unknown revision 'nowhere'"),
        ("HEAD", "--output=x", (), "unknown revision '--output=x'"),
        ("HEAD", None, ("moood",), "there is no task 'moood'"),
    ],
)
def test_what_is_not_there_cannot_be_compared(tmp_path, since, until, tasks, why):
    project = repository(tmp_path)
    with pytest.raises(UsageError, match=why) as refused:
        diff_labels(project, since, until, tasks)
    assert refused.value.fix


def test_without_a_repository_there_is_nothing_to_compare(tmp_path):
    with pytest.raises(UsageError, match="is not a git repository"):
        diff_labels(small_project(tmp_path), "HEAD", None, ())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"text": "x" * 400}, "x" * 400),
        ({"text": "x" * 401}, "x" * 400),
        ({"a": "one", "n": 5, "b": "two"}, "one · two"),
        ({"n": 5}, ""),
    ],
)
def test_an_item_is_told_by_its_texts_not_longer_than_one_reads(tmp_path, data, text):
    items = f'{{"id":"i1","data":{json.dumps(data)}}}\n'
    project = repository(tmp_path, {"labels/items/texts/one.jsonl": items})
    write_files(tmp_path, {BEN: TURNED})
    assert diff_labels(project, "HEAD", None, ()).texts == {("texts", "i1"): text}
