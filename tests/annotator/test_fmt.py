"""Label files in canonical form: every record kept, nothing written that cannot be read."""

import json
import os
import signal
from pathlib import Path

import pytest

from assay.annotator.fmt import format_labels
from assay.errors import UsageError
from assay.files.writes import recover
from assay.labels.paths import label_file, record_kind
from assay.labels.reader import read_records, split
from assay.lead.long_import import import_long
from assay.lead.task_add import add_task
from assay.project.config import find_project
from projects import small_project

ADA, BEN = "labels/mood/r1/ada.jsonl", "labels/mood/r1/ben.jsonl"
UNTIDY = '{"label":{"tone":"good", "names":[]}, "item":"i2"}\n{"item": "i1","label":{"tone":"b\\u0061d"}}'
TIDY = '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i2","label":{"names":[],"tone":"good"}}\n'


def snapshot(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.glob("labels/**/*.*"))}


def records(root):
    """What each file says, by path and key."""
    return {
        path: {one.key: one.text for one in read_records(record_kind(file), enumerate(split(data), start=1))}
        for path, data in snapshot(root).items()
        if (file := label_file(path)) is not None
    }


def test_a_file_becomes_canonical_and_keeps_every_record(tmp_path):
    project = small_project(tmp_path, {ADA: UNTIDY})
    before = records(tmp_path)
    done = format_labels(project, [], write=True)
    assert ADA in done.changed
    assert not done.refused
    assert (tmp_path / ADA).read_text() == TIDY
    assert records(tmp_path) == before


def test_a_second_time_nothing_is_left_to_do(tmp_path):
    project = small_project(tmp_path, {ADA: UNTIDY})
    format_labels(project, [], write=True)
    once = snapshot(tmp_path)
    assert format_labels(project, [], write=True).changed == ()
    assert snapshot(tmp_path) == once


def test_to_look_is_not_to_write(tmp_path):
    project = small_project(tmp_path, {ADA: UNTIDY})
    before = snapshot(tmp_path)
    assert ADA in format_labels(project, [], write=False).changed
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        ("", "an empty line"),
        ("[]", "a line must be one JSON object"),
        ('{"label":{"tone":"good"}}', "missing item"),
        ('{"item":7,"label":{"tone":"good"}}', "missing item"),
        ('{"item":"i9","label":{},"mood":"x"}', "unknown key 'mood'"),
        ('{"item":"i1","label":{"tone":"good"}}', "duplicate record i1, already on line 1"),
        ('{"item":"i9","item":"i8","label":{}}', "duplicate key"),
        ('{"item":"i9","label":{"n":123456789012345678901234567890}}', "beyond 2**53"),
        ('{"item":"i9","label":{"n":NaN}}', "not a JSON number"),
        ('{"item":"i9","label":{"t":"\\ud800"}}', "is a lone surrogate"),
        ('{"item":"i9","label":{}}\r', "carriage return"),
        ("<<<<<<< HEAD", "an unresolved merge conflict"),
        ("=======", "an unresolved merge conflict"),
        (">>>>>>> theirs", "an unresolved merge conflict"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_no_byte_of_its_file_is_touched(tmp_path, line, why):
    broken = f'{{"item": "i1","label":{{"tone":"good"}}}}\n{line}\n{{"item":"i0","label":{{}}}}\n'
    project = small_project(tmp_path, {ADA: broken.encode(), BEN: UNTIDY})
    done = format_labels(project, [Path(tmp_path / "labels/mood/r1")], write=True)
    (refused,) = done.refused
    assert (refused.path, [fault.number for fault in refused.faults]) == (ADA, [2])
    assert why in refused.faults[0].why
    assert (tmp_path / ADA).read_bytes() == broken.encode()
    assert (tmp_path / BEN).read_text() == TIDY


def test_all_broken_lines_of_a_file_are_named(tmp_path):
    project = small_project(tmp_path, {ADA: '{\n{"item":"i1","label":{}}\n{"item":"i1","skip":"unclear"}\n'})
    (refused,) = format_labels(project, [], write=True).refused
    assert [fault.number for fault in refused.faults] == [1, 3]


def test_only_the_files_and_folders_asked_for_are_looked_at(tmp_path, monkeypatch):
    project = small_project(tmp_path, {ADA: UNTIDY, BEN: UNTIDY})
    monkeypatch.chdir(tmp_path / "labels/mood/r2")
    done = format_labels(project, [Path("../r1/ada.jsonl"), tmp_path / ADA], write=True)
    assert (done.files, done.changed) == (1, (ADA,))
    assert (tmp_path / BEN).read_text() == UNTIDY


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("labels/mood/r9", "does not exist here"),
        ("labels/mood/r1/batch.yaml", "holds no records"),
        ("..", "does not exist here"),
        ("labels/mood/r1/link.jsonl", "is a symbolic link"),
    ],
)
def test_a_path_without_label_files_is_refused(tmp_path, path, why):
    project = small_project(tmp_path / "project")
    (project.root / "labels/mood/r1/link.jsonl").symlink_to("ada.jsonl")
    with pytest.raises(UsageError, match=why) as refused:
        format_labels(project, [project.root / path], write=True)
    assert refused.value.fix


def test_a_link_on_the_way_is_neither_read_nor_written(tmp_path):
    project = small_project(tmp_path / "project")
    (tmp_path / "outside.jsonl").write_text(UNTIDY)
    (project.root / "labels/mood/r1/cyd.jsonl").symlink_to(tmp_path / "outside.jsonl")
    format_labels(project, [], write=True)
    assert (tmp_path / "outside.jsonl").read_text() == UNTIDY


POINTS = ("mkdir", "rename", "replace", "unlink", "open", "fsync", "rmdir")


def killed_at(project, point):
    """Formats in a child that dies at its n-th call of the system; says whether it lived to its end."""
    child = os.fork()
    if child == 0:
        try:
            _die_at(point)
            format_labels(project, [], write=True)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in {0, -signal.SIGKILL}
    return status == 0


def _die_at(point):
    left = point

    def dying(function):
        def call(*arguments, **keywords):
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **keywords)

        return call

    for name in POINTS:
        setattr(os, name, dying(getattr(os, name)))


def test_killed_at_any_write_every_file_is_old_or_new_and_a_second_run_ends_well(tmp_path, capsys):
    project = small_project(tmp_path / "new", {ADA: UNTIDY, BEN: UNTIDY})
    old = snapshot(project.root)
    changed = format_labels(project, [], write=True).changed
    assert len(changed) > 1
    new = snapshot(project.root)
    seen = set()
    for point in range(200):
        project = small_project(tmp_path / str(point), {ADA: UNTIDY, BEN: UNTIDY})
        lived = killed_at(project, point)
        here = snapshot(project.root)
        assert here.keys() == old.keys()
        assert all(here[path] in {old[path], new[path]} for path in here)
        seen.add(sum(here[path] == new[path] for path in changed))
        recover(project.root)
        assert snapshot(project.root) in (old, new)
        assert not format_labels(project, [], write=True).refused
        assert snapshot(project.root) == new
        if lived:
            break
    with capsys.disabled():
        print(f"\nfmt killed at each of its {point} calls that open, make, flush, rename or remove a file")
    assert lived
    assert {0, len(changed)} <= seen
    assert point > 15


DATA = os.environ.get("ASSAY_DATA")


@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="ASSAY_DATA does not name the folder of real corpora")
def test_an_imported_corpus_that_was_written_untidily_gets_its_bytes_back_and_stays_so(root):
    source = Path(DATA or "") / "convarg.jsonl.gz"
    add_task(find_project(root), "convarg", today="2026-03-14", scales={}, source=source)
    project = find_project(root)
    assert import_long(project, source, task="convarg", today="2026-03-14").refused == ()
    imported = snapshot(root)
    paths = [path for path in imported if label_file(path)][::4]
    for path in paths:
        lines = [json.dumps(json.loads(line)) for line in imported[path].splitlines()]
        (root / path).write_text("\n".join(reversed(lines)))
    assert set(format_labels(project, [], write=True).changed) == set(paths)
    assert snapshot(root) == imported
    assert format_labels(project, [], write=True).changed == ()
    assert sum(text.count(b"\n") for text in imported.values()) > 100_000
