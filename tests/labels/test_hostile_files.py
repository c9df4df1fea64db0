"""Whatever stands in a label file, or stands in its place, is a finding and never an error."""

import os

import orjson
import pytest

from assay.core.findings import LISTED, number_of
from assay.core.values import Scale, canonical_value
from assay.errors import ConfigError, LimitError
from assay.project.config import find_project
from projects import FILES, load, small_project, write_files

pytestmark = pytest.mark.threat(6)

BEN = "labels/mood/r1/ben.jsonl"
CROWD = "labels/mood/r2/@crowd.jsonl"


@pytest.mark.parametrize(
    "name",
    ["labels", "labels/items", "labels/mood", "labels/mood/r1/batch.yaml", "labels/annotators", "labels/sources"],
)
def test_a_link_is_one_finding_and_not_followed(tmp_path, name):
    root = tmp_path / "project"
    write_files(root, FILES)
    (root / name).rename(tmp_path / "elsewhere")
    (root / name).symlink_to(tmp_path / "elsewhere")
    links = [found for found in load(find_project(root)).findings if found.rule == "label/symlink"]
    assert [found.at.path for found in links] == [name]


@pytest.mark.parametrize("name", ["checks", "schemas", "guidelines"])
def test_rules_are_not_read_over_a_link(tmp_path, name):
    root = tmp_path / "project"
    write_files(root, FILES)
    (root / name).rename(tmp_path / "elsewhere")
    (root / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="symbolic link"):
        load(find_project(root))


@pytest.mark.parametrize("folder", ["labels/mood", "labels/mood/r1", "labels/annotators", "labels/items/texts"])
def test_a_file_name_that_is_not_utf8_can_be_reported(tmp_path, folder):
    project = small_project(tmp_path)
    with open(os.fsencode(tmp_path / folder) + b"/\xff.jsonl", "wb"):
        pass
    (found,) = load(project).findings
    assert found.at.path == f"{folder}/\\xff.jsonl"
    assert orjson.dumps(found.as_json())


def test_empty_lines_are_one_finding(tmp_path):
    loaded = load(small_project(tmp_path, {BEN: b"\n" * 100_000}))
    assert [(found.at.line, found.message) for found in loaded.findings] == [(1, "an empty line, and 99,999 more")]


@pytest.mark.parametrize(
    ("scale", "value"),
    [
        ("spans", [{"start": "a", "end": 1}, {"start": 1, "end": None}]),
        ("spans", [{"start": False, "end": True}]),
        ("boxes", [{"x": None}, {"x": 1}]),
        ("boxes", [{"x": 1, "y": 1, "width": -1, "height": 1}]),
    ],
)
def test_a_place_that_is_none_is_a_finding(tmp_path, scale, value):
    schema = f"type: object\nproperties:\n  tone: {{enum: [good, bad]}}\n  names: {{type: array, x-scale: {scale}}}\n"
    line = orjson.dumps({"item": "i1", "label": {"names": value, "tone": "good"}}) + b"\n"
    plain = {"labels/mood/r1/ada.jsonl": b"", "schemas/mood.yaml": schema}
    loaded = load(small_project(tmp_path, {**plain, BEN: line}))
    assert {found.rule for found in loaded.findings if found.at.path == BEN} >= {"label/span"}


def test_a_seed_beyond_exact_integers_is_a_finding(tmp_path):
    name = "labels/mood/r1/batch.yaml"
    loaded = load(small_project(tmp_path, {name: f"{FILES[name]}seed: 1e300\n"}))
    assert "batch/file" in {found.rule for found in loaded.findings}


def test_many_unknown_annotators_are_each_named_once(tmp_path):
    lines = "".join(
        f'{{"annotator":"z{number:05}","item":"i2","label":{{"tone":"bad"}}}}\n' for number in range(20_000)
    )
    loaded = load(small_project(tmp_path, {CROWD: lines}))
    assert [found.at.line for found in loaded.findings] == list(range(1, LISTED + 1))
    assert number_of(loaded.findings) == 20_000


def test_a_set_that_spells_a_number_twice_holds_it_once():
    assert canonical_value([1, 1.0, "1"], Scale.SET) == ["1", 1]


@pytest.mark.parametrize("path", [CROWD, "labels/mood/r1/assignments.jsonl", "labels/items/texts/all.jsonl"])
def test_a_file_of_more_records_than_are_taken_apart_is_said_before_one_is(tmp_path, monkeypatch, path):
    monkeypatch.setattr("assay.labels.paths.RECORD_LIMIT", 30)
    project = small_project(tmp_path, {path: "x\n" * 31})
    with pytest.raises(LimitError, match="31 lines, and assay reads files of up to 30 records") as caught:
        load(project)
    assert ("--batch-size" if path == CROWD else "split it") in caught.value.fix
