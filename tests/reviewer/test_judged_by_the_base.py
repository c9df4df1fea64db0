"""What a change adds is judged by the base: waivers, approvals, closed batches; and what a broken base can still judge."""

import pytest

from assay.errors import ConfigError
from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.result import ReviewOutcome
from proposing import BASE, VOTE, Edit, commit_all, prepared, pushed

pytestmark = pytest.mark.threat(2)

NOW = "2026-03-01T12:00:00Z"
WAIVERS, RULE = "checks/waivers.yaml", "mood/agreement/tone"
SECOND = "labels/annotators/lea.yaml"
FILES = {**BASE, SECOND: "{role: lead, handle: lea-x, emails: [lea@example.org]}\n"}


def waiver(rule=RULE, approver="rei", until="2027-03-01", reason="the new team"):
    return f"- {{rule: {rule}, reason: {reason}, approver: {approver}, until: {until}}}\n"


CASES = {
    "a reviewer of the base": (waiver(), ""),
    "the last day": (waiver(until="2026-03-01"), ""),
    "unknown": (waiver(approver="nobody"), "nobody is not in the roster"),
    "new in the change": (waiver(approver="new"), "new is not in the roster"),
    "an annotator": (waiver(approver="ben"), "only a reviewer or a lead can approve"),
    "a model": (waiver(approver="bot"), "bot is a model"),
    "away": (waiver(approver="dora"), "only a reviewer or a lead can approve"),
    "the author": (waiver(approver="noor"), "noor took part in the change"),
    "more than a year": (waiver(until="2027-03-02"), "more than a year from now"),
    "past": (waiver(until="2026-02-28"), "it ended on 2026-02-28"),
    "no day": (waiver(until="2026-02-30"), "is not a date"),
    "no rule": (waiver(rule="mood/agreement/tune"), "unknown rule"),
    "unwaivable": (waiver(rule="mood/schema"), "may not be waived"),
}  # fmt: skip


def seen(root, branch, who="noor-x", base="main", now=NOW):
    return review_pull_request(
        root, ReviewRequest(base=base, head=branch, now=now, forge=ForgeEvidence(pushes=(pushed(root, branch, who),)))
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("by-the-base") / "clone", FILES)
    person = {"labels/annotators/new.yaml": "role: lead\n"}
    branches = {
        name.replace(" ", "-"): [Edit(files={WAIVERS: text, **(person if "new" in name else {})}, by="noor")]
        for name, (text, _) in CASES.items()
    }
    policy = BASE["checks/project.yaml"] + "waivable: [schema]\n"
    branches["let-go"] = [Edit(files={WAIVERS: waiver(rule="mood/schema"), "checks/project.yaml": policy}, by="noor")]
    branches["committed"] = [Edit(files={WAIVERS: waiver(approver="lea")}, by="noor", committer="lea")]
    commit_all(root, branches)
    return root


def told(found):
    return [one.message for one in found.findings if one.rule == "project/waiver"]


@pytest.mark.parametrize("name", CASES)
def test_a_new_waiver_is_refused_unless_another_person_of_the_base_approves_it_for_a_year_at_most(root, name):
    found, says = seen(root, name.replace(" ", "-")), CASES[name][1]
    assert found.verdict.outcome is (ReviewOutcome.REFUSED if says else ReviewOutcome.APPROVAL), found.verdict.reasons
    assert bool(told(found)) is bool(says)
    assert all(says in message for message in told(found)[:1])


def test_committers_and_pushers_had_a_hand_in_it(root):
    assert "lea took part" in told(seen(root, "committed"))[0]
    assert "rei took part" in told(seen(root, "a-reviewer-of-the-base", "rei-x"))[0]


def test_another_entry_of_whoever_had_a_hand_in_it_approves_as_little(root):
    second = {
        "labels/annotators/noor.yaml": "{role: lead, handle: noor-x, emails: [noor@example.org, n@home.example]}\n",
        "labels/annotators/noor-2.yaml": "{role: lead, handle: noor-y, emails: [N@home.example]}\n",
    }
    commit_all(root, {"two-entries": [Edit(files=second, by="noor")]})
    commit_all(
        root, {"of-the-second": [Edit(files={WAIVERS: waiver(approver="noor-2")}, by="noor")]}, start="two-entries"
    )
    found = seen(root, "of-the-second", base="two-entries")
    assert found.verdict.outcome is ReviewOutcome.REFUSED
    assert any("noor-2 took part" in one for one in told(found))


def test_what_may_be_waived_is_said_by_the_base(root):
    assert any("may not be waived" in one for one in told(seen(root, "let-go")))


def test_an_old_waiver_is_judged_again_only_where_it_is_altered(root):
    old = waiver(approver="noor", until="2026-02-01")
    commit_all(root, {"old": [Edit(files={WAIVERS: old}, by="noor")]})
    commit_all(root, {
        "beside": [Edit(files={WAIVERS: old + waiver(rule="mood/gold")}, by="noor")],
        "longer": [Edit(files={WAIVERS: old.replace("2026-02-01", "2026-09-01")}, by="noor")],
        "for-more": [Edit(files={WAIVERS: old.replace("the new team", "no reason")}, by="noor")],
        "of-another": [Edit(files={WAIVERS: old.replace(RULE, "mood/gold")}, by="noor")],
    }, start="old")  # fmt: skip
    commit_all(root, {"reis": [Edit(files={WAIVERS: old.replace("noor", "rei")}, by="noor")]})
    commit_all(root, {"taken-on": [Edit(files={WAIVERS: old}, by="noor")]}, start="reis")
    assert told(seen(root, "beside", base="old")) == []
    for altered, base in (("longer", "old"), ("for-more", "old"), ("of-another", "old"), ("taken-on", "reis")):
        assert any("noor took part" in one for one in told(seen(root, altered, base=base))), altered


@pytest.mark.parametrize(
    ("until", "today", "said"),
    [
        ("2029-02-28", "2028-02-29", ""),
        ("2029-03-01", "2028-02-29", "it ends on 2029-03-01, more than a year from now"),
        ("2029-02-28", "2029-02-28", ""),
        ("2029-02-28", "2029-03-01", "it ended on 2029-02-28"),
        ("2029-02-28", "2028-02-28", ""),
        ("2029-02-28", "2028-02-27", "it ends on 2029-02-28, more than a year from now"),
        ("2029-02-28", "", ""),
    ],
)
def test_a_waiver_ends_within_a_year_of_the_day_of_the_review(root, until, today, said):
    branch = f"until-{until}"
    commit_all(root, {branch: [Edit(files={WAIVERS: waiver(until=until)}, by="noor")]})
    messages = told(seen(root, branch, now=f"{today}T23:59:59Z" if today else ""))
    assert [message.rpartition("not waived: ")[2] for message in messages] == [said] * bool(said)


RECORD = (
    "project: test-project\ntask: mood\nversion: 0.2.0\ndigest: {}\nway: forge\nauthors: []\napprovers: [{}]\n"
    "at: 2026-02-02T00:00:00Z\n"
)


@pytest.mark.parametrize(
    ("path", "text", "rule", "also"),
    [
        ("guidelines/approvals/mood/0.2.0.yaml", RECORD.format("0" * 64, "rei"), "guideline/approval", {}),
        ("guidelines/approvals/mood/0.1.0.yaml", RECORD.format("0" * 64, "ben").replace("0.2.0", "0.1.0"), "guideline/approval", {}),
        ("guidelines/approvals/mood/0.1.0.yaml", RECORD.format("0" * 64, "new").replace("0.2.0", "0.1.0"), "guideline/approval",
         {"labels/annotators/new.yaml": "role: lead\n"}),
        ("guidelines/approvals/mood/0.1.0.yaml", "x: [\n", "guideline/approval", {}),
        ("checks/check_it.py", "def check_it(:\n", "project/configuration", {}),
        ("dvc.yaml", "stages: [\n", "project/configuration", {}),
        ("guidelines/allowed_signers", "ada nothing\n", "project/configuration", {}),
        ("schemas/mood.yaml", BASE["schemas/mood.yaml"] + "requierd: [tone]\n", "schema/keyword", {}),
    ],
)  # fmt: skip
def test_what_a_change_breaks_is_a_finding_and_refused(root, path, text, rule, also):
    branch = f"breaks-{path.replace('/', '-')}-{len(text)}-{len(also)}"
    commit_all(root, {branch: [Edit(files={path: text, **also}, by="noor")]})
    found = seen(root, branch)
    assert (rule, path) in {(one.rule, one.at.path) for one in found.findings}
    assert found.verdict.outcome is ReviewOutcome.REFUSED


def test_answers_of_people_in_a_batch_that_the_base_has_closed_are_a_finding(root):
    r1 = "labels/mood/r1"
    files = {
        f"{r1}/batch.yaml": BASE[f"{r1}/batch.yaml"].replace("closed", "open"),
        **dict.fromkeys((f"{r1}/ben.jsonl", f"{r1}/ada.returned.jsonl", f"{r1}/bot.jsonl"), ""),
        **dict.fromkeys((f"{r1}/ada.adjudicated.jsonl", f"{r1}/assignments.jsonl", "labels/mood/r2/@crowd.jsonl"), ""),
        **dict.fromkeys(("labels/mood/r3/ada.jsonl", "labels/mood/gold/ada.jsonl"), ""),
        **dict.fromkeys(("labels/mood/r9/ada.jsonl", "labels/song/r1/ada.jsonl"), VOTE),
    }
    stray = {"labels/song/r1/batch.yaml": BASE[f"{r1}/batch.yaml"]}
    commit_all(root, {"stray": [Edit(files=stray, by="noor")]})
    commit_all(root, {"late": [Edit(files=files, by="noor")]}, start="stray")
    found = [one for one in seen(root, "late", base="stray").findings if one.rule == "batch/closed"]
    assert [(one.at.path, one.annotator) for one in found] == [
        (f"{r1}/ada.returned.jsonl", "ada"),
        (f"{r1}/ben.jsonl", "ben"),
        (f"{r1}/bot.jsonl", "bot"),
    ]
    assert {one.message for one in found} == {"the batch r1 of mood is closed in the base, and its answers change"}


def test_a_base_with_one_broken_task_judges_the_others_and_what_mends_it(root):
    two = BASE["checks/project.yaml"].replace("{mood: {pool: texts}}", "{mood: {pool: texts}, calm: {pool: texts}}")
    schema, page = "schemas/calm.yaml", BASE["guidelines/mood.md"].replace("task: mood", "task: calm")
    calm = {
        "checks/project.yaml": two,
        "checks/calm.yaml": BASE["checks/mood.yaml"],
        "guidelines/calm.md": page,
        schema: "type: [\n",
        "labels/calm/gold/noor.jsonl": '{"item":"i1","label":{"tone":"loud"}}\n',
    }
    commit_all(root, {"half": [Edit(files=calm, by="noor")]})
    commit_all(root, {
        "vote": [Edit(files={"labels/mood/r3/ada.jsonl": VOTE.replace("bad", "loud")})],
        "mend": [Edit(files={schema: BASE["schemas/mood.yaml"]}, by="noor")],
        "stuck": [Edit(files={"labels/calm/gold/noor.jsonl": ""}, by="noor")],
        "stuck-items": [Edit(files={"labels/items/texts/more.jsonl": '{"id":"i9","data":{"text":"x"}}\n'}, by="noor")],
    }, start="half")  # fmt: skip
    assert [one.rule for one in seen(root, "vote", "Ada-X", "half").findings] == ["label/schema"]
    mended = seen(root, "mend", base="half")
    assert "label/schema" not in {one.rule for one in mended.findings}
    assert mended.verdict.outcome is ReviewOutcome.APPROVAL, mended.verdict.reasons
    for stuck in ("stuck", "stuck-items"):
        with pytest.raises(ConfigError, match=r"configuration of the base .* cannot be used"):
            seen(root, stuck, base="half")


def test_what_mends_a_broken_task_brings_no_fault_of_its_labels_along(root):
    """A file where the folder of its labels belongs is of the change, and is not read as labels by the base."""
    two = BASE["checks/project.yaml"].replace("{mood: {pool: texts}}", "{mood: {pool: texts}, calm: {pool: texts}}")
    schema, page = "schemas/calm.yaml", BASE["guidelines/mood.md"].replace("task: mood", "task: calm")
    calm = {"checks/project.yaml": two, "checks/calm.yaml": BASE["checks/mood.yaml"], "guidelines/calm.md": page}
    commit_all(root, {"bare": [Edit(files={**calm, schema: "type: [\n"}, by="noor")]})
    mended = {schema: BASE["schemas/mood.yaml"], "labels/calm": "x\n"}
    commit_all(root, {"file-for-folder": [Edit(files=mended, by="noor")]}, start="bare")
    found = seen(root, "file-for-folder", base="bare")
    assert ("label/file-name", "labels/calm") in {(one.rule, one.at.path) for one in found.findings}
    assert found.verdict.outcome is ReviewOutcome.REFUSED


@pytest.mark.parametrize("schema", ["type: [\n", None])
def test_a_first_usable_guideline_is_told_and_makes_nothing_outdated(root, schema):
    two = BASE["checks/project.yaml"].replace("{mood: {pool: texts}}", "{mood: {pool: texts}, calm: {pool: texts}}")
    page = BASE["guidelines/mood.md"].replace("task: mood", "task: calm")
    calm = {"checks/project.yaml": two, "checks/calm.yaml": BASE["checks/mood.yaml"]}
    base, first = f"base-{schema is None}", f"first-{schema is None}"
    before = {**calm, "schemas/calm.yaml": schema, "guidelines/calm.md": page} if schema else calm
    commit_all(root, {base: [Edit(files=before, by="noor")]})
    added = {"schemas/calm.yaml": BASE["schemas/mood.yaml"], "guidelines/calm.md": page}
    commit_all(root, {first: [Edit(files=added, by="noor")]}, start=base)
    (state,) = seen(root, first, base=base).guidelines
    assert (state.task, state.version, state.approved, state.state) == (
        "calm",
        "0.2.0",
        False,
        "there is no approval record",
    )
    assert (state.impact.base, state.impact.annotations.annotations) == ("", 0)


@pytest.mark.parametrize(
    ("files", "version", "state"),
    [
        ({"schemas/migrations/mood/0001-x.yaml": "x: [\n"}, "", "guideline or schema cannot be read in the head"),
        ({"schemas/mood.yaml": "type: [\n"}, "", "guideline or schema cannot be read in the head"),
        (
            {
                "guidelines/mood.md": f"{BASE['guidelines/mood.md']}More.\n",
                "guidelines/approvals/mood/0.2.0.yaml": "x: [\n",
            },
            "0.2.0",
            "guidelines/approvals/mood/0.2.0.yaml:",
        ),
    ],
)
def test_what_cannot_be_read_approves_no_guideline(root, files, version, state):
    branch = f"unread-{len(files)}-{'schemas/mood.yaml' in files}"
    commit_all(root, {branch: [Edit(files=files, by="noor")]})
    (found,) = seen(root, branch).guidelines
    assert (found.task, found.version, found.approved) == ("mood", version, False)
    assert found.state.startswith(state)
    assert (found.impact is None) is (version == "")


def test_a_broken_task_hides_no_effect_of_the_roster_on_another(root):
    two = BASE["checks/project.yaml"].replace("{mood: {pool: texts}}", "{calm: {pool: texts}, mood: {pool: texts}}")
    commit_all(
        root, {"calm-first": [Edit(files={"checks/project.yaml": two, "schemas/calm.yaml": "type: [\n"}, by="noor")]}
    )
    entry = "{handle: ben-x, emails: [ben@example.org], status: excluded}\n"
    commit_all(root, {"bens-out": [Edit(files={"labels/annotators/ben.yaml": entry}, by="noor")]}, start="calm-first")
    assert [(one.task, one.who, one.votes) for one in seen(root, "bens-out", base="calm-first").roster] == [
        ("mood", "ben", 4)
    ]
