"""Records of former releases: which are read and believed, and what they say of where items are."""

import hashlib
import json
from itertools import permutations

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from assay.errors import ConfigError, NewerError
from assay.files.artifacts import json_bytes
from assay.files.atomic import digest_bytes
from assay.project.config import find_project
from assay.project.policy import load_release_spec
from assay.release.manifest import ReleasedFile
from assay.release.records import (
    FORMAT,
    CitingItems,
    ReleaseRecord,
    apart_findings,
    read_record,
    recorded_versions,
    released_before,
    released_in,
    released_label,
    sealed_record,
)
from assay.release.rows import splitter
from projects import write_files
from release.records import record_of

SPEC = "version: {}\ntasks: [{}]\nlicense: CC0-1.0\nsplits: {{train: 0.5, test: 0.5}}\n"


def project_with(root, *records, version="1.5.0", tasks="mood"):
    """A project whose release `set` has those records."""
    files = {
        "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}, song: {pool: songs}}\n"
        "releases: [set]\n",
        "releases/set.yaml": SPEC.format(version, tasks),
    }
    for one in records:
        files |= one
    write_files(root, files)
    return find_project(root)


def record(version, **changed):
    """The record of a version, with some of it other than `record_of` has it."""
    items = changed.pop("items", ["i0"])
    [(path, text)] = record_of("set", "mood", version, train=items, test=[]).items()
    told = msgspec.json.decode(text, type=ReleaseRecord)
    return {path: json_bytes(sealed_record(replace(told, **changed))).decode()}


def test_the_versions_of_a_release_are_those_of_its_major_version_in_the_order_of_their_names(tmp_path):
    names = ["1.0.0", "1.10.0", "1.2.0", "1.5.0", "0.9.0", "2.0.0", "10.0.0", "1.3", "01.0.0", "notes", "1.x.0"]
    files = {f"releases/set/{name}.json": "{}" for name in names}
    files |= dict.fromkeys(
        ["releases/set/1.4.0.txt", "releases/set/1.4.5", "releases/set/README.md", "releases/other/1.6.0.json"], "{}"
    )
    project = project_with(tmp_path, files)
    spec = load_release_spec(project, "set")
    assert recorded_versions(project, spec) == ("1.0.0", "1.10.0", "1.2.0", "1.5.0")


def test_an_item_is_where_the_other_versions_have_it(tmp_path):
    project = project_with(
        tmp_path, record("1.0.0", items=["i1"]), record("1.5.0", items=["i2"]), record("2.0.0", items=["i3"])
    )
    spec = load_release_spec(project, "set")
    assert released_before(project, spec, {}) == {"i1": "train"}
    assert released_in(project, spec, ["1.0.0", "1.5.0"], {}) == {"i1": "train", "i2": "train"}


def test_what_is_not_said_to_be_elsewhere_is_where_its_id_belongs_and_a_later_format_is_believed_before_an_older(
    tmp_path,
):
    deal = splitter(load_release_spec(project_with(tmp_path), "set")).split
    ids = [f"i{number}" for number in range(6)]
    other = {"train": "test", "test": "train"}
    project = project_with(
        tmp_path,
        record("1.0.0", items=ids, elsewhere={other[deal("i1")]: ["i1"]}),
        record("1.1.0", items=ids, format=3, elsewhere=UNSET),
    )
    spec = load_release_spec(project, "set")
    own = {id_: deal(id_) for id_ in ids}
    moved = own | {"i1": other[deal("i1")]}
    grouped = next(id_ for id_ in ids if deal(id_) != deal("i0"))
    assert released_in(project, spec, ["1.0.0"], dict.fromkeys(ids, "i0")) == moved
    assert released_in(project, spec, ["1.1.0"], {grouped: "i0"}) == own | {grouped: deal("i0")}
    for versions in permutations(["1.0.0", "1.1.0"]):
        assert released_in(project, spec, versions, dict.fromkeys(ids, "i0")) == moved


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 1, "commit": "", "digest": "0" * 64}, "its digest does not match"),
        ({"format": 1, "commit": "0" * 40, "digest": ""}, "its digest does not match"),
        ({"format": 2, "commit": "", "digest": ""}, "its digest does not match"),
        ({"format": FORMAT, "digest": ""}, "its digest does not match"),
        ({"sha256": "0" * 64}, "its digest does not match"),
        ({"more": 1}, "is not a record of a release"),
        ({"items": [7]}, "is not a record of a release"),
        ({"manifest": {}}, "is not a record of a release"),
    ],
)
def test_a_record_that_was_not_written_by_assay_is_refused_with_its_path(tmp_path, changed, said):
    project = project_with(tmp_path, record("1.0.0"))
    path = tmp_path / "releases/set/1.0.0.json"
    assert read_record(project, "set", "1.0.0").items == {"mood": [CitingItems(guidelines=(), items=["i0"])]}
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(ConfigError, match=f"^releases/set/1.0.0.json:1 .*{said}") as caught:
        read_record(project, "set", "1.0.0")
    assert "restore it from the commit" in caught.value.fix


def test_a_record_of_format_1_has_no_seal_and_its_manifest_still_has_one(tmp_path):
    project = project_with(tmp_path, record("1.0.0"))
    path = tmp_path / "releases/set/1.0.0.json"
    told = json.loads(path.read_text())
    old = {name: told[name] for name in ("manifest", "sha256", "items")}
    path.write_text(json.dumps(old))
    assert read_record(project, "set", "1.0.0").format == 1
    path.write_text(json.dumps(old | {"sha256": "0" * 64}))
    with pytest.raises(ConfigError, match="its digest does not match"):
        read_record(project, "set", "1.0.0")


def test_a_record_that_a_newer_assay_wrote_asks_for_that_assay(tmp_path):
    project = project_with(tmp_path, {"releases/set/1.0.0.json": json.dumps({"format": FORMAT + 1, "all": "new"})})
    with pytest.raises(NewerError, match=r"^releases/set/1\.0\.0\.json"):
        read_record(project, "set", "1.0.0")


def test_items_of_one_content_that_were_released_apart_are_told_of_the_last_version_each_but_the_first(tmp_path):
    elsewhere = {"train": ["i0", "i3", "i4"], "test": ["i1", "i2", "i5"]}
    told = record("1.0.0", items=["i0", "i1", "i2", "i3", "i4", "i5"], elsewhere=elsewhere)
    project = project_with(tmp_path, told, record("1.2.0", items=["i9"]))
    ids = ["i0", "i1", "i2", "i3", "i4", "i5", "i6"]
    content = ["x", "x", "x", "x", "", "", "x"]
    found = [*apart_findings(project, "mood", ids, content, {})]
    assert [(one.rule, one.task, one.item, one.at.path) for one in found] == [
        ("item/duplicate-apart", "mood", id_, "releases/set/1.2.0.json") for id_ in ("i1", "i2")
    ]
    assert found[0].message == ("item 'i1' was released in 'test', and has the same content as item 'i0' in 'train'")
    assert [*apart_findings(project, "song", ids, content, {})] == []


@pytest.mark.parametrize(("tasks", "told"), [("mood", {"mood"}), ("mood, song", {"mood"}), ("song, mood", {"song"})])
def test_a_record_that_cannot_be_read_is_told_once_of_the_first_task(tmp_path, tasks, told):
    project = project_with(tmp_path, {"releases/set/1.0.0.json": "{}"}, tasks=tasks)
    found = {task: [*apart_findings(project, task, ["i0"], ["x"], {})] for task in ("mood", "song")}
    assert {task for task, several in found.items() if several} == told
    [one] = found[min(told)]
    assert (one.rule, one.at.path, one.at.line) == ("project/configuration", "releases/set/1.0.0.json", 1)


def test_a_specification_that_cannot_be_read_is_not_told_of_here(tmp_path):
    project = project_with(tmp_path, {"releases/set/1.0.0.json": "{}", "releases/set.yaml": "x\n"})
    assert [*apart_findings(project, "mood", ["i0"], ["x"], {})] == []


ROWS = (
    b'{"item":"i9","split":"train","data":{"item":"i1"},"label":{"tone":"bad"}}\n'
    b'{"item":"i1","split":"train","data":{},"label":{"tone":"good"}}\n'
    b'{"item":"i2","split":"train","data":{},"label":7}\n'
)


def kept(root, data, ending=""):
    """Puts a file into DVC's cache: its name there."""
    name = hashlib.md5(data).hexdigest() + ending
    write_files(root, {f".dvc/cache/files/md5/{name[:2]}/{name[2:]}": data})
    return name


def test_a_released_label_is_read_only_from_a_file_that_is_as_it_was_released(tmp_path):
    project = project_with(tmp_path)
    [text] = record_of("set", "mood", train=["i1", "i2", "i9"], test=[]).values()
    told = msgspec.json.decode(text, type=ReleaseRecord)
    file = ReleasedFile(path="mood/train.jsonl", bytes=len(ROWS), sha256=digest_bytes(ROWS))
    told = replace(told, manifest=replace(told.manifest, files=[file]))

    def label(item, lock=b""):
        return released_label(project, told, "mood", item, lock)

    path = tmp_path / "release/set/mood/train.jsonl"
    assert label("i1") is None
    write_files(
        tmp_path, {"release/set/mood/train.jsonl": ROWS, "release/set/mood/test.jsonl": ROWS, "elsewhere": ROWS}
    )
    assert [label(item) for item in ("i1", "i9", "i2", "i0")] == [{"tone": "good"}, {"tone": "bad"}, None, None]
    path.write_bytes(ROWS + b"\n")
    assert label("i1") is None
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert label("i1") is None

    forged = ROWS.replace(b"good", b"evil")
    listings = [
        json.dumps([{"md5": kept(tmp_path, rows), "relpath": "mood/train.jsonl"}]).encode() for rows in (forged, ROWS)
    ]
    evil, good = (kept(tmp_path, listing, ".dir") for listing in listings)
    lock = (
        "stages: {{a: {{outs: [{{path: release/tunes, md5: {}}}]}}, b: {{outs: [{{path: release/set, md5: {}}}]}}}}\n"
    )
    assert label("i1", lock.format(evil, good).encode()) == {"tone": "good"}
    assert label("i1", lock.format(good, evil).encode()) is None
    assert label("i1", lock.format(good, "''").encode()) is None
    assert label("i1", lock.format(good, "../../../elsewhere").encode()) is None
    assert label("i1", lock.format(good, "0" * 32).encode()) is None
    assert label("i1", b"stages: [") is None
    path.unlink()
    path.write_bytes(ROWS)
    assert label("i1", lock.format(good, evil).encode()) == {"tone": "good"}
