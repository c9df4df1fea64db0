import json
import random

import pytest

from assay.labels.diff import ChangeKind, Turn, claims_of, diff_file, summary_of, unmatched
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
