import os
import signal
import subprocess
import sys

import pytest

from assay.errors import ConfigError, UsageError
from assay.files.writes import recover
from assay.files.yaml import load_yaml
from assay.lead.existing_source import chunks, import_text
from assay.lead.long_import import import_long
from assay.lead.task_add import add_task
from assay.project.config import find_project
from assay.project.roster import load_roster
from pictures import png
from projects import write_files

TODAY = "2026-03-14"
LATER = "2026-04-01"


def _vote(item, annotator, mood="yes", **more):
    return {"item": item, "annotator": annotator, "label": {"label": mood}, **more}


def _export(items=10, annotators=3):
    rows = []
    for number in range(items):
        about = {"data": {"text": f"text {number}"}, "gold": {"label": "yes"}}
        rows += [_vote(f"Item/{number}", f"W {who}", **(about if who == 0 else {})) for who in range(annotators)]
    return rows


def _import(project, file, **more):
    return import_long(project, file, task="mood", **{"today": TODAY, **more})


def _counts(report):
    return (report.new, report.same, report.changed, report.gone)


def test_an_import_writes_every_file_of_a_source(project, write):
    report = _import(project, write(_export(), "Crowd v2.final.jsonl.gz"), batch_size=4)
    root = project.root
    assert report.source == "crowd-v2"
    assert _counts(report) == (30, 0, 0, 0)
    assert (report.items, report.annotators, report.gold_new) == (10, 3, 10)
    assert report.batches == ("crowd-v2-001", "crowd-v2-002", "crowd-v2-003")
    votes = (root / "labels/mood/crowd-v2-001/@crowd-v2.jsonl").read_bytes()
    assert votes.splitlines()[0] == b'{"annotator":"W 0","item":"Item/0","label":{"label":"yes"}}'
    assert len(votes.splitlines()) == 12
    shard = (root / "labels/items/mood/crowd-v2-001.jsonl").read_bytes()
    assert shard.splitlines()[0] == b'{"id":"Item/0","data":{"text":"text 0"}}'
    assert (root / "labels/sources/crowd-v2.jsonl").read_bytes().splitlines()[0] == b'{"annotator":"W 0"}'
    gold = (root / "labels/mood/gold/@crowd-v2.jsonl").read_bytes()
    assert gold.splitlines()[0] == b'{"item":"Item/0","label":{"label":"yes"}}'


def test_batches_are_closed_and_name_the_guideline_of_the_day(project, write):
    _import(project, write(_export()))
    text = (project.root / "labels/mood/crowd-001/batch.yaml").read_bytes()
    stated = load_yaml(text, "batch.yaml").value
    assert stated == {"purpose": "label", "status": "closed", "created": TODAY, "guideline": "0.1.0"}


def test_a_source_that_is_here_needs_update(project, write, snapshot):
    file = write(_export())
    _import(project, file)
    before = snapshot()
    with pytest.raises(UsageError) as caught:
        _import(project, file)
    assert "--update" in caught.value.fix
    assert snapshot() == before


def test_the_same_export_again_changes_no_byte(project, write, snapshot):
    file = write(_export())
    _import(project, file)
    before = snapshot()
    report = _import(project, file, update=True, today=LATER)
    assert _counts(report) == (0, 30, 0, 0)
    assert report.written == ()
    assert snapshot() == before


def test_an_update_says_exactly_what_is_new_changed_and_gone(project, write, snapshot):
    rows = _export(20)
    _import(project, write(rows), batch_size=8)
    before = snapshot()
    added = [_vote("Item/3", f"new {n}") for n in range(4)] + [_vote(f"late {n}", "W 0") for n in range(6)]
    changed = [{**row, "label": {"label": "no"}} for row in rows[:5]]
    report = _import(project, write([*changed, *rows[5:-3], *added]), update=True, today=LATER, batch_size=8)
    assert _counts(report) == (10, 52, 5, 3)
    assert report.gone_rows == (("Item/19", "W 0"), ("Item/19", "W 1"), ("Item/19", "W 2"))
    assert (report.items, report.annotators, report.gold_gone) == (6, 4, 1)
    assert report.batches == ("crowd-004",)
    after = snapshot()
    assert {name for name in before if before[name] != after[name]} == {
        "labels/mood/crowd-001/@crowd.jsonl",
        "labels/sources/crowd.jsonl",
    }
    assert after["labels/mood/crowd-001/@crowd.jsonl"].count(b'"Item/3"') == 7
    assert b"Item/19" in after["labels/mood/crowd-003/@crowd.jsonl"]
    assert _counts(_import(project, write([*changed, *rows[5:-3], *added]), update=True)) == (0, 67, 0, 3)


def test_pruning_takes_out_what_is_gone_and_leaves_the_items(project, write):
    rows = _export()
    _import(project, write(rows))
    report = _import(project, write(rows[:-3]), update=True, prune=True)
    assert _counts(report) == (0, 27, 0, 3)
    assert (report.pruned, report.gold_gone) == (True, 1)
    root = project.root
    assert b"Item/9" not in (root / "labels/mood/crowd-001/@crowd.jsonl").read_bytes()
    assert b"Item/9" not in (root / "labels/mood/gold/@crowd.jsonl").read_bytes()
    assert b"Item/9" in (root / "labels/items/mood/crowd-001.jsonl").read_bytes()


def test_nothing_is_pruned_on_the_word_of_a_file_with_faults(project, write, snapshot):
    rows = _export()
    _import(project, write(rows))
    before = snapshot()
    with pytest.raises(UsageError, match="line 1: not JSON"):
        _import(project, write([b"{", *rows[1:]]), update=True, prune=True)
    assert snapshot() == before


def test_an_update_of_a_source_that_is_not_here_names_those_that_are(project, write, snapshot):
    _import(project, write(_export()))
    before = snapshot()
    with pytest.raises(UsageError, match="no labels of the source 'crowd-may'") as caught:
        _import(project, write(_export(), "crowd-may.jsonl"), update=True)
    assert "crowd;" in caught.value.fix
    assert snapshot() == before


def test_the_first_update_of_all_is_an_import(project, write):
    assert _counts(_import(project, write(_export()), update=True)) == (30, 0, 0, 0)


def test_prune_without_update_is_refused(project, write):
    with pytest.raises(UsageError, match="--prune needs --update"):
        _import(project, write(_export()), prune=True)


def test_what_a_lead_wrote_in_the_roster_stays(project, write):
    _import(project, write(_export()))
    roster = project.root / "labels/sources/crowd.jsonl"
    excluded = b'{"annotator":"W 1","status":"left","since":"2026-01-01","reason":"bot"}'
    roster.write_bytes(roster.read_bytes().replace(b'{"annotator":"W 1"}', excluded))
    _import(project, write([*_export(), _vote("Item/0", "W 9", annotator_groups={"age": "30s"})]), update=True)
    lines = roster.read_bytes().splitlines()
    assert excluded in lines
    assert b'{"annotator":"W 9","groups":{"age":"30s"}}' in lines


def test_a_model_is_told_apart_by_its_lines_and_no_person_becomes_one(project, write):
    said = [_vote("i1", "bot", annotator_kind="model"), _vote("i1", "ann", annotator_kind="person"), _vote("i1", "W 1")]
    assert _import(project, write(said)).refused == ()
    roster = project.root / "labels/sources/crowd.jsonl"
    before = roster.read_bytes()
    assert b'{"annotator":"bot","kind":"model"}\n' in before
    assert b'{"annotator":"W 1"}\n' in before
    again = [*said[:2], _vote("i1", "W 1", annotator_kind="model"), _vote("i2", "W 2", annotator_kind="robot")]
    report = _import(project, write(again), update=True)
    assert [(one.rule, one.at.pointer) for one in report.refused] == [
        ("roster/entry", "/annotator_kind"),
        ("label/record", "/annotator_kind"),
    ]
    assert roster.read_bytes() == before


def test_two_sources_of_one_pool_share_equal_items_and_a_different_one_is_a_finding(project, write):
    add_task(project, "tone", today=TODAY, scales={}, pool="mood")
    project = find_project(project.root)
    _import(project, write(_export()))
    rows = [_vote("Item/0", "x", data={"text": "text 0"}), _vote("Item/1", "x", data={"text": "another"})]
    report = import_long(project, write(rows, "lab.jsonl"), task="tone", today=TODAY)
    assert (report.new, report.items) == (2, 0)
    assert [(one.rule, one.at.line, one.at.pointer, one.item) for one in report.refused] == [
        ("item/duplicate-id", 2, "/data", "Item/1")
    ]
    assert not (project.root / "labels/items/mood/lab-001.jsonl").exists()


def test_a_label_that_the_schema_rejects_is_imported_for_check_to_report(project, write):
    report = _import(project, write([_vote("i", "a", mood="nonsense")]))
    assert report.refused == ()
    assert b"nonsense" in (project.root / "labels/mood/crowd-001/@crowd.jsonl").read_bytes()


def test_faults_are_listed_and_the_rest_is_imported(project, write):
    rows = [b"not json", *_export(2), _vote("Item/0", "W 0", mood="no"), {"item": "x"}]
    report = _import(project, write(rows))
    assert [(one.at.line, one.rule) for one in report.refused] == [
        (1, "label/not-json"),
        (8, "label/duplicate-item"),
        (9, "label/record"),
    ]
    assert report.new == 6


def test_a_file_without_annotations_is_refused(project, write):
    with pytest.raises(UsageError, match="has no annotations"):
        _import(project, write([]))


@pytest.mark.parametrize("source", ["Crowd", "a.b", "x" * 44, "", "日本"])
def test_a_source_that_cannot_be_a_name_is_refused(project, write, source):
    with pytest.raises(UsageError, match="cannot name a source"):
        _import(project, write(_export()), source=source)


def test_a_broken_file_of_the_source_stops_an_update_and_nothing_changes(project, write, snapshot):
    _import(project, write(_export()))
    file = project.root / "labels/mood/crowd-001/@crowd.jsonl"
    file.write_bytes(file.read_bytes() + b"<<<<<<< ours\n")
    before = snapshot()
    with pytest.raises(ConfigError, match=r"crowd-001/@crowd\.jsonl:31 not JSON"):
        _import(project, write(_export()), update=True)
    assert snapshot() == before


def test_progress_is_told_and_ends_at_the_last_line(project, write):
    told = []
    _import(project, write(_export(4)), progress=told.append)
    assert told[-1] == 12


@pytest.mark.parametrize(
    ("sizes", "runs"),
    [
        ([1, 1, 1, 1, 1], ["ab", "cd", "e"]),
        ([9, 9, 1, 99, 1], ["a", "bc", "d", "e"]),
        ([], []),
    ],
)
def test_runs_are_bounded_by_count_and_by_size(sizes, runs):
    keys = dict(zip("abcde", sizes, strict=False))
    assert ["".join(run) for run in chunks(keys, count=2, size=10)] == runs


KILLED = """
import os, pathlib, signal, sys
from assay.lead.long_import import import_long
from assay.project import find_project
from assay.project.roster import load_roster
from assay.lead.existing_source import import_text
left = int(sys.argv[3])
def counted(call):
    def step(*arguments, **named):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*arguments, **named)
    return step
os.fsync = counted(os.fsync)
pathlib.Path.replace = counted(pathlib.Path.replace)
pathlib.Path.rename = counted(pathlib.Path.rename)
import_long(find_project(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]), task="mood", today="2026-03-14")
"""


@pytest.mark.slow
def test_an_import_killed_at_any_step_is_nothing_or_all_of_it(project, write, snapshot):
    file = write(_export(6))
    before = snapshot()
    outcomes = []
    for step in range(0, 40, 3):
        command = [sys.executable, "-c", KILLED, str(project.root), str(file), str(step)]
        ended = subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PYTHONPATH": ""})
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        outcomes.append(bool(recover(project.root)))
        after = snapshot()
        assert (after == before) is not outcomes[-1]
        assert _import(project, file, update=True).new == (0 if outcomes[-1] else 18)
        for name in set(snapshot()) - set(before):
            (project.root / name).unlink()
    assert set(outcomes) == {True, False}


@pytest.mark.parametrize("name", ["labels/mood", "labels/items", "labels/sources"])
def test_nothing_is_written_over_a_link(project, write, tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    if (project.root / name).exists():
        (project.root / name).rename(tmp_path / "moved")
    (project.root / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="symbolic link"):
        _import(project, write(_export()))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_media_of_new_items_are_looked_at_and_the_labels_come_in(project, write):
    write_files(project.root, {"labels/items/mood/media/cut.png": png(2, 2, end=False)})
    rows = [_vote(1, 7, data={"shot": "media/cut.png"}), _vote(1, 8), _vote(2, 7, data={"shot": "media/no.png"})]
    report = _import(project, write(rows))
    found = [(one.rule, one.at.line, one.at.pointer, one.item) for one in report.media]
    assert found == [("item/media", 1, "/data/shot", "1"), ("item/no-media", 3, "/data/shot", "2")]
    assert (_counts(report), report.refused) == ((3, 0, 0, 0), ())
    assert _import(project, write(rows), update=True).media == ()


def test_look_alikes_are_told_and_nothing_is_merged(project, write):
    write_files(project.root, {"labels/annotators/ada.yaml": "role: lead\n"})
    first = _import(project, write([_vote("i-1", "Ren\u00e9", data={"text": "a"}), _vote("i-1", "7")]), source="one")
    assert first.alike == ()
    apart = "Rene\u0301"
    rows = [_vote("i-1", "7"), _vote("I-1", "Ada", data={"text": "b"}), _vote("i-l", apart), _vote("i-l", "ada ")]
    report = _import(find_project(project.root), write(rows), source="two")
    assert [(one.rule, one.item or one.annotator) for one in report.alike] == [
        ("item/look-alike", "I-1"),
        ("roster/look-alike", "@two/Ada"),
        ("roster/look-alike", f"@two/{apart}"),
        ("roster/look-alike", "@two/ada "),
    ]
    assert (report.annotators, report.items) == (4, 2)
    assert '`two: {"Ada": ada}`' in report.alike[1].fix
    assert "as separate ids" in import_text(report)
    assert report.as_json()["alike"]
    told = {one.annotator for one in load_roster(find_project(project.root)).findings}
    assert told == {one.annotator for one in report.alike if one.annotator}
    again = _import(find_project(project.root), write([*rows, _vote("i-l", "Bo")]), source="two", update=True)
    assert again.alike == ()
