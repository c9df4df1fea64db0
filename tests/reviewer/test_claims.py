"""What a pull request claims is held against the base: first answers, and decisions and returns out of turn."""

import pytest

from assay.core.findings import Severity
from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.report import review_markdown, review_text
from assay.reviewer.result import ReviewOutcome
from proposing import Edit, commit_all, prepared, pushed

R4 = "labels/mood/r4"
MINE = f"{R4}/ben.jsonl"
PLAN = "".join(f'{{"item":"i{n}","annotators":["ada","ben","rei"]}}\n' for n in range(1, 6))
OPEN = "purpose: label\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\n"


def vote(item, tone="good", first="", **more):
    kept = {"first": f'{{"tone":"{first}"}}'} if first else {}
    extra = "".join(f',"{key}":{value}' for key, value in {**kept, **more}.items())
    return f'{{"item":"{item}","label":{{"tone":"{tone}"}}{extra}}}\n'


def sent(*items, at=""):
    stated = f',"at":"{at}"' if at else ""
    return "".join(f'{{"item":"{item}","annotator":"ben","why":"look"{stated}}}\n' for item in items)


def decided(item, tone="good", reason="edge-case"):
    return f'{{"item":"{item}","label":{{"tone":"{tone}"}},"reason":"{reason}"}}\n'


BATCH = {
    f"{R4}/batch.yaml": OPEN,
    f"{R4}/assignments.jsonl": PLAN,
    f"{R4}/ada.jsonl": vote("i1", "bad") + vote("i2") + vote("i3", "bad"),
    MINE: vote("i1") + vote("i2") + vote("i3", "bad", first="good"),
    f"{R4}/rei.jsonl": vote("i3", "bad"),
    f"{R4}/rei.returned.jsonl": sent("i1", "i2", "i3", "i4"),
}
CLOSED = {f"{R4}/batch.yaml": OPEN.replace("open", "closed")}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("claims") / "clone")
    commit_all(root, {"open": [Edit(files=BATCH, by="noor")]})
    commit_all(root, {"closed": [Edit(files=CLOSED, by="noor")]}, start="open")
    commit_all(root, {"plain": [Edit(files={MINE: vote("i1")}, by="noor")]}, start="open")
    return root


def found(root, files, *, by="ben", base="open", now=None):
    branch = f"{by}-{abs(hash((tuple(sorted(files.items())), base)))}"
    commit_all(root, {branch: [Edit(files=files, by=by)]}, start=base)
    forge = ForgeEvidence(pushes=(pushed(root, branch, f"{by}-x"),))
    return review_pull_request(root, ReviewRequest(base=base, head=branch, forge=forge, now=now or ""))


def told(report):
    return sorted((one.rule, one.item, one.at.line) for one in report.findings)


# --- first


@pytest.mark.parametrize(
    ("lines", "forged"),
    [
        (vote("i1", "bad", first="good") + vote("i2") + vote("i3", "bad", first="good"), ()),
        (vote("i1") + vote("i2", "bad", first="good") + vote("i3", "good", first="good"), ()),
        (vote("i1") + vote("i2") + vote("i3", "bad", first="bad"), ("i3",)),  # another one
        (vote("i1") + vote("i2") + vote("i3", "bad"), ("i3",)),  # dropped
        (vote("i1") + vote("i2"), ("i3",)),  # with its record
        (vote("i1", "good", first="bad") + vote("i2") + vote("i3", "bad", first="good"), ("i1",)),  # never said
        (
            vote("i1") + vote("i2") + vote("i3", "bad", first="good") + vote("i4", first="bad"),
            ("i4",),
        ),  # nothing before
    ],
)
def test_a_first_answer_is_what_the_base_says_it_was(root, lines, forged):
    report = found(root, {MINE: lines})
    assert [(one.rule, one.item) for one in report.findings] == [("label/first-forged", item) for item in forged]
    assert all(one.severity is Severity.ERROR for one in report.findings)
    assert report.verdict.outcome is (ReviewOutcome.REFUSED if forged else ReviewOutcome.OK)


def test_the_whole_file_taken_away_takes_its_first_answers(root):
    assert [one[:2] for one in told(found(root, {MINE: None}))] == [("label/first-forged", "i3")]


def test_a_first_answer_is_compared_by_what_it_says(root):
    spelled = vote("i3", "bad").replace("}\n", ',"first": {"tone":"g\\u006fod"}}\n')
    report = found(root, {MINE: vote("i1") + vote("i2") + spelled})
    assert "label/first-forged" not in {one.rule for one in report.findings}


def test_a_first_answer_that_nobody_asked_for_moves_no_agreement(root):
    """Ada changes one answer; on another, where she differs from ben, she claims to have said at first what he said."""
    lines = vote("i2", "bad") + vote("i3", "bad")
    honest = found(root, {f"{R4}/ada.jsonl": vote("i1", "bad") + lines}, by="ada")
    forged = found(root, {f"{R4}/ada.jsonl": vote("i1", "bad", first="good") + lines}, by="ada")
    assert honest.verdict.outcome is ReviewOutcome.OK
    assert {one[0] for one in told(forged)} == {"label/first-forged", "label/first-not-returned"}
    assert forged.verdict.outcome is ReviewOutcome.REFUSED
    assert honest.tasks[0].moved
    assert forged.tasks[0].moved == honest.tasks[0].moved


# --- decisions


ADJUDICATED = f"{R4}/rei.adjudicated.jsonl"


@pytest.mark.parametrize(
    ("base", "line", "rules"),
    [
        ("closed", decided("i1"), []),
        ("closed", decided("i3", "bad"), ["adjudication/own-vote", "adjudication/votes-agree"]),
        ("closed", decided("i2", "bad"), []),  # the votes of the batch agree, and one of an older batch says otherwise
        ("closed", decided("i4"), ["adjudication/votes-agree"]),  # nobody voted
        ("open", decided("i1"), ["adjudication/not-current"]),
    ],
)
def test_a_decision_out_of_turn_is_told(root, base, line, rules):
    report = found(root, {ADJUDICATED: line}, by="rei", base=base)
    assert [one[0] for one in told(report)] == rules
    assert all(one.severity is Severity.WARNING for one in report.findings)


def test_a_decision_in_an_older_batch_than_the_items_current_one_is_told(root):
    older = {"labels/mood/r1/rei.adjudicated.jsonl": decided("i1")}
    assert told(found(root, older, by="rei", base="open")) == []
    report = found(root, older, by="rei", base="closed")
    assert told(report) == [("adjudication/not-current", "i1", 1)]
    assert "r4" in report.findings[0].message


def test_the_batch_of_an_item_is_found_however_json_writes_its_id(root):
    item = r"say \"hi\" \\ twice"
    files = {
        "labels/items/texts/odd.jsonl": f'{{"id":"{item}","data":{{"text":"odd"}}}}\n',
        "labels/mood/r6/batch.yaml": OPEN.replace("open", "closed"),
        "labels/mood/r6/assignments.jsonl": f'{{"item":"{item}","annotators":["ada","ben"]}}\n',
        "labels/mood/r6/ada.jsonl": vote(item),
        "labels/mood/r6/ben.jsonl": vote(item, "bad"),
    }
    commit_all(root, {"odd": [Edit(files=files, by="noor")]})
    assert told(found(root, {"labels/mood/r6/rei.adjudicated.jsonl": decided(item)}, by="rei", base="odd")) == []


def test_votes_that_were_not_asked_for_make_no_other_batch_current(root):
    forged = {
        "labels/mood/r5/batch.yaml": OPEN.replace("open", "closed").replace("04", "06"),
        "labels/mood/r5/assignments.jsonl": '{"item":"i5","annotators":["ada"]}\n',
        "labels/mood/r5/ada.jsonl": vote("i1"),
    }
    commit_all(root, {"r5": [Edit(files=forged, by="noor")]}, start="closed")
    assert told(found(root, {ADJUDICATED: decided("i1")}, by="rei", base="r5")) == []


# --- batches


@pytest.mark.parametrize(
    ("path", "content", "base", "outcome", "why"),
    [
        (f"{R4}/rei.returned.jsonl", sent("i1", "i2", "i3", "i4", "i5"), "open", ReviewOutcome.OK, ""),
        (f"{R4}/rei.returned.jsonl", sent("i1"), "closed", ReviewOutcome.REFUSED, "r4 is closed"),
        ("labels/mood/r9/rei.returned.jsonl", sent("i1"), "open", ReviewOutcome.REFUSED, "r9"),
        ("labels/mood/r9/rei.adjudicated.jsonl", decided("i1"), "open", ReviewOutcome.REFUSED, "r9"),
        (ADJUDICATED, decided("i1"), "closed", ReviewOutcome.OK, ""),
    ],
)
@pytest.mark.threat(1)
def test_returns_and_decisions_belong_to_a_batch_of_the_base(root, path, content, base, outcome, why):
    verdict = found(root, {path: content}, by="rei", base=base).verdict
    assert verdict.outcome is outcome
    assert bool(why) is (outcome is ReviewOutcome.REFUSED)
    assert not why or any(why in reason for reason in verdict.reasons)


@pytest.mark.threat(1)
def test_a_vote_that_nobody_asked_for_is_refused(root):
    report = found(root, {"labels/mood/r4/una.jsonl": vote("i1")}, by="una")
    assert ("label/not-assigned", "i1", 1) in told(report)
    assert report.verdict.outcome is ReviewOutcome.REFUSED


def test_a_vote_is_on_no_unknown_item_where_the_pool_is_not_in_the_clone(root):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n"
    pool = {f"labels/items/texts/{shard}.jsonl": pointer for shard in ("one", "two")}
    commit_all(root, {"pointers": [Edit(files=pool, by="noor")]}, start="open")
    assert told(found(root, {MINE: BATCH[MINE] + vote("i5")}, base="pointers")) == []


@pytest.mark.parametrize(
    ("now", "late"), [("2026-04-03T00:00:00Z", True), ("2026-05-01T00:00:00Z", False), (None, False)]
)
@pytest.mark.threat(3)
def test_times_are_held_against_the_clock_that_is_handed_over(root, now, late):
    files = {MINE: BATCH[MINE] + vote("i5", at='"2026-04-03T00:05:01Z"')}
    assert told(found(root, files, now=now)) == [("label/future-time", "i5", 4)] * late


# --- the diff


def test_every_claim_that_changed_is_shown_with_both_values(root):
    long = '"' + "x" * 100 + '"'
    claims = {"at": '"2026-04-03T00:00:00Z"', "guideline": '"0.2.0"', "seconds": "4", "confidence": "0.5", "note": long}
    report = found(root, {MINE: vote("i1", first="good", **claims) + vote("i2") + vote("i3", "bad", first="good")})
    (shown,) = report.tasks[0].shown
    told_of = {name: (before, after) for name, before, after in shown.claims}
    assert told_of.keys() == {"first", *claims}
    assert told_of["first"] == ("", '{"tone":"good"}')
    assert told_of["seconds"] == ("", "4")
    assert len(told_of["note"][1]) == 64
    for text in (review_markdown(report), review_text(report)):
        assert 'first: nothing → {"tone":"good"}' in text
        assert "seconds: nothing → 4" in text
        assert "guideline: nothing → 0.2.0" in text


def test_a_return_and_a_decision_show_what_they_say(root):
    (shown,) = found(root, {ADJUDICATED: decided("i1")}, by="rei", base="closed").tasks[0].shown
    assert shown.claims == (("reason", "", "edge-case"),)
    changed = {f"{R4}/rei.returned.jsonl": BATCH[f"{R4}/rei.returned.jsonl"].replace("look", "see Tone", 1)}
    (shown,) = found(root, changed, by="rei").tasks[0].shown
    assert shown.claims == (("why", "look", "see Tone"),)


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        (vote("i1", "bad"), ["label/first-left-out"]),
        ('{"item":"i1","skip":"unclear"}\n', ["label/first-left-out"]),
        (vote("i1", "bad", first="good"), []),
        (vote("i1", note='"again"'), []),
    ],
)
def test_an_answer_that_was_sent_back_keeps_what_it_was(root, line, rules):
    rest = "".join(BATCH[MINE].splitlines(keepends=True)[1:])
    report = found(root, {MINE: line + rest})
    assert [rule for rule, _, _ in told(report)] == rules
    assert report.verdict.outcome is (ReviewOutcome.APPROVAL if rules else ReviewOutcome.OK)


@pytest.mark.parametrize(
    ("record", "outcome", "rule"),
    [
        ('{"item":"i1","annotator":"ada","why":"look"}\n', ReviewOutcome.OK, ""),
        ('{"item":"i1","annotator":"rei","why":"look"}\n', ReviewOutcome.APPROVAL, "label/own-return"),
        ('{"item":"i1","annotator":"noor","why":"look"}\n', ReviewOutcome.REFUSED, "label/not-assigned"),
        ('{"item":"i1","annotator":"ghost","why":"look"}\n', ReviewOutcome.REFUSED, "label/not-assigned"),
    ],
)
def test_only_what_somebody_was_asked_is_sent_back_and_not_to_oneself(root, record, outcome, rule):
    report = found(root, {f"{R4}/rei.returned.jsonl": BATCH[f"{R4}/rei.returned.jsonl"] + record}, by="rei")
    assert report.verdict.outcome is outcome
    assert [one.rule for one in report.findings if one.rule != "label/not-canonical"] == ([rule] if rule else [])


def test_a_decision_on_an_item_that_the_decider_labelled_in_another_batch_is_told(root):
    later = {
        "labels/mood/r5/batch.yaml": OPEN.replace("2026-04-02", "2026-05-02"),
        "labels/mood/r5/assignments.jsonl": '{"item":"i3","annotators":["ada","ben"]}\n',
        "labels/mood/r5/ada.jsonl": vote("i3", "bad"),
        "labels/mood/r5/ben.jsonl": vote("i3"),
    }
    commit_all(root, {"later": [Edit(files=later, by="noor")]}, start="open")
    report = found(root, {"labels/mood/r5/rei.adjudicated.jsonl": decided("i3", "bad")}, by="rei", base="later")
    assert "adjudication/own-vote" in [one.rule for one in report.findings]


@pytest.mark.parametrize("text", [None, ""])
@pytest.mark.threat(1)
def test_an_own_file_that_is_emptied_is_as_good_as_taken_away(root, text):
    report = found(root, {MINE: text}, by="ben", base="plain")
    assert report.verdict.outcome is ReviewOutcome.APPROVAL
    assert any("the whole file is removed" in reason for reason in report.verdict.reasons)
