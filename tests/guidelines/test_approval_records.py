"""Records of approvals: each claims something, and what it claims is held against the project."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from approving import PEOPLE, PROJECT_ID, build, copied
from assay.annotator.change_check import check
from assay.core.evidence import SIGNED, ApprovalStatus
from assay.core.findings import Severity
from assay.core.values import Field, Scale
from assay.files.store import Store
from assay.git.base import named_commit
from assay.git.snapshot import commit_snapshot
from assay.guidelines.approval_records import (
    FiledRecord,
    cited_versions,
    record_findings,
    record_in,
    record_status,
    unsigned_findings,
    version_approvals,
)
from assay.guidelines.edits import Content, load_content
from assay.guidelines.signatures import load_trust
from assay.project.config import project_in
from assay.reviewer.project_check import findings_of_task
from corpora import Vote, column, corpus_from
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


@pytest.mark.parametrize(
    ("name", "told_of"),
    [
        ("README.md", False),
        (".keep", False),
        (".0.2.0.yaml", False),
        ("readme.md", True),
        ("0.2.0", True),
        ("0.2.0.txt", True),
        ("v0.2.0.yaml", True),
        ("0.2.yaml", True),
        ("0.2.0.yaml.sig", True),
        ("00.2.0.sig", True),
    ],
)
def test_beside_records_and_signatures_only_a_readme_and_hidden_files_may_be(scene, name, told_of):
    (scene.root / FOLDER / name).write_text("x")
    says = "the file name of a record must be <version>.yaml, of its signature <version>.sig"
    assert told(scene) == ([(f"{FOLDER}/{name}", 0, says)] if told_of else [])


def test_a_record_without_its_signature_is_told_at_the_record(scene):
    (scene.root / FOLDER / "0.1.0.sig").unlink()
    assert told(scene) == [(f"{FOLDER}/0.1.0.yaml", 0, "the record is not signed: its .sig is missing")]
    (scene.root / RECORD).unlink()
    assert [(path, says) for path, _, says in told(scene)] == [
        (f"{FOLDER}/0.1.0.yaml", "the record is not signed: its .sig is missing"),
        (f"{FOLDER}/0.2.0.sig", "a signature without its record"),
    ]


def test_a_record_counts_by_the_trust_that_is_given_and_whatever_way_the_project_asks_for(scene):
    trust = load_trust(scene.project)
    assert list(record_findings(scene.project, "mood", replace(trust, way=SIGNED))) == []
    scene.record("chen", way="forge")
    assert list(record_findings(scene.project, "mood", replace(trust, way=SIGNED))) == []
    for less in (replace(trust, project="another"), replace(trust, people={})):
        found = list(record_findings(scene.project, "mood", less))
        assert [one.at.path for one in found] == [f"{FOLDER}/0.1.0.yaml", RECORD]
        assert {(one.rule, one.task, one.severity) for one in found} == {("guideline/approval", "mood", Severity.ERROR)}


def test_an_approver_who_is_away_approved_before(scene):
    for since, left in (("2026-03-03", []), ("2026-03-02", [RECORD])):
        scene.write(
            **{
                "labels/annotators/chen.yaml": f"{PEOPLE['chen'].replace('{', '{status: left, since: ' + since + ', ')}\n"
            }
        )
        assert [path for path, *_ in told(scene)] == left


def test_what_is_filed_of_a_content(scene):
    now = load_content(scene.project, "mood")
    filed = record_in(scene.project.snapshot, now)
    assert isinstance(filed, FiledRecord)
    assert filed.paths == (RECORD, f"{FOLDER}/0.2.0.sig")
    assert filed.data == (scene.root / RECORD).read_bytes()
    assert filed.signature == (scene.root / FOLDER / "0.2.0.sig").read_bytes()
    trust = load_trust(scene.project)
    assert record_status(scene.project, now, trust, later=False).by == ("chen",)
    none = record_status(scene.project, Content(task="mood", version="0.3.0"), trust, later=False)
    assert (none.state, none.reason) == ("held", "there is no approval record")
    (scene.root / RECORD).write_text("project: p\nprojet: q\n")
    broken = record_status(scene.project, now, trust, later=False)
    assert isinstance(record_in(scene.project.snapshot, now), ApprovalStatus)
    assert (broken.state, "unknown key 'projet'" in broken.reason, "\n" in broken.reason) == ("held", True, False)


def test_the_versions_that_are_asked_for_are_judged_whatever_way_the_project_asks_for(scene):
    policy = "format: 1\nid: " + PROJECT_ID + "\napproval: signed\ntasks: {mood: {pool: texts}}\n"
    scene.write(policy=policy)
    scene.record("chen", way="forge")
    found = version_approvals(scene.project, "mood", ["0.2.0", "0.1.0", "9.0.0"])
    assert [(version, one.state, one.by, one.way) for version, one in found.items()] == [
        ("0.2.0", "approved", ("chen",), "forge"),
        ("0.1.0", "approved", ("noor",), "signed"),
        ("9.0.0", "held", (), ""),
    ]
    assert found["9.0.0"].reason == "the guideline has no version 9.0.0"
    away = PEOPLE["chen"].replace("{", "{status: left, since: 2026-03-03, ")
    scene.write(**{"labels/annotators/chen.yaml": f"{away}\n"})
    assert version_approvals(scene.project, "mood", ["0.2.0"])["0.2.0"].by == ("chen",)
    scene.write(
        guideline=(scene.root / "guidelines/mood.md").read_text().replace("2026-01-01", "2026-01-05") + "More.\n"
    )
    found = version_approvals(scene.project, "mood", ["0.2.0", "0.1.0"])
    assert "guideline or schema changed since" in found["0.2.0"].reason
    assert "is older than the version (2026-01-05)" in found["0.1.0"].reason


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
    store, place = Store(None), scene.root / "guidelines/allowed_signers"

    def remembered():
        tree = commit_snapshot(scene.root, named_commit(scene.root, "HEAD"))
        project = project_in(tree)
        found = findings_of_task(project, "mood", store=store).findings
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


def test_the_versions_cited_are_those_of_current_counting_answers_and_unstated_ones():
    tone = Field(name="tone", scale=Scale.NOMINAL, values=("good", "bad"))
    read = corpus_from([Vote(f"i{number}", "ada", {"tone": "good"}) for number in range(5)], (tone,))

    def cited(versions, counts=(), current=()):
        rows = read.annotations
        off = {name: ~np.isin(np.arange(5), places) for name, places in (("counts", counts), ("current", current))}
        made = replace(rows, guideline=column(versions), counts=off["counts"], current=off["current"])
        return cited_versions(replace(read, annotations=made))

    assert cited(["0.2.0", "0.1.0", "0.2.0", "0.1.0", "0.3.0"]) == ("0.1.0", "0.2.0", "0.3.0")
    assert cited(["0.2.0", "0.1.0", "0.2.0", "0.1.0", "0.3.0"], counts=[4]) == ("0.1.0", "0.2.0")
    assert cited(["0.2.0", "0.1.0", "0.2.0", "0.1.0", "0.3.0"], current=[1, 3]) == ("0.2.0", "0.3.0")
    assert cited(["0.2.0", None, "0.2.0", "0.1.0", None]) == ("0.1.0", "0.2.0", "unstated")
    assert cited(["0.1.0", None, None, None, None], counts=[0, 2, 3, 4]) == ("unstated",)
    assert cited(["0.1.0"] * 5, counts=[0, 1], current=[2, 3, 4]) == ()
