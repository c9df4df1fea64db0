"""The team of a project, read from its files."""

import pytest

from assay.errors import UsageError
from assay.lead.team_measures import measure_teams
from projects import FILES, small_project

BEN = "labels/mood/r1/ben.jsonl"


def members(project):
    return {one.annotator: one for one in measure_teams(project, "mood")[0].annotators}


def batch(project, name):
    return next(one for one in measure_teams(project)[0].batches if one.batch == name)


def test_everybody_who_labelled_is_there_with_flags_skips_and_accuracy(tmp_path):
    found = members(small_project(tmp_path))
    assert {name: (one.kind, one.status, one.records) for name, one in found.items()} == {
        "@crowd/W 1": ("person", "active", 2),
        "@crowd/w2": ("person", "excluded", 1),
        "ada": ("person", "active", 2),
        "ben": ("person", "active", 4),
        "bot": ("model", "active", 1),
    }
    assert (found["ada"].skips, found["ada"].flags, found["ada"].last) == (1, {"bad-item": 1}, "2026-01-03T10:00:00Z")
    assert found["ben"].flags == {"rude": 1, "unsure": 1}
    assert (found["ben"].gold.hits, found["ben"].gold.of) == (1, 3)
    assert (found["bot"].agreement.hits, found["bot"].agreement.of) == (2, 2)


def test_what_was_sent_back_is_open_until_it_is_answered(tmp_path):
    assert batch(small_project(tmp_path / "a"), "r1").returned == {}
    sent = '{"item":"i3","annotator":"ben","why":"look again"}\n'
    assert batch(small_project(tmp_path / "b", {"labels/mood/r1/ada.returned.jsonl": sent}), "r1").returned == {
        "ben": 1
    }


def test_missing_slots_are_told_by_name(tmp_path):
    found = batch(small_project(tmp_path, {BEN: FILES[BEN].splitlines(keepends=True)[0]}), "r1")
    assert (found.asked, found.done, found.missing) == (5, 3, {"ben": 2})


def test_a_file_that_cannot_be_read_stops_nobody(tmp_path):
    sent = '{"item":"i3","annotator":"ben","why":"look again"}\n'
    project = small_project(tmp_path, {BEN: FILES[BEN] + "{\n", "labels/mood/r1/ada.returned.jsonl": sent})
    report = measure_teams(project)[0]
    assert report.errors == 1
    assert batch(project, "r1").returned == {"ben": 1}


def test_a_task_that_is_none_is_told(tmp_path):
    with pytest.raises(UsageError, match="no task 'mod'"):
        measure_teams(small_project(tmp_path), "mod")
