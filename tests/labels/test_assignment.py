import json

import pytest

from assay.errors import ConfigError, UsageError
from assay.guidelines.front_matter import load_guideline
from assay.labels.annotator_file import OnBranch, OwnFile, Unmerged, read_own
from assay.labels.assignment import (
    Return,
    Workload,
    is_settled,
    keeps_first,
    load_assignment,
    load_batches,
    moment_after,
    new_record,
    workload,
)
from assay.labels.assignments import items_by_annotator
from assay.labels.whole import load_corpus
from assay.project.roster import load_roster
from projects import schema_of, small_project

OPEN = "purpose: {purpose}\nstatus: open\ncreated: 2026-04-02\nguideline: 0.2.0\nseed: 7\n{more}"


def assignment(tmp_path, changed=None, batch="r1", who="ben"):
    project = small_project(tmp_path, changed)
    versions = load_guideline(project, "mood").versions
    return load_assignment(project, schema_of(project), versions, load_roster(project), batch, who)


def planned(purpose="label", more="", items=("i1", "i2", "i3", "i4", "i5"), who=("ada", "ben")):
    names = ",".join(f'"{one}"' for one in who)
    return {
        "labels/mood/r4/batch.yaml": OPEN.format(purpose=purpose, more=more),
        "labels/mood/r4/assignments.jsonl": "".join(f'{{"item":"{item}","annotators":[{names}]}}\n' for item in items),
    }


def test_a_seat_holds_what_is_asked_of_one_annotator_and_its_data(tmp_path):
    mine = assignment(tmp_path, who="ada")
    assert sorted(mine.items) == ["i1", "i2"]
    assert mine.data["i2"] == b'{"text":"plain"}'
    assert mine.path == "labels/mood/r1/ada.jsonl"


def test_a_batch_without_a_plan_has_no_seat_not_even_for_whom_it_names(tmp_path):
    batch = planned(more="annotators: [ben]\n")
    del batch["labels/mood/r4/assignments.jsonl"]
    with pytest.raises(UsageError, match="mood/r4 assigns nothing to ben"):
        assignment(tmp_path, batch, "r4")


def test_the_order_is_shuffled_by_annotator_and_always_the_same(tmp_path):
    many = [f"n{number:03}" for number in range(60)]
    pool = "".join(f'{{"id":"{item}","data":{{"text":"t"}}}}\n' for item in many)
    files = {**planned(items=many), "labels/items/texts/three.jsonl": pool}
    ada, ben = (assignment(tmp_path, files, "r4", who).items for who in ("ada", "ben"))
    assert sorted(ada) == sorted(ben) == many
    assert len({ada, ben, tuple(many)}) == 3
    assert assignment(tmp_path, files, "r4", "ada").items == ada


def test_gold_is_at_hand_only_where_the_batch_qualifies(tmp_path):
    assert assignment(tmp_path, planned("label"), "r4").gold == {}
    gold = assignment(tmp_path, planned("qualify", items=("i1", "i4")), "r4").gold
    assert gold == {"i1": {"tone": "good"}}


def test_suggestions_are_at_hand_only_where_the_batch_names_a_model(tmp_path):
    bot = {"labels/mood/r4/bot.jsonl": '{"item":"i1","label":{"tone":"good"},"confidence":0.9}\n'}
    assert assignment(tmp_path / "a", {**planned(), **bot}, "r4").suggested == {}
    named = assignment(tmp_path / "b", {**planned(more="prelabels: bot\n"), **bot}, "r4")
    assert named.suggested == {"i1": {"tone": "good"}}


def test_of_gold_and_suggestions_only_what_the_annotator_is_asked_is_at_hand(tmp_path):
    files = {
        **planned("qualify", more="prelabels: bot\n", items=("i1", "i3", "i4")),
        "labels/mood/gold/ada.jsonl": '{"item":"i1","label":{"tone":"good"}}\n{"item":"i2","label":{"tone":"bad"}}\n',
        "labels/mood/gold/@crowd.jsonl": '{"item":"i3","label":{"tone":"bad"},"why":"clear"}\n',
        "labels/mood/r4/bot.jsonl": '{"item":"i1","skip":"no"}\n{"item":"i2","label":{"tone":"bad"}}\n{"item":"i4","label":{"tone":"good"}}\n',
    }
    mine = assignment(tmp_path, files, "r4")
    assert mine.gold == {"i1": {"tone": "good"}, "i3": {"tone": "bad"}}
    assert mine.whys == {"i3": "clear"}
    assert mine.suggested == {"i4": {"tone": "good"}}
    assert mine.batch.prelabels == "bot"
    assert (mine.who, mine.task, set(mine.data)) == ("ben", "mood", set(mine.items))


def test_the_seed_of_the_batch_orders_its_items_and_none_is_nought(tmp_path):
    many = [f"n{number:03}" for number in range(30)]
    pool = "".join(f'{{"id":"{item}","data":{{"text":"t"}}}}\n' for item in many)
    files = {**planned(items=many), "labels/items/texts/three.jsonl": pool}
    orders = {}
    for place, seed in enumerate(("seed: 7\n", "seed: 8\n", "seed: 0\n", "")):
        batch = {"labels/mood/r4/batch.yaml": files["labels/mood/r4/batch.yaml"].replace("seed: 7\n", seed)}
        orders[seed] = assignment(tmp_path / str(place), {**files, **batch}, "r4").items
    assert orders["seed: 0\n"] == orders[""]
    assert len({*orders.values()}) == 3


def test_what_comes_back_is_of_this_batch_and_the_latest_of_each_item(tmp_path):
    def sent(item, why, at="", who="ben"):
        made = f',"at":"2026-05-0{at}T10:00:00Z"' if at else ""
        return f'{{"item":"{item}","annotator":"{who}","why":"{why}"{made}}}\n'

    returned = {
        "labels/mood/r1/ada.returned.jsonl": sent("i1", "late", 2)
        + sent("i2", "undated")
        + sent("i3", "hers", 1, "ada"),
        "labels/mood/r1/lea.returned.jsonl": sent("i1", "early", 1) + sent("i2", "dated", 1),
        "labels/mood/r3/ada.returned.jsonl": sent("i3", "of another batch", 3),
        "labels/mood/r1/ben.jsonl": "",
    }
    mine = assignment(tmp_path, returned)
    assert {item: (one.item, one.why, one.at) for item, one in mine.returned.items()} == {
        "i1": ("i1", "late", "2026-05-02T10:00:00Z"),
        "i2": ("i2", "dated", "2026-05-01T10:00:00Z"),
    }
    answered = b'{"item":"i1","label":{"tone":"bad"},"at":"2026-05-02T10:00:01Z"}'
    branch = OnBranch(branch="b", commit="c", lines={"i1": answered}, parted={})
    unmerged = Unmerged(elsewhere={mine.path: (branch,)})
    project = small_project(tmp_path, returned)
    versions = load_guideline(project, "mood").versions
    later = load_assignment(project, schema_of(project), versions, load_roster(project), "r1", "ben", unmerged=unmerged)
    assert set(later.returned) == {"i2"}, "an answer on another branch settles it, too"


@pytest.mark.parametrize(
    ("changed", "batch", "says", "fix"),
    [
        ({}, "r9", "unknown batch 'r9'", "batches here: r1, r2, r3"),
        ({}, "r2", "mood/r2 assigns nothing to ben", "`assay todo` lists your batches"),
        ({"labels/mood/r1/batch.yaml": "purpose: label\n"}, "r1", "labels/mood/r1/batch.yaml:1 ", ""),
        ({"labels/mood/r1/assignments.jsonl": '{"item":"i1","annotators":["ben"]}\n{"item":"lost","annotators":["ben"]}\n'},
         "r1", "labels/mood/r1/assignments.jsonl: item 'lost' is not in the pool", "run `assay check`"),
        ({"labels/mood/r1/assignments.jsonl": '{"item":"i1","annotators":["ben"]}\n{"item":"i1","annotators":["ada"]}\n'},
         "r1", "labels/mood/r1/assignments.jsonl: duplicate item", "keep one line an item"),
        ({"labels/mood/r1/assignments.jsonl": "{}\n<<<<<<< a\n"}, "r1", "labels/mood/r1/assignments.jsonl:1 ", "assay check"),
        ({"labels/items/texts/two.jsonl": '{"id":"i4","data":{"text":"x"}}\n{\n'}, "r1", "labels/items/texts/two.jsonl:2 ", ""),
    ],
)  # fmt: skip
def test_why_a_seat_cannot_be_taken_is_said_with_its_place(tmp_path, changed, batch, says, fix):
    with pytest.raises((ConfigError, UsageError)) as told:
        assignment(tmp_path, changed, batch)
    assert told.value.message.startswith(says)
    assert fix in told.value.fix


def test_what_was_sent_back_stands_until_it_was_answered(tmp_path):
    returned = {
        "labels/mood/r1/ada.returned.jsonl": '{"item":"i2","annotator":"ben","why":"look again","at":"2026-05-01T10:00:00Z"}\n'
    }
    assert {one.why for one in assignment(tmp_path / "a", returned).returned.values()} == {"look again"}
    answered = {"labels/mood/r1/ben.jsonl": '{"item":"i2","label":{"tone":"bad"},"at":"2026-05-02T10:00:00Z"}\n'}
    assert assignment(tmp_path / "b", {**returned, **answered}).returned == {}
    assert assignment(tmp_path / "c", returned, who="ada").returned == {}


@pytest.mark.parametrize(
    ("sent_at", "record", "settled"),
    [
        ("2026-05-01T10:00:00Z", None, False),
        ("2026-05-01T10:00:00Z", {"at": "2026-05-01T10:00:01Z"}, True),
        ("2026-05-01T10:00:00Z", {"at": "2026-05-01T10:00:00Z"}, False),
        ("2026-05-01T10:00:00Z", {"at": "2026-05-01T10:00:00Z", "first": {"tone": "bad"}}, False),
        ("2026-05-01T10:00:00.5Z", {"at": "2026-05-01T10:00:00.500Z"}, False),
        ("2026-05-01T10:00:00Z", {"at": "2026-05-01T10:00:00.000001Z"}, True),
        ("2026-05-01T10:00:00Z", {"at": "2026-05-01T09:59:59Z", "first": {"tone": "bad"}}, False),
        ("2026-05-01T10:00:00Z", {}, False),
        ("2026-05-01T10:00:00Z", {"first": {"tone": "bad"}}, True),
        ("", {"at": "2026-05-02T10:00:00Z"}, False),
        ("", {"at": "2026-05-02T10:00:00Z", "first": {"tone": "bad"}}, True),
        ("yesterday", {"at": "2026-05-02T10:00:00Z"}, False),
    ],
)
def test_only_a_later_answer_settles_a_return_and_without_times_a_first_one_kept(sent_at, record, settled):
    assert is_settled(Return(item="i2", why="look again", at=sent_at), record) is settled


RETURNS = (  # when it was sent back, each time; what the answer says of its time; whether it still waits
    (("10:00:00Z",), '"at":"2026-05-01T10:00:00Z"', True),
    (("10:00:00Z",), '"at":"2026-05-01T10:00:01Z"', False),
    (("10:00:00.5Z", "10:00:00Z"), '"at":"2026-05-01T10:00:00.2Z"', True),
    (("10:00:00Z", "10:00:00.5Z"), '"at":"2026-05-01T10:00:00.7Z"', False),
    (("10:00:00Z", "09:00:00Z"), '"at":"2026-05-01T09:30:00Z"', True),
    (("10:00:00Z", ""), '"at":"2026-05-01T10:00:01Z"', False),
    (("10:00:00Z", ""), '"at":"2026-05-01T10:00:00Z","first":{"tone":"bad"}', True),
    (("",), '"at":"2026-05-01T10:00:00Z"', True),
    (("",), '"first":{"tone":"bad"}', False),
    (("10:00:00Z",), '"seconds":1', True),
)


def _sent(item, at):
    made = {"at": f"2026-05-01T{at}"} if at else {}
    return json.dumps({"item": item, "annotator": "ben", "why": "?", **made}) + "\n"


def test_the_annotator_and_the_check_of_a_closed_batch_are_told_of_the_same_returns(tmp_path):
    cases = {f"c{place}": case for place, case in enumerate(RETURNS)}
    returned = [
        "".join(_sent(name, times[which]) for name, (times, _, _) in cases.items() if len(times) > which)
        for which in range(2)
    ]
    changed = {
        **planned(items=cases, who=("ben",)),
        "labels/items/texts/more.jsonl": "".join(f'{{"id":"{name}","data":{{"text":"{name}"}}}}\n' for name in cases),
        "labels/mood/r4/batch.yaml": OPEN.format(purpose="label", more="").replace("open", "closed"),
        "labels/mood/r4/ada.returned.jsonl": returned[0],
        "labels/mood/r4/lea.returned.jsonl": returned[1],
        "labels/mood/r4/ben.jsonl": "".join(
            f'{{"item":"{name}","label":{{"tone":"good"}},{made}}}\n' for name, (_, made, _) in cases.items()
        ),
    }
    mine = assignment(tmp_path, changed, "r4")
    project = small_project(tmp_path, changed)
    waiting = {name for name, (_, _, waits) in cases.items() if waits}
    assert set(mine.workload(read_own(tmp_path, mine.path)).sent_back) == waiting
    told = load_corpus(project, schema_of(project), load_guideline(project, "mood")).findings
    assert {one.item for one in told if one.rule == "batch/unsettled"} == waiting


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ((), "10:00:00"),
        (("", ""), "10:00:00"),
        (("2026-05-01T09:59:59Z",), "10:00:00"),
        (("2026-05-01T10:00:00Z",), "10:00:01"),
        (("2026-05-01T10:00:00.9Z", "2026-05-01T10:00:00Z"), "10:00:01"),
        (("", "2026-05-01T10:05:00Z"), "10:05:01"),
        (("2026-05-01T10:05:00Z", "2026-05-01T10:07:00Z"), "10:07:01"),
        (("2026-05-02T10:00:00Z",), "10:00:00"),
        (("2026-05-02T09:59:59Z",), "10:00:00+1"),
    ],
)
def test_an_answer_is_made_after_what_it_follows_also_within_one_second(before, expected):
    made = moment_after("2026-05-01T10:00:00Z", *before)
    assert made == f"2026-05-0{2 if expected.endswith('+1') else 1}T{expected.removesuffix('+1')}Z"


def test_a_plan_asks_each_annotator_their_items_once_and_no_plan_asks_nobody():
    plan = {"i1": ("ada", "ben"), "i2": ("ben", "ben"), "i3": ()}
    assert items_by_annotator(plan) == {"ada": {"i1"}, "ben": {"i1", "i2"}}
    assert items_by_annotator(None) == {}


def test_how_far_somebody_is_counts_every_item_once():
    sent = {item: Return(item=item, why="?", at="") for item in ("i2", "i3", "i6")}
    load = Workload(asked=("i4", "i3", "i2", "i1"), answered={"i1", "i2", "i5", "i6"}, returned=sent)
    assert (load.done, load.open) == (("i2", "i1"), ("i4", "i3"))
    assert load.left == ("i4", "i3", "i2")
    assert load.sent_back == {"i2": sent["i2"], "i6": sent["i6"]}
    assert Workload(asked=("i1",), answered=()).left == ("i1",)


def test_the_file_says_how_far_its_annotator_is(tmp_path):
    returns = [Return(item=item, why="?", at="2026-05-01T10:00:00Z") for item in ("i1", "i2", "i3")]
    lines = {"i1": b'{"at":"2026-05-01T10:00:01Z"}', "i2": b'{"at":"2026-05-01T10:00:00Z"}'}
    load = workload(("i1", "i2", "i3"), OwnFile(path="p", lines=lines, digest=""), returns)
    assert (load.done, load.open, load.left) == (("i1", "i2"), ("i3",), ("i2", "i3"))
    assert (set(load.sent_back), set(load.returned)) == ({"i2"}, {"i2", "i3"})
    mine = assignment(tmp_path)
    assert mine.workload(OwnFile(path="p", lines={}, digest="")).left == mine.items


GOOD, BAD = {"tone": "good"}, {"tone": "bad"}


@pytest.mark.parametrize(
    ("sent_at", "before", "after", "kept"),
    [
        ("2026-05-01T10:00:00Z", {"label": GOOD}, {"label": BAD}, True),
        ("2026-05-01T10:00:00Z", {"label": GOOD}, {"label": GOOD}, False),
        (
            "2026-05-01T10:00:00Z",
            {"label": {"tone": "good", "score": 1}},
            {"label": {"score": 1.0, "tone": "good"}},
            False,
        ),
        (
            "2026-05-01T10:00:00Z",
            {"label": {"tone": "good", "score": 1}},
            {"label": {"tone": "good", "score": True}},
            True,
        ),
        ("2026-05-01T10:00:00Z", {"label": GOOD}, {"skip": "cannot tell"}, True),
        ("2026-05-01T10:00:00Z", {"label": GOOD, "first": BAD}, {"label": BAD, "first": BAD}, False),
        ("2026-05-01T10:00:00Z", {"skip": "cannot tell"}, {"label": BAD}, False),
        ("2026-05-01T10:00:00Z", {"label": {"tone": "of an older schema"}}, {"label": BAD}, False),
        ("2026-05-01T10:00:00Z", {}, {"label": BAD}, False),
        ("", {"label": GOOD}, {"label": GOOD}, True),
        ("", {"label": GOOD}, {"skip": "cannot tell"}, True),
        ("", {"label": GOOD, "first": BAD}, {"label": GOOD, "first": BAD}, False),
        ("", {"label": {"tone": "of an older schema"}}, {"label": GOOD}, False),
    ],
)
def test_the_first_label_is_kept_where_a_return_changes_it_or_has_no_time(tmp_path, sent_at, before, after, kept):
    sent = Return(item="i2", why="look again", at=sent_at)
    assert keeps_first(sent, before, after, schema_of(small_project(tmp_path))) is kept


def test_a_new_record_keeps_what_else_the_old_one_says_and_follows_it_and_the_return(tmp_path):
    returned = '{"item":"i2","annotator":"ben","why":"look again","at":"2026-05-01T10:00:00Z"}\n'
    mine, schema = (
        assignment(tmp_path, {"labels/mood/r1/ada.returned.jsonl": returned}),
        schema_of(small_project(tmp_path)),
    )
    old = {"item": "i2", "label": GOOD, "note": "n", "flags": ["rude"], "skip": "s", "confidence": {"tone": 0.5}}
    stamp = {"guideline": "0.2.0", "at": "2026-05-01T10:00:00Z", "shown": {"swap": True}}
    kept = {"confidence": {"tone": 0.5}, "first": GOOD}
    for made, at in (
        ("2026-04-30T10:00:00Z", "2026-05-01T10:00:01Z"),
        ("2026-05-01T10:00:02Z", "2026-05-01T10:00:03Z"),
    ):
        record = new_record(mine, schema, {**old, "at": made}, {"item": "i2", "label": BAD}, stamp)
        assert record == {"item": "i2", "label": BAD, **kept, **stamp, "at": at}
    other = new_record(mine, schema, {**old, "item": "i1"}, {"item": "i1", "label": BAD, "flags": ["x"]}, stamp)
    assert other == {"item": "i1", "label": BAD, "flags": ["x"], "confidence": {"tone": 0.5}, **stamp}


@pytest.mark.parametrize(
    ("changed", "batch", "who", "error"),
    [
        ({}, "nothing", "ben", UsageError),
        ({}, "r1", "chen", UsageError),
        ({"labels/mood/r1/batch.yaml": "purpose: label\n"}, "r1", "ben", ConfigError),
        ({"labels/mood/r1/assignments.jsonl": '{"item":"lost","annotators":["ben"]}\n'}, "r1", "ben", ConfigError),
        ({"labels/items/texts/one.jsonl": "{\n"}, "r1", "ben", ConfigError),
    ],
)
def test_a_seat_that_cannot_be_taken_says_why(tmp_path, changed, batch, who, error):
    with pytest.raises(error) as told:
        assignment(tmp_path, changed, batch, who)
    assert told.value.fix


def test_batches_are_listed_and_a_broken_one_is_left_out(tmp_path):
    project = small_project(tmp_path, {"labels/mood/r2/batch.yaml": "purpose: ?\n"})
    found = load_batches(project, "mood", load_guideline(project, "mood").versions, load_roster(project))
    assert [batch.name for batch in found] == ["r1", "r3"]
