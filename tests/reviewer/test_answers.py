"""What a change does to answers: each reason to look closely, disputes, gold, pace, and answers given beside a peer's."""

import pytest
from msgspec.structs import replace

from assay.core.agreement_result import Coefficient
from assay.core.catalogue import finding
from assay.core.findings import Location
from assay.reviewer.answers import item_text, risk_of
from assay.reviewer.event import ForgeEvidence, ReviewRequest
from assay.reviewer.pull_request import review_pull_request
from assay.reviewer.result import (
    Author,
    ChangeVerdict,
    Dispute,
    GoldMiss,
    GuidelineState,
    Moved,
    RecordDiff,
    ReviewOutcome,
    Risk,
    TaskReview,
)
from proposing import Edit, commit_all, prepared, pushed

VERDICT = ChangeVerdict(outcome=ReviewOutcome.OK, reasons=(), policy_change=False, people=(), files=())
TASK = TaskReview(
    task="mood", added=9, changed=9, removed=0, shown=(), moved=(), disputes=(), single=("i1",), gold=(), authors=(),
    peeked=("i1",),
)  # fmt: skip
HELD = GuidelineState(task="mood", version="0.3.0", approved=False, state="no approval record", impact=None)
WRONG, ODD = (finding(rule, Location(path="x"), "x") for rule in ("label/schema", "label/not-canonical"))
MISS = GoldMiss(task="mood", item="i1", who="ada", field="tone", gold="good", given="bad")
SPLIT = Dispute(task="mood", batch="r3", item="i1", field="tone", text="", answers=())


def shown(kind):
    return RecordDiff(
        path="x", line=1, kind=kind, change="added", task="mood", batch="", item="i1", who="rei", text="", fields=()
    )


def alpha(before, after):
    values = (Coefficient(value=value, reason="" if value is not None else "no units") for value in (before, after))
    return Moved(
        task="mood", field="tone", batches="open", coefficient="alpha", before=next(values), after=next(values),
        units_before=2, units_after=2,
    )  # fmt: skip


def author(right=0, asked=0, seconds=None, usual=None):
    return Author(
        task="mood", who="ada", votes=1, gold_right=right, gold_asked=asked, seconds=seconds, usual=usual
    )  # fmt: skip


RISKS = {
    "nothing": ({}, ()),
    "a refusal": ({"outcome": ReviewOutcome.REFUSED}, ("high: the policy refuses it",)),
    "an approval asked for": ({"outcome": ReviewOutcome.APPROVAL}, ()),
    "policy": ({"policy_change": True}, ("high: it changes the policy that later changes are judged by",)),
    "an error": ({"findings": [WRONG, ODD]}, ("high: 1 new error",)),
    "errors": ({"findings": [WRONG, WRONG]}, ("high: 2 new errors",)),
    "a warning": ({"findings": [ODD]}, ()),
    "a guideline that is held": (
        {"guidelines": [HELD]}, ("medium: the guideline of mood 0.3.0 is held: no approval record",)
    ),
    "a guideline that is approved": ({"guidelines": [replace(HELD, approved=True)]}, ()),
    "answers that differ from gold": ({"gold": (MISS,) * 1200}, ("high: mood: answers that differ from gold: 1,200",)),
    "gold": ({"shown": (shown("votes"), shown("gold"))}, ("high: mood: gold itself changes",)),
    "no gold": ({"shown": (shown("votes"),)}, ()),
    "a record removed": ({"removed": 1}, ("medium: mood: 1 record removed",)),
    "records removed": ({"removed": 2}, ("medium: mood: 2 records removed",)),
    "agreement that falls": (
        {"moved": (alpha(0.5, 0.4), alpha(0.06, 0.0))},
        ("medium: mood/tone: alpha falls by 0.100 (open batches)", "medium: mood/tone: alpha falls by 0.060 (open batches)"),
    ),
    "agreement that falls a little": ({"moved": (alpha(0.05, 0.0), alpha(0.0, -0.04))}, ()),
    "agreement that rises": ({"moved": (alpha(0.1, 0.9),)}, ()),
    "agreement that is new or gone": ({"moved": (alpha(None, 0.9), alpha(0.9, None))}, ()),
    "a disagreement": ({"disputes": (SPLIT,)}, ("medium: mood: 1 new disagreement",)),
    "disagreements": ({"disputes": (SPLIT, SPLIT)}, ("medium: mood: 2 new disagreements",)),
    "gold answered wrongly": (
        {"authors": (author(3, 5),)}, ("medium: ada answers 3 of 5 gold cells correctly",)
    ),
    "gold answered well enough": ({"authors": (author(4, 5), author(8, 10))}, ()),
    "too little gold to say": ({"authors": (author(0, 4),)}, ()),
    "haste": (
        {"authors": (author(seconds=1.9, usual=4.0), author(seconds=0.0, usual=4.0))},
        ("medium: ada took 1.9 s per answer (4 s before)", "medium: ada took 0 s per answer (4 s before)"),
    ),
    "half the time": ({"authors": (author(seconds=2.0, usual=4.0),)}, ()),
    "no pace": ({"authors": (author(seconds=1.0), author(usual=4.0), author(seconds=0.0, usual=0.0))}, ()),
}  # fmt: skip


def risk(outcome=ReviewOutcome.OK, policy_change=False, findings=(), guidelines=(), **task):
    verdict = replace(VERDICT, outcome=outcome, policy_change=policy_change)
    return risk_of(verdict, findings, [replace(TASK, **task)], guidelines)


@pytest.mark.parametrize("name", RISKS)
def test_each_reason_to_look_closely_has_its_risk(name):
    change, reasons = RISKS[name]
    level = {"high": Risk.HIGH, "medium": Risk.MEDIUM, "": Risk.LOW}[reasons[0].partition(":")[0] if reasons else ""]
    assert risk(**change) == (level, reasons)


def test_the_highest_risk_counts_and_its_reasons_stand_first():
    every = {key: value for change, reasons in RISKS.values() if reasons for key, value in change.items()}
    level, reasons = risk(**every)
    assert level is Risk.HIGH
    assert [one.partition(":")[0] for one in reasons] == ["high"] * 5 + ["medium"] * 7
    assert [one for one in reasons if "refuses" in one or "held" in one] == [reasons[0], reasons[5]]


def test_each_task_has_its_own_reasons():
    first, second = replace(TASK, removed=1), replace(TASK, task="calm", removed=2, gold=(MISS,))
    assert risk_of(VERDICT, [], [first, second], []) == (
        Risk.HIGH,
        (
            "high: calm: answers that differ from gold: 1",
            "medium: mood: 1 record removed",
            "medium: calm: 2 records removed",
        ),
    )
    assert risk_of(VERDICT, [], [], []) == (Risk.LOW, ())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'{"text":"one","n":1,"more":"two"}', "one · two"),
        (b'{"n":1}', '{"n":1}'),
        (b"[1,2]", "[1,2]"),
        ('{"text":"ä"}'.encode(), "ä"),
    ],
)
def test_an_item_is_shown_as_its_texts_or_else_as_it_is(data, text):
    assert item_text(data) == text


def test_the_text_of_an_item_is_shortened():
    assert len(item_text(b'{"text":"%s"}' % (b"x" * 240))) == 240
    assert len(item_text(b'{"text":"%s"}' % (b"x" * 999))) == 240


R4 = "labels/mood/r4"
OPEN = "purpose: label\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\n"


def vote(item, tone="good", seconds=None, first="", note="", **fields):
    label = "".join(f',"{name}":{value}' for name, value in fields.items())
    more = f',"first":{{"tone":"{first}"}}' if first else ""
    more += f',"note":"{note}"' if note else ""
    more += f',"seconds":{seconds}' if seconds is not None else ""
    return f'{{"item":"{item}","label":{{"tone":"{tone}"{label}}}{more}}}\n'


ITEMS = ("i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9")
START = {
    "labels/items/texts/more.jsonl": "".join(f'{{"id":"i{n}","data":{{"text":"number {n}"}}}}\n' for n in range(6, 10)),
    f"{R4}/batch.yaml": OPEN,
    f"{R4}/assignments.jsonl": "".join(f'{{"item":"{item}","annotators":["ada","ben","rei"]}}\n' for item in ITEMS),
    f"{R4}/ada.jsonl": vote("i1", "bad") + vote("i2") + vote("i3", "good") + vote("i4") + vote("i7", seconds=20)
    + vote("i8", "good", first="bad", seconds=40) + vote("i9"),
    f"{R4}/ben.jsonl": vote("i1", "good") + vote("i2") + vote("i4") + vote("i6") + vote("i9"),
    f"{R4}/bot.jsonl": vote("i5", "bad"),
    f"{R4}/rei.jsonl": vote("i4", score=3),
    f"{R4}/rei.adjudicated.jsonl": '{"item":"i6","label":{"tone":"bad"},"reason":"other"}\n',
    f"{R4}/rei.returned.jsonl": '{"item":"i8","annotator":"ada","why":"look"}\n',
    "labels/mood/gold/rei.jsonl": vote("i4", score=3) + vote("i5", share="1.0") + vote("i8", "good") + vote("i9", "bad"),
}  # fmt: skip
CHANGED = {
    f"{R4}/ada.jsonl": vote("i1", "bad", note="sure", seconds=1) + vote("i2", "bad", seconds=2)
    + vote("i3", "bad", seconds=9) + vote("i4", score=2) + vote("i5", share=1, seconds=3) + vote("i6", seconds=4)
    + vote("i7", seconds=20) + vote("i8", "good", first="bad", seconds=40),
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = prepared(tmp_path_factory.mktemp("answers") / "clone")
    commit_all(root, {"start": [Edit(files=START, by="noor")]})
    commit_all(root, {"change": [Edit(files=CHANGED)]}, start="start")
    return root


@pytest.fixture(scope="module")
def task(root):
    forge = ForgeEvidence(pushes=(pushed(root, "change", "Ada-X"),))
    (found,) = review_pull_request(root, ReviewRequest(base="start", head="change", forge=forge)).tasks
    return found


def test_a_disagreement_is_told_where_counting_votes_agreed_before(task):
    assert [(one.batch, one.item, one.field, one.answers) for one in task.disputes] == [
        ("r4", "i2", "tone", (("ada", "bad"), ("ben", "good"))),
        ("r4", "i4", "score", (("ada", "2"), ("rei", "3"))),
    ]


def test_one_vote_decides_where_none_or_several_stood_before(task):
    assert task.single == ("i5", "i9")


def test_changed_votes_are_compared_by_value_with_gold_and_with_no_other_decision(task):
    assert [(one.item, one.field, one.gold, one.given, one.who) for one in task.gold] == [
        ("i1", "tone", "good", "bad", "ada"),
        ("i4", "score", "3", "2", "ada"),
    ]


def test_accuracy_goes_by_first_answers_and_pace_by_the_answers_that_change(task):
    (one,) = task.authors
    assert (one.who, one.votes, one.seconds, one.usual) == ("ada", 6, 3.0, 30.0)
    # i2, i3, i4 (tone), i5 (tone and share) are right; i1, i4 (score) and the first answer to i8 are wrong.
    assert (one.gold_right, one.gold_asked) == (5, 8)


def test_a_new_answer_beside_a_peers_was_given_with_theirs_in_sight(task):
    assert task.peeked == ("i6",)
