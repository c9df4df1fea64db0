"""A copy of a release, held against itself in any folder; whoever made the copy is not trusted."""

import os
import shutil

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from assay.errors import NewerError, UsageError
from assay.files.artifacts import json_bytes
from assay.release.copy import verify_copy
from assay.release.manifest import listed_files, manifest_in, sealed, write_manifest
from release.conftest import TODAY

pytestmark = pytest.mark.threat(22)


@pytest.fixture
def copy(_released, tmp_path):
    """A copy of a release, in a folder that is no project's."""
    shutil.copytree(_released / "release/set", tmp_path / "copy")
    return tmp_path / "copy"


def broken(folder, today=TODAY):
    return verify_copy(folder, today=today).problems


def reseal(folder, **changed):
    """Lists the files as they are, with some of the manifest changed, as whoever altered them would."""
    manifest = replace(manifest_in(folder), files=listed_files(folder), digest="")
    write_manifest(folder, sealed(replace(manifest, **changed)))


def split_of(folder):
    """A JSON Lines file with rows, by its path."""
    return max((folder / "mood").glob("*.jsonl"), key=lambda path: path.stat().st_size)


def test_a_true_copy_proves_files_rows_tables_and_verdict_and_says_what_it_cannot(copy):
    found = verify_copy(copy, today=TODAY)
    assert found.problems == ()
    assert [one.partition(":")[0] for one in found.proved] == ["files", "rows", "tables", "verdict"]
    (open_,) = found.not_proved
    assert "made from the labels of a project" in open_


def test_a_copy_is_valid_as_long_as_its_waivers(copy):
    assert broken(copy, "2027-02-01") == (
        "verdict: the release was valid until 2027-01-31: a waiver it rests on has expired",
    )


def other_label(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes().replace(b'"tone":"good"', b'"tone":"bad"', 1))


def twice(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[0])


def other_split(folder):
    path = split_of(folder)
    line = path.read_bytes().splitlines(keepends=True)[0]
    other = next(one for one in (folder / "mood").glob("*.jsonl") if one != path)
    other.write_bytes(other.read_bytes() + line)


def in_two_splits(folder):
    path = split_of(folder)
    other = next(one for one in (folder / "mood").glob("*.jsonl") if one != path)
    line = path.read_bytes().splitlines(keepends=True)[0]
    own, its = (f'"split":"{one.stem}"'.encode() for one in (path, other))
    assert own in line
    other.write_bytes(other.read_bytes() + line.replace(own, its))


def no_json(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes() + b"{,}\n")


def deep(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes() + b'{"item":"x","split":"train","data":' + b"[" * 5000 + b"]" * 5000 + b"}\n")


def unknown_key(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes().replace(b'{"item"', b'{"more":1,"item"', 1))


def table_of_another(folder):
    path = split_of(folder).with_suffix(".parquet")
    table = pq.read_table(path)
    pq.write_table(table.set_column(0, "item", pa.array([f"x{row}" for row in range(len(table))])), path)


def table_of_other_type(folder):
    path = split_of(folder).with_suffix(".parquet")
    table = pq.read_table(path)
    at = table.schema.get_field_index("votes.tone")
    pq.write_table(table.set_column(at, "votes.tone", table["votes.tone"].cast(pa.int32())), path)


def no_table(folder):
    split_of(folder).with_suffix(".parquet").write_bytes(b"PAR1 nothing PAR1")


def one_column(folder):
    path = split_of(folder).with_suffix(".parquet")
    pq.write_table(pq.read_table(path, columns=["item"]), path)


def huge_integer(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes().replace(b'"votes":', b'"votes":9999999999999999', 1))


def field_of_nothing(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes().replace(b'"label":{', b'"label":{"more":1,', 1))


def consensus_of_nothing(folder):
    path = split_of(folder)
    told = b'"consensus":{"more":{"confidence":1,"votes":1,"source":"voted","distribution":{}},'
    path.write_bytes(path.read_bytes().replace(b'"consensus":{', told, 1))


def too_long(folder):
    path = split_of(folder)
    path.write_bytes(path.read_bytes() + b'{"item":"' + b"x" * (16 << 20) + b'"}\n')


def file_of_nothing(folder):
    (folder / "mood/more.jsonl").write_bytes(split_of(folder).read_bytes())


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (field_of_nothing, "rows: mood/{}.jsonl:1 'i1' has unknown fields: more"),
        (consensus_of_nothing, "rows: mood/{}.jsonl:1 'i1' has unknown fields: more"),
        (too_long, "rows: mood/{}.jsonl:4 is longer than 16 MiB"),
        (file_of_nothing, "the manifest lists mood/more.jsonl, of no task and split of the release"),
        (other_label, "tables: mood/{}.parquet does not hold the rows of mood/{}.jsonl"),
        (twice, "is a duplicate item, already in"),
        (in_two_splits, "is a duplicate item, already in"),
        (other_split, "has the split"),
        (no_json, "is not a row of a release"),
        (deep, "is not a row of a release"),
        (unknown_key, "is not a row of a release"),
        (table_of_another, "does not hold the rows of"),
        (table_of_other_type, "does not hold the rows of"),
        (no_table, "tables:"),
        (one_column, "tables:"),
        (huge_integer, ":"),
    ],
)
def test_altered_rows_are_found_though_the_manifest_was_sealed_again(copy, alter, said):
    alter(copy)
    told = verify_copy(copy, today=TODAY)
    assert {one.partition(":")[0] for one in told.problems} == {"files"}
    assert "rows: not read, as the files are not those of the manifest" in told.not_proved
    assert not any(one.startswith(("rows", "tables")) for one in told.proved)
    reseal(copy)
    found = broken(copy)
    split = split_of(copy).stem
    assert any(said.format(split, split) in one for one in found), found
    assert not any(one.startswith("files") for one in found)


def test_rows_are_counted(copy):
    tasks = manifest_in(copy).tasks
    split = split_of(copy).stem
    counts = {**tasks["mood"].rows, split: 99}
    reseal(copy, tasks={"mood": replace(tasks["mood"], rows=counts)})
    assert any("and the manifest counts 99" in one for one in broken(copy))


def test_of_rows_that_are_not_as_they_should_be_no_table_is_compared(copy):
    twice(copy)
    reseal(copy)
    found = verify_copy(copy, today=TODAY)
    assert {one.partition(":")[0] for one in found.problems} == {"rows"}
    assert not any(one.startswith("tables") for one in (*found.proved, *found.not_proved))
    split = split_of(copy).stem
    counted = manifest_in(copy).tasks["mood"].rows[split]
    assert found.problems[-1] == f"rows: mood/{split}.jsonl has {counted + 1} rows, and the manifest counts {counted}"


def test_a_task_without_its_files_or_with_an_item_that_is_left_out_is_said(copy):
    manifest = manifest_in(copy)
    task, split = manifest.tasks["mood"], split_of(copy).stem
    (first,) = [orjson.loads(line)["item"] for line in split_of(copy).read_bytes().splitlines()[:1]]
    forged = replace(task, left_out={"tie": ["nosuch", first], "waiting": ["other"]})
    reseal(copy, tasks={"mood": forged, "song": task})
    found = broken(copy)
    names = ", ".join(f"song/{split}.{ending}" for split in ("test", "train") for ending in ("jsonl", "parquet"))
    assert found == (
        f"rows: {first!r} is in {split}.jsonl, but the manifest leaves it out (tie)",
        f"rows: the manifest lists no {names}",
    )


@pytest.mark.parametrize(("number", "problems"), [(2, 0), (3, 1), (4, 1), (5, 1)])
def test_votes_are_held_against_rows_since_manifests_count_them(copy, number, problems):
    tasks = manifest_in(copy).tasks
    forged = replace(tasks["mood"], votes={"1": 4, "2": 1_200}, apart=[])
    reseal(copy, format=number, tasks={"mood": forged})
    assert broken(copy) == ("rows: for mood the manifest counts the votes of 1,204 rows, not of all",) * problems


def test_a_verdict_that_does_not_pass_lets_no_copy_stand(copy):
    made = manifest_in(copy).made_from
    failing = [{**rule, "outcome": "fail"} for rule in made["verdict"]["rules"]]
    reseal(copy, made_from={**made, "verdict": {**made["verdict"], "outcome": "fail", "rules": failing}})
    assert any(one.startswith("verdict: mood/schema (fail)") for one in broken(copy))
    reseal(copy, made_from={**made, "verdict": {**made["verdict"], "rules": failing}})
    assert any("mood/schema in it is fail" in one for one in broken(copy))


def test_a_manifest_without_a_task_or_with_other_splits_than_its_tasks_is_of_no_release(copy):
    tasks = manifest_in(copy).tasks
    reseal(copy, splits={"train": 1.0})
    assert any("the manifest has the splits train, and of mood " in one for one in broken(copy))
    shutil.rmtree(copy / "mood")
    for task in tasks:
        shutil.rmtree(copy / task, ignore_errors=True)
    reseal(copy, tasks={})
    assert "rows: the manifest has no task" in broken(copy)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"rules": [], "waivers": [], "valid_until": None}, "the verdict has no rule"),
        ({"waivers": [], "valid_until": None}, "are not those of its waived rules"),
        ({"valid_until": "2099-01-31"}, "and not until the first of its waivers ends"),
        ({"valid_until": None}, "and not until the first of its waivers ends"),
    ],
)
def test_a_verdict_that_is_at_odds_with_itself_lets_no_copy_stand(copy, part, said):
    made = manifest_in(copy).made_from
    reseal(copy, made_from={**made, "verdict": {**made["verdict"], **part}})
    assert any(one.startswith("verdict: ") and said in one for one in broken(copy))


def outside(folder):
    (folder.parent / "secret").write_text("{}\n")
    manifest = manifest_in(folder)
    listed = [replace(file, path="../secret") for file in manifest.files[:1]]
    write_manifest(folder, sealed(replace(manifest, files=[*manifest.files, *listed], digest="")))


def absolute(folder):
    manifest = manifest_in(folder)
    listed = [replace(file, path="/etc/passwd") for file in manifest.files[:1]]
    write_manifest(folder, sealed(replace(manifest, files=[*manifest.files, *listed], digest="")))


def task_outside(folder):
    manifest = manifest_in(folder)
    write_manifest(folder, sealed(replace(manifest, tasks={"../other": manifest.tasks["mood"]}, digest="")))


def link(folder):
    path = split_of(folder)
    path.rename(folder.parent / "rows")
    path.symlink_to(folder.parent / "rows")


def link_folder(folder):
    (folder / "mood").rename(folder.parent / "mood")
    (folder / "mood").symlink_to(folder.parent / "mood")


def link_manifest(folder):
    (folder / "manifest.json").rename(folder.parent / "manifest.json")
    (folder / "manifest.json").symlink_to(folder.parent / "manifest.json")


def pipe(folder):
    path = split_of(folder)
    path.unlink()
    os.mkfifo(path)


def pipe_manifest(folder):
    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")


def huge_manifest(folder):
    os.truncate(folder / "manifest.json", 10 * 2**30)


def deep_manifest(folder):
    (folder / "manifest.json").write_bytes(b'{"format":2,"made_from":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001)


def not_utf8(folder):
    (folder / "manifest.json").write_bytes(b"\xff\xfe{}")


def empty(folder):
    (folder / "manifest.json").write_bytes(b"")


def folder_in_its_place(folder):
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()


def odd_verdict(folder):
    reseal(folder, made_from={"verdict": 7})


def odd_scale(folder):
    tasks = manifest_in(folder).tasks
    fields = {name: replace(field, scale="weight") for name, field in tasks["mood"].fields.items()}
    reseal(folder, tasks={"mood": replace(tasks["mood"], fields=fields)})


@pytest.mark.parametrize(
    "tamper",
    [
        outside, absolute, task_outside, link, link_folder, link_manifest, pipe, pipe_manifest, huge_manifest,
        deep_manifest, not_utf8, empty, folder_in_its_place, odd_verdict, odd_scale,
    ],
)  # fmt: skip
def test_a_hostile_copy_is_told_in_words_and_nothing_outside_it_is_read(copy, tamper, monkeypatch):
    tamper(copy)
    opened = []
    whole = os.open

    def watched(path, *more, **named):
        opened.append(os.fspath(path))
        return whole(path, *more, **named)

    monkeypatch.setattr(os, "open", watched)
    assert broken(copy)
    assert not [path for path in opened if "secret" in path or "passwd" in path]


def test_so_many_faults_are_counted_that_nobody_reads(copy):
    path = split_of(copy)
    path.write_bytes(b"{}\n" * 5000)
    reseal(copy)
    found = broken(copy)
    assert len(found) < 50
    assert any("more" in one for one in found)


def test_a_copy_that_an_older_assay_wrote_is_held_against_its_files_and_rows(copy):
    reseal(copy, format=1, made_from={"inputs": {}, "verdict": "0" * 64})
    found = verify_copy(copy, today=TODAY)
    assert found.problems == ()
    assert any(one.startswith("verdict: ") for one in found.not_proved)


def test_a_copy_that_a_newer_assay_wrote_is_not_judged(copy):
    reseal(copy, format=9)
    with pytest.raises(NewerError, match="made by a newer assay: upgrade"):
        verify_copy(copy, today=TODAY)


def test_what_is_no_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="is not a folder"):
        verify_copy(tmp_path / "nosuch", today=TODAY)


def test_rows_of_every_scale_are_the_same_in_both_forms(whole):
    """The small project has a nominal, an ordinal and a numeric field, a set and spans."""
    folder = whole.root / "release/set"
    rows = [line for path in sorted((folder / "mood").glob("*.jsonl")) for line in path.read_bytes().splitlines()]
    named = {name for row in map(orjson.loads, rows) for name in row["label"]}
    assert {"tone", "topics", "names"} <= named
    assert json_bytes(manifest_in(folder)) == (folder / "manifest.json").read_bytes()
    assert broken(folder) == ()
