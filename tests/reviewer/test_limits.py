"""The limits of a change are those of the base, and nothing of a change that is over one is read."""

import pytest

from assay.git.objects import Objects
from assay.reviewer.event import ReviewRequest
from assay.reviewer.kinds import MANY
from assay.reviewer.pull_request import judge_pull_request, review_pull_request
from assay.reviewer.result import ReviewOutcome
from proposing import BASE, Edit, commit_all, prepared

pytestmark = pytest.mark.threat(7, 26)
MIB = 2**20
POLICY = "review: {file_mib: 0.01, change_mib: 0.02, files: 6, records: 3}\n"
FILES = {**BASE, "checks/project.yaml": f"format: 1\nid: test-project\ntasks: {{mood: {{pool: texts}}}}\n{POLICY}"}
LARGE = b"x" * 20_000
REMEDIES = {
    "labels/mood/r3/ada.jsonl": "batches",
    "labels/mood/r3/@crowd.jsonl": "--batch-size",
    "labels/mood/gold/rei.jsonl": "batches",
    "labels/mood/r3/assignments.jsonl": "batches",
    "labels/mood/r3/batch.yaml": "a few lines",
    "labels/items/texts/new.jsonl": "shards",
    "labels/items/texts/media/cat.png": "dvc add labels/items/texts/media/cat.png",
    "labels/annotators/zoe.yaml": "roster entry",
    "guidelines/mood.md": "shorten the page",
    "guidelines/cat.PNG": "dvc add guidelines/cat.PNG",
    "schemas/mood.yaml": "a schema is small",
    "checks/project.yaml": "configuration is small",
    "dvc.lock": "dvc repro",
    "reports/mood/schema.json": "the pipeline generates it",
    "notes.bin": "dvc add notes.bin",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("limits") / "clone", FILES)


@pytest.fixture
def read(monkeypatch):
    """The sizes of what git was asked to hand over."""
    sizes, contents = [], Objects._contents

    def noting(objects, names):
        for name, data in contents(objects, names):
            sizes.append(len(data))
            yield name, data

    monkeypatch.setattr(Objects, "_contents", noting)
    return sizes


def told(root, name, files):
    commit_all(root, {name: [Edit(files=files, by="noor")]})
    found = review_pull_request(root, ReviewRequest(base="main", head=name, actors=("noor-x",)))
    assert found.verdict.outcome is ReviewOutcome.REFUSED
    assert any("review/over-limit" in reason for reason in found.verdict.reasons)
    assert found.tasks == ()
    return [one for one in found.findings if one.rule == "review/over-limit"]


@pytest.mark.parametrize("path", REMEDIES)
def test_a_file_over_the_limit_is_named_with_its_size_and_what_to_do_and_is_not_read(root, read, path):
    (found,) = told(root, "one", {path: b"x" * 15_000})
    assert (found.at.path, found.message) == (path, "0.0 MiB; the limit of a file is 0.01 MiB")
    assert REMEDIES[path] in found.fix
    assert 15_000 not in read


def test_files_that_are_small_each_are_too_much_together(root, read):
    (found,) = told(root, "together", {f"labels/mood/r3/p{n}.jsonl": b"x" * (9_000 + n) for n in range(3)})
    assert found.at.path == "labels/mood/r3/p2.jsonl"
    assert "in total" in found.message
    assert "change_mib" in found.fix
    assert not [size for size in read if size >= 9_000]


def test_what_is_taken_away_counts_like_what_is_put_in(root, read):
    files = {f"labels/mood/r3/p{n}.jsonl": b"x" * (9_000 + n) for n in range(3)}
    commit_all(root, {"full": [Edit(files=files, by="noor")]})
    commit_all(root, {"emptied": [Edit(files=dict.fromkeys(files), by="noor")]}, "full")
    report = review_pull_request(root, ReviewRequest(base="full", head="emptied", actors=("noor-x",)))
    (found,) = [one for one in report.findings if one.rule == "review/over-limit"]
    assert "in total" in found.message
    assert not [size for size in read if size >= 9_000]


def test_too_many_files_are_counted_and_not_read(root, read):
    (found,) = told(root, "files", {f"labels/mood/r3/p{n}.jsonl": f"{'x' * 500}{n}\n" for n in range(7)})
    assert found.at.path == "labels/mood/r3/p6.jsonl", "the first one beyond the limit"
    assert "7 files change" in found.message
    assert "limit is 6" in found.message
    assert 502 not in read


def test_many_large_files_are_named_up_to_a_number_and_the_rest_counted(root):
    found = told(root, "many", {f"labels/mood/r3/p{n:02}.jsonl": LARGE for n in range(30)})
    large = [one for one in found if "limit of a file" in one.message]
    assert len(large) == 20
    assert large[-1].message.endswith("; so are 10 more files")


def test_more_lines_than_a_review_reads_are_no_records(root, monkeypatch):
    monkeypatch.setattr("assay.reviewer.figures.diff_file", None)
    lines = "".join(f'{{"item":"i{n}"}}\n' for n in range(3 * MANY + 1))
    few = "".join(lines.splitlines(keepends=True)[:2])
    files = {"labels/mood/r3/ben.jsonl": lines, "labels/mood/r3/noor.jsonl": few, "labels/mood/r3/a.jsonl": few}
    (found,) = told(root, "lines", files)
    assert found.at.path == "labels/mood/r3/ben.jsonl"
    assert f"most of them here ({3 * MANY + 1}); at most {3 * MANY} are read" in found.message


def test_one_changed_line_in_a_long_file_is_one_record(root):
    lines = [f'{{"item":"i{n}","skip":"x"}}\n' for n in range(100, 100 + 4 * MANY * 3)]
    commit_all(root, {"long-base": [Edit(files={"labels/mood/r3/ada.jsonl": "".join(lines)}, by="noor")]})
    lines[7] = lines[7].replace('"x"', '"y"')
    commit_all(root, {"long": [Edit(files={"labels/mood/r3/ada.jsonl": "".join(lines)})]}, "long-base")
    found = review_pull_request(root, ReviewRequest(base="long-base", head="long", actors=("Ada-X",)))
    assert not [one for one in found.findings if one.rule == "review/over-limit"]
    assert [task.changed for task in found.tasks] == [1]


def test_the_policy_of_the_base_decides_and_not_that_of_the_change(root):
    raised = FILES["checks/project.yaml"].replace("0.01", "5").replace("0.02", "50")
    files = {"checks/project.yaml": raised, "labels/mood/r3/ada.jsonl": LARGE}
    assert [one.at.path for one in told(root, "raised", files)] == ["labels/mood/r3/ada.jsonl"]


def test_what_lies_outside_the_project_has_no_limit(tmp_path):
    files = {f"sub/{path}": text for path, text in FILES.items()}
    root = prepared(tmp_path / "clone", files)
    commit_all(root, {"outside": [Edit(files={"film.mp4": LARGE}, by="noor")]})
    (root / "sub").mkdir()
    found = review_pull_request(root / "sub", ReviewRequest(base="main", head="outside", actors=("noor-x",)))
    assert not found.findings


EXACT = "review: {file_mib: 0.0078125, change_mib: 0.015625, files: 3, records: 2}\n"
"""8,192 bytes a file, 16,384 bytes together."""


def documents(*sizes):
    return {f"docs/{number}.md": "x" * size for number, size in enumerate(sizes)}


def votes(many):
    return {"labels/mood/r3/ada.jsonl": "".join(f'{{"item":"i{n}","skip":"x"}}\n' for n in range(100, 101 + many))}


@pytest.fixture(scope="module")
def exact(tmp_path_factory):
    policy = {"checks/project.yaml": FILES["checks/project.yaml"].replace(POLICY, EXACT)}
    root = prepared(tmp_path_factory.mktemp("exact") / "clone", {**FILES, **policy})
    commit_all(root, {"none": [Edit(files=votes(0), by="noor")]})
    return root


@pytest.mark.parametrize(
    ("files", "told", "over"),
    [
        (documents(8192), "", 0),
        (documents(8193), "0.0 MiB; the limit is 0.0078125 MiB", 1),
        (documents(8192, 8192), "", 0),
        (documents(8192, 8192, 1), "the changed files have", 1),
        (documents(1, 1, 1), "", 0),
        (documents(1, 1, 1, 1), "4 files change; the limit is 3: split it", 1),
        (votes(2), "", 0),
        (votes(3), "3 records change; the limit is 2: a person has to approve it", 0),
        (votes(2 * MANY), f"{2 * MANY} records change; the limit is 2: a person", 0),
        (votes(2 * MANY + 1), "", 1),
    ],
)
def test_a_limit_may_be_reached_and_not_exceeded(exact, files, told, over):
    branch = f"of-{'-'.join(str(len(text)) for text in files.values())}"
    commit_all(exact, {branch: [Edit(files=files)]}, "none")
    found = judge_pull_request(exact, ReviewRequest(base="none", head=branch, actors=("Ada-X",)))
    reasons = [*found.verdict.reasons, *(reason for file in found.verdict.files for reason in file.reasons)]
    limits = [one.message for one in found.over]
    said = [text for text in (*reasons, *limits) if " limit is " in text]
    assert len(limits) == over
    assert bool(said) is bool(told)
    assert any(told in text for text in said) or not told
