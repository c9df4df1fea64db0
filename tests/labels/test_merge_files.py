import pytest

from assay.labels.merge import Clash, Side, apply_merge, decide_merge
from assay.labels.reader import UnreadableLineError, read_lines
from assay.labels.records import ANNOTATION, dump_records
from merging import campaign, table

KIND = ANNOTATION


def records(**answers):
    return [{"item": item, "label": {"tone": tone}} for item, tone in answers.items()]


def data(**answers):
    return dump_records(KIND, records(**answers))


def merged(base, ours, theirs):
    return apply_merge(KIND, ours, decide_merge(KIND, base, ours, theirs))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.slow
def test_random_merges_come_to_what_plain_dictionaries_say(seed):
    assert campaign(1_250, seed) > 250


def test_against_the_ways_of_git_no_conflict_is_false_and_nothing_is_silently_wrong():
    counts = table(150)
    assert set(counts["by record"]) == {"right", "true conflict"}
    assert counts["by record"]["true conflict"] == counts["git merge-file"]["true conflict"]
    assert counts["git merge-file"]["false conflict"] > 10
    assert counts["git merge-file --union"]["silently wrong"] > 10


def test_what_each_side_added_stands_in_the_order_of_the_keys():
    assert merged(b"", data(i3="good"), data(i1="bad", i2="good")) == data(i1="bad", i2="good", i3="good")


def test_both_records_of_a_conflict_stand_between_markers_and_are_one_finding():
    text = merged(data(i1="good", i2="good"), data(i1="bad", i2="good"), data(i1="mixed", i2="bad"))
    assert text.decode().splitlines() == [
        "<<<<<<< ours",
        '{"item":"i1","label":{"tone":"bad"}}',
        "=======",
        '{"item":"i1","label":{"tone":"mixed"}}',
        ">>>>>>> theirs",
        '{"item":"i2","label":{"tone":"bad"}}',
    ]
    lines = read_lines(text, ANNOTATION)
    assert [fault.rule for fault in lines.faults] == ["label/conflict-marker"]
    assert [record.item for record in lines.records] == ["i2"]


def test_a_change_against_a_removal_is_a_conflict_on_either_side():
    for ours, theirs in ((data(i1="bad"), b""), (b"", data(i1="bad"))):
        (decision,) = decide_merge(KIND, data(i1="good"), ours, theirs)
        assert decision.take is Side.BOTH
        assert b'"tone":"bad"' in apply_merge(KIND, ours, [decision])


def test_a_line_written_in_another_way_does_not_stand_against_a_change():
    spaced = b'{"item": "i1", "label": {"tone": "good"}}\n'
    assert merged(data(i1="good"), spaced, data(i1="bad")) == data(i1="bad")
    assert merged(data(i1="good"), data(i1="bad"), spaced) == data(i1="bad")


def test_one_and_one_point_nothing_are_the_same_answer():
    base, ours, theirs = (b'{"item":"i1","label":{"n":%s}}\n' % n for n in (b"1", b"1.0", b"2"))
    assert merged(base, ours, theirs) == theirs


def test_the_names_and_the_length_of_the_marks_are_as_git_asks():
    clash = Clash(ours="HEAD", theirs="topic", marker=9)
    decisions = decide_merge(KIND, b"", data(i1="bad"), data(i1="good"))
    merged = apply_merge(KIND, data(i1="bad"), decisions, clash).splitlines()
    assert [line for line in merged if not line.startswith(b"{")] == [
        b"<<<<<<<<< HEAD",
        b"=========",
        b">>>>>>>>> topic",
    ]


@pytest.mark.parametrize(
    "garbage",
    [
        b"not json\n",
        b'{"item":"i1","item":"i1"}\n',
        b'{"label":{}}\n',
        b"[]\n",
        b"\n",
        b'{"item":"i1","label":{"n":NaN}}\n',
        b"\xff\n",
        b"<<<<<<< ours\n",
        b'{"item":"i1","label":{"tone":"good"}}\n{"item":"i1","label":{"tone":"bad"}}\n',
    ],
)
def test_a_state_with_a_line_that_is_no_record_is_not_merged(garbage):
    sound = data(i2="good")
    for states in ((garbage, sound, sound), (sound, garbage, sound), (sound, sound, garbage), (b"", garbage, garbage)):
        with pytest.raises(UnreadableLineError):
            merged(*states)


def test_a_key_that_stands_twice_in_one_state_is_never_settled_in_silence():
    twice = data(i1="good") + data(i1="bad")
    for states in ((data(i1="good"), data(i1="good"), twice), (data(i1="good"), twice, data(i1="good"))):
        with pytest.raises(UnreadableLineError):
            merged(*states)
