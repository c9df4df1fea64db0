"""`assay fmt`: what it writes, says and ends with."""

import pytest

from projects import FILES, write_files

ADA, BEN = "labels/mood/r1/ada.jsonl", "labels/mood/r1/ben.jsonl"
UNTIDY = FILES[BEN].replace('{"item":"i1",', '{"item": "i1",')


def test_a_canonical_project_has_nothing_to_write(assay, mood):
    assert mood.exists()
    said = assay("fmt")
    assert (said.code, said.out, said.err) == (0, "", "14 files checked, 0 changed\n")


def test_an_untidy_file_is_named_then_written(assay, mood):
    write_files(mood, {BEN: UNTIDY})
    looked = assay("fmt", "--check")
    assert (looked.code, looked.out) == (1, f"{BEN}: is not canonical\n")
    assert looked.err == "14 files checked, 1 to be written; `assay fmt` writes them\n"
    assert (mood / BEN).read_text() == UNTIDY
    wrote = assay("fmt", "labels/mood/r1")
    assert (wrote.code, wrote.out) == (0, f"{BEN}: written\n")
    assert (mood / BEN).read_text() == FILES[BEN]
    assert assay("fmt", "--check").code == 0


def test_a_line_that_cannot_be_read_is_named_and_its_file_left(assay, mood):
    broken = UNTIDY + '{"item":"i5","label":{"tone":"good"},"mod":1}\n'
    write_files(mood, {BEN: broken, ADA: f"{FILES[ADA]}\n"})
    said = assay("fmt")
    assert said.code == 1
    assert said.out == f"{ADA}:3 an empty line\n{BEN}:4 unknown key 'mod'\n"
    assert "2 files left as they are\nnext: fix the lines listed above" in said.err
    assert (mood / BEN).read_text() == broken


@pytest.mark.parametrize("path", ["labels/mood/r9", "schemas/mood.yaml", "/", "labels/mood/r1/batch.yaml"])
def test_a_path_that_holds_no_labels_is_refused(assay, mood, path):
    assert mood.exists()
    said = assay("fmt", path)
    assert (said.code, said.out) == (2, "")
    assert "fix: " in said.err


def test_outside_of_a_project_it_is_refused(assay):
    assert assay("fmt").code == 2
