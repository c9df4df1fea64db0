"""The report on a pull request: what it says of answers, gold, agreement and risk, and in which forms."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft4Validator

from assay.agreement.corpus import measure_corpus
from assay.guidelines.front_matter import load_guideline
from assay.labels.corpus import load_corpus
from assay.lead.annotator_set import taken_text
from assay.project.config import find_project
from assay.project.task_schema import load_schema
from assay.render.styles import github_annotations, sarif_of
from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.report import review_findings, review_headline, review_markdown, review_text
from assay.reviewer.result import ReviewOutcome, Risk
from proposing import BASE, Edit, commit, commit_all, git, prepared, pushed

MINE, PLAN = "labels/mood/r3/ada.jsonl", "labels/mood/r3/assignments.jsonl"
LINES = (
    '{"item":"i1","label":{"tone":"bad"},"seconds":2}\n'
    '{"item":"i2","label":{"tone":"bad"},"seconds":4}\n'
    '{"item":"i5","label":{"tone":"bad"},"seconds":3}\n'
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("report") / "clone")
    commit_all(root, {
        "change": [Edit(files={MINE: LINES})],
        "broken": [Edit(files={MINE: LINES + '{"item":"i9","label":{"tone":"x"}}\nnot json\n'})],
        "guideline": [Edit(files={"guidelines/mood.md": BASE["guidelines/mood.md"].replace(
            "version: 0.2.0\nchanges:\n", "version: 0.3.0\nchanges:\n  - {version: 0.3.0, date: 2026-03-01, "
            "summary: third, affects: [tone=good]}\n")})],
    })  # fmt: skip
    return root


def of(root, branch, **more):
    forge = ForgeEvidence(pushes=(pushed(root, branch, "Ada-X"),))
    return review_pull_request(root, ReviewRequest(base="main", head=branch, actors=("Ada-X",), forge=forge, **more))


def test_records_are_compared_with_the_text_of_their_items(root):
    (task,) = of(root, "change").tasks
    assert (task.added, task.changed, task.removed) == (2, 1, 1)
    shown = {one.item: (one.change, one.text, one.fields) for one in task.shown}
    assert shown["i5"] == ("changed", "fifth", (("tone", "good", "bad"),))
    assert shown["i4"] == ("removed", "fourth", (("tone", "good", ""),))
    assert shown["i1"] == ("added", "naïve 😀 day", (("tone", "", "bad"),))


def test_gold_disagreement_single_votes_and_pace_are_told(root):
    (task,) = of(root, "change").tasks
    assert [(one.item, one.gold, one.given) for one in task.gold] == [("i1", "good", "bad")]
    assert [(one.item, one.answers) for one in task.disputes] == [("i5", (("ada", "bad"), ("ben", "good")))]
    assert task.single == ("i1", "i2")
    (author,) = task.authors
    assert (author.who, author.votes, author.gold_right, author.gold_asked) == ("ada", 3, 1, 2)
    assert author.seconds == 3


def test_what_a_changed_entry_does_to_votes_is_told(root):
    entry = "{{handle: ben-x, emails: [ben@example.org], status: {}}}\n"
    entries = {"out": "excluded", "left": "left, since: 2026-03-02", "same": "active, since: 2026-01-01"}
    commit_all(root, {
        name: [Edit(files={"labels/annotators/ben.yaml": entry.format(status)}, by="noor")]
        for name, status in entries.items()
    })  # fmt: skip
    for name, told in (
        (
            "out",
            ["ben (excluded): 4 votes on 4 items of mood no longer count; 3 of them then rest on one vote or none"],
        ),
        ("left", ["ben (left since 2026-03-02): 1 vote on 1 item of mood no longer count"]),
        ("same", []),
    ):
        seen = review_pull_request(root, ReviewRequest(base="main", head=name, actors=("noor-x",)))
        assert [taken_text(one) for one in seen.roster] == told
        assert all(f"- `{line}`" in review_markdown(seen) for line in told)
        assert all(line in review_text(seen) for line in told)


def test_until_the_day_comes_whoever_is_to_leave_takes_part(root):
    entry = "{handle: ben-x, emails: [ben@example.org], status: left, since: 2026-06-01}\n"
    commit_all(root, {"leaving": [Edit(files={"labels/annotators/ben.yaml": entry}, by="noor")]})
    commit_all(root, {"last": [Edit(files={"labels/mood/r3/ben.jsonl": LINES}, by="ben")]}, "leaving")
    said = "ben is marked as left in the roster since 2026-06-01"
    for now, refused in (("2026-05-31T23:59:59Z", False), ("2026-06-01T00:00:00Z", True), ("", True)):
        seen = review_pull_request(root, ReviewRequest(base="leaving", head="last", actors=("ben-x",), now=now))
        assert any(said in reason for reason in seen.verdict.reasons) is refused


def test_a_peers_answer_in_the_ancestry_is_told(root):
    commit_all(
        root, {"late": [Edit(files={"labels/mood/r3/noor.jsonl": '{"item":"i5","label":{"tone":"bad"}}\n'}, by="noor")]}
    )
    (task,) = review_pull_request(root, ReviewRequest(base="main", head="late", actors=("noor-x",))).tasks
    assert task.peeked == ("i5",)


def test_findings_are_those_of_the_change_and_the_rest_is_counted(root):
    found = of(root, "broken")
    assert {one.rule for one in found.findings if one.at.line} >= {"label/unknown-item", "label/not-json"}
    assert found.risk is Risk.HIGH
    assert found.verdict.outcome is ReviewOutcome.REFUSED
    assert found.verdict.reasons == (
        f"{MINE}:4 label/unknown-item: The item is not in the pool",
        f"{MINE}:4 label/schema: A label does not match the task's schema",
        f"{MINE}:5 label/not-json: A line is not valid JSON",
    )
    assert of(root, "change").findings == ()
    assert of(root, "change").verdict.outcome is ReviewOutcome.OK


def test_agreement_is_what_a_full_run_says_before_and_after(root, tmp_path):
    for remembered in (False, True):
        found = of(root, "change")
        (task,) = found.tasks
        told = {one.batches: one for one in task.moved if one.field == "tone"}
        for branch, side in (("main", "before"), ("change", "after")):
            measured = _full(root, branch, tmp_path / f"{branch}-{remembered}")
            for rounds, entries in (("closed", measured.fields), ("open", measured.open)):
                if rounds in told:
                    assert getattr(told[rounds], side) == entries["tone"].alpha
                    assert getattr(told[rounds], f"units_{side}") == entries["tone"].units
        assert told


def _full(root, branch, folder):
    git(root, "worktree", "add", "--force", str(folder), branch)
    project = find_project(folder)
    schema = load_schema(project, "mood")
    corpus = load_corpus(project, schema, load_guideline(project, "mood")).corpus
    return measure_corpus(corpus, schema.fields).report


def test_a_damaged_memory_is_as_good_as_none(root):
    before = of(root, "change")
    (file,) = (root / ".git" / "assay" / "review").glob("*.bin")
    for damage in (b"", b"x" * 100, file.read_bytes()[:-1], bytes(np.frombuffer(file.read_bytes(), np.uint8) ^ 1)):
        file.write_bytes(damage)
        assert of(root, "change") == before


def test_a_guideline_edit_shows_what_it_makes_outdated_and_that_it_is_held(root):
    (state,) = of(root, "guideline").guidelines
    assert (state.version, state.approved) == ("0.3.0", False)
    assert state.impact.annotations.annotations > 0
    assert "no approval record" in state.state


def test_nothing_is_written_into_the_work_tree_and_nothing_of_the_head_is_checked_out(root):
    of(root, "broken")
    assert [path.name for path in root.iterdir()] == [".git"]


@pytest.mark.parametrize("branch", ["change", "broken", "guideline"])
def test_every_form_says_the_verdict(root, branch):
    found = of(root, branch)
    assert found.verdict.outcome.value in review_markdown(found)
    assert found.verdict.outcome.value in review_text(found)
    assert found.verdict.outcome.value in github_annotations(review_findings(found), review_headline(found))
    assert json.loads(json.dumps(sarif_of(review_findings(found))))["version"] == "2.1.0"


@pytest.mark.parametrize("branch", ["change", "broken", "guideline"])
def test_sarif_is_what_its_schema_says(root, branch):
    schema = (
        Path(os.environ.get("ASSAY_NPM", "")) / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
    )
    if not schema.is_file():
        pytest.skip("ASSAY_NPM names no folder with npm's @microsoft/jest-sarif")
    log = json.loads(json.dumps(sarif_of(review_findings(of(root, branch)))))
    judge = Draft4Validator(json.loads(schema.read_text(encoding="utf-8")))
    assert [error.message for error in judge.iter_errors(log)] == []
    assert [error.message for error in judge.iter_errors({**log, "version": "2.0.0"})]


@pytest.mark.threat(26)
def test_a_large_change_still_fits_a_comment(tmp_path):
    items = "".join(f'{{"id":"n{n:05}","data":{{"text":"{"long text " * 40}"}}}}\n' for n in range(3000))
    base = prepared(tmp_path / "large")
    plan = BASE[PLAN] + "".join(f'{{"item":"n{n:05}","annotators":["ada"]}}\n' for n in range(3000))
    commit(base, "main2", [Edit(files={"labels/items/texts/more.jsonl": items, PLAN: plan}, by="noor")])
    votes = "".join(f'{{"item":"n{n:05}","label":{{"tone":"bad"}}}}\n' for n in range(3000))
    commit(base, "many", [Edit(files={MINE: votes})], start="main2")
    found = review_pull_request(base, ReviewRequest(base="main2", head="many", actors=("Ada-X",)))
    assert found.verdict.outcome is ReviewOutcome.REFUSED
    assert len(review_markdown(found)) < 65_536


@pytest.mark.threat(26)
def test_a_forge_shows_ten_of_a_kind_the_worst_first(root):
    commit_all(root, {"many-faults": [Edit(files={MINE: '{"item":"i9","label":{"tone":"x"}}\n' * 30,
                                                 "labels/mood/r3/ben.jsonl": "{}\n"})]})  # fmt: skip
    found = of(root, "many-faults")
    lines = github_annotations(review_findings(found), review_headline(found)).splitlines()
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == 10
    assert "review/refused" in errors[0]
    assert "more findings" in lines[-1]


@pytest.mark.threat(7)
def test_a_file_too_large_to_read_is_refused_and_not_read(tmp_path):
    root = prepared(tmp_path / "huge")
    commit_all(root, {"huge": [Edit(files={MINE: b"x" * (51 * 2**20)})]})
    found = of(root, "huge")
    assert found.verdict.outcome is ReviewOutcome.REFUSED
    assert "MiB" in found.verdict.reasons[0]
    assert found.tasks == ()
