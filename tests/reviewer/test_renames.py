"""A pull request in which somebody gets another name: told as that, by doing it again, and as nothing else."""

from dataclasses import replace

import pytest

from assay.git.objects import clone_of
from assay.git.snapshot import commit_snapshot
from assay.labels.renamed_lines import Naming
from assay.labels.renaming import renamed, with_identities
from assay.reviewer.event import ReviewRequest
from assay.reviewer.pull_request import judge_pull_request
from assay.reviewer.result import ReviewOutcome
from proposing import PEOPLE, Edit, commit, git, prepared, proposed

APPROVAL, REFUSED = ReviewOutcome.APPROVAL, ReviewOutcome.REFUSED
BEN, ZED = "labels/annotators/ben.yaml", "labels/annotators/zed.yaml"
MORE = {"labels/mood/r3/zed.jsonl": '{"item":"i5","label":{"tone":"bad"}}\n'}
FULL = f"{PEOPLE['ben']}\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("renames"))


@pytest.fixture(scope="module")
def base(root):
    return commit_snapshot(root, git(root, "rev-parse", "main"), clone=clone_of(root))


CASES = {
    "a rename by a lead": ("noor", {"ben": "zed"}, (), {BEN: None, ZED: FULL}, ""),
    "a rename by an annotator": ("ben", {"ben": "zed"}, (), {BEN: None, ZED: FULL}, "needs a lead, and ben is an annotator"),
    "an erased person": ("noor", {"ben": "p-1"}, (), {BEN: None, "labels/annotators/p-1.yaml": "role: annotator\n"}, ""),
    "another role": (
        "noor", {"ben": "zed"}, (), {BEN: None, ZED: FULL.replace("annotator", "lead")}, "zed.yaml: ben is now zed, and the file has other changes",
    ),
    "another vote": ("noor", {"ben": "zed"}, (), {BEN: None, ZED: FULL, **MORE}, "zed.jsonl: ben is now zed, and the file has other changes"),
    "a vote of somebody else": (
        "noor", {"ben": "zed"}, (), {BEN: None, ZED: FULL, "labels/mood/r3/ada.jsonl": '{"item":"i4","skip":"x"}\n'}, "the file is ada's own",
    ),
    "two entries of one person": ("noor", {"ben": "ada"}, ("ada",), {BEN: None}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_new_name_waits_for_a_lead_and_what_comes_with_it_is_refused(root, base, name):
    by, names, keep, files, told = CASES[name]
    found = renamed(base, Naming(names=names, keep=keep))
    edit = Edit(files={**found.files, **files}, by=by)
    verdict = proposed(root, name.replace(" ", "-"), edit, actor=f"{by}-x")
    assert verdict.outcome is (REFUSED if told else APPROVAL), verdict.reasons
    assert any(told in reason for reason in verdict.reasons), verdict.reasons
    assert verdict.policy_change
    if not told:
        ((old, new),) = names.items()
        assert verdict.reasons[0].startswith(f"{old} is now {new}")
        assert {one.role for one in verdict.waiting} == {"lead"}
    assert ("differed, one was kept and 2 removed" in verdict.reasons[0]) == bool(keep)


def test_a_name_of_a_source_is_a_persons_and_what_they_would_have_twice_goes(root):
    twice = '{"item":"i2","label":{"tone":"good"}}\n'
    start = commit(root, "twice", [Edit(files={"labels/mood/r2/ben.jsonl": twice}, by="noor")])
    before = commit_snapshot(root, start, clone=clone_of(root))
    found = with_identities(before, renamed(before, Naming(names={})), ["@crowd/W 1"], "ben", ("ben",))
    crowd = "labels/mood/r2/@crowd.jsonl"
    assert found.files.keys() == {"labels/sources/identities.yaml", crowd}
    head = commit(root, "same", [Edit(files=found.files, by="noor")], start="twice")
    asked = ReviewRequest(base=start, head=head, actors=("noor-x",), now="2026-05-01T00:00:00Z")
    verdict = judge_pull_request(root, asked).verdict
    assert any(one.startswith("@crowd/W 1 is now ben; where two") for one in verdict.reasons), verdict.reasons
    other = commit(root, "more", [Edit(files={**found.files, crowd: ""}, by="noor")], start="twice")
    assert not any("is ben now" in one for one in judge_pull_request(root, replace(asked, head=other)).verdict.reasons)


def test_a_pseudonym_of_somebody_with_several_names_in_one_source_is_told_as_that(root):
    names = {
        "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2"}\n',
        "labels/sources/identities.yaml": 'crowd:\n  w2: ben\n  "W 1": ben\n',
    }
    start = commit(root, "several", [Edit(files=names, by="noor")])
    before = commit_snapshot(root, start, clone=clone_of(root))
    became = {"ben": "p-1", "@crowd/W 1": "@crowd/p-2", "@crowd/w2": "@crowd/p-3"}
    found = renamed(before, Naming(names=became, scrubbed=frozenset({"handle", "emails", "reason"})))
    files = {**found.files, BEN: None, "labels/annotators/p-1.yaml": "role: annotator\n"}
    head = commit(root, "pseudonym", [Edit(files=files, by="noor")], start="several")
    asked = ReviewRequest(base=start, head=head, actors=("noor-x",), now="2026-05-01T00:00:00Z")
    verdict = judge_pull_request(root, asked).verdict
    assert verdict.reasons[0].startswith("@crowd/w2 is now @crowd/p-3, @crowd/W 1 is now @crowd/p-2, ben is now p-1")
    assert verdict.outcome is APPROVAL, verdict.reasons


def test_people_with_names_of_sources_who_become_one_lose_what_they_said_twice(root):
    names = {
        "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2"}\n',
        "labels/sources/identities.yaml": "crowd: {W 1: ada, w2: ben}\n",
    }
    start = commit(root, "both", [Edit(files=names, by="noor")])
    before = commit_snapshot(root, start, clone=clone_of(root))
    keep = ("ada", "@crowd/W 1")
    found = with_identities(before, renamed(before, Naming(names={"ben": "ada"}, keep=keep)), [], "ada", keep)
    assert "labels/mood/r2/@crowd.jsonl" in found.files
    head = commit(root, "one", [Edit(files={**found.files, BEN: None}, by="noor")], start="both")
    verdict = judge_pull_request(
        root, ReviewRequest(base=start, head=head, actors=("noor-x",), now="2026-05-01T00:00:00Z")
    ).verdict
    assert verdict.reasons[0].startswith("ben is now ada; where two"), verdict.reasons
    assert verdict.outcome is APPROVAL, verdict.reasons
