"""A guideline change with its schema, migration and batch: who may propose it, and whose approval it waits for."""

from dataclasses import replace

import pytest

from assay.guidelines.approval_records import ForgeReview
from assay.reviewer.change_authors import with_approvals
from assay.reviewer.event import ForgeEvidence, Push, ReviewRequest
from assay.reviewer.policy import people_in
from assay.reviewer.pull_request import judge_pull_request, review_pull_request
from assay.reviewer.report import review_text
from assay.reviewer.result import ReviewOutcome
from clones import git
from projects import GUIDELINE, SCHEMA
from proposing import BASE, PEOPLE, Edit, commit_all, prepared, pushed

pytestmark = pytest.mark.threat(2)

OK, APPROVAL, REFUSED = ReviewOutcome.OK, ReviewOutcome.APPROVAL, ReviewOutcome.REFUSED
LEADS, EXPERTS = {"noor", "lea"}, {"noor", "lea", "rei"}
ENTRY = "  - {version: 1.0.0, date: 2026-03-03, summary: third, affects: [tone=bad]}\n---"
NEXT = GUIDELINE.replace("version: 0.2.0\nchanges", "version: 1.0.0\nchanges").replace(
    "\n---\nRead", f"\n{ENTRY}\nRead"
)
BATCH = "purpose: relabel\nstatus: open\ncreated: 2026-03-03\nguideline: 1.0.0\nannotators: [ben]\n"
PLAN = '{"item":"i1","annotators":["ben"]}\n'
RENAMED = "reason: a clearer word\nguideline: 1.0.0\nsteps:\n  - {rename_values: {field: tone, values: {bad: awful}}}\n"
MIGRATED = {
    "schemas/mood.yaml": SCHEMA.replace("enum: [good, bad]", "enum: [good, awful]"),
    "schemas/migrations/mood/0001-word.yaml": RENAMED,
}


def batch(text=BATCH, task="mood", name="again"):
    return {f"labels/{task}/{name}/batch.yaml": text, f"labels/{task}/{name}/assignments.jsonl": PLAN}


GUIDE = {"guidelines/mood.md": NEXT}
WHOLE = {**GUIDE, **MIGRATED, **batch()}
ALONG = {
    "guideline": GUIDE,
    "schema": {**GUIDE, "schemas/mood.yaml": SCHEMA.replace("maximum: 5", "maximum: 6")},
    "migration": {**GUIDE, **MIGRATED},
    "batch": {**GUIDE, **batch()},
    "whole": WHOLE,
}
LEADS_OWN = {
    "another task's batch": {**WHOLE, **batch(task="song")},
    "a closed batch": {**WHOLE, **batch(BATCH.replace("open", "closed"))},
    "a batch of another version": {**WHOLE, **batch(BATCH.replace("1.0.0", "0.2.0"))},
    "a batch that asks anew": {**WHOLE, **batch(BATCH.replace("relabel", "label"))},
    "a batch that is there": {**WHOLE, "labels/mood/r3/assignments.jsonl": PLAN},
    "the roster": {**WHOLE, "labels/annotators/ben.yaml": PEOPLE["ben"].replace("annotator", "reviewer") + "\n"},
    "a schema taken away": {**GUIDE, "schemas/mood.yaml": None},
    "a schema alone": {"schemas/mood.yaml": SCHEMA.replace("maximum: 5", "maximum: 6")},
    "a batch alone": batch(BATCH.replace("1.0.0", "0.2.0")),
}
ANSWERS = {
    "votes": ("labels/mood/again/{who}.jsonl", '{"item":"i1","label":{"tone":"good"}}\n'),
    "votes elsewhere": ("labels/mood/r3/{who}.jsonl", '{"item":"i4","label":{"tone":"good"}}\n'),
    "gold": ("labels/mood/gold/{who}.jsonl", '{"item":"i4","label":{"tone":"good"}}\n'),
    "decisions": ("labels/mood/r3/{who}.adjudicated.jsonl", '{"item":"i4","label":{"tone":"good"},"reason":"other"}\n'),
    "returned": ("labels/mood/r3/{who}.returned.jsonl", '{"item":"i4","annotator":"ben","why":"again"}\n'),
}
AUTHORS = ("ada", "rei", "noor")
APPROVALS = ((), ("ben",), ("rei",), ("noor",), ("lea",), ("noor", "rei"))


def content(name, who):
    if name in ANSWERS:
        path, text = ANSWERS[name]
        return {**GUIDE, path.format(who=who): text}
    return {**ALONG, **LEADS_OWN}[name]


CONTENTS = (*ALONG, *LEADS_OWN, *ANSWERS)
BRANCH = {(who, name): f"{who}-{number}" for who in AUTHORS for number, name in enumerate(CONTENTS)}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    song = {"schemas/song.yaml": SCHEMA, "guidelines/song.md": GUIDELINE.replace("mood", "song"),
            "checks/song.yaml": "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}}\n",
            "labels/annotators/lea.yaml": "{role: lead, handle: lea-x, emails: [lea@example.org]}\n",
            "checks/project.yaml": BASE["checks/project.yaml"].replace("{mood:", "{song: {pool: texts}, mood:")}  # fmt: skip
    root = prepared(tmp_path_factory.mktemp("one") / "clone", {**BASE, **song})
    commit_all(root, {BRANCH[case]: [Edit(files=content(case[1], case[0]), by=case[0])] for case in BRANCH})
    return root


def asked(root, branch, who, reviews=None):
    return ReviewRequest(
        base="main", head=branch, forge=ForgeEvidence(pushes=(pushed(root, branch, f"{who}-x"),)), reviews=reviews
    )


def approving(head, *people, state="APPROVED"):
    return tuple(
        ForgeReview(login=f"{who}-x", bot=False, state=state, commit=head, at="2026-03-04T10:00:00Z") for who in people
    )


def expected(name, who, approvers):
    """The rule in a line each, from the words of the documentation."""
    if name in ANSWERS or (name in LEADS_OWN and who not in LEADS):
        return REFUSED
    free = EXPERTS & set(approvers) - {who}
    if free & LEADS or (free and name == "guideline"):
        return OK
    return OK if free and name in ALONG and LEADS & {who, *approvers} else APPROVAL


@pytest.mark.parametrize("who", AUTHORS)
@pytest.mark.parametrize("name", CONTENTS)
def test_who_made_it_what_it_holds_and_who_approved_decide(root, who, name):
    judged = judge_pull_request(root, asked(root, BRANCH[who, name], who))
    people = people_in(judged.roster)
    for approvers in APPROVALS:
        reviews = approving(judged.head, *approvers)
        seen = with_approvals(judged.verdict, reviews, judged.head, people, judged.hands)
        assert seen.outcome is expected(name, who, approvers), (approvers, seen)
        assert (seen.approved_by != ()) is (seen.outcome is OK)
        assert bool(seen.approval) is (seen.outcome is not REFUSED)


@pytest.mark.parametrize("who", AUTHORS)
def test_the_whole_of_it_brings_no_finding_and_is_marked_as_a_change_of_policy(root, who):
    seen = review_pull_request(root, asked(root, BRANCH[who, "whole"], who))
    assert [one for one in seen.findings if one.severity != "warning"] == []
    assert (seen.verdict.outcome, seen.verdict.policy_change) == (APPROVAL, True)
    alone = "a reviewer who took no part in it (guideline) and a lead (batch, migration, schema)"
    assert seen.verdict.approval == f"waits for a lead who took no part in it; or for {alone}"
    unread = review_pull_request(root, asked(root, BRANCH[who, "whole"], who, ())).verdict.approval
    reviewer = "a reviewer who took no part in it"
    rest = reviewer if who in LEADS else f"a lead who took no part in it; or for {alone}"
    assert unread.endswith(f"; waits for {rest}"), "a lead who made it covers what a reviewer may not approve"
    done = review_pull_request(root, asked(root, BRANCH[who, "whole"], who, approving(seen.head, "lea")))
    assert (done.verdict.outcome, done.verdict.approval) == (OK, "approved by lea")


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_sent_in_a_second_pull_request(root, name):
    verdict = judge_pull_request(root, asked(root, BRANCH["noor", name], "noor")).verdict
    (why,) = (reason for reason in verdict.reasons if "change together" in reason)
    assert "merge the guideline first, then send the labels in a second pull request" in why


STRAY = {
    "another task's batch": "the change has no new version of the guideline of song",
    "a closed batch": "the batch is closed",
    "a batch of another version": "the batch follows 0.2.0, not 1.0.0",
    "a batch that asks anew": "the purpose of the batch is label, not relabel",
    "a batch that is there": "the base has the batch r3 already, or its batch.yaml cannot be read",
    "a schema taken away": "it is removed",
    "a schema alone": "the change has no new version of the guideline of mood",
    "a batch alone": "the change has no new version of the guideline of mood",
}


@pytest.mark.parametrize("name", STRAY)
def test_why_a_file_is_a_leads_is_said(root, name):
    reasons = judge_pull_request(root, asked(root, BRANCH["ada", name], "ada")).verdict.reasons
    told = f"needs a lead, and ada is an annotator; it is not part of a guideline change: {STRAY[name]}"
    assert any(reason.endswith(told) for reason in reasons), reasons


def test_a_signed_record_of_the_version_goes_with_it_and_no_other(root):
    record = "project: test-project\ntask: mood\nversion: 1.0.0\ndigest: " + "a" * 64 + "\nway: {way}\nauthors: [ada]\n"
    record += "approvers: [noor]\nat: 2026-03-04T10:00:00Z\n"
    path = "guidelines/approvals/mood/1.0.0"
    cases = {
        "both": (APPROVAL, {f"{path}.yaml": record.format(way="signed"), f"{path}.sig": "x\n"}),
        "unsigned": (REFUSED, {f"{path}.yaml": record.format(way="forge"), f"{path}.sig": "x\n"}),
        "no-signature": (REFUSED, {f"{path}.yaml": record.format(way="signed")}),
        "another": (REFUSED, {f"{path.replace('1.0.0', '0.2.0')}.yaml": record, f"{path}.sig": "x\n"}),
        "broken": (REFUSED, {f"{path}.yaml": "way: signed\n", f"{path}.sig": "x\n"}),
    }
    commit_all(root, {f"record-{name}": [Edit(files={**GUIDE, **files})] for name, (_, files) in cases.items()})
    for name, (outcome, _) in cases.items():
        assert judge_pull_request(root, asked(root, f"record-{name}", "ada")).verdict.outcome is outcome, name
    whole = cases["both"][1]
    for name, there in (("record", (f"{path}.yaml",)), ("signature", (f"{path}.sig",)), ("both", (*whole,))):
        commit_all(root, {f"base-{name}": [Edit(files={one: whole[one] + "\n" for one in there}, by="noor")]})
        commit_all(root, {f"over-{name}": [Edit(files={**GUIDE, **whole})]}, start=f"base-{name}")
        request = replace(asked(root, f"over-{name}", "ada"), base=f"base-{name}")
        verdict = judge_pull_request(root, request).verdict
        assert verdict.outcome is REFUSED, name
        assert any("not a signed record of the new version" in reason for reason in verdict.reasons)
    held = review_pull_request(root, asked(root, "record-both", "ada"))
    assert held.verdict.outcome is REFUSED
    assert any("guideline/approval" in reason for reason in held.verdict.reasons)


def test_who_commits_nothing_but_a_signed_record_has_no_hand_in_the_change(root):
    record = (
        "project: test-project\ntask: mood\nversion: 1.0.0\ndigest: " + "a" * 64 + "\nway: signed\nauthors: [noor]\n"
    )
    path = "guidelines/approvals/mood/1.0.0"
    signed = {f"{path}.yaml": f"{record}approvers: [rei]\nat: 2026-03-04T10:00:00Z\n", f"{path}.sig": "x\n"}
    more = {"guidelines/mood.md": GUIDE["guidelines/mood.md"] + "More.\n"}
    cases = {
        "alone": ([signed], OK),
        "in-two": ([{f"{path}.sig": "x\n"}, {f"{path}.yaml": signed[f"{path}.yaml"]}], OK),
        "with-text": ([{**signed, **more}], APPROVAL),
        "text-after": ([signed, more], APPROVAL),
        "not-signed": ([{f"{path}.yaml": signed[f"{path}.yaml"].replace("signed", "forge")}], APPROVAL),
    }
    for name, (edits, outcome) in cases.items():
        branch = f"signed-{name}"
        commit_all(root, {branch: [Edit(files=GUIDE, by="noor"), *(Edit(files=one, by="rei") for one in edits)]})
        first, last = git(root, "rev-parse", f"{branch}~{len(edits)}").strip(), git(root, "rev-parse", branch).strip()
        pushes = (Push(before="", after=first, actor="noor-x"), Push(before=first, after=last, actor="rei-x"))
        forge, whole = ForgeEvidence(pushes=pushes), ForgeEvidence(pushes=(Push(before="", after=last, actor="rei-x"),))
        noors = ForgeEvidence(pushes=(Push(before="", after=last, actor="noor-x"),))
        for actors, sender, by, wanted in (
            ((), "", forge, outcome),
            (("noor-x", "rei-x"), "rei-x", forge, outcome),
            (("noor-x", "rei-x"), "", forge, APPROVAL),
            ((), "", whole, APPROVAL),
            (("noor-x", "rei-x"), "rei-x", noors, APPROVAL),  # the list shows no push of rei's
        ):
            judged = judge_pull_request(
                root, ReviewRequest(base="main", head=branch, actors=actors, sender=sender, forge=by)
            )
            people, reviews = people_in(judged.roster), approving(judged.head, "rei")
            seen = with_approvals(judged.verdict, reviews, judged.head, people, judged.hands)
            assert seen.outcome is wanted, (name, actors, sender, seen)
            assert "rei" in judged.verdict.people


def test_what_is_not_known_approves_nothing(root):
    branch = BRANCH["ada", "whole"]
    head = judge_pull_request(root, asked(root, branch, "ada")).head
    lea = approving(head, "lea")

    def seen(forge, reviews):
        return review_pull_request(root, ReviewRequest(base="main", head=branch, forge=forge, reviews=reviews)).verdict

    ada = asked(root, branch, "ada").forge
    assert "unknown who pushed" in seen(ForgeEvidence(), lea).approval
    for reviews, why in (
        (None, "waits for a lead"),
        (approving("0" * 40, "lea"), "lea approved another commit"),
        ((*lea, *approving(head, "rei", state="CHANGES_REQUESTED")), "rei asked for changes"),
        (approving(head, "lea", state="DISMISSED"), "was dismissed"),
        (approving(head, "stranger"), "matches no one"),
    ):
        verdict = seen(ada, reviews)
        assert (verdict.outcome, why in verdict.approval) == (APPROVAL, True), verdict.approval
    whole = review_pull_request(
        root, ReviewRequest(base="main", head=branch, forge=ada, reviews=approving("0" * 40, "lea", "rei"))
    )
    assert whole.verdict.approval in review_text(whole), "who still has to approve is said to the end"
    strange = "strange"
    commit_all(root, {strange: [Edit(files=GUIDE, by="ada", committer="me@home.example")]})
    verdict = review_pull_request(root, asked(root, strange, "ada", lea)).verdict
    assert (verdict.outcome, "me@home.example" in verdict.approval) == (APPROVAL, True)


def test_a_leads_name_in_a_commit_is_not_a_leads_word(root):
    """E-mails in a commit are a claim: without the forge's word nobody stands for schema and batch."""
    branch = BRANCH["noor", "whole"]
    head = judge_pull_request(root, asked(root, branch, "noor")).head
    claimed = ReviewRequest(base="main", head=branch, forge=ForgeEvidence(), reviews=approving(head, "rei"))
    assert review_pull_request(root, claimed).verdict.outcome is APPROVAL
    pushed_by_ada = asked(root, branch, "ada", approving(head, "rei"))
    assert "waits for a lead (batch, migration, schema)" in review_pull_request(root, pushed_by_ada).verdict.approval
