"""One project, one answer: the work tree, its commit, and an empty merge give the same findings, read whole or in parts."""

import json
import shutil

import pytest

from assay.annotator.change_check import check
from assay.core.catalogue import CATALOGUE
from assay.errors import ConfigError
from assay.files.store import Store
from assay.git.base import fork, merge_result, named_commit
from assay.git.objects import clone_of
from assay.git.snapshot import commit_snapshot
from assay.guidelines.findings import unusable
from assay.guidelines.front_matter import load_guideline
from assay.labels.whole import load_corpus
from assay.pipeline.agreement_stage import agreement
from assay.pipeline.gate_stages import gate
from assay.pipeline.schema_stage import schema
from assay.pipeline.table_stages import consensus, quality
from assay.project.config import find_project, project_in
from assay.project.task_schema import load_schema
from assay.reviewer.effects import NEEDS_BASE, NEEDS_CLOCK
from assay.reviewer.event import ReviewRequest
from assay.reviewer.project_check import project_findings
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.result import ReviewOutcome
from clones import commit, git, known_as
from labels.test_faults import CASES, TAGGED
from pictures import png
from projects import FILES, write_files
from release.records import record_of

MANY = [*CASES]
RECORD = (
    """project: test-project
task: mood
version: 0.2.0
digest: """
    + "0" * 64
    + """
way: forge
authors: []
approvers: [ada]
at: 2026-02-02T00:00:00Z
"""
)
FULL = """---
task: full
version: 1.0.0
owners: [nobody]
changes:
  - {version: 1.0.0, date: 2026-03-01, summary: second}
  - {version: 0.9.0, date: 2026-04-01, summary: first, affects: [tune]}
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
UNUSABLE = {"guideline/front-matter"}
"""Such a guideline is unusable configuration, and told as that by all three; `assay guideline lint` says it of the page."""
OF_OTHERS = ("gate/", "sheet/", "review/")
"""What is said of figures, spreadsheets and pull requests, and not of a project."""
OTHER = {
    "checks/old.yaml": "consensus: {method: majority}\nrules: {}\n",
    "checks/mood.yaml": "consensus: {method: majority}\nrules: {agreement: {gone: {at_least: 0.5}}}\n",
    "checks/check_it.py": "def check_it(:\n",
    "dvc.yaml": "stages: [\n",
    "guidelines/allowed_signers": "ada nothing\n",
    "guidelines/approvals/full/1.0.0.yaml": "version: [\n",
    "guidelines/approvals/mood/0.2.0.yaml": RECORD,
    "checks/project.yaml": "format: 1\nid: test-project\ntasks: {mood: {pool: texts}, bare: {pool: texts}, full: {pool: texts}}\nreleases: [set]\n",
    "releases/set.yaml": "version: 1.1.0\ntasks: [mood]\nlicense: CC0-1.0\nsplits: {train: 0.5, test: 0.5}\n",
    **record_of("set", "mood", train=["i2"], test=["i7"]),
    "schemas/mood.yaml": TAGGED,
    "schemas/bare.yaml": FILES["schemas/mood.yaml"],
    "schemas/full.yaml": FILES["schemas/mood.yaml"].replace("required: [tone]", "requierd: [tone]\nrequired: [tone]")
    + "  boxes: {type: array, x-source: shot, items: {type: object, properties: {x: {}, y: {}, width: {}, height: {}}}}\n",
    **{f"checks/{task}.yaml": "consensus: {method: majority}\nrules: {}\n" for task in ("bare", "full")},
    "checks/waivers.yaml": "- {rule: full/gone, reason: x, approver: ada, until: 2027-01-01}\n",
    "guidelines/bare.md": "No front matter.\n",
    "guidelines/full.md": FULL,
    "labels/full/gold/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n{"item":"i2","label":{"tone":"good"}}\n',
    "labels/full/gold/ben.jsonl": '{"item":"i1","label":{"tone":"bad"}}\n{"item":"i7","label":{"tone":"bad"}}\n'
    '{"item":"i77","label":{"boxes":[{"height":2,"width":9,"x":5,"y":5}],"tone":"bad"}}\n',
    "labels/items/texts/same.jsonl": '{"id":"i7","data":{"text":"plain"}}\n'
    '{"id":"i77","data":{"shot":"media/a.png","text":"drawn"}}\n',
    "labels/items/texts/media/a.png": png(10, 10),
    "labels/mood/r1/Ben.jsonl": "{}\n",
    "labels/song/r1/batch.yaml": "x\n",
    "labels/annotators/eve.yaml": "role: boss\n",
    "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2","status":"excluded"}\n{"annotator":"w2"}\n{,}\n'
    '{"annotator":"W 4"}\n{"annotator":"W 5"}\n',
    "labels/sources/identities.yaml": "crowd: {W 4: fay, W 5: fay}\n",
    "labels/mood/r11/batch.yaml": FILES["labels/mood/r2/batch.yaml"],
    "labels/mood/r11/@crowd.jsonl": '{"annotator":"W 4","item":"i1","label":{"tone":"bad"}}\n'
    '{"annotator":"W 5","item":"i1","label":{"tone":"bad"}}\n',
    "labels/mood/r4/batch.yaml": "purpose: label\n",
    "labels/mood/r4/assignments.jsonl": '{"item":"i1","annotators":["ada"]}\n',
    "labels/mood/r4/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n',
    "labels/mood/r5/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-03-02\nguideline: 9.9.9\nannotators: [nobody]\n",
    "labels/mood/r5/zed.jsonl": '{"item":"\\u0069\\u0031","label":{"tone":"good"}}\n{"item":"i 9","label":{"tone":"bad"}}\n',
    "labels/mood/r5/ada.adjudicated.jsonl": '{"item":"i1","label":{"tone":"bad"},"reason":"edge-case"}\n',
    "labels/mood/r6": "a file\n",
    "labels/mood/r8/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-03-02\nguideline: 0.2.0\noverlap: 2\n",
    "labels/mood/r8/assignments.jsonl": "",
    "labels/mood/r8/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n',
    "labels/mood/r9/batch.yaml": "purpose: label\nstatus: open\ncreated: 2026-03-02\nguideline: 0.2.0\noverlap: -1\n",
    "labels/annotators/fay.yaml": "{status: left, since: 2026-01-01}\n",
    "labels/mood/r10/batch.yaml": FILES["labels/mood/r3/batch.yaml"],
    "labels/mood/r10/assignments.jsonl": '{"item":"i1","annotators":["fay"]}\n',
    "labels/mood/r10/fay.jsonl": '{"item":"i1","label":{"tone":"good"}}\n',
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
    stated = {rule for rule in CATALOGUE if not rule.startswith(OF_OTHERS)}
    unseen = stated - {one.rule for one in here} - UNUSABLE
    assert unseen - NEEDS_BASE - NEEDS_CLOCK == set(), (
        "no case finds these: CASES of tests/labels/test_faults.py, or OTHER"
    )
    assert unseen == NEEDS_BASE | NEEDS_CLOCK
    assert project_findings(project_in(at)).findings == here
    assert project_findings(project_in(merged)).findings == here


def _identity(one):
    return (one["rule"], one["severity"], one["path"], one["line"], one["pointer"], one["message"])


@pytest.mark.slow
def test_check_gate_and_review_say_the_same_but_for_what_needs_a_base_or_a_clock(broken, tmp_path):
    """The gate's part is what its stages and it have written, also where broken policy leaves no verdict."""
    root = tmp_path / "clone"
    shutil.copytree(broken, root, symlinks=True)
    project = find_project(root)
    found = check(project, everything=True, now="2026-06-01T00:00:00Z").findings
    checked = {_identity(one.as_json()) for one in found if one.rule not in NEEDS_BASE}
    for task in project.tasks:
        for stage in (schema, agreement, consensus, quality):
            stage(project, task)
    with pytest.raises(ConfigError):
        gate(project)
    lists = [*root.glob("build/*/*.jsonl"), root / "gate/findings.jsonl"]
    gated = {_identity(json.loads(line)) for path in lists for line in path.read_bytes().splitlines()}
    assert gated == {one for one in checked if one[0] not in NEEDS_CLOCK}

    git(root, "checkout", "-q", "--orphan", "sound")
    git(root, "rm", "-rqf", ".")
    sound = ("labels/annotators/ada.yaml", "labels/annotators/ben.yaml")
    write_files(
        root,
        {
            "checks/project.yaml": "format: 1\nid: test-project\nreview: {files: 5000}\n",
            **{one: FILES[one] for one in sound},
        },
    )
    commit(root, "nothing is wrong")
    git(root, "branch", "-f", "broken", git(root, "commit-tree", "-p", "sound", "-m", "all wrong", "main^{tree}"))
    seen = review_pull_request(root, ReviewRequest(base="sound", head="broken", now="2026-06-01T00:00:00Z"))
    reviewed = {_identity(one.as_json()) for one in seen.findings if one.rule not in NEEDS_BASE | NEEDS_CLOCK}
    assert reviewed == {one for one in checked if one[0] not in NEEDS_CLOCK}
    assert seen.verdict.outcome is ReviewOutcome.REFUSED


def test_what_is_judged_part_by_part_and_kept_is_what_reading_all_at_once_says(broken, tmp_path):
    project, store = find_project(broken), Store(tmp_path / "results.db")
    own = ("labels/mood/", "labels/bare/", "labels/full/", "labels/items/")
    here = project_findings(project).findings
    whole = {
        found
        for task in set(project.tasks) - unusable(project, project.tasks).keys()
        for found in load_corpus(project, load_schema(project, task), load_guideline(project, task)).findings
    }
    assert {one for one in here if one.at.path.startswith(own)} >= {one for one in whole if one.at.path.startswith(own)}
    at, merged = _commits(broken)
    assert project_findings(project_in(at), store).findings == here
    store.save()
    again, made = Store(store.file), []
    again.put = lambda key, _: made.append(key)
    assert project_findings(project_in(merged), again).findings == here
    assert made == [], "nothing is judged twice"
