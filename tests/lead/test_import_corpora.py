import gzip
import json
import os
from pathlib import Path

import pytest

from assay.annotator.change_check import check
from assay.lead.long_import import import_long
from assay.lead.task_add import add_task
from assay.project.config import find_project
from assay.project.task_schema import load_schema

DATA = os.environ.get("ASSAY_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="ASSAY_DATA does not name the folder of real corpora")
OWN = ("judge_mtbench", "judge_cebab_stars")
ACT = ("label", "skip", "guideline", "at", "seconds", "confidence", "probs", "flags", "note")


def _lines(paths):
    return [json.loads(line) for path in sorted(paths) for line in path.read_bytes().splitlines()]


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["rte", "convabuse", "lidc", "ner_novels", *OWN])
def test_a_real_corpus_is_found_again_without_loss(root, name):
    file = Path(DATA or "") / f"{name}.jsonl.gz"
    added = add_task(find_project(root), name, today="2026-03-14", scales={}, source=file)
    assert added.findings == ()
    assert [field.name for field in added.fields if field.lacks] == []
    project = find_project(root)
    report = import_long(project, file, task=name, today="2026-03-14")
    assert report.refused == ()
    original = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    _assert_votes(root, name, original)
    _assert_items(root, name, original)
    gold = {line["item"]: line["label"] for line in _lines((root / "labels" / name / "gold").glob("@*.jsonl"))}
    assert gold == {row["item"]: row["gold"] for row in original if "gold" in row}
    schema = load_schema(project, name)
    assert all(schema.admits(label) for row in original for label in (row["label"], row.get("gold", row["label"])))
    assert check(find_project(root), everything=True).errors == 0


@needs_data
def test_gold_on_items_that_show_nothing_contradicts_no_other(root):
    file = Path(DATA or "") / "wsd.jsonl.gz"
    add_task(find_project(root), "wsd", today="2026-03-14", scales={}, source=file)
    import_long(find_project(root), file, task="wsd", today="2026-03-14")
    assert check(find_project(root), everything=True).errors == 0


def _assert_votes(root, name, original):
    votes = {
        (row["item"], row["annotator"]): row for row in _lines((root / "labels" / name).glob(f"{name}-*/@*.jsonl"))
    }
    expected = {(row["item"], row["annotator"]): {key: row[key] for key in ACT if key in row} for row in original}
    assert {key: {part: row[part] for part in ACT if part in row} for key, row in votes.items()} == expected
    assert len(expected) == len(original)


def _assert_items(root, name, original):
    items = {row["id"]: row for row in _lines((root / "labels/items" / name).glob("*.jsonl"))}
    assert items.keys() == {row["item"] for row in original}
    for row in original:
        assert {key: items[row["item"]][key] for key in ("data", "meta", "group") if key in row} == {
            key: row[key] for key in ("data", "meta", "group") if key in row
        }
