"""What is kept of earlier results never changes a later one; `make fuzz` tries three hundred sequences of edits."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from assay.files import Store
from assay.git import clone_of, results_of
from assay.guidelines.front_matter import load_guideline
from assay.labels import batch_keys, batch_results
from assay.labels.batch_files import rules_of
from assay.labels.batch_results import BatchResults
from assay.labels.corpus import load_at_once
from assay.labels.whole import load_corpus
from assay.project.config import find_project
from assay.project.roster import load_roster
from assay.project.task_schema import load_schema
from assay.reviewer.project_check import project_findings
from clones import commit, git, known_as, repository
from labels.edit_sequences import sequence
from projects import FILES, write_files


@pytest.mark.parametrize("seed", range(3))
def test_after_each_of_several_edits_what_is_kept_gives_what_reading_all_gives(tmp_path, seed):
    assert sequence(f"kept {seed}", tmp_path / "clone").total() == 8


def test_so_does_what_several_processes_made(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_results, "_WORTH", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert sequence("processes", tmp_path / "clone").total() == 8


def test_what_was_made_without_a_clock_serves_one_that_was_read_a_little_earlier(tmp_path):
    root = tmp_path / "clone"
    write_files(root, FILES)
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    commit(root, "the project")
    begun = datetime.now(UTC) - timedelta(seconds=30)
    store = Store(tmp_path / "results.db")
    project_findings(find_project(root), store)
    store.save()
    project_findings(find_project(root), store, now=f"{begun:%Y-%m-%dT%H:%M:%SZ}")
    assert not [key for key in store.values() if key.startswith("batch:")]
    project_findings(find_project(root), store, now="2020-01-01T00:00:00Z")  # before its labels were made
    assert [key for key in store.values() if key.startswith("batch:")]


@pytest.mark.parametrize(
    ("use", "reads", "keeps"), [("", True, True), ("read", True, False), ("none", False, False), ("on", False, False)]
)
def test_a_job_says_what_it_does_with_what_is_kept(tmp_path, monkeypatch, use, reads, keeps):
    repository(tmp_path / "clone")
    file = tmp_path / "clone/.git/assay/results.db"
    clone = clone_of(tmp_path / "clone")
    before = results_of(clone)
    before.put("a", b"1")
    before.save()
    monkeypatch.setenv("ASSAY_RESULTS", use)
    store = results_of(clone)
    assert (store.get("a") == b"1") is reads
    store.put("b", b"2")
    store.save()
    assert (Store(file).get("b") == b"2") is keeps
    assert Store(file).get("a") == b"1"


def test_what_the_pool_has_is_kept_of_every_batch_however_many_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_keys, "_MOST_MATCHES", 0)
    root = tmp_path / "clone"
    folder = "labels/mood/r1"
    copies = {f"labels/mood/c{number}/batch.yaml": FILES[f"{folder}/batch.yaml"] for number in range(9)}
    plan = '{"item":"i%d","annotators":["ada"]}\n'
    copies |= {f"labels/mood/c{number}/assignments.jsonl": plan % (number % 5 + 1) for number in range(9)}
    write_files(root, {**FILES, **copies})
    git(root, "init", "-q", "-b", "main")
    store, project = Store(tmp_path / "results.db"), find_project(root)
    project_findings(project, store)
    store.save()
    rules = rules_of(project, "mood", load_roster(project))
    again = BatchResults(project.snapshot, rules, Store(store.file))
    assert [name for name in again.names if not again.keys.is_known(name)] == []


@pytest.mark.parametrize(
    "line",
    [
        '{"item":"i4","label":{"tone":"bad"}}',
        '{"id":"i9","item":"i4","data":{}}',
        '{"id":"i4","data":{},"id":"i9"}',
        '{"id":"i4","data":',
        '["i4"]',
        '{"id":4,"data":{}}',
    ],
)
def test_a_label_on_what_a_broken_line_of_the_pool_is_about_is_judged_as_by_reading_all(tmp_path, line):
    shard = FILES["labels/items/texts/two.jsonl"].split("\n", 1)[1]
    write_files(tmp_path, {**FILES, "labels/items/texts/two.jsonl": f"{line}\n{shard}"})
    project = find_project(tmp_path)
    schema, guideline = load_schema(project, "mood"), load_guideline(project, "mood")
    whole = load_at_once(project, schema, guideline, only=None)
    assert load_corpus(project, schema, guideline).findings == whole.findings
