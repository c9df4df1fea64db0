"""Small files of the kinds that go wrong elsewhere, from the command line to what stands in the files: one right answer each."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from clones import commit, git, known_as
from pipelines import here
from projects import write_files

CASES = Path(__file__).with_name("cases")
MEASURING = ("schema", "agreement", "policy", "consensus", "quality")
LOCK = "schema: '2.0'\nstages:\n  schema@s:\n    cmd: assay schema s\n    outs:\n    - path: reports/s/schema.json\n      md5: {}\n"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"


class Desk:
    """A new project, and a case's files beside it."""

    def __init__(self, root, case):
        self.root = root
        self.case = CASES / case

    def does(self, line, *arguments, code=0):
        """Runs a command in the project, which has to end with that code: what it says. `@NAME` is a file of the case."""
        words = [str(self.case / word[1:]) if word.startswith("@") else word for word in line.split()]
        ran = here(self.root, *words, *arguments)
        assert ran.code == code, ran.said
        return ran.said

    def drafts(self, *arguments, task="s"):
        """Drafts a task from the labels of the case and brings them in: what the draft says."""
        said = self.does(f"task add {task} --from @in.jsonl", *arguments)
        self.does(f"import long @in.jsonl --task {task}")
        return said

    def found(self, code=0):
        """The findings of the whole corpus that are about labels: rule and item."""
        said = self.does("check --all --format json", code=code)
        return [(one["rule"], one["item"]) for one in json.loads(said) if one["rule"].startswith("label/")]

    def figures(self, field):
        self.does("schema s")
        self.does("agreement s")
        return json.loads((self.root / "reports/s/agreement.json").read_bytes())["fields"][field]

    def column(self, table, *columns):
        rows = pq.read_table(self.root / f"build/s/{table}.parquet").to_pylist()
        return [tuple(row[column] for column in columns) for row in rows]

    def labels(self):
        lines = (self.root / "labels/s/in-001/@in.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def items(self):
        lines = (self.root / "labels/items/q/in.jsonl").read_text(encoding="utf-8").splitlines()
        return {one["id"]: one["data"]["text"] for one in map(json.loads, lines)}


@pytest.fixture
def desk(tmp_path):
    def _desk(case):
        assert here(tmp_path, "init", "p").code == 0
        return Desk(tmp_path / "p", case)

    return _desk


def test_a_box_without_area_is_an_error(desk):
    at = desk("box-without-area")
    assert "sides must be > 0" in at.does("task add s --from @in.jsonl")
    at.does("import long @in.jsonl --task s")
    assert at.found(code=1) == [("label/span", "1")]


def test_a_span_beyond_the_only_text_is_an_error(desk):
    at = desk("one-bad-span-blinds")
    assert "1 error in the file itself" in at.drafts()
    assert at.found(code=1) == [("label/span", "1")]
    assert at.figures("ents")["alpha"]["value"] is not None


def test_white_space_at_the_edges_of_a_span_is_warned_of(desk):
    at = desk("span-edge-whitespace")
    at.drafts()
    assert at.found() == [("label/span-edge", "1"), ("label/span-edge", "2")]


def test_one_span_marked_twice_is_warned_of(desk):
    at = desk("span-twice")
    at.drafts()
    assert at.found() == [("label/span-twice", "1")]


def test_labels_pass_the_schema_that_was_drafted_from_them_and_their_order_counts(desk):
    at = desk("draft-refuses-its-own-labels")
    at.drafts()
    assert at.found() == []
    figures = at.figures("t")
    assert figures["scale"] == "sequence"
    assert figures["percent"]["value"] < 1


def test_ids_that_are_integers_are_taken_as_their_digits(desk):
    at = desk("integer-ids-in-long")
    at.drafts()
    assert sorted((one["item"], one["annotator"]) for one in at.labels()) == [
        ("1", "7"), ("1", "8"), ("2", "7"), ("2", "8"),
    ]  # fmt: skip


def test_times_with_any_offset_are_kept_in_utc(desk):
    at = desk("utc-times-with-offset")
    at.drafts()
    assert [one["at"] for one in at.labels()] == ["2021-08-23T12:19:18Z"] * 2


def test_null_is_a_missing_value(desk):
    at = desk("null-is-missing")
    at.drafts()
    figures = at.figures("s")
    assert (figures["scale"], figures["units"]) == ("nominal", 8)
    assert figures["alpha"]["value"] is not None


def test_zero_is_a_value_and_what_is_absent_is_missing(desk):
    at = desk("zero-is-a-rating")
    at.drafts()
    assert at.figures("r")["units"] == 3
    at.does("consensus s")
    assert at.column("consensus", "item", "value") == [("1", "0"), ("2", "5"), ("3", "0"), ("4", "4")]


def test_paths_of_a_tree_may_be_lists(desk):
    at = desk("tree-as-array")
    at.drafts("--scale", "c=tree")
    assert at.found() == []
    figures = at.figures("c")
    assert (figures["scale"], figures["units"]) == ("tree", 3)
    assert figures["alpha"]["value"] is not None


def test_words_are_put_in_no_order_by_letter(desk):
    at = desk("ordinal-by-letter")
    said = at.drafts("--scale", "sev=ordinal")
    assert "x-order: [LOWEST, …, HIGHEST], each once of high, low, medium" in said
    assert at.figures("sev")["alpha"]["value"] is None


def test_a_tie_on_an_attribute_is_in_the_queue_and_in_no_release(desk):
    at = desk("span-attribute-tie")
    at.drafts()
    policy = at.root / "checks/s.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").partition("  agreement:")[0], encoding="utf-8")
    at.does("release add r --task s")
    git(at.root, "init", "-q")
    commit(known_as(at.root, "ada"), "labels")
    for stage in MEASURING:
        at.does(f"{stage} s")
    at.does("gate")
    assert {item for (item,) in at.column("queue", "item")} == {"1"}
    assert "no labelled item (1 tie)" in at.does("release build r", code=1)
    assert not list(at.root.glob("release/r/**/*.jsonl"))


def test_a_task_may_have_a_name_that_yaml_reads_as_nothing(desk):
    at = desk("task-named-null")
    at.drafts(task="null")
    for stage in MEASURING:
        at.does(f"{stage} null")


def test_a_file_of_another_shape_is_answered_with_the_keys_that_are_wanted_and_found(desk):
    said = desk("wrong-shape-says-shape").does("task add s --from @in.json", code=2)
    assert "the keys item, annotator and label" in said
    assert "the keys id, data, annotations" in said


def test_a_value_with_a_colon_is_never_taken_apart(desk):
    at = desk("migrate-value-with-colon")
    at.drafts()
    said = at.does("migrate add s m1 --reason r --rename s=nmod:own:poss", code=2)
    assert "is ambiguous" in said
    assert not list(at.root.glob("schemas/migrations/s/*.yaml"))
    at.does("migrate add s m1 --reason r", "--rename", 's="nmod:own":poss')
    assert steps(at) == [{"rename_values": {"field": "s", "values": {"nmod:own": "poss"}}}]


def test_a_value_with_a_comma_is_never_taken_apart_and_an_unknown_one_is_refused(desk):
    at = desk("migrate-unknown-value")
    at.drafts()
    at.does("migrate add s m0 --reason r", "--merge", "s=a,nmod:z", code=2)
    assert not list(at.root.glob("schemas/migrations/s/*.yaml"))
    at.does("migrate add s m1 --reason r", "--merge", "s=a, b,nmod:z")
    (step,) = steps(at)
    assert step["merge_values"]["values"] == ["a, b", "nmod"]


def steps(at):
    (file,) = at.root.glob("schemas/migrations/s/*.yaml")
    return yaml.safe_load(file.read_text(encoding="utf-8"))["steps"]


def test_semicolons_separate_the_columns_of_items(desk):
    at = desk("csv-semicolon-items")
    at.does("task add s --pool q")
    at.does("import items @in.csv --pool q")
    assert at.items() == {"001": "hello, you", "7": "b;c"}


def test_the_cells_of_a_spreadsheet_stay_as_they_stand(desk):
    at = desk("csv-of-a-spreadsheet")
    at.does("task add s --pool q")
    at.does("import items @in.csv --pool q")
    assert at.items() == {
        "007": "line one\r\nline two", "7": 'a "q" b', "01": "x", "9007199254740993": "y", "9007199254740992": "z", "1E+05": "w",
    }  # fmt: skip


def test_a_sheet_comes_back_from_any_spreadsheet_or_not_at_all(desk, tmp_path):
    at = desk("sheet-of-a-spreadsheet")
    at.does("task add s --from @seed.jsonl --pool q")
    at.does("import items @items.csv --pool q")
    for who in ("ann", "ben"):
        at.does(f"annotator add {who}")
    git(at.root, "init", "-q")
    commit(known_as(at.root, "ann"), "a project")
    at.does("batch create s r1 --annotators ann,ben --overlap 2")
    commit(at.root, "a batch")
    at.does("sheet out s r1", tmp_path / "out.csv", "--as", "ann")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    for row in rows:
        row[head.index("s")], row[head.index("n")] = "pos", "1.5"

    def comes_in(rows, *arguments, code, delimiter=",", encoding="utf-8-sig"):
        with (tmp_path / "in.csv").open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([head, *rows])
        return at.does("sheet in s r1", tmp_path / "in.csv", "--as", "ann", *arguments, code=code)

    comma = [[cell.replace("1.5", "1,5") for cell in rows[0]], *rows[1:]]
    changed = [[str(int(row[0])), *row[1:]] for row in rows]
    comes_in(rows, "--dry-run", code=0, delimiter=";")
    comes_in(rows, "--dry-run", code=0, delimiter="\t", encoding="utf-16")
    assert "1.5" in comes_in(comma, code=1, delimiter=";")
    comes_in(changed, code=1)
    assert not (at.root / "labels/s/r1/ann.jsonl").exists()


def test_a_pointer_of_git_lfs_is_fetched_and_not_mended(desk):
    at = desk("lfs-pointer")
    at.drafts()
    commit(known_as(at.root, "ada"), "labels")
    write_files(at.root, {"labels/s/in-001/@in.jsonl": POINTER})
    said = at.does("check", code=1)
    assert "Git LFS" in said
    assert "git lfs pull" in said
    assert "delete" not in said


def test_a_lock_in_conflict_is_made_anew(desk):
    at = desk("lock-conflict-remedy")
    at.drafts()
    commit(known_as(at.root, "ada"), "labels", {"dvc.lock": LOCK.format("0" * 32)})
    git(at.root, "switch", "-q", "-c", "one")
    commit(at.root, "one", {"dvc.lock": LOCK.format("1" * 32)})
    git(at.root, "switch", "-q", "-")
    commit(at.root, "two", {"dvc.lock": LOCK.format("2" * 32)})
    with pytest.raises(AssertionError):
        git(at.root, "merge", "one")
    assert "<<<<" in (at.root / "dvc.lock").read_text(encoding="utf-8")
    said = at.does("doctor", code=1)
    assert "dvc repro" in said[said.index("dvc.lock") :]
    assert "between the markers" not in said


def test_the_required_check_runs_in_a_merge_queue_too(desk):
    at = desk("merge-queue")
    at.does("install --forge github")
    workflow = yaml.safe_load((at.root / ".github/workflows/label-review.yml").read_text(encoding="utf-8"))
    assert "merge_group" in workflow[True]
