"""What a path says of a label file."""

import pytest

from assay.labels.paths import FileRole, label_file, lay_out, planned_batches, record_kind, role_in_batch, stray_folders
from assay.labels.records import (
    ADJUDICATION,
    ANNOTATION,
    ASSIGNMENT,
    GOLD,
    ITEM,
    RETURNED,
    SOURCE_ANNOTATOR,
    SOURCED_ANNOTATION,
)
from projects import FILES, small_project

KINDS = {
    "labels/sources/crowd.jsonl": SOURCE_ANNOTATOR,
    "labels/items/texts/one.jsonl": ITEM,
    "labels/mood/gold/ada.jsonl": GOLD,
    "labels/mood/gold/@crowd.jsonl": GOLD,
    "labels/mood/r1/assignments.jsonl": ASSIGNMENT,
    "labels/mood/r1/ada.jsonl": ANNOTATION,
    "labels/mood/r2/@crowd.jsonl": SOURCED_ANNOTATION,
    "labels/mood/r1/ada.adjudicated.jsonl": ADJUDICATION,
    "labels/mood/r1/ada.returned.jsonl": RETURNED,
}


def test_a_path_says_what_a_walk_through_the_folders_finds(tmp_path):
    project = small_project(tmp_path)
    walked = lay_out(project.snapshot, "mood", "texts").files
    assert len(walked) > 10
    for file in walked:
        found = label_file(file.path)
        if file.role is FileRole.BATCH:
            assert found is None
        else:
            assert found is not None
            assert (found.role, found.batch, found.who) == (file.role, file.batch, file.who)
            assert found.task == ("" if file.role is FileRole.ITEMS else "mood")


@pytest.mark.parametrize(("path", "kind"), KINDS.items(), ids=KINDS)
def test_each_kind_of_file_holds_its_kind_of_record(path, kind):
    assert path in FILES
    assert record_kind(label_file(path)) is kind


def test_an_imported_file_names_its_source():
    assert label_file("labels/sources/crowd.jsonl").who == "@crowd"
    assert label_file("labels/mood/r2/@crowd.jsonl").sourced


@pytest.mark.parametrize(
    "path",
    [
        "",
        "labels",
        "labels/mood/r1",
        "labels/mood/r1/batch.yaml",
        "labels/annotators/ada.yaml",
        "labels/mood/r1/ada.json",
        "labels/mood/r1/Ada.jsonl",
        "labels/mood/r1/ada.old.jsonl",
        "labels/mood/r1/@crowd.adjudicated.jsonl",
        "labels/mood/gold/ada.adjudicated.jsonl",
        "labels/mood/gold/@@crowd.jsonl",
        "labels/mood/r1/more/ada.jsonl",
        "labels/items/texts/media/ada.jsonl",
        "labels/items/Texts/one.jsonl",
        "labels/sources/@crowd.jsonl",
        "labels/mood/r.1/ada.jsonl",
        "schemas/mood.yaml",
        "/labels/mood/r1/ada.jsonl",
        "sub/labels/mood/r1/ada.jsonl",
    ],
)
def test_other_paths_are_no_label_files(path):
    assert label_file(path) is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("batch.yaml", FileRole.BATCH),
        ("assignments.jsonl", FileRole.ASSIGNMENTS),
        ("ada.jsonl", FileRole.ANNOTATIONS),
        ("@crowd.jsonl", FileRole.ANNOTATIONS),
        ("ada.adjudicated.jsonl", FileRole.ADJUDICATIONS),
        ("ada.returned.jsonl", FileRole.RETURNED),
        *(
            (name, None)
            for name in ("batch.yml", "assignments.json", "ada", "ada.", "ada.json", ".jsonl", "@.jsonl", "@@x.jsonl", "Ada.jsonl",
                         "ada.old.jsonl", "ada.returned.old.jsonl", "Ada.returned.jsonl", "@crowd.returned.jsonl", ".returned.jsonl",
                         "ada.adjudicated", "adajsonl")
        ),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_its_role_in_a_batch(name, role):
    assert role_in_batch(name) is role


OWN = "not the name of an annotator, a source or a part of a batch"
LOOSE = "only `gold` and batches (lower case, no dots) belong here"


def test_what_does_not_belong_to_a_task_is_told_and_notes_beside_the_files_are_not(tmp_path):
    quiet = [
        f"labels/{folder}{name}"
        for folder in ("", "mood/", "mood/r1/", "mood/gold/", "items/texts/")
        for name in ("README.md", ".keep")
    ]
    odd = {
        "labels/mood/notes.md": LOOSE,
        "labels/mood/R9/ada.jsonl": LOOSE,
        "labels/mood/r.9/ada.jsonl": LOOSE,
        "labels/mood/r1/notes.md": OWN,
        "labels/mood/r1/more/ada.jsonl": OWN,
        "labels/mood/gold/Ada.jsonl": "name gold <who>.jsonl or @<source>.jsonl, in lower case",
        "labels/mood/gold/batch.yaml": "name gold <who>.jsonl or @<source>.jsonl, in lower case",
        "labels/items/texts/Three.jsonl": "name a shard of a pool <shard>.jsonl, in lower case",
    }
    project = small_project(tmp_path, {**dict.fromkeys((*quiet, *odd, "labels/items/texts/media/a.png"), "")})
    laid = lay_out(project.snapshot, "mood", "texts")
    places = {path: "/".join(path.split("/")[: 3 if message is LOOSE else 4]) for path, message in odd.items()}
    assert {(one.rule, one.at.path, one.message) for one in laid.findings} == {
        ("label/file-name", place, f"{place.rpartition('/')[2]}: {odd[path]}") for path, place in places.items()
    }
    assert {(one.task, one.batch) for one in laid.findings if "/r1/" in one.at.path} == {("mood", "r1")}
    assert laid.batches == ("r1", "r2", "r3")
    assert laid.planned == {"r1", "r3"}
    assert [file.path for file in laid.files] == sorted(
        path for path in FILES if path.startswith(("labels/mood/", "labels/items/"))
    )
    assert {file.task for file in laid.files} == {"mood"}
    assert [file.who for file in laid.of(FileRole.GOLD)] == ["@crowd", "ada"]


def test_a_folder_that_is_no_batch_of_its_own_makes_none(tmp_path):
    project = small_project(
        tmp_path, {"labels/mood/r4/ada.jsonl": "", "labels/other/r1/ada.jsonl": "", "labels/notes.md": ""}
    )
    laid = lay_out(project.snapshot, "mood", "texts")
    assert (laid.findings, laid.batches) == ((), ("r1", "r2", "r3", "r4"))
    assert lay_out(project.snapshot, "none", "none").files == ()
    found = stray_folders(project.snapshot, ["mood"])
    assert [(one.rule, one.at.path) for one in found] == [
        ("label/unknown-task", "labels/notes.md"), ("label/unknown-task", "labels/other"),
    ]  # fmt: skip
    assert found[1].message == "the project has no task 'other'"
    assert [one.at.path for one in stray_folders(project.snapshot, ["other", "notes.md"])] == ["labels/mood"]


def test_a_batch_is_planned_where_a_file_or_what_is_below_it_is_its_plan():
    paths = ["labels/mood/r1/assignments.jsonl", "labels/mood/r2/assignments.jsonl/x", "labels/mood/r3/ada.jsonl",
             "labels/mood/assignments.jsonl", "labels/mood/r4/x/assignments.jsonl"]  # fmt: skip
    assert planned_batches(paths) == {"r1", "r2"}
    assert planned_batches([]) == frozenset()
