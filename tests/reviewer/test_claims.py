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
        (vote("i1") + vote("i2") + vote("i3"), ("i3",)),  # and another answer
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


def test_votes_on_its_neighbours_and_a_models_say_nothing_of_an_item(root):
    r7 = "labels/mood/r7"
    files = {
        f"{r7}/batch.yaml": OPEN.replace("open", "closed").replace("04", "07"),
        f"{r7}/assignments.jsonl": "".join(f'{{"item":"i{n}","annotators":["ada","ben"]}}\n' for n in (3, 4, 5)),
        f"{r7}/ada.jsonl": vote("i3", "bad") + vote("i4", "bad") + vote("i5", "bad"),
        f"{r7}/ben.jsonl": vote("i3") + vote("i4", "bad") + vote("i5"),
        f"{r7}/bot.jsonl": vote("i4"),
    }
    commit_all(root, {"r7": [Edit(files=files, by="noor")]})
    lines = "".join(decided(item, "bad") for item in ("i3", "i4", "i5"))
    report = found(root, {f"{r7}/rei.adjudicated.jsonl": lines}, by="rei", base="r7")
    assert told(report) == [("adjudication/votes-agree", "i4", 2)]


def test_an_own_vote_is_a_label_in_the_base_or_after_the_change_and_a_skip_is_none(root):
    r5 = "labels/mood/r5"
    base = {
        f"{R4}/rei.jsonl": '{"item":"i2","skip":"x"}\n' + vote("i3", "bad"),
        f"{r5}/batch.yaml": OPEN.replace("open", "closed").replace("04", "05"),
        f"{r5}/assignments.jsonl": "".join(f'{{"item":"i{n}","annotators":["ada","ben"]}}\n' for n in (1, 2, 3)),
        f"{r5}/ada.jsonl": vote("i1", "bad") + vote("i2", "bad") + vote("i3", "bad"),
        f"{r5}/ben.jsonl": vote("i1") + vote("i2") + vote("i3"),
    }
    commit_all(root, {"skips": [Edit(files=base, by="noor")]}, start="open")
    decisions = {f"{r5}/rei.adjudicated.jsonl": "".join(decided(f"i{n}", "bad") for n in (1, 2, 3))}
    for change, items in (
        ({}, ["i3"]),
        ({f"{R4}/rei.jsonl": None}, ["i3"]),
        ({f"{R4}/rei.jsonl": vote("i1") + base[f"{R4}/rei.jsonl"]}, ["i1", "i3"]),
    ):
        report = found(root, {**decisions, **change}, by="rei", base="skips")
        assert [one[1] for one in told(report) if one[0] == "adjudication/own-vote"] == items


def test_decisions_in_several_batches_are_each_compared_with_the_items_current_one(root):
    files = {ADJUDICATED: decided("i1"), "labels/mood/r2/rei.adjudicated.jsonl": decided("i4", "bad")}
    told_of = [one for one in found(root, files, by="rei", base="open").findings if one.rule.endswith("not-current")]
    assert [(one.batch, one.item) for one in told_of] == [("r4", "i1")]


def test_a_skip_has_no_first_answer_to_keep_and_a_return_taken_back_is_none(root):
    skip = '{"item":"i2","skip":"unclear"}\n'
    own = '{"item":"i3","annotator":"rei","why":"look"}\n'
    base = {MINE: vote("i1") + skip, f"{R4}/rei.returned.jsonl": sent("i1", "i2") + own}
    commit_all(root, {"skipped": [Edit(files=base, by="noor")]}, start="open")
    assert told(found(root, {MINE: vote("i1") + vote("i2")}, base="skipped")) == []
    assert told(found(root, {MINE: vote("i1") + skip.replace("unclear", "unsure")}, base="skipped")) == []
    assert told(found(root, {f"{R4}/rei.returned.jsonl": sent("i1", "i2")}, by="rei", base="skipped")) == []


FORGED = "label/first-forged"
KEPT = vote("i2") + vote("i3", "bad", first="good")
SENT = BATCH[f"{R4}/rei.returned.jsonl"]
AGREE = "no two counting votes on item '{}' differ in r4, and no two current ones"


@pytest.mark.parametrize(
    ("path", "lines", "base", "told_of"),
    [
        (MINE, vote("i1") + vote("i2") + vote("i3", "bad"), "open",
         [(FORGED, f"{MINE}:3 /first", "ben's record does not keep the `first` of the base")]),
        (MINE, vote("i1") + vote("i2"), "open",
         [(FORGED, MINE, "ben's record does not keep the `first` of the base")]),
        (MINE, vote("i1", first="bad") + KEPT, "open",
         [(FORGED, f"{MINE}:1 /first", "ben's record has a `first` that is not the `label` of the base")]),
        (MINE, vote("i1") + KEPT + vote("i4", first="bad"), "open",
         [(FORGED, f"{MINE}:4 /first", "ben's record has a `first`, and the base has no record of the item")]),
        (MINE, vote("i1", "bad") + KEPT, "open",
         [("label/first-left-out", f"{MINE}:1",
           "ben changes the answer to item 'i1', which was sent back, and keeps no `first`")]),
        (f"{R4}/rei.returned.jsonl", SENT + '{"item":"i1","annotator":"rei","why":"look"}\n', "open",
         [("label/own-return", f"{R4}/rei.returned.jsonl:5", "rei sends item 'i1' back to themselves")]),
        (ADJUDICATED, decided("i1"), "open",
         [("adjudication/not-current", f"{ADJUDICATED}:1",
           "the decision on item 'i1' is in r4; no closed counting batch has the item")]),
        (ADJUDICATED, decided("i2") + decided("i3", "bad"), "closed",
         [("adjudication/own-vote", f"{ADJUDICATED}:2", "rei decides on item 'i3' and has their own vote on it"),
          ("adjudication/votes-agree", f"{ADJUDICATED}:2", AGREE.format("i3"))]),
        ("labels/mood/r1/rei.adjudicated.jsonl", decided("i1"), "closed",
         [("adjudication/not-current", "labels/mood/r1/rei.adjudicated.jsonl:1",
           "the decision on item 'i1' is in r1; its current batch is r4")]),
    ],
)  # fmt: skip
def test_each_claim_is_told_at_its_record_with_what_the_base_says(root, path, lines, base, told_of):
    by = "ben" if path == MINE else "rei"
    report = found(root, {path: lines}, by=by, base=base)
    claims = [one for one in report.findings if one.rule in {rule for rule, _, _ in told_of}]
    assert [(one.rule, str(one.at), one.message) for one in claims] == told_of
    batch = path.split("/")[2]
    assert {(one.task, one.batch, one.annotator) for one in claims} == {("mood", batch, by)}


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


@pytest.mark.threat(3)
def test_a_time_that_the_base_has_already_is_not_of_the_change(root):
    old = BATCH[MINE] + vote("i5", at='"2026-04-03T00:05:01Z"')
    commit_all(root, {"early": [Edit(files={MINE: old}, by="una")]}, start="open")
    late = found(root, {MINE: old.replace('"bad"', '"good"', 1)}, base="early", now="2026-04-03T00:00:00Z")
    assert late.tasks[0].changed == 1
    assert told(late) == []


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
