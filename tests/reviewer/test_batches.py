"""Which folders of a tree are batches, and which of their files are read."""

import pytest

from assay.git.objects import clone_of
from assay.git.snapshot import commit_snapshot
from assay.labels.batch_files import batch_names, gold_files, load_batch_labels, rules_of, stated_batches
from assay.project.config import project_in
from assay.project.roster import load_roster
from proposing import BASE, Edit, commit, prepared

R3 = "labels/mood/r3"
STATED = BASE[f"{R3}/batch.yaml"]
FILES = {
    "labels/mood/gold/batch.yaml": STATED,
    "labels/mood/b1/batch.yaml": "purpose: [\n",
    "labels/mood/b2/ada.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n',
    "labels/mood/b3": "a file\n",
    "labels/mood/b4/batch.yaml": f"../../../{R3}/batch.yaml",
    "labels/mood/b5/batch.yaml": STATED,
    "labels/mood/b5/ada.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i99","label":{"tone":"bad"}}\n',
    "labels/song/b6/batch.yaml": STATED,
    "labels/mood/gold/rei.jsonl": '{"item":"i4","label":{"tone":"bad"}}\n',
    "labels/mood/gold/notes.txt": "x\n",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("batches") / "clone")
    head = commit(root, "odd", [Edit(files=FILES, by="noor", modes={"labels/mood/b4/batch.yaml": "120000"})])
    return commit_snapshot(root, head, clone=clone_of(root))


@pytest.fixture(scope="module")
def rules(tree):
    project = project_in(tree)
    return rules_of(project, "mood", load_roster(project))


def test_a_batch_is_a_folder_of_the_task_with_its_file_and_gold_is_none(tree):
    assert batch_names(tree, "mood") == ("b1", "b5", "r1", "r2", "r3")
    assert batch_names(tree, "song") == ("b6",)


def test_of_the_batches_those_that_can_be_read_are_stated(tree, rules):
    stated = stated_batches(tree, rules)
    assert [*stated] == ["b5", "r1", "r2", "r3"]
    assert [name for name, batch in stated.items() if batch.closed] == ["r1", "r2"]


def test_gold_is_read_beside_the_batches_unless_it_is_not_asked_for(tree, rules):
    assert [file.path for file in gold_files(tree, "mood")] == [
        "labels/mood/gold/@crowd.jsonl", "labels/mood/gold/ada.jsonl", "labels/mood/gold/rei.jsonl",
    ]  # fmt: skip
    for gold, items in ((True, {"i1", "i2", "i3", "i4"}), (False, set())):
        corpus = load_batch_labels(tree, rules, ["b5"], gold=gold).corpus
        assert {one.item for one in corpus.decisions} == items
        assert [batch.name for batch in corpus.batches] == ["b5"]


def test_a_batch_is_read_with_what_is_wrong_with_it_and_a_link_is_not_followed(tree, rules):
    found = {
        name: {
            (one.rule, one.at.path, one.at.line) for one in load_batch_labels(tree, rules, [name], gold=False).findings
        }
        for name in ("b1", "b2", "b3", "b4", "b5")
    }
    assert ("label/unknown-item", "labels/mood/b5/ada.jsonl", 2) in found["b5"]
    assert "label/unknown-item" not in {rule for rule, _, line in found["b5"] if line == 1}
    assert {(rule, path) for rule, path, _ in found["b1"]} == {("batch/file", "labels/mood/b1/batch.yaml")}
    assert ("batch/file", "labels/mood/b2/batch.yaml") in {one[:2] for one in found["b2"]}
    assert found["b3"] == set()
    assert found["b4"] == set()
