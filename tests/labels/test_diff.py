import json
import random

import pytest

from assay.labels.diff import ChangeKind, Turn, changed_lines, claims_of, diff_file, summary_of, turns_of, unmatched
from assay.labels.paths import label_file
from assay.labels.records import ANNOTATION, dump_records
from merging import case, data_of

FILE = label_file("labels/mood/r1/ada.jsonl")
CROWD = label_file("labels/mood/r1/@crowd.jsonl")


def data(**answers):
    return dump_records(ANNOTATION, [{"item": item, "label": {"tone": tone}} for item, tone in answers.items()])


def test_records_are_added_changed_and_removed_by_key():
    change = diff_file(FILE, data(i1="good", i2="good", i3="bad"), data(i1="good", i2="bad", i4="bad"))
    assert [(one.key, one.kind) for one in change.records] == [
        (("i2",), ChangeKind.CHANGED),
        (("i3",), ChangeKind.REMOVED),
        (("i4",), ChangeKind.ADDED),
    ]
    assert [(one.before and one.before.number, one.after and one.after.number) for one in change.records] == [
        (2, 2),
        (3, None),
        (None, 3),
    ]


def test_lines_written_in_another_way_or_order_are_called_formatting():
    before = data(i1="good", i2="bad")
    spaced = b"".join(json.dumps(json.loads(line)).encode() + b"\n" for line in reversed(before.splitlines()))
    change = diff_file(FILE, before, spaced)
    assert change.formatting
    assert change.records == ()


def test_nothing_changed_is_an_empty_change():
    assert diff_file(FILE, data(i1="good"), data(i1="good")).is_empty


def test_a_line_that_is_no_record_is_named_and_hides_no_other():
    change = diff_file(FILE, data(i1="good"), data(i1="bad") + b"oops\n" + data(i2="bad", i3="bad") + data(i2="good"))
    assert [one.key for one in change.records] == [("i1",), ("i2",), ("i3",)]
    assert [(fault.number, fault.why[:8]) for fault in change.unreadable_after] == [(2, "not JSON"), (5, "i2 is al")]


def test_random_changes_are_what_plain_dictionaries_say():
    chance = random.Random(11)
    for _ in range(500):
        kind, base, ours, _ = case(chance)
        file = FILE if kind is ANNOTATION else CROWD
        change = diff_file(file, data_of(base), data_of(ours, ordered=chance.random() < 0.8, chance=chance))
        differing = {key for key in base.keys() | ours.keys() if base.get(key, [0])[0] != ours.get(key, [0])[0]}
        assert {one.key for one in change.records} == differing
        for one in change.records:
            assert (one.before.value if one.before else 0) == base.get(one.key, [0])[0]
            assert (one.after.value if one.after else 0) == ours.get(one.key, [0])[0]


def test_applying_a_change_to_the_old_state_gives_the_new_one():
    chance = random.Random(12)
    for _ in range(200):
        kind, base, new, _ = case(chance)
        file = FILE if kind is ANNOTATION else CROWD
        state = {key: record for key, (record, _) in base.items()}
        for one in diff_file(file, data_of(base), data_of(new)).records:
            state.pop(one.key, None)
            if one.after is not None:
                state[one.key] = one.after.value
        assert state == {key: record for key, (record, _) in new.items()}


def test_lines_that_stand_in_both_states_are_not_looked_at():
    lines = [b"%06d" % n for n in range(5_000)]
    other = [line for n, line in enumerate(lines) if n % 1_000 != 7]
    other[2_500:2_500] = [b"new one", b"new two"]
    left, right = unmatched(lines, other)
    assert [line for _, line in left] == [lines[n] for n in range(7, 5_000, 1_000)]
    assert [line for _, line in right] == [b"new one", b"new two"]


def test_turns_are_counted_the_most_frequent_first():
    change = diff_file(
        FILE, data(i1="good", i2="good", i3="bad", i4="bad"), data(i1="bad", i2="bad", i3="good", i5="x")
    )
    summary = summary_of(change.records)
    assert summary.turns == ((Turn("tone", "good", "bad"), 2), (Turn("tone", "bad", "good"), 1))
    assert summary.added == ((Turn("tone", "", "x"), 1),)
    assert summary.removed == ((Turn("tone", "bad", ""), 1),)


def test_every_claim_that_changed_is_told_with_both_values():
    before = b'{"item":"i1","label":{"tone":"good"},"guideline":"0.1.0"}\n'
    after = b'{"item":"i1","label":{"tone":"good"},"guideline":"0.2.0","note":"hm"}\n'
    (change,) = diff_file(FILE, before, after).records
    assert list(claims_of(change)) == [Turn("guideline", "0.1.0", "0.2.0"), Turn("note", "", "hm")]


@pytest.mark.parametrize("name", sorted(set(ANNOTATION.keys) - {"item", "label", "skip"}))
def test_no_claim_of_a_record_can_change_unseen(name):
    before = b'{"item":"i1","label":{"tone":"good"}}\n'
    after = b'{"item":"i1","label":{"tone":"good"},"%s":{"by":"bot","n":1.0}}\n' % name.encode()
    (added,) = diff_file(FILE, before, after).records
    assert list(claims_of(added)) == [Turn(name, "", '{"by":"bot","n":1}')]
    (removed,) = diff_file(FILE, after, before).records
    assert list(claims_of(removed)) == [Turn(name, '{"by":"bot","n":1}', "")]
    assert diff_file(FILE, after, after.replace(b"1.0", b"1")).records == ()


@pytest.mark.parametrize(
    ("before", "after", "turns"),
    [
        ({"label": {"tone": "good", "score": 1}}, {"label": {"tone": "good", "score": 1.0}}, []),
        ({"label": {"tone": "good", "score": 1}}, {"label": {"tone": "bad", "score": 2}},
         [Turn("score", "1", "2"), Turn("tone", "good", "bad")]),
        ({"label": {"tone": "good"}}, {"label": {"tone": "good", "topics": ["a"]}}, [Turn("topics", "", '["a"]')]),
        ({"label": {"tone": "good", "sure": True}}, {"label": {"tone": "good"}}, [Turn("sure", "true", "")]),
        ({"label": {"tone": "good"}}, {"skip": "unclear"}, [Turn("skip", "", "unclear"), Turn("tone", "good", "")]),
        ({"skip": "unclear"}, {"skip": "tired"}, [Turn("skip", "unclear", "tired")]),
        ({"label": ["good"]}, {"label": {"tone": "good"}}, [Turn("tone", "", "good")]),
        ({"label": {"tone": "good"}}, {"label": {"tone": "good"}, "note": "hm"}, []),
        (None, {"label": {"tone": "good"}}, [Turn("tone", "", "good")]),
        ({"label": {"tone": "good"}}, None, [Turn("tone", "good", "")]),
    ],
)  # fmt: skip
def test_of_an_answer_each_field_that_changed_is_told(before, after, turns):
    states = [dump_records(ANNOTATION, [{"item": "i1", **one}]) if one else b"" for one in (before, after)]
    assert [turn for change in diff_file(FILE, *states).records for turn in turns_of(change)] == turns


def test_of_changes_that_are_as_frequent_the_first_by_field_and_value_is_first():
    change = diff_file(FILE, data(i1="c", i2="a", i3="b", i4="b"), data(i1="x", i2="x", i3="y", i4="x"))
    assert [turn.before + turn.after for turn, _ in summary_of(change.records).turns] == ["ax", "bx", "by", "cx"]


def test_only_a_file_whose_records_can_all_be_read_was_written_in_another_way():
    sound, spaced = data(i1="good"), b'{"item":"i1", "label":{"tone":"good"}}\n'
    for before, after, says in (
        (sound, spaced, (0, 0, 0, True)),
        (sound, sound, (0, 0, 0, False)),
        (sound, spaced + b"oops\n", (0, 0, 1, False)),
        (sound + b"oops\n", spaced, (0, 1, 0, False)),
        (sound, spaced + data(i2="bad"), (1, 0, 0, False)),
        (sound, b"", (1, 0, 0, False)),
    ):
        found = diff_file(FILE, before, after)
        told = (len(found.records), len(found.unreadable_before), len(found.unreadable_after), found.formatting)
        assert told == says, (before, after)
        assert found.is_empty is (before == after)


def test_lines_that_changed_are_counted_on_the_side_where_more_did():
    one, two, three = data(i1="good"), data(i1="good", i2="bad"), data(i1="bad", i2="bad", i3="bad")
    for before, after, most in (
        (two, two, 0),
        (one, two, 1),
        (two, one, 1),
        (one, three, 3),
        (two, three, 2),
        (three, two, 2),
    ):
        assert changed_lines(before, after) == most, (before, after)
    for before, after in ((b"", three), (three, b""), (b"", three[:-1])):
        assert changed_lines(before, after) == 3
    assert changed_lines(b"", b"") == 0
