"""Who may change what: every case is a pull request in a real repository, judged by the base."""

import pytest

from assay.reviewer.event import ReviewRequest
from assay.reviewer.pull_request import judge_pull_request, review_pull_request
from assay.reviewer.result import ReviewOutcome
from proposing import PEOPLE, VOTE, Edit, commit, commit_all, judged, prepared, proposed

OK, APPROVAL, REFUSED = ReviewOutcome.OK, ReviewOutcome.APPROVAL, ReviewOutcome.REFUSED
MINE, BENS = "labels/mood/r3/ada.jsonl", "labels/mood/r3/ben.jsonl"
GOLD = '{"item":"i4","label":{"tone":"bad"}}\n'
RULED = '{"item":"i4","label":{"tone":"bad"},"reason":"edge-case"}\n'
BACK = '{"item":"i4","annotator":"ada","why":"again"}\n'


def by(who, path, content=VOTE, **more):
    return Edit(files={path: content}, by=who, **more)


CASES = {
    "own votes changed": (OK, "Ada-X", [by("ada", MINE)]),
    "own first votes": (OK, "ben-x", [by("ben", "labels/mood/r3/ben.jsonl")]),
    "a handle in another case": (OK, "aDA-x", [by("ada", MINE)]),
    "no forge, commits alone": (APPROVAL, "", [by("ada", MINE)]),
    "a noreply address of the handle": (OK, "Ada-X", [by("7+Ada-X@users.noreply.github.com", MINE)]),
    "the forge committed": (OK, "Ada-X", [by("ada", MINE, committer="noreply@github.com")]),
    "several commits": (OK, "Ada-X", [by("ada", MINE), by("ada", MINE, VOTE * 1 + '{"item":"i5","skip":"x"}\n')]),
    "one answer taken back": (OK, "Ada-X", [by("ada", MINE, '{"item":"i5","label":{"tone":"good"}}\n')]),
    "a reviewer labels too": (OK, "rei-x", [by("rei", "labels/mood/r3/rei.jsonl")]),
    "a lead labels too": (OK, "noor-x", [by("noor", "labels/mood/r3/noor.jsonl")]),
    "an own file that is new, not qualified": (REFUSED, "cleo-x", [by("cleo", "labels/mood/r3/cleo.jsonl")]),
    "an own file that is new and empty": (OK, "rei-x", [by("rei", "labels/mood/r3/rei.jsonl", "")]),
    "own file all taken away": (APPROVAL, "Ada-X", [by("ada", MINE, None)]),
    "an address nobody knows, the forge knows the person": (APPROVAL, "Ada-X", [by("me@home.example", MINE)]),
    "an address nobody knows, and no forge": (REFUSED, "", [by("me@home.example", MINE)]),
    "a login nobody knows": (REFUSED, "stranger", [by("ada", MINE)]),
    "a login of two people": (REFUSED, "twin-x", [by("una@x.example", "labels/mood/r3/una.jsonl")]),
    "somebody paused": (REFUSED, "dora-x", [by("dora", "labels/mood/r3/dora.jsonl")]),
    "a closed batch": (REFUSED, "Ada-X", [by("ada", "labels/mood/r1/ada.jsonl")]),
    "a batch the base does not have": (REFUSED, "Ada-X", [by("ada", "labels/mood/r9/ada.jsonl")]),
    "a task the base does not have": (REFUSED, "Ada-X", [by("ada", "labels/song/r3/ada.jsonl")]),
    "gold of a task the base does not have": (REFUSED, "rei-x", [by("rei", "labels/song/gold/rei.jsonl", GOLD)]),
    "another's votes": (REFUSED, "Ada-X", [by("ada", BENS)]),
    "another's votes, commits alone": (REFUSED, "", [by("ada", BENS)]),
    "another's votes as that other": (REFUSED, "Ada-X", [by("ben", BENS)]),
    "another's votes taken away": (REFUSED, "Ada-X", [by("ada", BENS, None)]),
    "another's votes by a lead": (REFUSED, "noor-x", [by("noor", BENS)]),
    "another's votes by a reviewer": (REFUSED, "rei-x", [by("rei", BENS)]),
    "own and another's": (REFUSED, "Ada-X", [by("ada", MINE), by("ada", BENS)]),
    "a rename to another": (REFUSED, "Ada-X", [Edit(files={MINE: None, "labels/mood/r3/eve.jsonl": VOTE})]),
    "a rename from another": (REFUSED, "Ada-X", [Edit(files={BENS: None, MINE: VOTE})]),
    "deleted and added again": (REFUSED, "Ada-X", [by("ada", BENS, None), by("ada", BENS)]),
    "put in and taken out again": (OK, "Ada-X", [by("ada", MINE), by("ada", "labels/mood/r3/eve.jsonl"),
                                                by("ada", "labels/mood/r3/eve.jsonl", None)]),
    "via a co-author": (REFUSED, "Ada-X", [by("ada", MINE, message="x\n\nCo-authored-by: B <ben@example.org>")]),
    "via a committer": (REFUSED, "Ada-X", [by("ada", MINE, committer="ben")]),
    "via an author": (REFUSED, "Ada-X", [by("ben", MINE)]),
    "a model's votes by an annotator": (REFUSED, "Ada-X", [by("ada", "labels/mood/r3/bot.jsonl")]),
    "a model's votes by a lead": (APPROVAL, "noor-x", [by("noor", "labels/mood/r3/bot.jsonl")]),
    "a model's votes by a lead and somebody else": (REFUSED, "noor-x", [
        by("noor", "labels/mood/r3/bot.jsonl"), by("rei", "labels/mood/r3/bot.jsonl", VOTE.replace("bad", "good"))]),
    "votes of nobody": (REFUSED, "Ada-X", [by("ada", "labels/mood/r3/zed.jsonl")]),
    "gold by an annotator": (REFUSED, "Ada-X", [by("ada", "labels/mood/gold/ada.jsonl", GOLD)]),
    "gold by a reviewer": (APPROVAL, "rei-x", [by("rei", "labels/mood/gold/rei.jsonl", GOLD)]),
    "another's gold by a reviewer": (REFUSED, "rei-x", [by("rei", "labels/mood/gold/ada.jsonl", GOLD)]),
    "a decision by an annotator": (REFUSED, "Ada-X", [by("ada", "labels/mood/r3/ada.adjudicated.jsonl", RULED)]),
    "a decision by a reviewer": (OK, "rei-x", [by("rei", "labels/mood/r3/rei.adjudicated.jsonl", RULED)]),
    "another's decision": (REFUSED, "rei-x", [by("rei", "labels/mood/r1/ada.adjudicated.jsonl", RULED)]),
    "sent back by a reviewer": (OK, "rei-x", [by("rei", "labels/mood/r3/rei.returned.jsonl", BACK)]),
    "sent back by an annotator": (REFUSED, "Ada-X", [by("ada", "labels/mood/r3/ada.returned.jsonl", BACK)]),
    "a threshold lowered by an annotator": (REFUSED, "Ada-X", [by("ada", "checks/mood.yaml", "rules: {}\n")]),
    "a threshold lowered by a reviewer": (REFUSED, "rei-x", [by("rei", "checks/mood.yaml", "rules: {}\n")]),
    "a threshold lowered by a lead": (APPROVAL, "noor-x", [by("noor", "checks/mood.yaml", "rules: {}\n")]),
    "checks and labels together": (REFUSED, "noor-x", [by("noor", "checks/mood.yaml", "rules: {}\n"),
                                                       by("noor", "labels/mood/r3/noor.jsonl")]),
    "a plug-in check": (REFUSED, "Ada-X", [by("ada", "checks/check_x.py", "import os\n")]),
    "a self-qualified entry": (REFUSED, "cleo-x", [by("cleo", "labels/annotators/cleo.yaml",
                                                      PEOPLE["cleo"].replace("[]", "[mood]"))]),
    "self-qualified and labelled": (REFUSED, "cleo-x", [
        by("cleo", "labels/annotators/cleo.yaml", PEOPLE["cleo"].replace("[]", "[mood]")),
        by("cleo", "labels/mood/r3/cleo.jsonl")]),
    "a role given to oneself": (REFUSED, "Ada-X", [by("ada", "labels/annotators/ada.yaml",
                                                     PEOPLE["ada"].replace("annotator", "lead"))]),
    "another's address claimed": (REFUSED, "Ada-X", [by("ada", "labels/annotators/ada.yaml",
                                                      "{handle: Ada-X, emails: [noor@example.org]}")]),
    "a new entry by a lead": (APPROVAL, "noor-x", [by("noor", "labels/annotators/new.yaml", "{}\n")]),
    "own key added": (REFUSED, "Ada-X", [by("ada", "guidelines/allowed_signers", "ada ssh-ed25519 AAAA\n")]),
    "own key added by a reviewer": (REFUSED, "rei-x", [by("rei", "guidelines/allowed_signers", "rei ssh-x AAAA\n")]),
    "a schema by an annotator": (REFUSED, "Ada-X", [by("ada", "schemas/mood.yaml", "type: object\n")]),
    "a schema by a lead": (APPROVAL, "noor-x", [by("noor", "schemas/mood.yaml", "type: object\n")]),
    "dvc.yaml by an annotator": (REFUSED, "Ada-X", [by("ada", "dvc.yaml", "stages: {x: {cmd: id}}\n")]),
    "a dvc configuration": (REFUSED, "Ada-X", [by("ada", ".dvc/config", "[core]\n")]),
    "a dvc file among the labels": (REFUSED, "noor-x", [by("noor", "labels/items/texts/media.dvc", "outs: []\n"),
                                                       by("noor", "labels/mood/r3/noor.jsonl")]),
    "a workflow by an annotator": (REFUSED, "Ada-X", [by("ada", ".github/workflows/assay.yaml", "on: push\n")]),
    "a workflow by a lead": (APPROVAL, "noor-x", [by("noor", ".github/workflows/assay.yaml", "on: push\n")]),
    "attributes below the labels": (REFUSED, "Ada-X", [by("ada", "labels/mood/.gitattributes", "* merge=union\n")]),
    "a release by an annotator": (REFUSED, "Ada-X", [by("ada", "releases/set.yaml", "version: 9.0.0\n")]),
    "dvc.lock with labels": (REFUSED, "noor-x", [by("noor", "dvc.lock", "x\n"),
                                                by("noor", "labels/mood/r3/noor.jsonl")]),
    "reports by an annotator": (REFUSED, "Ada-X", [by("ada", "reports/mood/metrics.json", "{}\n")]),
    "a release's record by a lead": (APPROVAL, "noor-x", [by("noor", "dvc.lock", "x\n"),
                                                         by("noor", "releases/set/1.0.0.json", "{}\n")]),
    "the tool itself": (REFUSED, "Ada-X", [by("ada", "src/assay/x.py", "x\n")]),
    "a batch by an annotator": (REFUSED, "Ada-X", [by("ada", "labels/mood/r1/batch.yaml",
        "purpose: label\nstatus: open\ncreated: 2026-01-02\nguideline: 0.1.0\n")]),
    "a batch opened and labelled": (REFUSED, "Ada-X", [by("ada", "labels/mood/r1/batch.yaml",
        "purpose: label\nstatus: open\ncreated: 2026-01-02\nguideline: 0.1.0\n"),
        by("ada", "labels/mood/r1/ada.jsonl")]),
    "own assignments": (REFUSED, "Ada-X", [by("ada", "labels/mood/r1/assignments.jsonl", "x\n")]),
    "a batch by a lead": (APPROVAL, "noor-x", [by("noor", "labels/mood/r4/batch.yaml", "purpose: label\n")]),
    "items by an annotator": (REFUSED, "Ada-X", [by("ada", "labels/items/texts/more.jsonl", "x\n")]),
    "items by a lead": (APPROVAL, "noor-x", [by("noor", "labels/items/texts/more.jsonl", "x\n")]),
    "a source by an annotator": (REFUSED, "Ada-X", [by("ada", "labels/mood/r3/@crowd.jsonl", "x\n")]),
    "a source by a lead": (APPROVAL, "noor-x", [by("noor", "labels/mood/r3/@crowd.jsonl", "x\n")]),
    "a guideline by an annotator": (APPROVAL, "Ada-X", [by("ada", "guidelines/mood.md", "---\n")]),
    "an approval by an annotator": (REFUSED, "Ada-X", [by("ada", "guidelines/approvals/mood/0.3.0.yaml", "x\n")]),
    "a stray file among the labels": (REFUSED, "Ada-X", [by("ada", "labels/mood/r3/Ada.jsonl")]),
    "a document": (APPROVAL, "Ada-X", [by("ada", "docs/x.md", "x\n")]),
    "nothing": (OK, "Ada-X", [by("ada", "docs/x.md", "x\n"), by("ada", "docs/x.md", None)]),
    "a symbolic link": (REFUSED, "Ada-X", [by("ada", MINE, "/etc/passwd", modes={MINE: "120000"})]),
    "a link of a lead": (REFUSED, "noor-x", [by("noor", "docs/x", "../..", modes={"docs/x": "120000"})]),
    "a submodule": (REFUSED, "noor-x", [Edit(submodules=["vendor"], by="noor")]),
    "an executable vote file": (REFUSED, "Ada-X", [by("ada", MINE, modes={MINE: "100755"})]),
    "a mode alone": (REFUSED, "Ada-X", [by("ada", MINE,
        '{"item":"i4","label":{"tone":"good"}}\n{"item":"i5","label":{"tone":"good"}}\n', modes={MINE: "100755"})]),
    "a case-only rename": (REFUSED, "noor-x", [Edit(files={"docs/A.md": "x", "docs/a.md": "x"}, by="noor")]),
    "a folder in another case": (REFUSED, "noor-x", [by("noor", "Labels/x.md", "x\n")]),
    "a backslash": (REFUSED, "noor-x", [by("noor", "docs\\x.md", "x\n")]),
    "a name of Windows": (REFUSED, "noor-x", [by("noor", "docs/aux.md", "x\n")]),
    "a dot at the end": (REFUSED, "noor-x", [by("noor", "docs/x.md.", "x\n")]),
    "a control character": (REFUSED, "noor-x", [by("noor", "docs/x\ty.md", "x\n")]),
    "a letter in two ways": (REFUSED, "noor-x", [by("noor", "docs/e\u0301.md", "x\n")]),
    "a hidden sign": (REFUSED, "noor-x", [by("noor", "docs/a\u200bb.md", "x\n")]),
    "a name that is not UTF-8": (REFUSED, "noor-x", [by("noor", "docs/\udcff.md", "x\n")]),
    "git's short name": (REFUSED, "noor-x", [by("noor", "docs/git~1/config", "x\n")]),
    "a very long path": (REFUSED, "noor-x", [by("noor", f"docs/{'x' * 220}.md", "x\n")]),
    "too large a file": (REFUSED, "Ada-X", [by("ada", MINE, VOTE * 400)]),
    "a path that no rule names": (REFUSED, "Ada-X", [by("ada", "data/x.csv", "x\n")]),
    "a path that no rule names, by a reviewer": (REFUSED, "rei-x", [by("rei", "data/x.csv", "x\n")]),
    "a path that no rule names, by a lead": (APPROVAL, "noor-x", [by("noor", "data/x.csv", "x\n")]),
    "a path that no rule names, taken away": (REFUSED, "Ada-X", [by("ada", "dvc.yaml", None)]),
    "a path that no rule names, with votes": (REFUSED, "noor-x", [by("noor", "data/x.csv", "x\n"),
                                                                by("noor", "labels/mood/r3/noor.jsonl")]),
    "a path that no rule names, with items": (REFUSED, "noor-x", [by("noor", "data/x.csv", "x\n"),
                                                                by("noor", "labels/items/texts/more.jsonl", "x\n")]),
    "a program among the guidelines": (REFUSED, "Ada-X", [by("ada", "guidelines/x.py", "x\n")]),
    "a program among the labels": (REFUSED, "Ada-X", [by("ada", "labels/mood/r3/x.py", "x\n")]),
    "a program and votes of a lead": (REFUSED, "noor-x", [by("noor", "labels/mood/r3/x.py", "x\n"),
                                                         by("noor", "labels/mood/r3/noor.jsonl")]),
    "a fixture of pytest": (REFUSED, "Ada-X", [by("ada", "labels/mood/conftest.py", "x\n")]),
    "a stage below the labels": (REFUSED, "Ada-X", [by("ada", "labels/mood/dvc.yaml", "stages: {}\n")]),
    "a hook": (REFUSED, "Ada-X", [by("ada", ".pre-commit-config.yaml", "repos: []\n")]),
    "a program that runs": (APPROVAL, "noor-x", [by("noor", "tools/x", "x\n", modes={"tools/x": "100755"})]),
    "a program that runs, by an annotator": (REFUSED, "Ada-X", [by("ada", "tools/x", "x\n",
                                                                  modes={"tools/x": "100755"})]),
    "a document that runs": (REFUSED, "noor-x", [by("noor", "docs/x.md", "x\n", modes={"docs/x.md": "100755"})]),
    "a guideline that runs": (REFUSED, "noor-x", [by("noor", "guidelines/mood.md", "x\n",
                                                    modes={"guidelines/mood.md": "100755"})]),
    "a document with votes": (APPROVAL, "Ada-X", [by("ada", "docs/x.md", "x\n"), by("ada", MINE)]),
    "an output": (REFUSED, "noor-x", [by("noor", "gate/verdict.json", "{}\n")]),
    "an output with votes": (REFUSED, "Ada-X", [by("ada", "build/mood/x.parquet", "x\n"), by("ada", MINE)]),
    "the page that says what build is": (APPROVAL, "Ada-X", [by("ada", "build/README.md", "x\n")]),
    "a folder named as outside is": (REFUSED, "noor-x", [by("noor", ":/x.md", "x\n")]),
    "too many records": (APPROVAL, "noor-x", [by("noor", "labels/items/texts/more.jsonl",
        "".join(f'{{"id":"n{n:02}","data":{{"text":"x"}}}}\n' for n in range(31)))]),
    "too many files": (REFUSED, "noor-x", [Edit(files={f"docs/{n}.md": "x" for n in range(21)}, by="noor")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("policy") / "clone")
    commit_all(root, {_branch(name): edits for name, (_, _, edits) in CASES.items()})
    return root


def _branch(name):
    return f"case-{list(CASES).index(name)}"


OWN, POLICY, PATHS = pytest.mark.threat(1), pytest.mark.threat(2), pytest.mark.threat(6)
PROGRAM, PIPELINE, LIMIT = pytest.mark.threat(15), pytest.mark.threat(16), pytest.mark.threat(26)
WORDS = {
    "threshold": POLICY, "schema": POLICY, "checks": POLICY, "key": POLICY, "role": POLICY, "qualified": POLICY, "workflow": POLICY,
    "program": PROGRAM, "plug-in": PROGRAM, "pytest": PROGRAM, "hook": PROGRAM, "tool": PROGRAM, "runs": PROGRAM,
    "dvc": PIPELINE, "stage": PIPELINE, "output": PIPELINE, "too ": LIMIT,
}  # fmt: skip


def _mark(name):
    names = list(CASES)
    if names.index("a symbolic link") <= names.index(name) < names.index("too large a file"):
        return PATHS
    return next((mark for word, mark in WORDS.items() if word in name), OWN)


@pytest.mark.parametrize("name", [pytest.param(name, marks=_mark(name)) for name in CASES])
def test_a_change_is_judged_by_who_made_it_and_what_it_touches(root, name):
    outcome, actor, _ = CASES[name]
    verdict = judged(root, _branch(name), actor=actor)
    assert verdict.outcome == outcome, verdict
    assert verdict.reasons or outcome is OK


def test_there_are_sixty_cases_and_more():
    assert len(CASES) >= 60
    assert {outcome for outcome, _, _ in CASES.values()} == {OK, APPROVAL, REFUSED}


@pytest.mark.threat(1)
def test_anothers_votes_brought_in_by_a_merge_are_seen(root):
    other = commit(root, "bens-branch", [by("ben", BENS)])
    verdict = proposed(root, "merging", by("ada", MINE), Edit(files={BENS: VOTE}, merges=other))
    assert verdict.outcome is REFUSED
    assert any(BENS in reason for reason in verdict.reasons)


def test_what_the_base_got_meanwhile_is_not_the_changes_own(root):
    commit(root, "meanwhile", [by("ben", BENS)])
    verdict = proposed(root, "old-branch", by("ada", MINE))
    assert [file.path for file in verdict.files] == [MINE]


def test_what_waits_is_listed_by_who_approves_it_and_each_kind_once(root):
    paths = (
        "checks/x.yaml", "dvc.yaml", "guidelines/allowed_signers", "guidelines/media/x.md", "guidelines/x.md",
        "labels/annotators/x.yaml", "releases/x.yaml", "schemas/x.yaml", "tools/x", "tools/y",
    )  # fmt: skip
    verdict = proposed(root, "many-kinds", Edit(files=dict.fromkeys(paths, "x\n"), by="noor"), actor="noor-x")
    assert [(part.role, part.along, part.kinds) for part in verdict.waiting] == [
        ("lead", False, ("checks", "other", "pipeline", "release", "roster", "schema", "signers")),
        ("reviewer", False, ("guideline",)),
    ]


@pytest.mark.threat(6)
@pytest.mark.parametrize("stated", ["../r1/batch.yaml", None])
def test_a_batch_whose_file_is_a_link_or_not_there_is_none(root, stated):
    path, base = "labels/mood/r3/batch.yaml", f"r3-{stated is None}"
    commit_all(root, {base: [Edit(files={path: stated}, by="noor", modes={path: "120000"})]})
    commit_all(root, {f"vote-{base}": [by("ada", MINE)]}, start=base)
    verdict = judge_pull_request(root, ReviewRequest(base=base, head=f"vote-{base}", actors=("Ada-X",))).verdict
    assert verdict.outcome is REFUSED
    assert verdict.reasons == (f"{MINE}: the base has no batch r3 of mood",)


@pytest.mark.threat(1)
@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [("rei.jsonl", VOTE, True), ("rei.adjudicated.jsonl", RULED, False), ("rei.returned.jsonl", BACK, False)],
)
def test_a_qualification_is_for_votes_and_not_for_what_a_reviewer_says_of_them(root, name, text, refused):
    entry = PEOPLE["rei"].replace("role:", "qualified: [], role:")
    commit_all(root, {"untried": [by("noor", "labels/annotators/rei.yaml", f"{entry}\n")]})
    commit_all(root, {f"untried-{name}": [by("rei", f"labels/mood/r3/{name}", text)]}, start="untried")
    request = ReviewRequest(base="untried", head=f"untried-{name}", actors=("rei-x",))
    reasons = judge_pull_request(root, request).verdict.reasons
    assert any("rei is not qualified for mood" in reason for reason in reasons) is refused


def test_of_a_file_only_the_reasons_of_its_outcome_are_told(root):
    verdict = proposed(root, "bens-away", by("ada", BENS, None))
    assert verdict.reasons == (f"{BENS}: the file is ben's own, and ada took part in it",)
    assert [file.reasons for file in verdict.files] == [("the file is ben's own, and ada took part in it",)]


def test_a_task_that_the_base_does_not_have_is_no_task_of_the_report(root):
    path = "labels/song/r3/ada.jsonl"
    commit_all(root, {"song": [by("ada", path)]})
    report = review_pull_request(root, ReviewRequest(base="main", head="song", actors=("Ada-X",)))
    assert (report.verdict.outcome, report.tasks) == (REFUSED, ())
    assert f"{path}: the base has no task song" in report.verdict.reasons


def test_a_conflict_stands_first_and_beside_nothing_but_other_refusals(root):
    doc, told = "docs/both.md", "conflicts with the base; merge the base into the branch and resolve the conflict"
    commit_all(root, {
        "left": [by("noor", doc, "left\n")],
        "right": [by("ada", doc, "right\n")],
        "right-and-bens": [by("ada", doc, "right\n"), by("ada", BENS)],
    })  # fmt: skip
    for head, more in (("right", ()), ("right-and-bens", (f"{BENS}: the file is ben's own, and ada took part in it",))):
        verdict = judge_pull_request(root, ReviewRequest(base="left", head=head, actors=("Ada-X",))).verdict
        assert (verdict.outcome, verdict.reasons) == (REFUSED, (f"{doc}: {told}", *more))
