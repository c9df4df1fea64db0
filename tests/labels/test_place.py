"""What a path says of a label file."""

import pytest

from assay.labels.paths import FileRole, label_file, lay_out, record_kind
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
