"""Records of approvals: each claims something, and what it claims is held against the project."""

import shutil

import pytest

from approving import PEOPLE, PROJECT_ID, build, copied
from assay.annotator.change_check import check
from assay.core.findings import Severity
from assay.git.base import named_commit
from assay.git.snapshot import commit_snapshot
from assay.guidelines.approval_records import cited_versions, record_findings, unsigned_findings
from assay.project.config import project_in
from assay.project.roster import load_roster
from assay.reviewer.cache import Memory
from assay.reviewer.remembered_parts import remembered_findings
from projects import FILES, load, small_project

RECORD = "guidelines/approvals/mood/0.2.0.yaml"
FOLDER = "guidelines/approvals/mood"


@pytest.fixture(scope="module")
def approved(tmp_path_factory):
    """The proposal with a good signed record by chen."""
    scene = build(tmp_path_factory.mktemp("records"))
    scene.record("chen")
    return scene


@pytest.fixture
def scene(approved, tmp_path):
    return copied(approved, tmp_path)


def told(scene):
    return [(one.at.path, one.at.line, one.message) for one in record_findings(scene.project, "mood")]


def test_nothing_is_wrong_with_good_records_and_with_none(scene):
    assert told(scene) == []
    shutil.rmtree(scene.root / FOLDER)
    assert told(scene) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"who": "nobody", "key": "chen"}, "nobody is not in the roster"),
        ({"who": "ben"}, "only a reviewer or a lead can approve"),
        ({"who": "exa"}, "exa is excluded"),
        ({"who": "ada"}, "only a reviewer or a lead can approve"),
        ({"who": "chen", "key": "stranger"}, "key that may sign for chen"),
        ({"who": "chen", "digest": "0" * 64}, "the content is not what was approved"),
        ({"who": "chen", "project": "another-project"}, "the project another-project"),
        ({"who": "chen", "authors": ("chen",)}, "authors cannot approve their own change"),
        ({"who": "chen", "at": "2026-02-01T00:00:00Z"}, "is older than the version"),
    ],
)
def test_a_record_that_claims_what_is_not_so_is_an_error(scene, changed, says):
    scene.record(**changed)
    ((path, _, message),) = told(scene)
    assert path == RECORD
    assert says in message


def test_an_edit_after_the_approval_is_told_at_the_record(scene):
    scene.edit("ada@example.org")
    ((path, _, message),) = told(scene)
    assert (path, "changed since" in message) == (RECORD, True)


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("0.2.0.yaml", "project: [\n", 2, "expected"),
        ("0.2.0.yaml", "project: p\nprojet: q\n", 2, "unknown key 'projet'"),
        ("9.0.0.yaml", None, 0, "the guideline has no version 9.0.0"),
        ("final.yaml", None, 0, "the file name of a record must be <version>.yaml"),
        ("notes.txt", "x", 0, "the file name of a record must be <version>.yaml"),
        ("0.1.1.sig", "x", 0, "a signature without its record"),
    ],
)
def test_files_that_are_no_record_are_told(scene, name, text, line, says):
    (scene.root / FOLDER / name).write_text((scene.root / RECORD).read_text() if text is None else text)
    found = [(at, message) for path, at, message in told(scene) if path == f"{FOLDER}/{name}"]
    assert [(at, says in message) for at, message in found if says in message] == [(line, True)]


def test_where_the_project_asks_for_signatures_the_record_of_this_version_has_one(scene):
    policy = "format: 1\nid: " + PROJECT_ID + "\napproval: {}\ntasks: {{mood: {{pool: texts}}}}\n"
    scene.write(policy=policy.format("signed"))
    assert list(unsigned_findings(scene.project, "mood")) == []
    scene.record("chen", way="forge")
    (found,) = unsigned_findings(scene.project, "mood")
    assert (found.rule, found.severity, found.at.path) == ("guideline/approval", Severity.ERROR, RECORD)
    scene.write(policy=policy.format("forge"))
    assert list(unsigned_findings(scene.project, "mood")) == []


def test_whoever_takes_the_role_from_an_approver_answers_for_what_they_approved(scene):
    scene.commit("chen@example.org")
    scene.write(**{"labels/annotators/noor.yaml": f"{PEOPLE['noor'].replace('lead', 'annotator')}\n"})
    scene.commit("ada@example.org")
    found = [one for one in check(scene.project, base="HEAD^").findings if one.rule == "guideline/approval"]
    assert [one.at.path for one in found] == ["guidelines/approvals/mood/0.1.0.yaml"]


def test_whose_key_is_taken_out_is_judged_anew_though_their_record_is_remembered(scene):
    memory, place = Memory(None), scene.root / "guidelines/allowed_signers"

    def remembered():
        tree = commit_snapshot(scene.root, named_commit(scene.root, "HEAD"))
        project = project_in(tree)
        found = remembered_findings(project, "mood", load_roster(project), tree, memory).findings
        return [one.at.path for one in found if one.rule == "guideline/approval"]

    scene.commit("chen@example.org")
    assert remembered() == []
    place.write_text("".join(line for line in place.read_text().splitlines(True) if not line.startswith("noor ")))
    scene.commit("chen@example.org")
    assert remembered() == ["guidelines/approvals/mood/0.1.0.yaml"]


def test_a_version_that_only_replaced_answers_cite_is_not_asked_for(tmp_path):
    gone = dict.fromkeys((name for name in FILES if name.startswith("labels/mood/r") and name.endswith(".jsonl")), "")
    batch = "purpose: relabel\nstatus: closed\ncreated: 2026-04-0{0}\nguideline: 0.{0}.0\n"
    twice = {f"labels/mood/b{number}/batch.yaml": batch.format(number) for number in (1, 2)}
    for number in (1, 2):
        twice[f"labels/mood/b{number}/assignments.jsonl"] = '{"item":"i1","annotators":["ada"]}\n'
        twice[f"labels/mood/b{number}/ada.jsonl"] = '{"item":"i1","label":{"tone":"good"}}\n'
    assert cited_versions(load(small_project(tmp_path, {**gone, **twice})).corpus) == ("0.2.0",)
