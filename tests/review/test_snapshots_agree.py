"""One project, one answer: the work tree, its commit, and an empty merge give the same findings, read whole or in parts."""

import shutil

import pytest

from assay.git.base import fork, named_commit
from assay.git.merge_result import merge_result
from assay.git.objects import clone_of
from assay.git.snapshot import commit_snapshot
from assay.model.catalogue import CATALOGUE
from assay.project.find import find_project, project_in
from assay.review import project_findings as judged
from assay.review.project_findings import project_findings
from assay.review.remembered import Memory
from clones import commit, git, known_as
from labels.test_faults import CASES
from projects import FILES, write_files

MANY = [*CASES]
FULL = """---
task: full
version: 1.0.0
owners: [nobody]
changes:
  - {version: 1.0.0, date: 2026-03-01, summary: second}
  - {version: 0.9.0, date: 2026-04-01, summary: first}
---
# Full

```example
text: one
label: {tone: loud}
why: no
```

```example
text: [
```

```example
text: two
label: {tone: good}
```
"""
NEEDS_BASE_OR_CLOCK = {
    "adjudication/not-current", "adjudication/own-vote", "adjudication/votes-agree", "guideline/bump-too-small",
    "guideline/history-altered", "guideline/unknown-selector", "guideline/version-goes-back",
    "guideline/version-not-bumped", "guideline/version-taken", "label/first-forged", "label/first-left-out",
    "label/future-time", "label/own-return", "schema/no-migration",
}  # fmt: skip
THIN = {"example/why", "guideline/no-example", "guideline/no-heading"}
"""What is merely missing is left to `assay guideline lint`."""
UNUSABLE = {"guideline/front-matter"}
"""Such a guideline is unusable configuration, and told as that."""
OTHER = {
    "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}, bare: {pool: texts}, full: {pool: texts}}\n",
    **{f"schemas/{task}.yaml": FILES["schemas/mood.yaml"] for task in ("bare", "full")},
    **{f"checks/{task}.yaml": "consensus: {method: majority}\nrules: {}\n" for task in ("bare", "full")},
    "guidelines/bare.md": "No front matter.\n",
    "guidelines/full.md": FULL,
    "labels/full/gold/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n{"item":"i2","label":{"tone":"good"}}\n',
    "labels/full/gold/ben.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i7","label":{"tone":"bad"}}\n',
    "labels/items/texts/same.jsonl": '{"id":"i7","data":{"text":"plain"}}\n',
    "labels/mood/r1/Ben.jsonl": "{}\n",
    "labels/song/r1/batch.yaml": "x\n",
    "labels/annotators/eve.yaml": "role: boss\n",
    "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2","status":"excluded"}\n{"annotator":"w2"}\n{,}\n',
    "labels/mood/r4/batch.yaml": "purpose: label\n",
    "labels/mood/r4/assignments.jsonl": '{"item":"i1","annotators":["ada"]}\n',
    "labels/mood/r4/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n',
    "labels/mood/r5/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-03-02\nguideline: 9.9.9\nannotators: [nobody]\n",
    "labels/mood/r5/zed.jsonl": '{"item":"\\u0069\\u0031","label":{"tone":"good"}}\n{"item":"i 9","label":{"tone":"bad"}}\n',
    "labels/mood/r5/ada.adjudicated.jsonl": '{"item":"i1","label":{"tone":"bad"},"reason":"edge-case"}\n',
    "labels/mood/r6": "a file\n",
    "labels/mood/r7/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n',
    "labels/items/texts/three.jsonl": '{"id":"i9","data":{"text":7}}\n{"id":"i8","data":{}\n{"id":"i1","data":{"text":"again"}}\n',
    "labels/items/texts/Four.jsonl": "{}\n",
    "guidelines/mood.md": FILES["guidelines/mood.md"].replace(
        "Read it.", "[gone](gone.md)\n\n```example\ntext: naïve 😀 day\nlabel: {tone: bad}\nwhy: no\n```\n"
    ),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A repository whose project breaks every rule that a test of faults breaks, each in a batch or shard of its own."""
    root = tmp_path_factory.mktemp("agree") / "clone"
    write_files(root, {**FILES, **OTHER})
    for number, case in enumerate(MANY):
        _breaks(root, number, case)
    (root / "labels/full/r1").symlink_to("gold")
    git(root, "init", "-q", "-b", "main")
    known_as(root, "ada")
    git(root, "config", "core.autocrlf", "false")
    commit(root, "everything is wrong")
    return root


def _breaks(root, number, case):
    """Puts the broken line into a copy of the batch, so that no case hides another; items and gold into copies as well."""
    folder, name = case.path.rsplit("/", 1)
    text = (case.text.encode() if isinstance(case.text, str) else case.text) + b"\n"
    if folder.startswith("labels/mood/r"):
        place = root / f"labels/mood/case-{number}"
        shutil.copytree(root / folder, place)
        place = place / name
    elif folder.endswith(("gold", "texts")) and name.endswith(".jsonl"):
        place = root / folder / f"case-{number}.jsonl"
    else:
        place = root / case.path
    lines = place.read_bytes().splitlines(keepends=True) if place.is_file() else []
    at = case.line - 1 if case.line else len(lines)
    place.write_bytes(b"".join([*lines[:at], text, *lines[at + 1 :]]))


def _commits(root):
    clone = clone_of(root)
    head = named_commit(root, "HEAD")
    git(root, "branch", "-f", "other", "HEAD")
    side = git(root, "commit-tree", "-p", head, "-m", "nothing", f"{head}^{{tree}}")
    again = git(root, "commit-tree", "-p", head, "-m", "nothing either", f"{head}^{{tree}}")
    merged = merge_result(clone, side, again, fork(clone, side, again))
    return commit_snapshot(root, head), merged.snapshot


def test_work_tree_commit_and_merge_result_give_the_same_findings(broken):
    here = project_findings(find_project(broken)).findings
    at, merged = _commits(broken)
    stated = {rule for rule in CATALOGUE if not rule.startswith(("gate/", "sheet/", "review/"))}
    assert stated - {one.rule for one in here} <= NEEDS_BASE_OR_CLOCK | THIN | UNUSABLE
    assert "project/configuration" in {one.rule for one in here}
    assert project_findings(project_in(at)).findings == here
    assert project_findings(project_in(merged)).findings == here


@pytest.mark.parametrize("many", [0, 1000])
def test_parts_that_are_judged_alone_and_remembered_say_what_the_whole_says(broken, many, monkeypatch, tmp_path):
    monkeypatch.setattr(judged, "_MANY", many)
    here = project_findings(find_project(broken)).findings
    at, merged = _commits(broken)
    memories = {task: Memory(tmp_path / f"{task}.bin") for task in ("mood", "bare", "full")}
    assert project_findings(project_in(at), memories).findings == here
    for memory in memories.values():
        memory.save()
    again = {task: Memory(memory.file) for task, memory in memories.items()}
    assert project_findings(project_in(merged), again).findings == here
    assert all(memory.used.keys() <= memory.entries.keys() for memory in again.values())
    assert again["mood"].used
