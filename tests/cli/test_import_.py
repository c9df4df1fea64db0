"""`assay import long`: what it prints, and how it ends."""

import gzip

import pytest


@pytest.fixture
def task(assay, demo):
    assert assay("task", "add", "mood").code == 0
    return demo


def test_an_import_prints_what_is_new_on_standard_output_alone(assay, task, long, vote):
    file = long(vote("i1", "w1", gold={"label": "yes"}), vote("i1", "w2"), vote("i2", "w1", data={"text": "x"}))
    said = assay("import", "long", file, "--task", "mood", "--batch-size", 1)
    assert said.code == 0
    assert said.err.startswith("next: assay check --all")
    assert said.out == (
        "@crowd → mood: 3 new, 0 same, 0 changed, 0 gone\n"
        "2 new items, 2 new annotators, 2 new batches; gold: 1 new, 0 changed, 0 gone; 7 files written\n"
    )
    assert (task / "labels/mood/crowd-002/@crowd.jsonl").read_text() == (
        '{"annotator":"w1","item":"i2","label":{"label":"yes"}}\n'
    )


def test_an_import_as_json_names_batches_and_files(assay, task, long, vote):
    file = long(vote("i1", "w1"), vote("i1", "w2"))
    told = assay("import", "long", file, "--task", "mood", "--source", "rte", "--format", "json").json
    assert (told["source"], told["task"], told["batches"]) == ("rte", "mood", ["rte-001"])
    assert told["annotations"] == {"new": 2, "same": 0, "changed": 0, "gone": 0}
    assert sorted(told["written"]) == [
        "labels/items/mood/rte-001.jsonl",
        "labels/mood/rte-001/@rte.jsonl",
        "labels/mood/rte-001/batch.yaml",
        "labels/sources/rte.jsonl",
    ]
    assert all((task / name).is_file() for name in told["written"])


def test_lines_that_cannot_be_taken_end_it_with_findings_and_the_rest_is_taken(assay, task, long, vote):
    file = long(vote("i1", "w1"), '{"item":', {"item": "i2", "annotator": "w1"})
    said = assay("import", "long", file, "--task", "mood")
    assert said.code == 1
    assert said.out.startswith("@crowd → mood: 1 new, 0 same, 0 changed, 0 gone\n")
    assert "could not be imported:\n" in said.out
    assert "crowd.jsonl:2" in said.out
    assert "crowd.jsonl:3" in said.out
    assert said.out.endswith("2 errors, 0 warnings in 1 file\n")
    assert (task / "labels/mood/crowd-001/@crowd.jsonl").exists()


@pytest.mark.usefixtures("task")
def test_refused_lines_stand_in_the_json_too(assay, long, vote):
    said = assay("import", "long", long(vote("i1", "w1"), "[]"), "--task", "mood", "--format", "json")
    assert said.code == 1
    assert [(one["line"], one["severity"]) for one in said.json["refused"]] == [(2, "error")]


def test_an_update_counts_what_changed_and_prune_removes_what_is_gone(assay, task, long, vote):
    assay("import", "long", long(vote("i1", "w1"), vote("i1", "w2"), vote("i2", "w1")), "--task", "mood")
    newer = long(vote("i1", "w1"), vote("i1", "w2", "no"), vote("i1", "w3"), name="newer.jsonl")
    update = ("import", "long", newer, "--task", "mood", "--source", "crowd", "--update")
    kept = assay(*update)
    assert kept.out.splitlines()[0] == ("@crowd → mood: 1 new, 1 same, 1 changed, 1 gone (kept; --prune removes them)")
    assert kept.out.splitlines()[2] == "  gone: i2 by w1"
    pruned = assay(*update, "--prune", "--format", "json").json
    assert pruned["annotations"] == {"new": 0, "same": 3, "changed": 0, "gone": 1}
    assert (pruned["pruned"], pruned["gone"]) == (True, [{"item": "i2", "annotator": "w1"}])
    assert '"i2"' not in (task / "labels/mood/crowd-001/@crowd.jsonl").read_text()


@pytest.mark.usefixtures("task")
def test_what_cannot_be_imported_as_asked_is_refused_with_a_remedy(assay, long, vote):
    file = long(vote("i1", "w1"))
    assay("import", "long", file, "--task", "mood")
    for arguments, message in (
        ((file, "--task", "mood"), "already has labels of the source 'crowd'"),
        ((file, "--task", "nosuch"), "there is no task 'nosuch'"),
        ((file, "--task", "mood", "--prune"), "--prune needs --update"),
        ((file, "--task", "mood", "--source", "B.C"), "'B.C' cannot name a source"),
        ((long(name="none.jsonl"), "--task", "mood"), "has no annotations"),
    ):
        said = assay("import", "long", *arguments)
        assert (said.code, said.out) == (2, "")
        assert message in said.err
        assert "\n  fix: " in said.err


SHAPES = {
    '[{"id": 1, "data": {"text": "x"}, "annotations": []}]': "line 1 is a list of 1, the first an object with the keys id, data, annotations",
    '[\n  {"text": "x"},\n  {"text": "y"}\n]': "a list of 2, the first an object with the keys text",
    '{\n "images": [],\n "categories": []\n}': "one value, an object with the keys images, categories",
    '{"text": "EU", "spans": []}': "line 1 is an object with the keys text, spans",
    '{"Item": "1", "Annotator": "a"}': "line 1 is an object with the keys Item, Annotator",
    "text\tlabel\nhello\tpos": "line 1 is not JSON; as a table it has the columns text, label",
    "-DOCSTART- -X- O": "line 1 is not JSON: '-DOCSTART- -X- O'",
    '"abc"': "line 1 is a value without an object in it",
    "\n": "nothing, it is empty",
}


@pytest.mark.usefixtures("task")
def test_a_wrong_shape_is_answered_with_the_keys_it_wants_and_those_it_has(assay, long, tmp_path):
    for text, found in SHAPES.items():
        file = long(text, name="other.jsonl")
        long_wants = "requires an object with the keys item, annotator and label (or skip) on each line"
        asked = [
            (("import", "long", file, "--task", "mood"), long_wants),
            (("task", "add", "new", "--from", file), long_wants),
        ]
        if text.strip():
            asked.append(
                (("import", "items", file, "--pool", "p"), "an item is a line with the key 'id' (--id names another)")
            )
        for arguments, wanted in asked:
            said = assay(*arguments)
            assert (said.code, said.out) == (2, ""), said
            assert f"; found: {found}\n" in said.err
            assert wanted in said.err
            assert "\n  fix: " in said.err
    assert not (tmp_path / "demo/schemas/new.yaml").exists()


@pytest.mark.usefixtures("task")
def test_a_line_among_others_that_lacks_its_keys_is_told_which(assay, long, vote):
    said = assay("import", "long", long(vote("i1", "w1"), {"item": "i2", "user": "w1", "label": {}}), "--task", "mood")
    assert said.code == 1
    assert (
        "missing annotator: a line requires the keys item, annotator and label (or skip); the line has item, user, label"
        in said.out
    )


@pytest.mark.usefixtures("task")
def test_a_file_that_is_not_there_is_a_usage_error(assay):
    said = assay("import", "long", "nosuch.jsonl", "--task", "mood")
    assert (said.code, said.out) == (2, "")
    assert "'nosuch.jsonl' does not exist" in said.err


@pytest.mark.usefixtures("task")
def test_a_bomb_is_refused_by_its_ratio_and_by_its_size_and_both_can_be_raised(assay, tmp_path):
    bomb = tmp_path / "bomb.jsonl.gz"
    line = b'{"item":"i","annotator":"w","label":{"label":"yes"},"pad":"%b"}\n' % (b"x" * 2**20)
    bomb.write_bytes(gzip.compress(line * 10))
    said = assay("import", "long", bomb, "--task", "mood")
    assert (said.code, "times its size" in said.err, "--max-ratio" in said.err) == (2, True, True)
    said = assay("import", "long", bomb, "--task", "mood", "--max-ratio", 9_999, "--max-gib", 0.001)
    assert (said.code, "is larger than 0.001 GiB" in said.err, "--max-gib" in said.err) == (2, True, True)
    assert assay("import", "long", bomb, "--task", "mood", "--max-ratio", 9_999).code == 1
    said = assay("import", "items", bomb, "--pool", "texts")
    assert (said.code, "times its size" in said.err) == (2, True)
