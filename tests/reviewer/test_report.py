"""The report on a pull request: what it says of answers, gold, agreement and risk, and in which forms."""

import dataclasses
import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft4Validator
from msgspec.structs import replace

from assay.agreement.corpus import measure_corpus
from assay.core.agreement_result import Coefficient
from assay.core.catalogue import finding
from assay.core.findings import Location
from assay.guidelines.front_matter import load_guideline
from assay.guidelines.impact import AffectedRelease, MigrationImpact
from assay.labels.whole import load_corpus
from assay.lead.annotator_set import taken_text
from assay.lead.batch_report import Turned
from assay.project.config import find_project
from assay.project.task_schema import load_schema
from assay.render.styles import github_annotations, sarif_of
from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.figures import MOST_SHOWN
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.report import review_findings, review_headline, review_markdown, review_text
from assay.reviewer.result import (
    Author,
    ChangeVerdict,
    Dispute,
    FileVerdict,
    GoldMiss,
    Moved,
    RecordDiff,
    ReviewOutcome,
    ReviewReport,
    Risk,
    TaskReview,
)
from proposing import BASE, VOTE, Edit, commit, commit_all, git, prepared, pushed

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


R1, R3 = "labels/mood/r1", "labels/mood/r3"
OPENED = BASE[f"{R1}/batch.yaml"].replace("closed", "open")
CLOSED = BASE[f"{R3}/batch.yaml"].replace("open", "closed")
TURNED = {
    "closed with one more vote": ({f"{R3}/batch.yaml": CLOSED, f"{R3}/rei.jsonl": VOTE}, [("r3", True, 4, 2)]),
    "open again with fewer": ({f"{R1}/batch.yaml": OPENED, f"{R1}/ben.jsonl": None}, [("r1", False, 4, 3)]),
    "both": (
        {f"{R1}/batch.yaml": OPENED, f"{R3}/batch.yaml": CLOSED}, [("r1", False, 4, 3), ("r3", True, 3, 2)]
    ),
    "new, gone, broken, another task's or the same": (
        {
            "labels/mood/r9/batch.yaml": CLOSED, "labels/song/r1/batch.yaml": CLOSED, f"{R1}/batch.yaml": None,
            f"{R3}/batch.yaml": "purpose: [\n", "labels/mood/r2/batch.yaml": f"{BASE['labels/mood/r2/batch.yaml']}note: x\n",
        },
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TURNED)
def test_batches_that_close_or_open_again_are_told_with_the_votes_that_go_by_it(root, name):
    files, told = TURNED[name]
    branch = f"turned-{list(TURNED).index(name)}"
    commit_all(root, {branch: [Edit(files=files, by="noor")]})
    seen = review_pull_request(root, ReviewRequest(base="main", head=branch, actors=("noor-x",)))
    assert [(one.batch, one.closed, one.votes, one.items) for one in seen.batches] == told
    assert {one.task for one in seen.batches} <= {"mood"}


def test_a_name_of_a_source_that_becomes_somebody_counts_as_they_do(root):
    commit_all(root, {
        f"is-{who}": [Edit(files={"labels/sources/identities.yaml": f"crowd: {{W 1: {who}}}\n"}, by="noor")]
        for who in ("ben", "dora")
    })  # fmt: skip
    seen = {
        who: review_pull_request(root, ReviewRequest(base="main", head=f"is-{who}", actors=("noor-x",))).roster
        for who in ("ben", "dora")
    }
    assert seen["ben"] == ()
    (one,) = seen["dora"]
    assert (one.who, one.status, one.since, one.votes, one.items) == ("@crowd/W 1", "paused", "2026-01-01", 2, 2)


def test_every_record_of_a_task_is_shown_as_what_it_is_with_whose_it_is(root):
    crowd = '{"annotator":"W 1","item":"i2","label":{"tone":"good"},"note":"x"}\n'
    files = {
        "labels/mood/r2/@crowd.jsonl": crowd,
        "labels/mood/gold/rei.jsonl": '{"item":"i5","label":{"tone":"bad"}}\n',
        "labels/mood/gold/@crowd.jsonl": '{"item":"i3","label":{"tone":"good"},"why":"clear"}\n',
        PLAN: BASE[PLAN].replace('"ben",', "", 1),
        f"{R3}/rei.returned.jsonl": '{"item":"i5","annotator":"ben","why":"look"}\n',
        f"{R1}/ada.adjudicated.jsonl": None,
        f"{R3}/ben.jsonl": BASE[f"{R3}/ben.jsonl"].replace(",", ", "),
        "labels/items/texts/more.jsonl": '{"id":"i8","data":{"text":"new"}}\n',
    }
    commit_all(root, {"of-all-kinds": [Edit(files=files, by="noor")]})
    (task,) = review_pull_request(root, ReviewRequest(base="main", head="of-all-kinds", actors=("noor-x",))).tasks
    assert (task.added, task.changed, task.removed) == (2, 3, 3)
    assert [(one.kind, one.change, one.who, one.batch, one.item, one.line, one.text) for one in task.shown] == [
        ("import", "changed", "@crowd", "", "i3", 1, "third"),
        ("gold", "added", "rei", "", "i5", 1, "fifth"),
        ("adjudication", "removed", "ada", "r1", "i1", 0, "naïve 😀 day"),
        ("import", "changed", "@crowd/W 1", "r2", "i2", 1, "plain"),
        ("import", "removed", "@crowd/w2", "r2", "i2", 0, "plain"),
        ("import", "removed", "@crowd/W 1", "r2", "i4", 0, "fourth"),
        ("batch", "changed", "", "r3", "i1", 1, "naïve 😀 day"),
        ("returned", "added", "rei", "r3", "i5", 1, "fifth"),
    ]
    assert [(one.who, one.votes) for one in task.authors] == [("@crowd/W 1", 1)]


def test_the_records_of_a_batch_that_is_taken_away_keep_the_text_of_their_items(root):
    away = {path: None for path in BASE if path.startswith("labels/mood/r2/")}
    commit_all(root, {"no-r2": [Edit(files=away, by="noor")]})
    (task,) = review_pull_request(root, ReviewRequest(base="main", head="no-r2", actors=("noor-x",))).tasks
    assert [(one.item, one.text) for one in task.shown] == [("i2", "plain"), ("i2", "plain"), ("i4", "fourth")]


def test_gold_and_decisions_move_no_agreement(root):
    files = {
        "labels/mood/gold/rei.jsonl": '{"item":"i5","label":{"tone":"bad"}}\n',
        f"{R1}/ada.adjudicated.jsonl": BASE[f"{R1}/ada.adjudicated.jsonl"].replace("good", "bad"),
    }
    commit_all(root, {"experts": [Edit(files=files, by="noor")]})
    (task,) = review_pull_request(root, ReviewRequest(base="main", head="experts", actors=("noor-x",))).tasks
    assert ([one.fields for one in task.shown], task.moved, task.authors) == (
        [(("tone", "", "bad"),), (("tone", "good", "bad"),)], (), (),
    )  # fmt: skip


def test_so_many_records_are_counted_and_the_first_of_them_shown(tmp_path):
    wide = BASE["checks/project.yaml"].replace("file_mib: 0.01", "file_mib: 1")
    base = prepared(tmp_path / "many", {**BASE, "checks/project.yaml": wide.replace("records: 30", "records: 60")})
    votes = "".join(f'{{"item":"n{n:03}","skip":"x"}}\n' for n in range(MOST_SHOWN + 1))
    commit(base, "votes", [Edit(files={f"{R3}/ben.jsonl": BASE[f"{R3}/ben.jsonl"] + votes}, by="ben")])
    (task,) = review_pull_request(base, ReviewRequest(base="main", head="votes", actors=("ben-x",))).tasks
    assert (MOST_SHOWN, task.added, len(task.shown), task.shown[-1].item) == (500, 501, 500, "n499")


def test_a_file_that_is_only_written_in_another_way_is_told_and_one_of_another_mode_is_none(root):
    path, text = f"{R3}/ben.jsonl", BASE[f"{R3}/ben.jsonl"]
    commit_all(root, {
        "spaced": [Edit(files={path: text.replace(",", ", ")}, by="ben")],
        "runs": [Edit(files={path: text}, by="ben", modes={path: "100755"})],
    })  # fmt: skip
    seen = [review_pull_request(root, ReviewRequest(base="main", head=name)) for name in ("spaced", "runs")]
    assert "### mood: records only reformatted" in review_markdown(seen[0]).splitlines()
    assert seen[1].tasks == ()


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


# --- the page, line by line


VERDICT = ChangeVerdict(outcome=ReviewOutcome.OK, reasons=(), policy_change=False, people=(), files=())
PAGE = ReviewReport(
    base="b" * 40, head="a" * 40, actor="", title="", branch="", verdict=VERDICT, risk=Risk.LOW, risks=(), findings=(),
    elsewhere=0, tasks=(), guidelines=(),
)  # fmt: skip
TASK = TaskReview(
    task="mood", added=0, changed=0, removed=0, shown=(), moved=(), disputes=(), single=(), gold=(), authors=(), peeked=()
)  # fmt: skip
OWN = FileVerdict(path=MINE, change="changed", kind="votes", policy=False, outcome=ReviewOutcome.OK, reasons=())


def lines_of(page=PAGE, /, **changes):
    return [line for line in review_markdown(replace(page, **changes)).splitlines() if line]


def told_of(**task):
    """The lines on one task, without those of the head and of the files."""
    every = lines_of(tasks=(replace(TASK, **task),))
    return every[every.index("No new findings.") + 1 :]


@pytest.mark.parametrize(
    ("verdict", "more", "head"),
    [
        ({}, {}, ["## ✅ ok · risk low", "by nobody in the roster", "Changes nothing; may be merged without approval."]),
        (
            {"outcome": ReviewOutcome.APPROVAL, "policy_change": True, "people": ("ada", "ben"), "files": (OWN, OWN)},
            {"risk": Risk.HIGH, "actor": "me"},
            [
                "## 👀 needs approval · risk high · `policy-change`", "by `ada`, `ben` · requested by `me`",
                "Changes votes; waits for approval.",
            ],
        ),
        (
            {"outcome": ReviewOutcome.APPROVAL, "approval": "waits for a lead", "files": (OWN, replace(OWN, kind="batch"))},
            {"title": "T", "branch": "B"},
            [
                "## 👀 needs approval · risk low", "by nobody in the roster · `T` · branch `B`",
                "Changes votes, batch; `waits for a lead`.",
            ],
        ),
        (
            {"outcome": ReviewOutcome.OK, "approval": "approved by lea", "approved_by": ("lea",)}, {},
            [
                "## ✅ ok · risk low", "by nobody in the roster",
                "Changes nothing; `approved by lea`, and may be merged.",
            ],
        ),
        (
            {"outcome": ReviewOutcome.REFUSED, "approval": "waits for a lead"}, {},
            ["## ⛔ refused · risk low", "by nobody in the roster", "Changes nothing; may not be merged as it is."],
        ),
    ],
)  # fmt: skip
def test_the_head_says_what_is_merged_by_whom_and_whether(verdict, more, head):
    first, by, result = head
    page = lines_of(verdict=replace(VERDICT, **verdict), **more)
    assert page[:3] == [first, f"`{'a' * 12}` against `{'b' * 12}` · {by}", result]
    stated = review_headline(replace(PAGE, verdict=replace(VERDICT, **verdict), **more))
    outcome, risk, *policy = first.partition(" ")[2].partition(" ")[2].split(" · ")
    assert stated == f"{outcome}{', policy-change' if policy else ''}; {risk}"


def test_reasons_effects_of_batches_and_risks_are_listed_after_the_head():
    turned = Turned(task="mood", batch="r3", closed=True, votes=2, items=1)
    page = lines_of(verdict=replace(VERDICT, reasons=("one", "two")), batches=(turned,), risks=("high: x",))
    assert page[3:] == [
        "- `one`", "- `two`", "- `closes mood/r3: 2 votes on 1 item count from now on`", "**Look at:**", "- `high: x`",
        "No new findings.",
    ]  # fmt: skip
    many = lines_of(risks=tuple(f"r{n}" for n in range(1241)))
    assert many[4:45] == [*(f"- `r{n}`" for n in range(40)), "- … and 1,201 more"]
    assert "more" not in str(lines_of(risks=tuple(f"r{n}" for n in range(40))))


def test_new_findings_are_a_table_and_others_a_number():
    many = [finding("label/schema", Location(path="x", line=n), "is odd", fix="mend it") for n in range(1, 42)]
    rest = [dataclasses.replace(many[0], rest=b"x" * 8 * 1200)]
    assert lines_of(elsewhere=1)[-1] == "No new findings (1 finding in base and change)."
    assert lines_of(elsewhere=1200)[-1] == "No new findings (1,200 findings in base and change)."
    page = lines_of(findings=tuple(many[:40]), elsewhere=7)[3:]
    assert page[:4] == [
        "### New findings: 40; in base and change: 7",
        "|  | where | what | fix |",
        "| --- | --- | --- | --- |",
        "| error | `x:1` | `is odd` | `mend it` |",
    ]
    assert len(page) == 43
    assert lines_of(findings=tuple(many))[-2:] == ["| error | `x:40` | `is odd` | `mend it` |", "… and 1 more"]
    assert "### New findings: 1,201; in base and change: 0" in lines_of(findings=tuple(rest))


def coefficient(value, low=None, high=None, reason=None):
    return Coefficient(value=value, low=low, high=high, reason=reason)


def alpha(field, before, after, units=(2, 2), batches="closed"):
    return Moved(
        task="mood", field=field, batches=batches, coefficient="alpha", before=before, after=after,
        units_before=units[0], units_after=units[1],
    )  # fmt: skip


def test_agreement_is_a_table_of_what_moved_and_a_line_of_what_did_not():
    half, none = coefficient(0.5, 0.25, 0.75), coefficient(None, reason="no units")
    moved = (
        alpha("tone", half, coefficient(0.0)),
        alpha("more", half, half, (2, 1300)),
        alpha("same", half, half),
        alpha("new", none, coefficient(0.5, 0.0, 0.75), (0, 2)),
        alpha("never", none, none, (0, 1)),
        alpha("tone", half, half, batches="open"),
        alpha("as", half, half, batches="open"),
    )
    assert told_of(moved=moved)[1:] == [
        "| alpha of | batches | before | after | items with two answers |",
        "| --- | --- | --- | --- | --- |",
        "| `tone` | closed | 0.500 [0.250, 0.750] | 0.000 | 2 → 2 |",
        "| `more` | closed | 0.500 [0.250, 0.750] | 0.500 [0.250, 0.750] | 2 → 1,300 |",
        "| `new` | closed | - (no units) | 0.500 [0.000, 0.750] | 0 → 2 |",
        "Agreement unchanged in the closed batches: `same`.",
        "Agreement unchanged in the open batches: `tone`, `as`.",
    ]


def test_of_a_task_the_records_are_counted_by_what_happened_to_them():
    assert told_of() == ["### mood: records only reformatted"]
    assert told_of(added=1200, removed=1)[0] == "### mood: records 1,200 added, 1 removed"
    assert told_of(added=1, changed=2, removed=3)[0] == "### mood: records 1 added, 2 changed, 3 removed"


def test_disagreements_and_answers_that_differ_from_gold_are_tables_with_their_number():
    split = Dispute(
        task="mood", batch="r3", item="i1", field="tone", text="one", answers=(("ada", "bad"), ("ben", "good"))
    )
    miss = GoldMiss(task="mood", item="i2", who="ada", field="tone", gold="good", given="bad")
    assert told_of(disputes=(split,), gold=(miss,) * 41)[1:] == [
        "**New disagreements: 1**",
        "| item | text | field | answers |",
        "| --- | --- | --- | --- |",
        "| `i1` | `one` | `tone` | `ada: bad, ben: good` |",
        "**Differ from gold: 41**",
        "| item | field | answer | gold | by |",
        "| --- | --- | --- | --- | --- |",
        *["| `i2` | `tone` | `bad` | `good` | `ada` |"] * 40,
        "… and 1 more",
    ]


def test_items_of_one_vote_and_those_answered_beside_a_peer_are_named_up_to_twelve():
    twelve = tuple(f"i{n}" for n in range(12))
    named = ", ".join(f"`{item}`" for item in twelve)
    assert told_of(single=twelve, peeked=(*twelve, "x", "y"))[1:] == [
        f"Decided by one vote now: 12 ({named}).",
        f"Answered with a peer's answer in the history: 14 ({named} and 2 more).",
    ]


def test_annotators_are_listed_with_what_is_known_of_them():
    people = (
        Author(task="mood", who="ada", votes=1200, gold_right=3, gold_asked=4, seconds=2.5, usual=0.0),
        Author(task="mood", who="ben", votes=1, gold_right=0, gold_asked=0, seconds=None, usual=None),
        Author(task="mood", who="cy", votes=1, gold_right=0, gold_asked=1, seconds=0.0, usual=2.5),
    )
    assert told_of(authors=people)[3:] == [
        "| `ada` | 1,200 | 3 of 4 | 2.5 s | 0 s |",
        "| `ben` | 1 | - | - | - |",
        "| `cy` | 1 | 0 of 1 | 0 s | 2.5 s |",
    ]


def diff(change, fields=(), claims=()):
    return RecordDiff(
        path=MINE, line=1, kind="votes", change=change, task="mood", batch="r3", item="i1", who="ada", text="one",
        fields=fields, claims=claims,
    )  # fmt: skip


def test_records_show_answers_and_claims_before_and_after():
    stamped = (("at", "", "2026"), ("note", "", "sure"), ("seconds", "", "4"))
    shown = (
        diff("added", (("tone", "", "bad"), ("score", "", "1")), stamped),
        diff("changed", (("tone", "good", "bad"), ("score", "", "1")), (("at", "2025", "2026"), ("note", "x", ""))),
        diff("removed", (("tone", "good", ""),), (("seconds", "4", ""), ("note", "sure", ""))),
        diff("changed"),
    )
    assert told_of(added=1, changed=2, removed=1, shown=shown)[1:] == [
        "<details>",
        "<summary>Records (4)</summary>",
        "|  | item | text | answers | by |",
        "| --- | --- | --- | --- | --- |",
        "| + | `i1` | `one` | `tone: bad; score: 1`; `note: sure` | `ada` |",
        "| ~ | `i1` | `one` | `tone: good → bad; score: 1`; `at: 2025 → 2026; note: x → nothing` | `ada` |",
        "| - | `i1` | `one` | `tone: good`; `note: sure` | `ada` |",
        "| ~ | `i1` | `one` |  | `ada` |",
        "</details>",
    ]
    assert told_of(added=41, shown=(diff("added"),) * 40)[-2:] == ["… and 1 more", "</details>"]
    assert "more" not in str(told_of(added=40, shown=(diff("added"),) * 40))


def test_a_guideline_is_shown_as_held_or_approved_with_what_it_makes_outdated(root):
    (state,) = of(root, "guideline").guidelines
    redo = replace(state.impact.redo, items=5, annotations=1300, hours=None)
    impact = replace(
        state.impact, items=1, migrations=(), releases=(), redo=redo, own=replace(redo, items=3),
        annotations=replace(state.impact.annotations, annotations=2, of=1),
    )  # fmt: skip
    held = replace(state, state="no record", impact=None)
    after = "No new findings."
    assert lines_of(guidelines=(held,)).pop() == "Held: `no record`"
    page = lines_of(guidelines=(replace(held, approved=True), replace(held, impact=impact)))
    outdated = "2 of 1 current label become outdated or wait for an annotator, in 1 item"
    assert page[page.index(after) + 1 :] == [
        "### Guideline of mood `0.3.0`: approved",
        "### Guideline of mood `0.3.0`: held",
        "Held: `no record`",
        f"{outdated}; to label again: 1,300 answers to 5 items (of these 2 items for earlier versions).",
    ]
    timed = replace(impact, redo=replace(redo, hours=1.25), own=redo)
    assert lines_of(guidelines=(replace(held, impact=timed),))[-1].endswith("to 5 items, hours: 1.2.")


def test_the_files_are_listed_with_their_verdict():
    files = (OWN, *[replace(OWN, path="x", kind="other", outcome=ReviewOutcome.REFUSED)] * 40)
    page = lines_of(verdict=replace(VERDICT, files=files))
    assert page[-45:-41] == [
        "<summary>Files (41)</summary>",
        "| file | change | kind | verdict |",
        "| --- | --- | --- | --- |",
        f"| `{MINE}` | changed | votes | ok |",
    ]
    assert page[-3:] == ["| `x` | changed | other | refused |", "… and 1 more", "</details>"]


def test_a_long_page_shows_fewer_rows_and_at_last_the_head_alone():
    wide = tuple(f"{n} {'x' * 280}" for n in range(40))
    split = Dispute(
        task="mood", batch="r3", item="i", field="f", text="t" * 200, answers=(("ada", "b" * 200), ("ben", "c"))
    )  # fmt: skip
    many, few = replace(TASK, disputes=(split,) * 90), replace(TASK, disputes=(split,))
    assert "- … and" not in review_markdown(replace(PAGE, risks=wide))
    page = review_markdown(replace(PAGE, risks=wide, tasks=(many,) * 5))
    assert len(page) <= 60_000
    assert "- … and 20 more" in page
    last = review_markdown(replace(PAGE, risks=wide, tasks=(few,) * 300)).splitlines()
    assert len([line for line in last if line.startswith("- `")]) == 1
    assert last[-1] == "_The change is too large for this page; `assay review --format json` lists all of it._"


def test_for_a_terminal_the_marks_of_markdown_go_and_empty_lines_are_one():
    page = review_text(replace(PAGE, risks=("high: x **y**",), tasks=(replace(TASK, added=1, shown=(diff("added"),)),)))
    assert page.splitlines() == [
        "✅ ok · risk low", "", f"{'a' * 12} against {'b' * 12} · by nobody in the roster", "",
        "Changes nothing; may be merged without approval.", "", "Look at:", "", "- high: x y", "", "No new findings.", "",
        "mood: records 1 added", "", "|  | item | text | answers | by |", "| + | i1 | one |  | ada |",
    ]  # fmt: skip
    many = review_text(replace(PAGE, risks=tuple(f"r{n}" for n in range(21))))
    assert "- r19\n- … and 1 more" in many


def test_migrations_and_releases_are_listed_with_what_the_edit_leaves_of_them(root):
    (state,) = of(root, "guideline").guidelines
    redo = replace(state.impact.redo, items=0, annotations=0)
    migration = MigrationImpact(
        name="0001-word", path="x", guideline="0.3.0", reason="x", steps=("one", "two"), added=True, carried=1, waiting=1200,
        votes=2, items=1, redo=redo, releases=(),
    )  # fmt: skip
    release = AffectedRelease(name="set", version="1.0.0", rows=3, of=1)
    told = {
        "migrations": "- `0001-word`: `one; two`: 1 label migrated, 1,200 need an answer; 2 current answers to 1 item wait",
        "releases": "- release `set 1.0.0`: 3 of 1 row affected",
    }
    for listed in (
        {"migrations": (migration,)},
        {"releases": (release,)},
        {"migrations": (migration,), "releases": (release,)},
    ):
        impact = replace(state.impact, **{"migrations": (), "releases": (), **listed})
        states = (replace(state, impact=impact), replace(state, impact=None))
        page = review_markdown(replace(PAGE, guidelines=states)).splitlines()
        lines = [told[name] for name in listed]
        at = page.index(lines[0])
        assert page[at - 1 : at + len(lines) + 1] == ["", *lines, ""]
        assert not any(line in page for name, line in told.items() if name not in listed)


# --- findings for a forge


def shape(found):
    return (found.rule, str(found.at), found.message)


def test_findings_of_a_verdict_stand_at_their_files_and_others_at_the_first_one():
    files = (
        replace(OWN, path="a", outcome=ReviewOutcome.APPROVAL, reasons=("one", "two")),
        replace(OWN, path="b", kind="checks", policy=True, outcome=ReviewOutcome.REFUSED, reasons=("three",)),
        replace(OWN, path="c"),
    )
    verdict = replace(VERDICT, outcome=ReviewOutcome.REFUSED, reasons=("b: three", "all together"), files=files)
    found = review_findings(replace(PAGE, verdict=verdict))
    assert [shape(one) for one in found] == [
        ("review/refused", "a", "all together"),
        ("review/refused", "b", "three"),
        ("review/policy-change", "b", "checks changes, and other changes are judged by it"),
        ("review/needs-approval", "a", "one"),
        ("review/needs-approval", "a", "two"),
    ]
    waits = replace(verdict, outcome=ReviewOutcome.APPROVAL, reasons=("nobody said",), files=files[2:])
    assert [shape(one) for one in review_findings(replace(PAGE, verdict=waits))] == [
        ("review/needs-approval", "c", "nobody said")
    ]
    assert review_findings(replace(PAGE, verdict=replace(waits, files=()))) == ()


def test_errors_stand_before_warnings_and_what_was_decided_before_what_was_measured():
    shown = (
        replace(diff("added"), item="i1"),
        replace(diff("removed"), item="i2", line=0),
        replace(diff("added"), item="i3", line=3),
    )
    split = Dispute(
        task="mood", batch="r3", item="i1", field="tone", text="", answers=(("rei", "good"), ("ada", "bad"))
    )
    miss = GoldMiss(task="mood", item="i3", who="ada", field="tone", gold="good", given="bad")
    task = replace(
        TASK, shown=shown, disputes=(split, replace(split, item="i2")), gold=(miss, replace(miss, who="ben"), replace(miss, item="i2"))
    )  # fmt: skip
    files = (replace(OWN, path="z", policy=True, outcome=ReviewOutcome.APPROVAL, reasons=("x",)),)
    stated = [
        finding(rule, Location(path=path, line=2), "m")
        for rule, path in (
            ("project/orphan", "a"), ("label/not-canonical", "b"), ("project/configuration", "c"), ("label/schema", "y"),
            ("label/schema", "d"),
        )
    ]  # fmt: skip
    verdict = replace(VERDICT, outcome=ReviewOutcome.APPROVAL, reasons=("z: x",), files=files)
    found = review_findings(replace(PAGE, verdict=verdict, tasks=(task,), findings=tuple(stated)))
    assert [(one.rule, str(one.at)) for one in found] == [
        ("label/schema", "d:2"),
        ("label/schema", "y:2"),
        ("project/configuration", "c:2"),
        ("label/not-canonical", "b:2"),
        ("review/gold-contradiction", f"{MINE}:3"),
        ("review/policy-change", "z"),
        ("review/needs-approval", "z"),
        ("project/orphan", "a:2"),
        ("review/disagreement", f"{MINE}:1"),
    ]
    gold, dispute = found[4], found[8]
    assert (gold.message, gold.task, gold.item, gold.annotator) == ("tone of i3: bad; gold: good", "mood", "i3", "ada")
    assert (dispute.message, dispute.batch, dispute.item) == ("tone of i1: rei good, ada bad", "r3", "i1")
